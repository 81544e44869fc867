"""Measurements on a GPU: models of published size with random weights, each against plain diffusers in the same run."""
