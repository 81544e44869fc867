"""Scene to pixels: an SVG of the scene at any size, rasterised without system libraries."""
