"""Words and laws of imagend: pure values and functions. No I/O, no clock, no third-party import."""
