"""The bundled model: text-to-scene diffusion with a vector renderer as its decoder.

Rooms: `vocabulary` (the closed world), `scene` (one picture of it), `text` (words to tokens),
`codes` (scene to latents and back), `net` (the denoiser in numpy), `draw` (scene to SVG to pixels).
"""
