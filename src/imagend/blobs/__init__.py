"""Bytes by key: pictures on a local disk today, in an object store tomorrow. Created once, never changed."""
