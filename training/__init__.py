"""Training and judging the bundled model; outside the package, imported by nothing in it."""
