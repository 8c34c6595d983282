"""Pictures from a StyleGAN2 model: of seeds, of mixed styles, of latents, and the latents of given pictures.

``images`` makes pictures of seeds and stored latents, ``mixing`` crosses the styles of seeds, ``projection/`` searches
the latent of a picture.
"""
