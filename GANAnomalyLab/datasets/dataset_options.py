"""What the commands that make sets of images are asked for, without what it takes to make them."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.option_fields import Options, option

if TYPE_CHECKING:
    from ..images.scans import Scan

_LARGEST_KERNEL = 1001
_WINDOW, _LEVEL = 350.0, 50.0
"""Hounsfield units; the published preprocessing's window for the liver."""
BINARY, BY_LESION = "binary", "lesions"
_STORED = {"8 bit": (255.0, 127.5), "16 bit": (65535.0, 32767.5)}


@dataclass(frozen=True)
class GreyWindow(Options):
    """What of a volume's values becomes black and white: Hounsfield units, or the volume's own."""

    window: float | None = option(None, "Window width in HU.", above=0, below=1e6, shown="350 for CT")
    level: float | None = option(None, "Window level in HU.", above=-1e6, below=1e6, shown="50 for CT")
    intensity: str = option(
        "auto",
        "range: each image from its darkest to its brightest pixel; auto: that for radiographs.",
        doc="And the window for CT, as it is what was windowed before.",
        choices=("auto", "window", "range"),
    )

    def __post_init__(self) -> None:
        self.check()

    def check_together(self) -> None:
        if self.intensity == "range" and (self.window is not None or self.level is not None):
            raise InputError("A window and level leave nothing to intensity range: give one of the two.")

    def limits(self, scan: Scan) -> tuple[float, float] | None:
        """(black, white) in the volume's values; None for each image's own range.

        Raises :class:`InputError` when neither the file nor the user says what the values mean.
        """
        named = self.window is not None or self.level is not None
        if self.intensity == "range" or (self.intensity == "auto" and scan.item.radiograph and not named):
            return None
        window = _WINDOW if self.window is None else self.window
        level = _LEVEL if self.level is None else self.level
        if not named and self.intensity == "auto" and (stored := scan.grey_levels()) is not None:
            window, level = _STORED[stored]
        return level - window / 2, level + window / 2


def _rising(limits: tuple[float, float]) -> str | None:
    return None if limits[0] < limits[1] else f"must be a lower and a higher one, not {limits[0]:g}:{limits[1]:g}"


def _first_and_stop(slices: tuple[int, int]) -> str | None:
    return "must count from 0" if slices[0] < 0 else _rising(slices)


@dataclass(frozen=True)
class SliceSelection(Options):
    """Which slices of a volume count."""

    slices: tuple[int, int] | None = option(
        None, "Only these, inferior to superior from 0, stop excluded.", check_value=_first_and_stop
    )
    z_range: tuple[float, float] | None = option(
        None, "Only slices between these heights, mm of the patient.", check_value=_rising
    )
    every: int = option(1, "One of so many slices.", low=1)
    mask: str | None = option(None, "Only slices with a mask: a file, or a folder named as volumes.", metavar="PATH")
    label: int | None = option(None, "The mask's label that counts.", shown="all")
    pixels: int = option(1, "Pixels a slice's mask must mark.", low=1, flags="--mask-pixels")

    def __post_init__(self) -> None:
        self.check()

    def check_together(self) -> None:
        if self.mask is None and self.label is not None:
            raise InputError("A label was named without a mask: give the mask too, or leave the label out.")

    def masks(self, count: int) -> dict[str, Path] | None:
        """Mask files by case, for ``count`` volumes; None without masks."""
        from ..images.case_names import find_files

        if self.mask is None:
            return None
        if Path(self.mask).is_file():
            if count > 1:
                raise InputError(
                    f"{Path(self.mask).name} is one mask but there are {count} volumes: give a folder of masks."
                )
            return {"": Path(self.mask)}
        return find_files(self.mask, "mask")

    def numbers(self, scan: Scan, masks: dict[str, Path] | None) -> list[int]:
        """The slices of a scan that count; raises :class:`InputError` when there are none."""
        first, stop = self.slices or (0, len(scan.stack.slices))
        chosen = list(range(first, min(stop, len(scan.stack.slices))))
        if self.z_range is not None:
            heights = scan.heights()
            chosen = [number for number in chosen if self.z_range[0] <= heights[number] <= self.z_range[1]]
        if not chosen:
            raise InputError("No slice lies in the range that was asked for.")
        if masks is not None:
            area = scan.marked_pixels(masks, self.label)
            chosen = [number for number in chosen if area[number] >= self.pixels]
            if not chosen:
                raise InputError("The mask marks too little in the slices that were asked for.")
        return chosen[:: self.every]


@dataclass(frozen=True)
class MakeOptions(Options):
    """What a training set shall be; ``view`` and ``choice``: the grey levels of volumes, and which slices."""

    width: int | None = option(None, "Pixels.", shown="what the first image has")
    height: int | None = option(None, "Pixels.", shown="what the first image has")
    transform: str = option(
        "stretch",
        "What to do with another aspect; the last two keep it.",
        choices=("stretch", "center-crop", "pad"),
    )
    resample: str = option(
        "lanczos",
        "How pixels are resampled.",
        choices=("lanczos", "bicubic", "bilinear", "box"),
        flags="--resize-filter",
    )
    bits: int | None = option(None, "8 or 16.", choices=(8, 16), shown="the first picture's, 8 for volumes")
    colour: bool | None = option(None, "Channels.", flags="--colour/--grey --color/--gray", shown="the first picture's")
    most: int | None = option(None, "Stop after so many.", low=1, flags="--max-images")
    labels: str = option(
        "auto", "Classes: auto (dataset.json), folder (the first below SOURCE), a CSV with file and class, none."
    )
    patients: str = option(
        "auto", "Patients: auto (DICOM, dataset.json), file, folder, regex:PATTERN, or a CSV with file and patient."
    )
    framing: str = option("full", "Of volumes: whole slices, or the box around the body.", choices=("full", "body"))
    view: GreyWindow = field(default_factory=GreyWindow)
    choice: SliceSelection = field(default_factory=SliceSelection)

    def check_together(self) -> None:
        if (self.width is None) != (self.height is None):
            raise InputError("Give both --width and --height, or neither.")
        if self.width is not None and self.height is not None:
            from ..images.raster import check_size

            check_size((self.height, self.width))
        if self.colour and self.bits == 16:
            raise InputError("Pictures in colour have 8 bits a channel: leave --bits 16 out.")


@dataclass(frozen=True)
class SplitOptions(Options):
    """How a set is divided, all images of a patient on one side; ``names`` of the two parts."""

    fraction: float = option(0.5, "Share of the first part.", doc="As near as whole patients allow.", above=0, below=1)
    names: tuple[str, str] = option(("first", "second"), "Of the two parts.", shown="first,second")
    patients: str = option(
        "auto", "auto (DICOM, dataset.json), file, folder, regex:PATTERN, or a CSV with file and patient."
    )
    how: str = option(
        "copy",
        "link: hard links, which take no space; list: only a CSV, called PATH.",
        choices=("copy", "link", "list"),
    )
    seed: int = option(0, "The same seed divides in the same way.", low=0)

    def check_together(self) -> None:
        if len({name.casefold() for name in self.names}) < 2 or not all(
            re.fullmatch(r"\w[\w.\-]*", name) for name in self.names
        ):
            raise InputError("The two parts need two different names of letters, digits, dots and dashes.")


def _odd(kernel: int) -> str | None:
    fits = kernel % 2 and 1 <= kernel <= _LARGEST_KERNEL
    return None if fits else f"must be an odd number up to {_LARGEST_KERNEL}, not {kernel}"


@dataclass(frozen=True)
class DegradeOptions(Options):
    """Noise, or blur, or blur and then noise; the same seed and name of a picture give the same noise."""

    variance: float | None = option(
        None, "Variance of Gaussian noise, on grey levels from 0 to 1.", low=0, high=1, flags="--noise"
    )
    kernel: int | None = option(
        None, "Side of a Gaussian blur's kernel, an odd number of pixels.", check_value=_odd, flags="--blur"
    )
    sigma: float | None = option(
        None,
        "The blur's standard deviation in pixels.",
        doc="Otherwise 0.3 ((kernel - 1) / 2 - 1) + 0.8, the usual choice for a kernel.",
        above=0,
        below=1e4,
        shown="from the kernel",
    )
    seed: int = option(0, "The same seed gives the same noise.", low=0)

    def check_together(self) -> None:
        if self.variance is None and self.kernel is None:
            raise InputError("Nothing to do: give a variance of noise (--noise) or a kernel to blur with (--blur).")
        if self.sigma is not None and self.kernel is None:
            raise InputError("Sigma needs a kernel: give --blur too.")

    @property
    def blur_sigma(self) -> float:
        """The blur's standard deviation in pixels."""
        assert self.kernel is not None
        return 0.3 * ((self.kernel - 1) / 2 - 1) + 0.8 if self.sigma is None else self.sigma


@dataclass(frozen=True)
class LabelledOptions(Options):
    """What of a labelled collection becomes a set. ``labels`` is the table of classes."""

    labels: str = option(MISSING, "The table of classes.", metavar="CSV")
    test: str | None = option(None, "Images named here are kept out, and all others of their patients.", metavar="CSV")
    side: int = option(256, "Pixels of a side.", low=16, high=4096)
    allow_missing: bool = option(False, "Pass over rows of images that are not there.")


@dataclass(frozen=True)
class FilmSetOptions(LabelledOptions):
    """As :class:`LabelledOptions`, of radiographs."""

    kinds: str = option(
        BINARY,
        "binary: normal and abnormal; lesions: the eight kinds of lesion.",
        choices=(BINARY, BY_LESION),
        flags="--classes",
    )
    column: str | None = option(None, "The table's column of 0 and 1.", shown="lesion_type, else label, class, target")
    as_published: bool = option(
        False,
        "SpineGAN's pixels: nearest neighbour, whole numbers divided by ceil(max / 256), image by image.",
        doc="Whatever the file says of window and inversion.",
    )
