"""imagend: the Imagen API on your own hardware. Nothing happens on import."""

__version__ = "0.1.0"
