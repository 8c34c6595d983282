"""What a heatmap is made with, checked against the model and the image before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import InputError
from ....option_fields import Options, option
from ....spelling import meant
from ..load import PicardModel
from ..network.dropout import drop_layers
from ..settings import DISTANCES, MODES, SPACES

METRICS = tuple(f"{distance}_{space}" for distance in DISTANCES for space in SPACES)


@dataclass(frozen=True)
class PicardSettings(Options):
    """Settings of one heatmap (Konz, Dong, Mazurowski 2023, section 3).

    Lengths in pixels of the image. Windows of another size than the model was trained on are resized to it, and their
    holes with them.
    """

    window: int | None = option(None, doc="Side of a window; None is what the model was trained on.", low=1)
    hole: int | None = option(None, doc="Side of what is hidden in it; None as for the window.", low=1)
    stride: int = option(32, doc="Distance of windows.", low=1)
    completions: int = option(10, doc="How many each window can get (M).", low=1)
    drop_rate: float = option(0.5, doc="Share of channels that a completion drops.", low=0, below=1)
    drop_layers: tuple[str, ...] | None = option(
        None, doc="Names of the inpainter's layers that drop channels, None for the published ones."
    )
    metrics: tuple[str, ...] = option(
        ("mcd_image",),
        doc="Of :data:`METRICS`, all made in one pass; the first one also ranks windows and picks the completion "
        "shown. Minimum, mean or median over completions of the L2 distance of a hole's content to its completion, on "
        'pixels in [-1, 1] ("image") or on the local critic\'s last features ("feature").',
    )
    averaged: bool = option(
        False, doc="Heatmaps as the mean over the holes that cover a pixel, instead of bicubic interpolation."
    )
    skip_background: bool | float = option(
        False,
        doc="Leave out windows whose hole is at least this share background; True for 0.95, False for none.",
        above=0,
        high=1,
    )
    background: float = option(-0.95, doc="Pixels up to this value are background.")
    border: bool = option(
        True,
        doc="Place holes up to the image's edge, with mirrored surroundings. As published only whole windows are "
        "looked at, so that a margin of (window - hole) / 2 stays without scores.",
    )
    mode: str = option(
        "adaptive",
        doc='"exact" gives every window all completions. "adaptive" only those that can be among the ``top`` windows: '
        "a minimum only falls, so a window already below them never returns. Their ranks are those of the exact mode; "
        "other windows keep the minimum so far, an upper bound. Mean and median need the exact mode.",
        choices=MODES,
    )
    batch: int | None = option(
        None,
        doc="Completions at a time, halved when memory runs out; None for 4 on a CPU and 32 on a graphics card.",
        low=1,
    )
    seed: int = option(303, doc="Of the dropout; each window and completion has its own, whatever the order.")
    top: int = option(10, doc="How many windows the adaptive mode ranks.", low=1)

    @classmethod
    def called(cls, name: str) -> str:
        return f"The setting {name!r}"

    @classmethod
    def place(cls, name: str) -> str:
        return f"settings.{name}"

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

    def check_for(self, model: PicardModel) -> None:
        """Raise :class:`InputError` for values that cannot be, by themselves or with this model."""
        if not self.metrics or isinstance(self.metrics, str):
            raise InputError(f"Name at least one metric in a list: {', '.join(METRICS)}.")
        self.check()
        window, hole = self.sizes(model)
        if hole >= window:
            raise InputError(f"A hole of {hole} pixels leaves nothing of a window of {window}: make the hole smaller.")
        drop_layers(model.inpainter, self.drop_layers)
        self._check_metrics(model)

    def _check_metrics(self, model: PicardModel) -> None:
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
