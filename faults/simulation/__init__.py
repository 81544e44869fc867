"""A whole system in one thread and in virtual time: real desks on a real database, and all else that can fail."""
