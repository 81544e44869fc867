"""Tells others that a request is final: signed messages over HTTPS to vetted addresses, at least once."""
