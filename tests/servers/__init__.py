"""Real servers that tests run against, each in a temp folder, each dying with the tests."""
