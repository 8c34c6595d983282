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
from GANAnomalyLib.option_fields import Options, option, option_of
from GANAnomalyLib.version import __version__

_NOT_SETTINGS = ("video", "metric", "slices", "series", "allow_any", "hu_offset", "steps")
"""Which inputs are read, or what is told of the result: they change no picture's numbers."""


@dataclass(frozen=True)
class ProjectOptions(Options):
    """How to project."""

    mode: str = option(
        "reference",
        "As published, or as analyses do it.",
        doc="That is: the encoder's latent, a short search, a smooth warp of the picture.",
        choices=("reference", "fast"),
    )
    steps: int | None = option(
        None, "Optimisation steps.", flags="--num-steps", shown="1000; in mode fast the model's own"
    )
    seed: int = option(
        303,
        "The same seed gives the same result.",
        doc="It is the same for every picture, as where each is a run of its own.",
    )
    video: str = option(
        "none",
        "Film every search: proj.gif or proj.mp4.",
        doc="The latter needs imageio-ffmpeg.",
        choices=("none", "gif", "mp4"),
        flags="--save-video",
    )
    class_index: int | None = option(
        None,
        "Which class, for a model that has them.",
        doc="Mode reference only: the mode fast searches all of them.",
        flags="--class --class-label --class_label",
    )
    vgg16: Path | str | None = option(
        None,
        "torchvision's VGG16 weights: the published perceptual distance.",
        doc="Mode reference only; without them pixels are compared.",
        metavar="FILE",
    )
    optimise_noise: bool = option(True, "Search w alone, not the noise maps (mode reference).", flags="--no-noise-maps")
    warp: bool = option(True, "Without the smooth warp that ends the mode fast.", flags="--no-warp")
    metric: str = option(
        "wd",
        "Distance in distances.csv, over the full picture.",
        doc="On grey levels 0..255.",
        choices=METRICS,
    )
    slices: tuple[int, int] | None = option(None, "Only these of volumes, from 0, stop excluded: 40:80.")
    window: float | None = option(None, "Window width in HU.", above=0, shown="the model's")
    level: float | None = option(None, "Window level in HU.", shown="the model's")
    series: str | None = option(None, "Which DICOM series of a folder.")
    allow_any: bool = option(False, "Accept volumes that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset")

    def validate(self) -> None:
        """Raise :class:`InputError` for values that can be told wrong without opening a file."""
        self.check()
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
            hu_offset=self.hu_offset,
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


def settings_hash(settings: dict[str, Any]) -> str:
    """A hash of :meth:`ProjectOptions.settings`."""
    return hash_json(settings)
