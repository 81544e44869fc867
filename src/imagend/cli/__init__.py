"""The `imagend` command."""
