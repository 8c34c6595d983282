"""Pictures from a StyleGAN2 model: of seeds, of mixed styles, of latents, and the latents of given pictures.

``images`` makes pictures of seeds and stored latents, ``mixing`` crosses the styles of seeds, ``projection/`` searches
the latent of a picture.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "GenerateOptions": "generate_options",
    "generate_images": "seed_pictures",
    "MixOptions": "generate_options",
    "mix_styles": "mixing",
    "ProjectOptions": "projection_options",
    "project_images": "projection",
    "PictureMaker": "picture_maker",
}
__all__ = [
    "GenerateOptions",
    "MixOptions",
    "PictureMaker",
    "ProjectOptions",
    "generate_images",
    "mix_styles",
    "project_images",
]

if TYPE_CHECKING:
    from .generate_options import GenerateOptions, MixOptions
    from .mixing import mix_styles
    from .picture_maker import PictureMaker
    from .projection import project_images
    from .projection_options import ProjectOptions
    from .seed_pictures import generate_images


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
