"""What the diffusion detectors share: levels of noise, noise, networks, and the ways down to a clean image."""
