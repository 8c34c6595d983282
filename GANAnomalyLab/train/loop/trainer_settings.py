"""The settings that every trainer on normal images has; each declared once, for command line, checks and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.detectors.settings import Settings, setting
from GANAnomalyLib.errors import InputError


@dataclass
class TrainerSettings(Settings):
    """Subclasses name themselves in ``detector``, add fields with :func:`setting`, and may set other defaults.

    ``FREE`` are the settings that may change when a run goes on; all others must stay as they were.
    """

    role: ClassVar[str] = "trainer"
    FREE: ClassVar[frozenset[str]] = frozenset(
        (
            *("data", "out", "name", "anatomy", "patients", "split", "part", "allow_any", "steps", "minutes", "device"),
            *("gpus", "threads", "workers", "log_every", "sample_every", "snapshot_every", "state_minutes", "keep"),
            "tensorboard",
        )
    )

    data: str | None = setting("path", "Normal images: CT volumes, DICOM, pictures; a folder or a file.")
    out: str | None = setting("path", "The run's folder; a stopped run goes on there.")
    name: str | None = setting("text", "The model's name on its card; the run's folder's, if not given.")
    anatomy: str = setting("text", "For the card.", default="")
    resolution: int | None = setting("whole", "Pixels of a side, a power of two; of the data, if not given.", low=4)
    channels: int = setting("whole", "1 grey, 3 colour.", default=1, low=1, high=3)
    window: float = setting("number", "Window width in HU, of volumes.", default=350.0, above=0)
    level: float = setting("number", "Window level in HU, of volumes.", default=50.0)
    framing: str = setting(
        "choice", "Whole slices, or the box around the body.", default="full", choices=("full", "body")
    )
    patients: str = setting("text", "Whose an image is: file, folder, regex:PATTERN or a CSV.", default="auto")
    split: str | None = setting("path", "A CSV with the column split; part chooses.")
    part: str | None = setting("text", "The part of the split to train on.")
    held_out: float = setting(
        "number", "Share of the patients that is only measured on, 0 for none.", default=0.1, low=0, high=0.9
    )
    allow_any: bool = setting("switch", "Take volumes that do not look like a CT.", default=False)

    steps: int = setting("whole", "Stop after so many steps.", default=10_000, low=1)
    minutes: float | None = setting("number", "Stop after so long, whatever is left.", above=0)
    batch: int = setting("whole", "Images a step, over all devices.", default=16, low=1)
    ema: float = setting(
        "number", "Images over which half of the averaged weights is forgotten; 0: no average.", default=2000.0, low=0
    )
    precision: str = setting(
        "choice",
        "auto: bf16 on graphics cards that have it, else fp32.",
        default="auto",
        choices=("auto", "fp32", "bf16", "fp16"),
    )
    seed: int = setting("whole", "The same seed gives the same model on a CPU.", default=303, low=0)
    device: str = setting("choice", "Where to compute.", default="auto", choices=DEVICES)
    gpus: int = setting("whole", "Devices (or processes, without a graphics card) to share a batch.", default=1, low=1)
    threads: int | None = setting("whole", "Threads on a CPU; torch's own number, if not given.", low=1)
    workers: int = setting("whole", "Threads that prepare batches.", default=1, low=0)
    log_every: int = setting("whole", "Steps between rows of the log.", default=100, low=1)
    sample_every: int = setting("whole", "Steps between pictures.", default=1000, low=1)
    snapshot_every: int = setting("whole", "Steps between models that are kept.", default=5000, low=1)
    state_minutes: float = setting("number", "Also keep what it takes to go on after so long.", default=15.0, above=0)
    keep: int = setting("whole", "So many states stay, the last ones.", default=2, low=1)
    tensorboard: bool = setting("switch", "Curves for TensorBoard, where it is installed.", default=False)

    def validate(self) -> None:
        """Raise :class:`InputError` for settings that do not go together; subclasses add theirs."""
        if not self.out:
            raise InputError("Name the folder of the training with --out.")
        if self.batch % self.gpus:
            raise InputError(f"A batch of {self.batch} cannot be shared by {self.gpus} devices: choose a multiple.")

    def to_dict(self) -> dict[str, Any]:
        """By the names that commands and files use; plain values, ready for JSON."""
        values = {name: getattr(self, field) for name, field in self.fields().items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def fixed(self) -> dict[str, Any]:
        """The settings that a run keeps from its beginning to its end."""
        return {name: value for name, value in self.to_dict().items() if name not in self.FREE}
