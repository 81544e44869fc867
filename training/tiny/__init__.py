"""A model of a few million numbers in the classes of a real family, for what random weights cannot tell.

It is trained here, on pictures of the bundled model's own renderer: `python -m training.tiny.train`.
"""
