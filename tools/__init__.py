"""Programs for those who work on imagend: they write data files and generated pages."""
