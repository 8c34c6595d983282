"""StyleGAN2(-ADA) networks, compatible by parameter name with published checkpoints."""
