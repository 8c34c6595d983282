"""What each evaluation can be told, without what it takes to evaluate: the checks, and the commands' options."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.framings import FRAMING_HELP, FRAMINGS
from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyLib.option_fields import Options, option, option_of

DRAWS, SEED, LEVEL = 2000, 303, 0.95
SENSITIVITY = 0.8
"""Share of abnormal cases found at which a study tells false positives."""
REGIONS = ("image", "body")
"""Where pixels count: all that the network saw, or the body in it."""
RULES = ("patch", "finding", "centre", "iou")
"""What can count as a hit of a finding: see :func:`.findings.hits.by_lesion`."""
REVIEW = "decision"
SLICE_SCORES = ("patch", "image")
"""A slice's score: of its highest patch, or of the whole image (or region), as scores.csv has them."""
ORGAN_SCORES = ("highest", "mean", "finding")
"""How abnormal an organ and what is around it are: the highest or the mean heat there, or the highest finding."""
TOP, PERCENTILE = re.compile(r"top([1-9]\d{0,5})"), re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


class EvaluationOptions(Options):
    """Base of the options here: each is checked when it is made, and is called as on the command line."""

    WHAT = "setting of an evaluation"

    def __post_init__(self) -> None:
        self.check()

    @classmethod
    def called(cls, name: str) -> str:
        (declared,) = (item.metadata["option"] for item in dataclasses.fields(cls) if item.name == name)  # type: ignore[arg-type]
        return str((declared.flags or "--" + name.replace("_", "-")).split()[0])


def _draws(default: int, of: str, **more: Any) -> Any:
    return option(default, f"Draws of {of} for intervals; 0: none.", low=0, high=10_000_000, **more)


def _level(help: str = "Of the intervals.", doc: str = "") -> Any:
    return option(LEVEL, help, doc=doc, above=0, below=1)


def _seed(help: str = "The same seed gives the same numbers.", doc: str = "") -> Any:
    return option(SEED, help, doc=doc, low=0, high=2**63 - 2)


def _shares(values: tuple[float, ...]) -> str | None:
    wrong = [value for value in values if not 0 < value < 1]
    return f"must lie between 0 and 1, not at {wrong[0]:g}" if wrong else None


def _some_shares(values: tuple[float, ...]) -> str | None:
    return _shares(values) if values else "must hold at least one number between 0 and 1"


@dataclass(frozen=True)
class DetectionOptions(EvaluationOptions):
    """How sets of anomalies are held against a baseline."""

    published_draws: int = option(50, "Draws of the published bootstrap.", low=1, high=10_000_000, flags="--draws")
    draws: int = _draws(2000, "cases or patients", flags="--bootstrap")
    level: float = _level()
    seed: int = _seed()
    at_rates: tuple[float, ...] = option(
        (0.01, 0.05, 0.1),
        "A false positive rate to report at; may be repeated.",
        check_value=_shares,
        flags="--fpr",
        shown="0.01, 0.05 and 0.1",
    )
    at_sensitivities: tuple[float, ...] = option(
        (0.8, 0.9, 0.95),
        "A sensitivity to report at, likewise.",
        check_value=_shares,
        flags="--sensitivity",
        shown="0.8, 0.9 and 0.95",
    )


@dataclass(frozen=True)
class ComparisonOptions(EvaluationOptions):
    """How two scores are held against each other."""

    level: float = _level()
    draws: int = _draws(2000, "cases or patients", flags="--bootstrap")
    permutations: int = option(10_000, "Exchanges; 0: no such test.", low=0, high=10_000_000)
    seed: int = _seed()


@dataclass(frozen=True)
class PermutationOptions(EvaluationOptions):
    """How two populations of AUROCs are tested."""

    draws: int = option(50, "Draws of the published bootstrap.", low=1, high=10_000_000)
    permutations: int = option(100_000, "Random relabellings.", low=1, high=10_000_000)
    simulations: int = option(1000, "Studies for the power; 0: none.", low=0, high=1_000_000)
    alpha: float = option(0.05, "Level of the simulated tests.", above=0, below=1)
    seed: int = _seed()
    as_published: bool = option(False, "Show the published script's p and power first.")


@dataclass(frozen=True)
class HeatmapOptions(EvaluationOptions):
    """How heatmaps are held against lesions."""

    patch_size: int | None = option(
        None, "Side of patches in pixels.", above=0, shown="32, or a quarter of a small image's side"
    )
    top: int = option(5, "How many patches of a case may look for a lesion.", low=1)
    min_iou: float = option(0.1, "Overlap of patch and lesion that is a hit.", low=0, high=1)
    bootstrap: int = _draws(1000, "cases")
    level: float = _level("", doc="Of the intervals.")
    seed: int = _seed("The same seed gives the same intervals.")
    exact_bytes: int = option(512 << 20, doc="What pooled scores may take before they are counted in bins.")


@dataclass(frozen=True)
class FindingsOptions(EvaluationOptions):
    """How findings are held against lesions or decisions."""

    top: int = option(5, "How many findings of a case may be the hit.", low=1)
    min_iou: float = option(0.1, "Overlap that is a hit, by overlap.", low=0, high=1)
    reviews: bool = option(False, "Readers' decisions in the result folders are the truth.")
    bootstrap: int = _draws(2000, "patients")
    level: float = _level("Level of the intervals.")
    seed: int = _seed("The same seed gives the same intervals.")

    @property
    def rules(self) -> tuple[str, ...]:
        """What counts as a hit, the first being the headline."""
        return (REVIEW,) if self.reviews else RULES

    @property
    def tops(self) -> tuple[int, ...]:
        """How many of the highest findings may hit."""
        return (1,) if self.top == 1 else (1, self.top)


@dataclass(frozen=True)
class FailureOptions(EvaluationOptions):
    """How the anomaly in and around an organ is held against how well it was segmented."""

    label: int | None = option(None, "The organ's label.", low=1, shown="all labels together")
    margin: float = option(10.0, "Millimetres around the segmented organ that count too.", low=0, high=1000)
    score: str = option(
        "highest", "Highest heat, mean heat or highest finding in and around the organ.", choices=ORGAN_SCORES
    )
    dice: float = option(0.8, "A smaller Dice is a failure.", above=0, high=1)
    sensitivity: float = option(0.8, "Share of failures that the rule warns of.", above=0, below=1)
    bootstrap: int = _draws(2000, "patients")
    level: float = _level("Level of the intervals.")
    seed: int = _seed("The same seed gives the same intervals.")


@dataclass(frozen=True)
class ObjectOptions(EvaluationOptions):
    """When a lesion is found, and a response is a false one."""

    least_share: float = option(
        0.1,
        "A lesion is found when more of it lights up.",
        doc="Of its voxels, 0..1, those above the threshold.",
        low=0,
        below=1,
    )
    least_mm3: float = option(64.0, "Smallest false response, in mm3.", doc="One away from every lesion.", low=0)


@dataclass(frozen=True)
class NormativeOptions(EvaluationOptions):
    """How restorations are judged."""

    rates: tuple[float, ...] = option(
        (0.01, 0.02, 0.05),
        doc="Shares of healthy pixels above the thresholds at which lesions are looked for.",
        check_value=_some_shares,
    )
    region: str = option("image", "What counts.", choices=REGIONS)
    every_slice: bool = option(False, "AHI from all slices, not only those that show a lesion.")
    objects: ObjectOptions = field(default_factory=ObjectOptions)
    bootstrap: int = _draws(1000, "scans")
    level: float = _level("", doc="Of the intervals.")
    seed: int = _seed("The same seed gives the same intervals.")


@dataclass(frozen=True)
class NormativeSources(EvaluationOptions):
    """What restorations are judged on, and with what."""

    models: tuple[str, ...] = option(
        (), "A model's name or its file; repeatable: models are compared.", flags="--model", shown=DEFAULT_MODEL
    )
    healthy: str | None = option(None, "Normal CTs the model has not seen; or results of them.", metavar="PATH")
    pathological: tuple[str, ...] = option(
        (), "A dataset of abnormal CTs or results; repeatable.", metavar="PATH", shown=""
    )
    masks: tuple[str, ...] = option(
        (), "Its lesion masks, by name; as often as --pathological.", metavar="PATH", shown=""
    )
    training: str | None = option(None, "CTs the model was trained on: for AHI.", metavar="PATH")
    features: str = option(
        "texture",
        "What Frechet distances compare: plain numbers, radiomics, or FID's network.",
        choices=("texture", "frd", "inception"),
    )
    trunk: str = option(
        "auto",
        "Perceptual distance: LPIPS by its network, EfficientNet-Lite0's features, or SSIM (also: none); auto: LPIPS "
        "where weights are here, else lite0.",
        choices=("auto", "alexnet", "vgg16", "lite0", "ssim", "none"),
        flags="--lpips",
    )
    weights: dict[str, str] = option(dict, "Weights: alexnet=FILE, vgg16=FILE, inception=FILE.")
    allow_download: bool = option(False, "Fetch weights that are not here.")
    workers: int = option(1, "CTs at a time.", low=1)


@dataclass(frozen=True)
class Settings(EvaluationOptions):
    """How a study's numbers are drawn from its tables."""

    draws: int = _draws(DRAWS, "patients", flags="--bootstrap")
    level: float = _level("", doc="Of the intervals.")
    seed: int = _seed("", doc="The same seed gives the same numbers.")
    sensitivity: float = option(SENSITIVITY, "Where false positives are counted, 0 to 1.", above=0, high=1)


def _volume_rule(rule: str) -> str | None:
    percent = PERCENTILE.fullmatch(rule)
    if rule in ("max", "mean") or TOP.fullmatch(rule) or (percent is not None and float(percent[1]) <= 100):
        return None
    return f"is max, mean, top and a number (top3) or p and a percentage (p95), not {rule!r}"


@dataclass(frozen=True)
class ScoringRules(EvaluationOptions):
    """How the scores of patches become those of slices and volumes."""

    slice: str = option(
        "patch",
        "A slice counts by its highest patch, or by the whole image or region.",
        choices=SLICE_SCORES,
        flags="--slice-score",
    )
    volume: str = option(
        "top3",
        "Of its slices: max, mean, top3 (mean of the 3 highest), p95.",
        doc="Any number; percentiles are linear between slices.",
        check_value=_volume_rule,
        flags="--volume-score",
        metavar="RULE",
    )


@dataclass(frozen=True)
class SourceOptions(EvaluationOptions):
    """How paths become images to measure; None takes what the model's card says."""

    resolution: int | None = option(
        None,
        "Pixels of a side.",
        doc="None also leaves pictures as they are.",
        low=4,
        high=4096,
        shown="the model's, or as the images are",
    )
    window: float | None = option(None, "Of volumes, in Hounsfield units.", above=0, shown="the model's, or 350")
    level: float | None = option(None, "Its centre.", shown="the model's, or 50")
    framing: str | None = option(None, FRAMING_HELP, choices=FRAMINGS, shown="the model's, or full")
    patients: str = option(
        "auto",
        "Whole patients in each half: auto, file, folder, a CSV.",
        doc="As in :class:`GANAnomalyLab.images.ImageSource`; of pictures folder, or auto (not known).",
    )
    mirror: bool = option(False, "Count real images left-right flipped too, as in training so.")
    allow_any: bool = option(False, "Take volumes that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset")
    count: int | None = option(None, "Generated images.", low=1, shown="as many as real ones, for FRD at most 2000")
    seed: int = option(0, "The same seed gives the same numbers.")
    truncation: float = option(1.0, "The model's truncation psi.", flags="--trunc")


@dataclass(frozen=True)
class DownstreamOptions(EvaluationOptions):
    """How classifiers are held against each other."""

    level: float = _level()
    draws: int = _draws(1000, "patients")
    permutations: int = option(10_000, "Exchanges of two classifiers' scores, for p-values.", low=1, high=10_000_000)
    seed: int = _seed()


@dataclass(frozen=True)
class AuthenticityOptions(EvaluationOptions):
    """How synthetic images are held against real ones."""

    patients: str = option(
        "auto",
        "Which real images are of one patient: auto, file, folder, regex:PATTERN, or a CSV.",
        doc="As in :class:`GANAnomalyLab.images.ImageSource`.",
        metavar="RULE",
    )
    copy_similarity: float | None = option(
        None,
        "Correlation of fine structure from which on an image is a copy.",
        doc="None: 0.9, or more where real images of different patients, whom the rule knows apart, are that alike.",
        above=0.5,
        high=1,
        flags="--similarity",
        shown="0.9, or more where patients are that alike",
    )
    neighbours: int = option(5, "Coverage: as near as an image's k-th neighbour.", low=1, high=100)
    bootstrap: int = _draws(2000, "patients")
    level: float = _level("Level of the intervals.")
    seed: int = _seed("The same seed gives the same intervals.")
