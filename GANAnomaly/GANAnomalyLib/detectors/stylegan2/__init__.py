"""StyleGAN2: the closest image that a generator of normal anatomy can make (Karras et al. 2020)."""

from ..kinds import DetectorKind

KIND = DetectorKind("stylegan2", "StyleGAN2 projection", __name__, published_mode=True, searches=True)
