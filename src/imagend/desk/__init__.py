"""Use cases: the only author of writes. Every verb is one transaction with its money in it."""
