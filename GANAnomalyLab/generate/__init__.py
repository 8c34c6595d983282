"""Pictures from a StyleGAN2 model: of seeds, of mixed styles, of latents, and the latents of given pictures.

``images`` makes pictures of seeds and stored latents, ``mixing`` crosses the styles of seeds, ``projection/`` searches
the latent of a picture.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "GenerateOptions": "images",
    "generate_images": "images",
    "MixOptions": "mixing",
    "mix_styles": "mixing",
    "ProjectOptions": "projection",
    "project_images": "projection",
    "Maker": "maker",
}
__all__ = [
    "GenerateOptions",
    "Maker",
    "MixOptions",
    "ProjectOptions",
    "generate_images",
    "mix_styles",
    "project_images",
]

if TYPE_CHECKING:
    from .mixing import MixOptions, mix_styles
    from .picture_maker import Maker
    from .projection import ProjectOptions, project_images
    from .seed_pictures import GenerateOptions, generate_images


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
