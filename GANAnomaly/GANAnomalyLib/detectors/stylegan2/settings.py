"""The StyleGAN2 detector's own settings, checked before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...spelling import meant
from .film import check_film

NUMBERS = ("learning_rate", "anchor_weight", "stop", "warp_steps", "warp_grid", "warp_smooth", "grain_steps")
WHOLE = {"warp_steps": 0, "warp_grid": 2, "grain_steps": 0}
REFERENCE_ONLY = ("vgg16", "optimise_noise", "class", "projections")
LATENTS = ("w", "w+")
FAST_ONLY = (*NUMBERS, "latent")
SETTINGS = (*FAST_ONLY, *REFERENCE_ONLY, "save_video", "video_slice")


@dataclass
class StyleGAN2Settings:
    """Settings of one run.

    ``fast`` holds ``learning_rate`` (above 0), ``anchor_weight``, ``stop``, the warp's numbers and ``grain_steps`` (0
    or more) and ``latent`` ("w" or "w+"), where given. For the published projection: ``vgg16`` (torchvision's VGG16
    weights: perceptual features), ``optimise_noise``, ``label``
    (one-hot class of a network with classes) and ``projections`` (folder for each slice's target.png, proj.png and
    projected_w.npz). ``video`` (.gif or .mp4) films the slice ``video_slice``, by default the first one analysed.
    """

    fast: dict[str, Any] = field(default_factory=dict)
    vgg16: Path | None = None
    optimise_noise: bool = True
    label: np.ndarray | None = None
    projections: Path | None = None
    video: Path | None = None
    video_slice: int | None = None

    @classmethod
    def parse(cls, given: Mapping[str, Any], mode: str, classes: int) -> StyleGAN2Settings:
        """From a request's plain values; ``classes`` is the network's number of classes (0: none).

        Raises :class:`InputError` for unknown names, settings of the other mode and values that cannot be.
        """
        unknown = sorted(set(given) - set(SETTINGS))
        if unknown:
            near = meant(unknown[0], SETTINGS)
            raise InputError(
                f"The stylegan2 detector has no setting {unknown[0]!r}{near}; it has: {', '.join(SETTINGS)}."
            )
        foreign = sorted(set(given) & set(REFERENCE_ONLY if mode == "fast" else FAST_ONLY))
        if foreign and mode == "fast":
            raise InputError(f"The setting {foreign[0]!r} belongs to the published projection: add --mode reference.")
        if foreign:
            raise InputError(f"The published projection has no setting {foreign[0]!r}: leave it out, or use mode fast.")
        video = _path(given, "save_video")
        if video is not None:
            check_film(video)
        noise = given.get("optimise_noise", True)
        if not isinstance(noise, bool):
            raise InputError(f"The setting 'optimise_noise' must be true or false, not {noise!r}.")
        fast: dict[str, Any] = {name: _number(given, name) for name in NUMBERS if name in given}
        if "latent" in given:
            if given["latent"] not in LATENTS:
                raise InputError(f"The setting 'latent' must be w or w+, not {given['latent']!r}.")
            fast["latent"] = given["latent"]
        return cls(
            fast,
            _path(given, "vgg16"),
            noise,
            _label(given, classes) if mode == "reference" else None,
            _path(given, "projections"),
            video,
            _whole(given, "video_slice"),
        )


def _number(given: Mapping[str, Any], name: str) -> float:
    value = given[name]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    if not fits or (name == "learning_rate" and value == 0):
        least = "above 0" if name == "learning_rate" else "of 0 or more"
        raise InputError(f"The setting {name!r} must be a number {least}, not {value!r}.")
    if name in WHOLE and (value != int(value) or value < WHOLE[name]):
        raise InputError(f"The setting {name!r} must be a whole number of {WHOLE[name]} or more, not {value!r}.")
    return float(value)


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise InputError(f"The setting {name!r} must be a whole number of 0 or more, not {value!r}.")
    return value


def _path(given: Mapping[str, Any], name: str) -> Path | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InputError(f"The setting {name!r} must be a path, not {value!r}.")
    return Path(value)


def _label(given: Mapping[str, Any], classes: int) -> np.ndarray | None:
    chosen = _whole(given, "class")
    if classes == 0:
        if chosen is not None:
            raise InputError("This model has no classes: leave the setting 'class' out.")
        return None
    if chosen is None or chosen >= classes:
        told = "say which one" if chosen is None else f"there is no class {chosen}"
        raise InputError(f"This model has {classes} classes, 0 to {classes - 1}: {told} with the setting 'class'.")
    return np.eye(classes, dtype=np.float32)[chosen]
