"""The PICARD detector's own settings, as a request may name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ...files.typed_values import Words
from ..settings import Settings, setting

SPACES = ("image", "feature")
DISTANCES = ("mcd", "mean_cd", "med_cd")
MODES = ("adaptive", "exact")
SCORES = ("completions", "restoration")
"""Published: the distance of a hole's content to its completions. Or: the restored slice, which the completions make up
together, is compared with the slice patch by patch, as the other detectors' reconstructions are."""


@dataclass
class PicardRequest(Settings):
    """What a request may ask of PICARD; None where it says nothing.

    :class:`~.heatmaps.heatmap_settings.PicardSettings` says more of each.
    """

    detector: ClassVar[str] = "picard"

    window: int | None = setting("side of a window, pixels; None: as the model was trained", low=1)
    hole: int | None = setting("side of the part that is hidden, pixels", low=1)
    stride: int | None = setting("distance of windows, pixels (32); smaller is finer and slower", low=1, label="Stride")
    completions: int | None = setting("how many each window can get (10)", low=1, label="Completions")
    drop_rate: float | None = setting("share of channels that a completion drops (0.5)", low=0, high=0.999)
    drop_layers: Annotated[tuple[str, ...], Words("a list of layer names")] | None = setting(
        "layers of the inpainter that drop channels"
    )
    metric: str | None = setting("minimum, mean or median over completions", choices=DISTANCES)
    space: str | None = setting(
        "what completions are compared by",
        choices=SPACES,
        label="Compare",
        choice_labels={"image": "pixels", "feature": "features"},
    )
    averaged: bool | None = setting("heat as the mean over holes instead of interpolation")
    skip_background: bool | float | None = setting(
        "leave out windows whose hole is background, or this share of it", above=0, high=1, label="Skip air"
    )
    border: bool | None = setting("place holes up to the image's edge")
    mode: str | None = setting(
        "all completions everywhere, or where they matter",
        choices=MODES,
        label="Effort",
        choice_labels={"adaptive": "where it matters", "exact": "everywhere (as published)"},
    )
    score: str | None = setting("score the completions, or what they restore", choices=SCORES)


SETTINGS = PicardRequest
NAMES = tuple(PicardRequest.schema())
