"""The settings of a classifier, and the recipes of the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from GANAnomalyLib.classifiers.architecture import FITS, NETWORKS
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ..loop.trainer_settings import TrainerSettings

if TYPE_CHECKING:
    from ...images import ImageSet

JUDGES = ("auroc", "accuracy", "loss")
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "small": {},
    "lite0": {"side": 128, "learning_rate": 2e-4},
    # Skin lesions, trained on real, synthetic and mixed pictures.
    "efficientnet_b2": {"side": 256, "learning_rate": 5e-4, "class_weights": False, "judged_by": "accuracy"},
    # Spine radiographs: SpineGAN's abnormality classifier.
    "densenet121": {
        "side": 224,
        "flip": 0.3,
        "flip_vertical": 0.0,
        "rotation": 5.0,
    },
    "resnet50": {"side": 224, "learning_rate": 1e-4},
}
"""What differs from the defaults, by the network."""


def _thousands(counts: tuple[float, ...]) -> str | None:
    good = all(0 <= count <= 1e6 for count in counts) and any(counts)
    return None if good else "must be thousands of each class, such as 0,15, one of them above 0"


@dataclass
class ClassifierSettings(TrainerSettings):
    """Learn to tell the classes of labelled pictures apart, from real ones, synthetic ones, or both.

    A share of the patients, of each class alike, is held out: it ends the training, and its accuracy and AUROC stand on
    the card. Held out are real pictures only.
    """

    detector: ClassVar[str] = "classifier"

    data: Named | None = setting("A labelled set: a folder or zip with dataset.json.", free=True)
    labels: Named | None = setting('In place of dataset.json: a CSV with file and class, or "folder".')
    findings: tuple[str, ...] | None = setting(
        "In place of --data: result folders, or a folder of them, with readers' decisions on their findings; may be "
        "repeated.",
        metavar="RESULTS",
        free=True,
        shown="",
    )
    network: str = setting("What learns.", default="small", choices=tuple(NETWORKS))
    weights: Named | None = setting("ImageNet weights to begin from, as torchvision publishes them.", free=True)
    allow_download: bool = setting("Fetch torchvision's ImageNet weights.", default=False)
    pretrained: bool = setting("lite0 begins from its ImageNet weights, which are here.", default=True)
    synthetic: tuple[float, ...] | None = setting(
        "Thousands of synthetic images of each class: 0,15.", metavar="A,B,...", check_value=_thousands
    )
    synthetic_from: Named | None = setting(
        "Where they are: a labelled set, a folder with one folder a class, or a conditional StyleGAN2 model.",
        metavar="PATH|MODEL",
        free=True,
    )
    only_synthetic: bool = setting("Learn from synthetic images alone.", default=False)
    truncation_psi: float = setting("Of a StyleGAN2 model.", default=1.0, low=0, high=2, flags="--trunc")

    resolution: int | None = setting(
        "Pixels that images are kept in, a power of two; of the data, if not given.", low=16
    )
    channels: int = setting("1 grey, 3 colour; colour takes grey too.", default=3, choices=(1, 3))
    side: int = setting(
        "Pixels that the network sees.", default=64, low=16, high=1024, shown="64; 32 findings, 128 lite0, 256, 224"
    )
    width: int = setting("Channels that the small network begins with.", default=16, low=2, high=128)
    fit: str | None = setting(
        "What predict does with pictures that are not square.", choices=FITS, shown="as the set was made, else pad"
    )

    epochs: float = setting("Times that the training images are seen.", default=30.0, above=0, free=True)
    steps: int = setting("Stop after so many steps, if the epochs go on.", default=10**9, low=1, free=True, shown="")
    batch: int = setting("Images a step.", default=32, low=2)
    learning_rate: float = setting("Adam's, at the start.", default=1e-3, above=0, shown="1e-3, or the network's own")
    reduce: float = setting("What it becomes where nothing gets better, times itself.", default=0.2, above=0, high=1)
    wait: int = setting("Measurements without anything better before that.", default=1, low=0)
    patience: int = setting(
        "Measurements without anything better on held out images after which training ends and the best model is kept; "
        "0: never.",
        default=3,
        low=0,
    )
    judged_by: str = setting("What is to get better.", default="auroc", choices=JUDGES)
    class_weights: bool = setting("Rare classes count for more.", default=True)
    held_out: float = setting("Share of the patients that is only measured on.", default=0.2, low=0, high=0.9)

    flip: float = setting("Share of pictures flipped left-right.", default=0.5, low=0, high=1)
    flip_vertical: float = setting("Share of pictures flipped up-down.", default=0.5, low=0, high=1)
    rotation: float = setting("Largest rotation in degrees.", default=30.0, low=0, high=180)
    crop: float = setting("Smallest share of a picture's area that is shown.", default=0.8, low=0.05, high=1)

    ema: float = setting(
        "Images over which half of the averaged weights is forgotten; 0: no average.", default=0.0, low=0
    )
    sample_every: int = setting("Steps between measurements; 0: an epoch.", default=0, low=0, free=True)
    snapshot_every: int = setting(
        "Steps between models that are kept; 0: the last one only.", default=0, low=0, free=True
    )
    log_every: int = setting("Steps between rows of the log.", default=20, low=1, free=True)

    @classmethod
    def _with_preset(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = cls.options()["network"]
        name = declared.default if given.get("network") is None else declared.check(given["network"])
        recipe = {**RECIPES[name], "side": 32} if name == "small" and given.get("findings") else RECIPES[name]
        return {**recipe, **given}

    def validate(self) -> None:
        """See :class:`TrainerSettings`."""
        super().validate()
        if self.gpus > 1:
            raise InputError("A classifier is trained by one process: leave --gpus out.")
        if self.findings and (self.data or self.labels or self.synthetic or self.resolution or self.channels != 3):
            raise InputError(
                "Findings are learnt from as they are: leave --data, --labels, --synthetic, --resolution and "
                "--channels out, or --findings."
            )
        if (self.synthetic is None) != (self.synthetic_from is None):
            raise InputError("Synthetic images need both --synthetic, how many, and --synthetic-from, where they are.")
        if self.only_synthetic and self.synthetic is None:
            raise InputError(
                "There are no synthetic images to learn from alone: give --synthetic and --synthetic-from."
            )
        if (self.weights or self.allow_download) and self.network in ("small", "lite0"):
            raise InputError(f"The network {self.network} takes no weights of torchvision: leave --weights out.")

    def labelling(self) -> dict[str, Any]:
        """See :class:`TrainerSettings`."""
        return {"conditional": True, "labels": self.labels}

    def own_images(self, say: Any) -> ImageSet | None:
        """See :class:`TrainerSettings`: pictures of findings that readers decided on."""
        if not self.findings:
            return None
        from .decided_findings import decided_findings

        return decided_findings(self.findings, self.patients, say)

    def divide(
        self, images: ImageSet, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Any
    ) -> tuple[ImageSet, ImageSet | None]:
        """See :class:`TrainerSettings`: held out evenly of each class; synthetic images are added to what is learnt."""
        from .learnt_images import divide
        from .synthetic_images import SyntheticShare

        share = None
        if self.synthetic is not None:
            share = SyntheticShare(
                self.synthetic,
                str(self.synthetic_from),
                self.only_synthetic,
                self.seed,
                self.truncation_psi,
                self.device,
            )
        return divide(images, self.held_out, self.seed, share, store, progress, cancel, say)


SETTINGS = ClassifierSettings
