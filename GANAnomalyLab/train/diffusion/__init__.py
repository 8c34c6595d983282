"""What the trainers of diffusion models share; no trainer itself."""
