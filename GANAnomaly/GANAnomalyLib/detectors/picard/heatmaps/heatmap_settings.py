"""What a heatmap is made with, checked against the model and the image before anything is computed."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, fields

from ....errors import InputError
from ....spelling import meant
from ..load import PicardModel
from ..network.dropout import drop_layers
from ..settings import DISTANCES, MODES, SPACES

METRICS = tuple(f"{distance}_{space}" for distance in DISTANCES for space in SPACES)


@dataclass(frozen=True)
class PicardSettings:
    """Settings of one heatmap (Konz, Dong, Mazurowski 2023, section 3).

    Attributes
    ----------
    window, hole, stride: pixels of the image; None (of the first two) is what the model was trained on. Windows of
        another size than that are resized to it, and their holes with them.
    completions: how many each window can get (M).
    drop_rate: in [0, 1); drop_layers: names of the inpainter's layers, None for the published ones.
    metrics: of :data:`METRICS`, all made in one pass; the first one also ranks windows and picks the completion shown.
        Minimum, mean or median over completions of the L2 distance of a hole's content to its completion, on pixels in
        [-1, 1] ("image") or on the local critic's last features ("feature").
    averaged: heatmaps as the mean over the holes that cover a pixel, instead of bicubic interpolation.
    skip_background: leave out windows whose hole is at least this share background; True for 0.95, False for none.
    background: pixels up to this value are background.
    border: place holes up to the image's edge, with mirrored surroundings. As published only whole windows are looked
        at, so that a margin of (window - hole) / 2 stays without scores.
    mode: "exact" gives every window all completions. "adaptive" only those that can be among the ``top`` windows: a
        minimum only falls, so a window already below them never returns. Their ranks are those of the exact mode; other
        windows keep the minimum so far, an upper bound. Mean and median need the exact mode.
    batch: completions at a time, halved when memory runs out; None for 4 on a CPU and 32 on a graphics card.
    seed: of the dropout; each window and completion has its own, whatever the order.
    """

    window: int | None = None
    hole: int | None = None
    stride: int = 32
    completions: int = 10
    drop_rate: float = 0.5
    drop_layers: tuple[str, ...] | None = None
    metrics: tuple[str, ...] = ("mcd_image",)
    averaged: bool = False
    skip_background: bool | float = False
    background: float = -0.95
    border: bool = True
    mode: str = "adaptive"
    batch: int | None = None
    seed: int = 303
    top: int = 10

    @property
    def background_share(self) -> float | None:
        """From which share of background a window is left out; None where none is."""
        if self.skip_background is True:
            return 0.95
        return None if self.skip_background is False else float(self.skip_background)

    def sizes(self, model: PicardModel) -> tuple[int, int]:
        """(window, hole) in pixels of the image."""
        window = model.window if self.window is None else self.window
        if self.hole is not None:
            return window, self.hole
        return window, max(round(window * model.hole / model.window), 1)

    def check(self, model: PicardModel) -> None:
        """Raise :class:`InputError` for values that cannot be, by themselves or with this model."""
        for name in ("window", "hole", "stride", "completions", "batch", "top"):
            value = getattr(self, name)
            if value is None and name in ("window", "hole", "batch"):
                continue
            if not _whole(value) or value < 1:
                raise InputError(f"The setting {name!r} must be a whole number of at least 1, not {value!r}.")
        window, hole = self.sizes(model)
        if hole >= window:
            raise InputError(f"A hole of {hole} pixels leaves nothing of a window of {window}: make the hole smaller.")
        if not _number(self.drop_rate) or not 0 <= self.drop_rate < 1:
            raise InputError(f"The setting 'drop_rate' must be at least 0 and below 1, not {self.drop_rate!r}.")
        for name in ("averaged", "border"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"The setting {name!r} must be true or false, not {getattr(self, name)!r}.")
        skip = self.skip_background
        if not isinstance(skip, bool) and not (_number(skip) and 0 < skip <= 1):
            raise InputError(
                f"The setting 'skip_background' must be true, false or a share of the hole above 0, not {skip!r}."
            )
        if not _number(self.background):
            raise InputError(f"The setting 'background' must be a number, not {self.background!r}.")
        if self.mode not in MODES:
            raise InputError(f"The setting 'mode' must be one of {', '.join(MODES)}, not {self.mode!r}.")
        drop_layers(model.inpainter, self.drop_layers)
        self._check_metrics(model)

    def _check_metrics(self, model: PicardModel) -> None:
        if not self.metrics or isinstance(self.metrics, str):
            raise InputError(f"Name at least one metric in a list: {', '.join(METRICS)}.")
        for metric in self.metrics:
            if metric not in METRICS:
                raise InputError(
                    f"There is no metric {metric!r}{meant(metric, METRICS)}; there are: {', '.join(METRICS)}."
                )
            if self.mode == "adaptive" and not metric.startswith("mcd"):
                raise InputError(
                    "Only the minimum distance (mcd) can be adaptive: take mode exact for mean and median."
                )
            if metric.endswith("feature") and model.local is None:
                raise InputError(
                    "This model has no critic to take features from: only distances on the image can be used with it."
                )


SETTINGS = tuple(item.name for item in fields(PicardSettings))


def _whole(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
