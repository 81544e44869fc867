"""Measurements. `make bench` runs them all, prints the tables and rewrites docs/benchmarks.md."""
