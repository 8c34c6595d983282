"""PICARD: an inpainting network that completes a hidden patch with normal tissue, and its critics.

Konz, Dong, Mazurowski, Medical Image Analysis 2023 (arXiv 2305.03098), on the networks of Yu et al., CVPR 2018
(arXiv 1801.07892), with the published key names. One file an idea: layers, attention, generator, critics, dropout,
files.
"""

from ..load import PicardModel, build_picard, published_folder, read_folder, save_picard
from .critic import Critic
from .dropout import Drop, draw_drop, drop_layers
from .generator import Inpainter

__all__ = [
    "Critic",
    "Drop",
    "Inpainter",
    "PicardModel",
    "build_picard",
    "draw_drop",
    "drop_layers",
    "published_folder",
    "read_folder",
    "save_picard",
]
