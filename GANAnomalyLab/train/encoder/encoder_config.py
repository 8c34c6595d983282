"""Every number of an encoder's training, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from GANAnomalyLib.analysis.request import DEVICES, AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.option_fields import Options, option, option_of


@dataclass
class EncoderConfig(Options):
    """What to train an encoder for, and how."""

    WHAT = "setting for training an encoder"

    model: str = option(
        "",
        "A run's folder (its newest snapshot), a model's file or its name.",
        metavar="MODEL",
        free=True,
    )
    out: str = option("", "The run's folder; a stopped run goes on there.", metavar="FOLDER", free=True)
    data: str | None = option(
        None,
        "Also learn on normal images.",
        doc="As for ``gananomaly train stylegan2``: they are explained through the frozen generator; framed and "
        "windowed as the model's card says.",
        metavar="PATH",
        shown="on the model's samples alone",
        free=True,
    )
    patients: str = option("auto", "Whose an image is: file, folder, regex:PATTERN or a CSV.", free=True)
    split: str | None = option(
        None, doc="As in :class:`GANAnomalyLab.images.ImageSource`, like what follows.", free=True
    )
    part: str | None = option(None)
    allow_any: bool = option(False)
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset", free=True)
    data_share: float = option(0.5, doc="How much of the loss is the data's.", low=0, high=1)
    held_out: float = option(0.1, doc="The share of patients that is only measured on.", above=0, below=1)
    minutes: float | None = option(None, "Stop after so long.", above=0, shown="none", free=True)
    steps: int = option(20_000, "Stop after so many steps.", low=1, free=True)
    batch: int = option(16, "Images a step.", doc="Of each kind.", low=1)
    name: str = option(
        "", "Of the model to write.", doc="``out/name.safetensors``.", shown="the model's own", free=True
    )
    learning_rate: float = option(0.005, doc="Falls to a hundredth along a cosine over the run.", above=0)
    latent_weight: float = option(1.0, doc="Of the distance of w, in units of its spread.", low=0)
    reconstruction_weight: float = option(4.0, doc="Of the difference of the images made from it.", low=0)
    painted: float = option(
        0.5,
        doc="The share of images shown with patches painted over, which must be explained without them.",
        low=0,
        high=1,
    )
    channel_base: int | None = option(None, doc="The encoder's width; None follows the generator's.", low=1)
    channel_max: int | None = option(None, doc="Its widest layer; None follows the generator's.", low=1)
    ema: float = option(
        2000.0, doc="Images over which half of the averaged encoder, the one that is kept, is forgotten.", above=0
    )
    measured: int = option(64, doc="Samples (and slices of the data) that are only measured on.", low=1)
    log_every: int = option(50, doc="Steps from line to line of the log.", low=1, free=True)
    snapshot_minutes: float = option(3.0, doc="Keep the state to go on from so often.", above=0, free=True)
    bfloat16: bool = option(False, doc="Compute in bfloat16 where that is exact enough.")
    device: str = option("auto", "Where to compute.", choices=DEVICES, free=True)
    threads: int | None = option(None, "Threads on a CPU.", low=1, shown="torch's", free=True)
    seed: int = option(303, "The same seed gives the same encoder on a CPU.", low=0)

    def check_together(self) -> None:
        if not self.model:
            raise InputError("Name the model that the encoder is for with --model: a run's folder, a file or a name.")
        if not self.out:
            raise InputError("Name the folder of the encoder's training with --out.")
        if self.latent_weight + self.reconstruction_weight == 0:
            raise InputError("latent_weight and reconstruction_weight are both 0: there would be nothing to learn.")
