"""One file per dialect: how its bodies are read, its answers shaped and its errors worded."""
