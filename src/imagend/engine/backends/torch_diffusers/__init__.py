"""Open-weight models through diffusers' components, with our own step loop. Needs `imagend[gpu]`."""
