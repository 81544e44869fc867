"""Faults made on purpose, and what is left after them. Beside the package, not shipped: see docs/simulation.md."""
