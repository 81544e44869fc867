"""Open weights that serve models: the file that chooses them, folders, licences, memory. No torch here."""
