"""Rows: jobs, money, keys. One SQL text, executed by one connector per database; nothing is decided here."""
