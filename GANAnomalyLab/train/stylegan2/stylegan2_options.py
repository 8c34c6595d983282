"""What a person may ask of a training run: the published options under their own names, and ours beside them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

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

from .presets import PRESETS

PIPELINE_NAMES = ("blit", "geom", "color", "filter", "noise", "cutout", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc", "ct")
"""The keys of ``train.augment.PIPELINES``, known without importing what they are made with."""
_CFG = "the configuration's"
PRIVATE, AS_PUBLISHED = "dp", "as-published"


def _power_of_two(side: int) -> str | None:
    fits = side in [2**n for n in range(3, 12)]
    return None if fits else f"must be a power of two from 8 to 2048, as StyleGAN2's images are, not {side}"


@dataclass
class TrainOptions(Options):
    """A run as it is asked for; what is None is decided from the data, the devices and ``cfg`` (see ``config``)."""

    WHAT = "training option"

    outdir: str = option(
        "",
        "Where runs are kept; each gets a numbered folder.",
        flags="--outdir --out",
        metavar="FOLDER",
    )
    data: str | None = option(
        None,
        "Normal images: CT volumes, DICOM, pictures, a published zip; a folder or file.",
        metavar="PATH",
    )
    gpus: int = option(1, "Devices (or processes, without a graphics card) that share each batch.", above=0)
    snap: int = option(50, "Ticks between snapshots.", above=0)
    metrics: str = option("none", "Comma-separated, such as frd,fid50k_full, or none.")
    seed: int = option(0, "The same seed, data and options give the same model on a CPU.", low=0)
    cond: bool = option(False, "Learn the classes that the data's labels give.")
    subset: int | None = option(None, "Train with only so many images.", above=0, shown="all")
    mirror: bool = option(False, "Show every image flipped as well. For CT that is anatomy that does not exist.")
    cfg: str = option("auto", "Base configuration; auto follows resolution and devices.", choices=("auto", *PRESETS))
    gamma: float | None = option(None, "Weight of the R1 regularisation.", low=0, shown=_CFG)
    kimg: float | None = option(None, "Length, in thousands of images shown.", above=0, shown=f"{_CFG}, 25000")
    batch: int | None = option(None, "Images a step, over all devices.", above=0, shown=_CFG)
    aug: str = option(
        "ada",
        "Augmentation: none, adaptive, or of fixed strength --p.",
        doc="Adaptive: the strength follows how much the discriminator overfits, towards ``target``.",
        choices=("noaug", "ada", "fixed"),
    )
    p: float | None = option(None, "Strength for --aug fixed, 0 to 1.", low=0, high=1, shown="none")
    target: float | None = option(
        None, "What adaptive augmentation steers r, the sign of D(real), to.", low=0, high=1, shown="0.6"
    )
    augpipe: str | None = option(
        None,
        "Which augmentations. ct leaves out flips and quarter turns: they make anatomy that does not exist, and the "
        "generator may learn it.",
        choices=PIPELINE_NAMES,
        shown="ct for volumes, else bgc",
    )
    resume: str | None = option(
        None, "A run's folder to go on with, or a model (.pkl, .safetensors) to begin from.", shown="none"
    )
    freezed: int = option(0, "With --resume: the discriminator's first so many layers stay as they are.", low=0)
    fp32: bool = option(False, "No mixed precision.")
    nhwc: bool = option(False, "Channels-last memory format.")
    nobench: bool = option(False, "No cuDNN benchmarking.")
    allow_tf32: bool = option(False, "Let multiplications use TF32.")
    workers: int = option(2, "Threads that prepare batches.", low=0)
    beta0: float | None = option(None, "Adam's first beta.", low=0, below=1, shown="0")

    resolution: int | None = option(
        None,
        "Pixels of a side, a power of two.",
        check_value=_power_of_two,
        shown="nearest to what the first file has",
    )
    channels: int = option(1, "1 grey, 3 colour.", choices=(1, 3))
    modality: str = option(CT, MODALITY_HELP)
    window: float = option(None, "Window width in HU, or of MR in percent of white.", above=0, shown="350, of MR 100")
    level: float = option(None, "Window level in HU, or of MR in percent of white.", shown="50")
    percentile: float = option(PERCENTILE, PERCENTILE_HELP, above=0, high=100)
    percentile_of: str = option(PERCENTILE_OF[0], PERCENTILE_OF_HELP, choices=PERCENTILE_OF)
    framing: str = option(
        "slice-body",
        FRAMING_HELP,
        choices=FRAMINGS,
    )
    slices: tuple[int, int] | None = option(
        None,
        "Only these slices of a volume, from 0 at the lowest, the last excluded.",
        metavar="LOW:HIGH",
        shown="all",
    )
    z_range: tuple[float, float] | None = option(
        None, "Only slices between these heights, mm of the patient.", shown="all"
    )
    mask: str | None = option(None, "A mask or a folder of masks: only slices it marks.", shown="none")
    labels: str | None = option(
        None, "With --cond: a CSV (file,class), or the word folder.", shown="the data's dataset.json"
    )
    patients: str = option("auto", "Whose an image is: file, folder, regex:PATTERN or a CSV (file,patient).")
    split: str | None = option(
        None, "A CSV with the column split; --set part=NAME chooses, usually train.", shown="none"
    )
    validation: str | None = option(
        None,
        "Other normals, only watched: a path, a share of the patients, a part.",
        doc='A share as "0.1"; a part is one of ``split``.',
        shown="none",
    )
    allow_any: bool = option(False, "Take volumes that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset")
    intensity: str = option("auto", doc="How volumes become grey, as in :class:`GANAnomalyLab.images.ImageSource`.")
    every: int = option(1, doc="Keep one of so many slices.", above=0)
    label: int | None = option(None, doc="The mask's label that counts.")
    tissue: float = option(0.01, doc="The least share of a slice that must be brighter than the window's floor.")
    part: str = option("train", doc="The part of ``split`` that is trained on.")

    batch_gpu: int | None = option(
        None,
        "Images on a device at a time; the rest of its share follows.",
        doc="Gradients stay the same.",
        above=0,
        shown="its share",
    )
    fmaps: float | None = option(None, "Width of the layers, 1 for 32768 channel-pixels.", above=0, shown=_CFG)
    channel_max: int = option(512, doc="The widest layer; 512 as published, smaller for small machines.", above=0)
    z_dim: int = option(512, doc="Numbers of a latent z.", above=0)
    w_dim: int = option(512, doc="Numbers of a latent w.", above=0)
    map: int | None = option(None, doc="Layers of the mapping; None is the configuration's.", above=0)
    lr: float | None = option(None, doc="Learning rate; None is the configuration's.", above=0)
    mbstd: int | None = option(None, doc="Group of the minibatch statistic; None is the configuration's.", above=0)
    ema_kimg: float | None = option(
        None, doc="Thousand images over which half of the average is forgotten; None is the configuration's.", low=0
    )
    r1_every: int | None = option(None, doc="Steps from one R1 regularisation to the next; None is 16.", above=0)
    pl_weight: float | None = option(
        None, doc="Of the path length regularisation; None is the configuration's, with an encoder 0.", low=0
    )
    style_mixing: float | None = option(
        None,
        doc="Its probability; None is the configuration's, with an encoder 0: each image has one w.",
        low=0,
        high=1,
    )

    encoder: str = option(
        "none",
        "joint trains an encoder beside the generator, which must then make every training image again from what the "
        "encoder sees of it. For models that detect, from few images: learns in an hour on a CPU what competing with "
        "a discriminator alone does not teach.",
        choices=("none", "joint"),
    )
    encoder_reconstruction: float = option(20.0, doc="Weight of its loss in images.", low=0)
    encoder_latent: float = option(0.5, doc="Weight of its loss in w.", low=0)
    encoder_paint: float = option(
        0.75, doc="How probably each of two patches is painted over what the encoder is shown.", low=0, high=1
    )
    encoder_lr: float | None = option(None, doc="Its learning rate; None is the generator's.", above=0)
    encoder_beta0: float = option(
        0.5, doc="Adam's first beta of the encoder, and then of the generator.", low=0, below=1
    )
    adversarial_every: int = option(
        1, doc="The networks compete in each so many steps, the others only reconstruct.", above=0
    )
    decay_from: float | None = option(
        None,
        "Share of the run after which learning rates fall, to a tenth.",
        low=0,
        below=1,
        shown="none",
    )
    privacy: str = option(
        "none",
        "dp: DP-SGD of the discriminator, with a guarantee (epsilon, delta) for each patient. as-published: noise on "
        "gradients, then clipping, as SpineGAN's authors had it, which guarantees nothing.",
        choices=("none", PRIVATE, AS_PUBLISHED),
    )
    target_epsilon: float | None = option(None, "With dp: end when so much is spent.", above=0, shown="none")
    delta: float | None = option(
        None, "With dp: the chance that the guarantee does not hold.", above=0, below=1, shown="1e-5"
    )
    clip: float | None = option(
        None,
        "Longest gradient: of a patient (dp), or of all (as-published, 0: any).",
        low=0,
        shown="1, as published 1.5",
    )
    noise: float | None = option(
        None,
        "Noise, in clips (dp), or of each number of a gradient (as-published, 0: none).",
        low=0,
        shown="what the target allows, as published 0.02",
    )

    domain_loss: str | None = option(
        None,
        "With --cond: a classifier of the same classes that is to see in each image the class that it was made for: a "
        "name, file or run of train classifier, or a TorchScript (.ts).",
        metavar="CLASSIFIER",
        shown="none",
    )
    domain_weight: float = option(0.1, "What its loss counts.", above=0)
    domain_as_published: bool = option(
        False, "Show the classifier images as SpineGAN's authors did: the middle, its values in the wrong range."
    )

    precision: str = option("auto", "auto: fp16 on CUDA, fp32 elsewhere.", choices=("auto", "fp32", "fp16", "bf16"))
    compile: bool = option(False, "torch.compile, where a compiler is installed; not for the regularisation.")
    device: str = option("auto", "Where to compute.", choices=DEVICES)
    threads: int | None = option(None, "Threads on a CPU.", above=0, shown="torch's")

    minutes: float | None = option(None, "Stop after so long, whatever is left.", above=0, shown="none")
    tick: float = option(4.0, "Thousands of images a line of the log.", above=0)
    state_minutes: float = option(30.0, doc="Also keep the state to go on from so often.", above=0)
    keep: int = option(2, doc="How many states stay.", above=0)
    tensorboard: bool = option(True, doc="Curves for TensorBoard, where it is installed.")
    grid: int = option(8, doc="Pictures along each side of the sample grids.", above=0)
    weights: dict[str, str] = option(dict, "For --metrics: NETWORK=FILE.")
    allow_download: bool = option(False, "Let metrics fetch the weights that they lack.")

    name: str = option("", "The model's name on its card.", check_value=usable_as_file_name, shown="the run's")
    anatomy: str = option("", "For the card.", shown="none")
    title: str = option("", doc="For the card, as what follows.")
    training_data: str = option("")
    training_data_licence: str = option("")
    licence: str = option("")
    not_for: list[str] = option(list)

    @classmethod
    def called(cls, name: str) -> str:
        return "--" + name.replace("_", "-")

    def __post_init__(self) -> None:
        self.window, self.level = usual_window(self.modality, self.window, self.level)

    def check_together(self) -> None:
        if self.p is not None and self.aug != "fixed":
            raise InputError(f"--p belongs to --aug fixed; with --aug {self.aug} leave it out.")
        if self.aug == "fixed" and self.p is None:
            raise InputError("--aug fixed needs the probability: give --p, for example --p 0.2.")
        if self.target is not None and self.aug != "ada":
            raise InputError(f"--target belongs to --aug ada; with --aug {self.aug} leave it out.")
        if self.augpipe is not None and self.aug == "noaug":
            raise InputError("--augpipe says which augmentations to use and --aug noaug to use none: leave one out.")
        if self.fp32 and self.precision not in ("auto", "fp32"):
            raise InputError(f"--fp32 and --precision {self.precision} contradict each other: leave one out.")
        if self.freezed and self.resume is None:
            raise InputError("--freezed keeps layers of a trained discriminator as they are: it needs --resume.")
        self._check_privacy()
        if self.domain_loss is None and (self.domain_as_published or self.domain_weight != 0.1):
            raise InputError("--domain-weight and --domain-as-published belong to --domain-loss: name a classifier.")
        if self.domain_loss is not None and not self.cond:
            raise InputError("--domain-loss needs classes to look for: add --cond, and labels.")
        if self.encoder == "none":
            for item in dataclasses.fields(self):
                its = item.name.startswith("encoder_") or item.name == "adversarial_every"
                if its and getattr(self, item.name) != item.default:
                    raise InputError(f"{item.name} belongs to --encoder joint: add that, or leave it out.")
        elif self.encoder_reconstruction == 0:
            raise InputError("encoder_reconstruction is 0: nothing would teach the encoder; give another weight.")

    def _check_privacy(self) -> None:
        given = [name for name in ("target_epsilon", "delta", "clip", "noise") if getattr(self, name) is not None]
        if self.privacy == "none" and given:
            raise InputError(f"{self.called(given[0])} belongs to --privacy: add that, or leave it out.")
        if self.privacy == AS_PUBLISHED and not {"target_epsilon", "delta"}.isdisjoint(given):
            raise InputError("--privacy as-published guarantees nothing that has an epsilon or a delta: choose dp.")
        if self.privacy == AS_PUBLISHED and self.noise == 0 and self.clip == 0:
            raise InputError("Neither noise nor clipping is left of --privacy as-published: leave it out.")
        if self.privacy != PRIVATE:
            return
        if self.noise is None and self.target_epsilon is None:
            raise InputError("A private run needs --noise, or --target-epsilon and a length in images (--kimg).")
        if self.noise == 0:
            raise InputError("Without noise nothing is private: give a --noise above 0.")
        if self.clip == 0:
            raise InputError("With --privacy dp every gradient is cut: give a --clip above 0.")
        if self.encoder != "none":
            raise InputError("--encoder joint learns from every image unprotected: leave it or --privacy dp out.")
        if self.gpus > 1:
            raise InputError("A private run computes on one device: leave --gpus out.")
        if self.metrics != "none":
            raise InputError("--metrics compares with real images unprotected: leave it or --privacy dp out.")
