"""The settings that every trainer on normal images has; each declared once, for command line, checks and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from GANAnomalyLib.analysis.request import DEVICES, AnalysisRequest
from GANAnomalyLib.detectors.settings import Settings, setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.framings import FRAMING_HELP, FRAMINGS
from GANAnomalyLib.modalities import (
    MODALITIES,
    MODALITY_HELP,
    PERCENTILE,
    PERCENTILE_HELP,
    PERCENTILE_OF,
    PERCENTILE_OF_HELP,
    WINDOWS,
    usual_window,
)
from GANAnomalyLib.option_fields import option_of
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

if TYPE_CHECKING:
    from ...images import ImageSet

T = TypeVar("T", bound="TrainerSettings")
Presets = Mapping[str, Mapping[str, Any]]


def preset_setting(presets: Presets) -> Any:
    """The field ``preset`` of settings that have :attr:`TrainerSettings.PRESETS`; the first one is the default."""
    names = tuple(presets)
    return setting("Values to begin from; what is given besides wins.", default=names[0], choices=names, free=True)


@dataclass
class TrainerSettings(Settings):
    """Subclasses name themselves in ``detector``, add fields with :func:`setting`, and may set other defaults.

    Settings declared ``free`` may change when a run goes on; all others must stay as they were.

    One with presets gives ``PRESETS``, for each name the values that differ from the defaults, and the field
    ``preset: str = preset_setting(PRESETS)``.
    """

    role: ClassVar[str] = "trainer"
    PRESETS: ClassVar[Presets] = {}
    LOOKS: ClassVar[Mapping[str, tuple[float, float]]] = WINDOWS
    """Window and level by modality, where none are given."""
    example: ClassVar[str] = ""
    """What the example of the command's help gives besides, with a blank behind it."""

    data: Named | None = setting("Normal images: CT or MR volumes, DICOM, pictures; a folder or a file.", free=True)
    out: Named | None = setting("The run's folder; a stopped run goes on there.", free=True)
    name: str | None = setting("The model's name on its card; the run's folder's, if not given.", free=True)
    anatomy: str = setting("For the card.", default="", free=True)
    resolution: int | None = setting("Pixels of a side, a power of two; of the data, if not given.", low=4)
    channels: int = setting("1 grey, 3 colour.", default=1, low=1, high=3)
    modality: str = setting(MODALITY_HELP, default=MODALITIES[0], choices=MODALITIES)
    window: float = setting("Window width in HU, or of MR in percent of white.", above=0, shown="350, of MR 100")
    level: float = setting("Window level in HU, or of MR in percent of white.", shown="50")
    percentile: float = setting(PERCENTILE_HELP, default=PERCENTILE, above=0, high=100)
    percentile_of: str = setting(PERCENTILE_OF_HELP, default=PERCENTILE_OF[0], choices=PERCENTILE_OF)
    framing: str = setting(FRAMING_HELP, default="full", choices=FRAMINGS)
    patients: str = setting("Whose an image is: file, folder, regex:PATTERN or a CSV.", default="auto", free=True)
    split: Named | None = setting("A CSV with the column split; part chooses.", free=True)
    part: str | None = setting("The part of the split to train on.", free=True)
    held_out: float = setting(
        "Share of the patients that is only measured on, 0 for none.", default=0.1, low=0, high=0.9
    )
    allow_any: bool = setting("Take volumes that do not look like a CT.", default=False, free=True)
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset", free=True)

    steps: int = setting("Stop after so many steps.", default=10_000, low=1, free=True)
    minutes: float | None = setting("Stop after so long, whatever is left.", above=0, free=True)
    batch: int = setting("Images a step, over all devices.", default=16, low=1)
    ema: float = setting(
        "Images over which half of the averaged weights is forgotten; 0: no average.", default=2000.0, low=0
    )
    precision: str = setting(
        "auto: bf16 on graphics cards that have it, else fp32.",
        default="auto",
        choices=("auto", "fp32", "bf16", "fp16"),
    )
    seed: int = setting("The same seed gives the same model on a CPU.", default=303, low=0)
    device: str = setting("Where to compute.", default="auto", choices=DEVICES, free=True)
    gpus: int = setting(
        "Devices (or processes, without a graphics card) to share a batch.", default=1, low=1, free=True
    )
    threads: int | None = setting("Threads on a CPU; torch's own number, if not given.", low=1, free=True)
    workers: int = setting("Threads that prepare batches.", default=1, low=0, free=True)
    log_every: int = setting("Steps between rows of the log.", default=100, low=1, free=True)
    sample_every: int = setting("Steps between pictures.", default=1000, low=1, free=True)
    snapshot_every: int = setting("Steps between models that are kept.", default=5000, low=1, free=True)
    state_minutes: float = setting("Also keep what it takes to go on after so long.", default=15.0, above=0, free=True)
    keep: int = setting("So many states stay, the last ones.", default=2, low=1, free=True)
    tensorboard: bool = setting("Curves for TensorBoard, where it is installed.", default=False, free=True)

    patience: int = setting(
        "Measurements (see sample-every) without a better one on held out images after which training ends and the "
        "best model is kept; 0: never.",
        default=0,
        low=0,
    )

    @classmethod
    def read(cls: type[T], given: Mapping[str, Any], mode: str = "fast") -> T:
        """See :class:`Settings`; with the values of the preset that is asked for."""
        return super().read(cls._with_preset(given), mode)

    @classmethod
    def from_dict(cls: type[T], values: Mapping[str, Any]) -> T:
        """See :class:`~GANAnomalyLib.option_fields.Options`; with the values of the preset that is asked for."""
        return super().from_dict(cls._with_preset(values))

    @classmethod
    def _with_preset(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = cls.options().get("preset")
        if declared is None:
            return dict(given)
        name = declared.default if given.get("preset") is None else declared.check(given["preset"])
        return {**cls.PRESETS[name], **given}

    def __post_init__(self) -> None:
        self.window, self.level = usual_window(self.modality, self.window, self.level, self.LOOKS)

    def labelling(self) -> dict[str, Any]:
        """Further settings of the images' source: of classes, for a trainer that learns them."""
        return {}

    def own_images(self, say: Callable[[str], None]) -> ImageSet | None:
        """Images that come from elsewhere than ``data``; None for a trainer, or settings, without such."""
        return None

    def divide(
        self, images: ImageSet, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Callable[[str], None]
    ) -> tuple[ImageSet, ImageSet | None]:
        """What is learnt from and what is held out (None for nothing) of the images of ``data``.

        ``store`` is where prepared images are kept. Raises :class:`InputError` where they cannot be divided.
        """
        from ...images import split_by_patient

        return split_by_patient(images, self.held_out, self.seed, say) if self.held_out else (images, None)

    def validate(self) -> None:
        """Raise :class:`InputError` for settings that do not go together; subclasses add theirs."""
        if not self.out:
            raise InputError("Name the folder of the training with --out.")
        if self.batch % self.gpus:
            raise InputError(f"A batch of {self.batch} cannot be shared by {self.gpus} devices: choose a multiple.")
        if self.patience and not self.held_out:
            raise InputError("Training can only end early by what is held out: give --held-out, or leave patience out.")
