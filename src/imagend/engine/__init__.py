"""Pictures from recipes, step by step. No thread, clock, network or database in here."""
