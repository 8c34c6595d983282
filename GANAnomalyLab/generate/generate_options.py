"""What pictures to make and how, checked before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError

from .latents import checked_psi
from .number_lists import checked_numbers
from .picture_maker import NOISE_MODES
from .picture_page import check_count

MOST_FRAMES = 2000


def check_frames(seeds: int, steps: int) -> int:
    """How many frames a film between so many seeds has; raises :class:`InputError` when it cannot be made."""
    if steps < 2 or seeds < 2:
        raise InputError("A film goes from seed to seed: give at least two seeds and two steps between them.")
    count = (seeds - 1) * steps + 1
    if count > MOST_FRAMES:
        raise InputError(f"The film would have {count} frames, more than {MOST_FRAMES}: take fewer seeds or steps.")
    return count


@dataclass(frozen=True)
class GenerateOptions:
    """What to make and how.

    Attributes
    ----------
    seeds: numbers from 0 to 2**32 - 1, or text such as "85,265-300". Each has its own z (:func:`.latents.seed_z`).
    projected_w: in place of seeds, a file of latents (:func:`.latents.read_latents`); psi does not act on them.
    truncation_psi: 1 leaves latents as drawn, smaller values pull them to the mean: more usual, less varied pictures.
    class_index: which class, for a model that has them. Latents of a file have theirs already.
    noise_mode: "const" the model's own noise maps, "random" those of the picture's seed (so they repeat too), "none".
    form: "png" (8 bits), "nifti" (Hounsfield units by the model's window) or "npy" (float32 as made).
    grid: one labelled page instead of files.
    interpolate: also a film (interpolation.gif) that goes from seed to seed in so many steps; 0: none.
    """

    seeds: Sequence[int] | str | None = None
    projected_w: Path | str | None = None
    truncation_psi: float = 1.0
    class_index: int | None = None
    noise_mode: str = "const"
    form: str = "png"
    grid: bool = False
    interpolate: int = 0

    def validate(self) -> list[int]:
        """The seeds (none with ``projected_w``); raises :class:`InputError` for what cannot be asked for."""
        checked_psi(self.truncation_psi)
        if (self.seeds is None) == (self.projected_w is None):
            raise InputError("Say what to make: either seeds, as in --seeds 85,265-300, or a file with --projected-w.")
        if self.noise_mode not in NOISE_MODES:
            raise InputError(f"The noise mode is one of {', '.join(NOISE_MODES)}, not {self.noise_mode!r}.")
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
