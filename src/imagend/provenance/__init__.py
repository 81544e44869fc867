"""Where a picture came from: an invisible mark in the pixels and a signed C2PA manifest in the file."""
