"""Every number of a PICARD training run, with the published values as defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES, AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.framings import FRAMING_HELP, FRAMINGS
from GANAnomalyLib.modalities import (
    CT,
    MODALITY_HELP,
    PERCENTILE,
    PERCENTILE_HELP,
    PERCENTILE_OF,
    PERCENTILE_OF_HELP,
    usual_window,
)
from GANAnomalyLib.option_fields import Options, option, option_of, usable_as_file_name

_ANY: dict[str, Any] = {"free": True}
"""For settings that may change when a run goes on: not what is learnt from one iteration to the next."""


def _sixteens(side: int) -> str | None:
    return None if side >= 16 and side % 16 == 0 else f"must be a multiple of 16 pixels, not {side}"


def _even(number: int) -> str | None:
    return None if number % 2 == 0 else f"must be even, not {number}"


@dataclass
class PicardConfig(Options):
    """A run of training; lengths in pixels of the image that windows slide over, weights as in Konz et al. 2023."""

    WHAT = "training setting"

    data: str | None = option(
        None,
        "Normal volumes or pictures.",
        doc="A folder, or one file.",
        metavar="FOLDER",
        published="train_data_path",
        **_ANY,
    )
    out: str = option(
        "picard_run",
        "The run's folder; a stopped run goes on there.",
        doc="Holds snapshots, log, sample pictures, and the finished ``<name>.safetensors`` with its card.",
        metavar="FOLDER",
        shown="",
        **_ANY,
    )
    validation: str | None = option(
        None, "Other normal images, only measured on.", metavar="FOLDER", published="val_data_path", **_ANY
    )
    resume: str | None = option(
        None,
        doc="Another run's or a published checkpoint folder to begin from, where ``out`` holds no snapshot yet.",
        published="resume",
        **_ANY,
    )
    name: str = option("picard", doc="For the card, as what follows.", check_value=usable_as_file_name, **_ANY)
    title: str = option("", published="expname", **_ANY)
    anatomy: str = option("", **_ANY)
    modality: str = option(CT, MODALITY_HELP, **_ANY)
    training_data: str = option("", **_ANY)
    training_data_licence: str = option("", **_ANY)
    licence: str = option("", **_ANY)
    not_for: list[str] = option(list, **_ANY)
    subfolders: bool = option(True, doc="Search below ``data`` too.", published="data_with_subfolder", **_ANY)
    subset: float = option(1.0, doc="The share of the slices used.", above=0, high=1, published="subset_frac")
    allow_any: bool = option(False, doc="Take volumes that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset", free=True)

    hu_window: float = option(
        None, doc="How slices become images, as on the card: Hounsfield units, of MR percent of white.", above=0
    )
    hu_level: float = option(None, doc="The middle of that window.")
    percentile: float = option(PERCENTILE, doc=PERCENTILE_HELP, above=0, high=100)
    percentile_of: str = option(PERCENTILE_OF[0], doc=PERCENTILE_OF_HELP, choices=PERCENTILE_OF)
    framing: str = option("full", doc=FRAMING_HELP, choices=FRAMINGS)
    resolution: int | None = option(
        None, doc="None is the longest side of the first case's slices, so that pixels stay about as they are.", above=0
    )
    channels: int = option(1, doc="1 grey, 3 colour.", choices=(1, 3))
    window: int = option(256, doc="Side of a patch.", check_value=_sixteens)
    hole: int = option(128, doc="Side of what is hidden in it.", check_value=_sixteens)
    jitter: tuple[int, int] = option(
        (32, 32),
        doc="(rows, columns), by how much a hole may be smaller than ``hole``, an even share from either edge.",
        published="max_delta_shape",
    )
    margin: tuple[int, int] = option(
        (0, 0), doc="(rows, columns) left between the hole and the patch's border.", published="margin"
    )
    same_hole: bool = option(True, doc="One hole for the whole batch.", published="mask_batch_same")
    random_crop: bool = option(
        True, doc="Patches from anywhere; else each image is shrunk to one window.", published="random_crop"
    )
    tissue: float = option(
        0.1, doc="The least share of a patch that must be brighter than the window's floor.", low=0, high=1
    )

    ngf: int = option(32, doc="Width of the inpainter.", above=0, check_value=_even, published="ngf")
    ndf: int = option(32, doc="Width of the critics.", above=0, published="ndf")
    batch: int = option(55, doc="Patches of a step.", above=0, published="batch_size")
    learning_rate: float = option(1e-4, doc="Of Adam, for all networks.", above=0, published="lr")
    beta1: float = option(0.5, doc="Of Adam.", low=0, below=1, published="beta1")
    beta2: float = option(0.9, doc="Of Adam.", low=0, below=1, published="beta2")
    generator_every: int = option(
        5, doc="How many critic steps there are to one of the generator.", above=0, published="n_critic"
    )
    epochs: int = option(
        10_000, doc="The length; one epoch shows each slice once.", above=0, published="n_epochs", **_ANY
    )
    iterations: int | None = option(None, doc="The length, where given.", above=0, published="niter", **_ANY)
    minutes: float | None = option(None, "Stop after so long, whatever is left.", above=0, **_ANY)
    gamma: float = option(
        0.9,
        doc="The weight of a hidden pixel is gamma to the power of its distance to the hole's border; 1: no discount.",
        above=0,
        high=1,
        published="spatial_discounting_gamma",
    )
    l1_weight: float = option(1.2, doc="Of the error in the hole, fine.", low=0, published="l1_loss_alpha")
    coarse_weight: float = option(1.2, doc="Of the error in the hole, coarse.", low=0, published="coarse_l1_alpha")
    outside_weight: float = option(1.2, doc="Of the error around the hole.", low=0, published="ae_loss_alpha")
    adversarial_weight: float = option(0.001, doc="Of the critics' word.", low=0, published="gan_loss_alpha")
    global_weight: float = option(
        1.0, doc="Of the global critic beside the local.", low=0, published="global_wgan_loss_alpha"
    )
    penalty_weight: float = option(10.0, doc="Of the gradient penalty.", low=0, published="wgan_gp_lambda")
    drop_rate: float = option(
        0.0,
        doc="The share of channels dropped in training, in the layers where completions drop them. Published is 0; a "
        "narrow network trained so completes nothing sensible at the published 0.5 and makes many ways of completing "
        "at this.",
        low=0,
        below=1,
    )

    seed: int = option(303, "The same seed gives the same model on a CPU.", low=0, published="seed")
    device: str = option("auto", "Where to compute.", choices=DEVICES, **_ANY)
    threads: int | None = option(None, doc="Threads on a CPU.", above=0, **_ANY)
    bfloat16: bool = option(
        False, doc="The inpainter computes in bfloat16 (faster on new processors; the weights stay float32)."
    )
    log_every: int = option(
        100, doc="Iterations from line to line of the log.", above=0, published="print_iter", **_ANY
    )
    sample_every: int = option(1000, doc="Iterations from picture to picture.", above=0, published="viz_iter", **_ANY)
    samples: int = option(16, doc="Patches of a picture.", low=0, published="viz_max_out", **_ANY)
    snapshot_every: int = option(
        5000, doc="Iterations from snapshot to snapshot.", above=0, published="snapshot_save_iter", **_ANY
    )
    snapshot_minutes: float | None = option(30.0, doc="A snapshot also after so long.", above=0, **_ANY)
    keep: int = option(0, doc="The last so many snapshots stay, 0 for all.", low=0, **_ANY)
    tensorboard: bool = option(True, doc="Curves for TensorBoard, where it is installed.", **_ANY)
    heatmap: dict[str, Any] = option(
        dict, doc="Settings for heatmaps that a published configuration also holds; they go onto the card.", **_ANY
    )

    def __post_init__(self) -> None:
        self.hu_window, self.hu_level = usual_window(self.modality, self.hu_window, self.hu_level)
        for name in ("jitter", "margin"):
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                setattr(self, name, (value, value))

    def check_together(self) -> None:
        room = min(self.window - self.hole - 2 * edge for edge in self.margin)
        if self.hole >= self.window or room < 0:
            raise InputError(
                f"A hole of {self.hole} pixels with a margin of {max(self.margin)} does not fit a window of "
                f"{self.window}: choose a smaller hole or margin."
            )
        if not all(0 <= jitter < self.hole for jitter in self.jitter) or min(self.margin) < 0:
            raise InputError(
                f"The jitter {self.jitter} must be at least 0 and below the hole's {self.hole}, the margin at least 0."
            )
        if self.resolution is not None and self.resolution < self.window:
            raise InputError(
                f"Images of {self.resolution} pixels are smaller than a window of {self.window}: choose another."
            )
        if not self.name:
            raise InputError("The model has no name: give one that a file can have.")
