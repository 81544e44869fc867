"""Bad input of every kind against a real server process: one row each."""
