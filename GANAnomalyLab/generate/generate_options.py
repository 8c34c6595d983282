"""What pictures to make and how, checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.option_fields import Options, option

from .number_lists import checked_numbers, parse_numbers

NOISE_MODES = ("const", "random", "none")
MOST_FRAMES = 2000
MOST_PICTURES = 400
"""On one page."""
_LAYERS = 1000


def check_frames(seeds: int, steps: int) -> int:
    """How many frames a film between so many seeds has; raises :class:`InputError` when it cannot be made."""
    if steps < 2 or seeds < 2:
        raise InputError("A film goes from seed to seed: give at least two seeds and two steps between them.")
    count = (seeds - 1) * steps + 1
    if count > MOST_FRAMES:
        raise InputError(f"The film would have {count} frames, more than {MOST_FRAMES}: take fewer seeds or steps.")
    return count


def check_count(count: int) -> None:
    """Raise :class:`InputError` for more pictures than a page is good for."""
    if count > MOST_PICTURES:
        raise InputError(
            f"{count} pictures are too many for one page, which takes {MOST_PICTURES}: ask for fewer, or for files."
        )


@dataclass(frozen=True, kw_only=True)
class PictureOptions(Options):
    """How a picture is made of a latent."""

    truncation_psi: float = option(
        1.0,
        "Truncation psi: below 1 more usual, less varied.",
        doc="It pulls latents to the mean; 1 leaves them as drawn.",
        flags="--trunc",
    )
    class_index: int | None = option(
        None, "Which class, for a model that has them.", flags="--class --class-label --class_label"
    )
    noise_mode: str = option(
        "const",
        "The model's own noise maps, those of each seed, or none.",
        doc="Those of a seed repeat too.",
        choices=NOISE_MODES,
    )


@dataclass(frozen=True)
class GenerateOptions(PictureOptions):
    """What to make and how. Each seed has its own z (:func:`.latents.seed_z`)."""

    seeds: Iterable[int] | str | None = option(
        None,
        "Which pictures: numbers and ranges, as in 85,265-300.",
        doc="Numbers from 0 to 2**32 - 1.",
    )
    projected_w: Path | str | None = option(
        None,
        "In place of seeds: a projection's latents.",
        doc="As :func:`.latents.read_latents` reads them; psi does not act on them, and they have their class already.",
        flags="--projected-w --projected_w",
        metavar="FILE",
    )
    form: str = option(
        "png",
        "nifti: Hounsfield units; npy: as made, about -1 to 1.",
        choices=("png", "nifti", "npy"),
        flags="--format",
    )
    grid: bool = option(False, "One labelled page, grid.png, in place of files.")
    interpolate: int = option(
        0,
        "Also a film from seed to seed.",
        doc="interpolation.gif, in so many steps; 0: none.",
        metavar="STEPS",
        shown="",
    )

    def validate(self) -> list[int]:
        """The seeds (none with ``projected_w``); raises :class:`InputError` for what cannot be asked for."""
        self.check()
        if (self.seeds is None) == (self.projected_w is None):
            raise InputError("Say what to make: either seeds, as in --seeds 85,265-300, or a file with --projected-w.")
        if self.grid and self.form != "png":
            raise InputError(f"A grid is one PNG page: leave --grid out to write {self.form} files.")
        seeds = [] if self.seeds is None else checked_numbers(self.seeds)
        if self.projected_w is not None and self.truncation_psi != 1:
            raise InputError("Truncation acts on seeds; latents of a file are shown as they are: leave --trunc out.")
        if self.interpolate:
            check_frames(len(seeds), self.interpolate)
        if self.grid:
            check_count(len(seeds))
        return seeds


@dataclass(frozen=True)
class MixOptions(PictureOptions):
    """Which seeds to cross: numbers, or text such as "85,100-110". "random" noise is that of the row's seed."""

    rows: Iterable[int] | str = option(MISSING, "Seeds of the rows, as in 85,100,75.")
    columns: Iterable[int] | str = option(MISSING, "Seeds of the columns, as in 55,821.", flags="--cols")
    styles: Iterable[int] | str = option("0-6", "Layers that follow the column; 0 is the coarsest.")

    def validate(self) -> tuple[list[int], list[int], list[int]]:
        """Row seeds, column seeds and layers; raises :class:`InputError` for what cannot be asked for."""
        self.check()
        rows, columns = checked_numbers(self.rows, "row seeds"), checked_numbers(self.columns, "column seeds")
        check_count((len(rows) + 1) * (len(columns) + 1))
        if isinstance(self.styles, str):
            return rows, columns, parse_numbers(self.styles, "styles", _LAYERS)
        return rows, columns, checked_numbers(self.styles, "styles", _LAYERS)
