"""What a projection is told, and the mark by which a later run knows the same settings again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json
from GANAnomalyLib.models.score_units import METRICS
from GANAnomalyLib.version import __version__

MODES = ("reference", "fast")
VIDEOS = ("none", "gif", "mp4")
_NOT_SETTINGS = ("video", "metric", "slices", "series", "allow_any", "steps")
"""Which inputs are read, or what is told of the result: they change no picture's numbers."""


@dataclass(frozen=True)
class ProjectOptions:
    """How to project.

    Attributes
    ----------
    mode: "reference" is the published procedure; "fast" is what analyses use (the encoder's latent, a short search, a
        smooth warp of the picture).
    steps: optimisation steps; None for 1000 (reference) or what the model's card recommends (fast).
    seed: of all that is random, the same for every picture, as where each is a run of its own.
    class_index: reference mode only, for a model with classes. The fast mode searches all of them.
    vgg16: reference mode only: torchvision's VGG16 weights, for the published perceptual distance; None compares
        pixels.
    optimise_noise: reference mode only: also search the noise maps, as published.
    warp: fast mode only: False keeps the picture as the latent gives it.
    video: "gif" or "mp4" (needs imageio-ffmpeg) films every picture's search; "none".
    metric: of distances.csv: "wd", "mse" or "ssim" over the full picture, on grey levels 0..255.
    slices: (first, stop) of volumes, inferior to superior. window, level: Hounsfield units; None for the card's.
    series: which DICOM series. allow_any: also images that do not look like a CT.
    """

    mode: str = "reference"
    steps: int | None = None
    seed: int = 303
    class_index: int | None = None
    vgg16: Path | str | None = None
    optimise_noise: bool = True
    warp: bool = True
    video: str = "none"
    metric: str = "wd"
    slices: tuple[int, int] | None = None
    window: float | None = None
    level: float | None = None
    series: str | None = None
    allow_any: bool = False

    def validate(self) -> None:
        """Raise :class:`InputError` for values that can be told wrong without opening a file."""
        for name, value, allowed in (("mode", self.mode, MODES), ("video", self.video, VIDEOS)):
            if value not in allowed:
                raise InputError(f"The {name} of a projection is one of {', '.join(allowed)}, not {value!r}.")
        if self.metric not in METRICS:
            raise InputError(f"The metric is one of {', '.join(METRICS)}, not {self.metric!r}.")
        if not -(2**63) <= self.seed < 2**63:
            raise InputError(f"The seed {self.seed} is too large: give a smaller number.")
        if self.mode == "fast":
            for given, name in (
                (self.class_index is not None, "--class"),
                (self.vgg16 is not None, "--vgg16"),
                (not self.optimise_noise, "--no-noise-maps"),
            ):
                if given:
                    raise InputError(
                        f"{name} belongs to the published projection: leave it out, or use --mode reference."
                    )
        elif not self.warp:
            raise InputError("The published projection has no warp: leave --no-warp out, or use --mode fast.")
        self.request("input").validate()
        if self.video != "none":
            from GANAnomalyLib.detectors.stylegan2.film import check_film

            check_film(f"proj.{self.video}")

    def request(self, path: str) -> AnalysisRequest:
        """How one input is read, framed and windowed: as analyses do it."""
        return AnalysisRequest(
            path,
            slices=self.slices,
            window=self.window,
            level=self.level,
            series=self.series,
            allow_any=self.allow_any,
            mode=self.mode,
            steps=self.steps,
            seed=self.seed,
        )

    def settings(self, model_hash: str, steps: int) -> dict[str, Any]:
        """Everything that decides the numbers, as plain values; ``steps`` as they will be taken."""
        data = {name: value for name, value in dataclasses.asdict(self).items() if name not in _NOT_SETTINGS}
        if self.vgg16 is not None:
            from GANAnomalyLib.models.store import model_hash as file_hash

            data["vgg16"] = file_hash(self.vgg16)
        return {**data, "steps": steps, "model": model_hash, "version": __version__}


def mark_of(settings: dict[str, Any]) -> str:
    """A hash of :meth:`ProjectOptions.settings`."""
    return hash_json(settings)
