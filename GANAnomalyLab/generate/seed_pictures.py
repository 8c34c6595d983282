"""Pictures of seeds or of stored latents, as files or as one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import locked, write_png
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .latents import checked_psi, one_hot, read_latents
from .number_lists import checked_numbers, written_numbers
from .picture_maker import NOISE_MODES, Maker
from .picture_page import check_count, draw_page
from .picture_writer import ENDINGS, check_format, check_free, write_picture
from .seed_film import check_frames, write_interpolation

if TYPE_CHECKING:
    from GANAnomalyLib.models.registry import LoadedModel

GRID = "grid.png"
_AT_ONCE = 256
"""Seeds mapped to latents at a time, so that memory does not grow with their number."""


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


@locked("outdir", "gananomaly generate")
def generate_images(
    model: str | Path | LoadedModel,
    outdir: Path | str,
    options: GenerateOptions,
    *,
    device: str = "auto",
    batch: int | None = None,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[Path]:
    """Make pictures and write them to ``outdir``; returns the files in the order of seeds or latents.

    Seeds give ``seed0085.png``, latents of a file ``proj00.png`` (endings by format); a grid is ``grid.png``. The same
    model, seed and options give the same picture, whatever else is made beside it.

    Raises
    ------
    InputError: options, model or latents that cannot be; files that are there already, unless ``force``. Checked before
        anything is made.
    Cancelled: pictures made until then stay, and the sentence says which seeds are left. A grid is not written.
    GANAnomalyError: the disk is full.
    """
    cancel, folder = cancel or CancelToken(), Path(outdir)
    seeds = options.validate()
    names = _names([f"seed{seed:04d}" for seed in seeds], options)
    check_free(folder, names, force)
    progress(0.0, "Loading the model")
    maker = Maker(model, device, batch)
    check_format(options.form, maker.generator.img_channels)
    stored = None
    if options.projected_w is None:
        one_hot(options.class_index, maker.generator.c_dim)
        labels = [f"seed {seed}" for seed in seeds]
    else:
        if options.class_index is not None:
            one_hot(options.class_index, maker.generator.c_dim)
        stored = read_latents(options.projected_w, maker.generator.num_ws, maker.generator.w_dim)
        if options.grid:
            check_count(len(stored))
        names = _names([f"proj{number:02d}" for number in range(len(stored))], options)
        check_free(folder, names, force)
        labels = [f"latent {number}" for number in range(len(stored))]
    writer = _Writer(folder, names, labels, options, maker)
    made = _pictures(maker, seeds, stored, options, cancel)
    try:
        for number, picture in enumerate(made):
            writer.add(picture)
            progress((number + 1) / len(labels), f"Made {number + 1} of {len(labels)} pictures")
            cancel.check()
    except Cancelled as error:
        raise _stopped(seeds, writer, options) from error
    paths = writer.finish()
    if options.interpolate:
        try:
            paths.append(write_interpolation(maker, seeds, folder / names[-1], options, progress, cancel))
        except Cancelled as error:
            raise Cancelled("Stopped: the pictures are made, the film is not.") from error
    return paths


class _Writer:
    """Files as pictures come, or one page at the end."""

    def __init__(
        self, folder: Path, names: list[str], labels: list[str], options: GenerateOptions, maker: Maker
    ) -> None:
        self.folder, self.names, self.labels, self.options = folder, names, labels, options
        self.card = maker.card
        self.paths: list[Path] = []
        self.tiles: list[np.ndarray] = []

    def add(self, picture: np.ndarray) -> None:
        if self.options.grid:
            from GANAnomalyLib.detectors.stylegan2.reference_projection import to_picture

            self.tiles.append(to_picture(picture))
            return
        path = self.folder / self.names[len(self.paths)]
        self.paths.append(write_picture(path, picture, self.options.form, self.card))

    def finish(self) -> list[Path]:
        if self.options.grid:
            page = draw_page(self.tiles, self.labels, _title(self.card.name, self.options))
            self.paths.append(write_png(self.folder / GRID, page))
        return self.paths


def _pictures(
    maker: Maker, seeds: list[int], stored: np.ndarray | None, options: GenerateOptions, cancel: CancelToken
) -> Iterable[np.ndarray]:
    if stored is not None:
        yield from maker.pictures(stored, options.noise_mode, cancel=cancel)
        return
    for start in range(0, len(seeds), _AT_ONCE):
        some = seeds[start : start + _AT_ONCE]
        ws = maker.ws_of_seeds(some, options.truncation_psi, options.class_index)
        yield from maker.pictures(ws, options.noise_mode, some, cancel)


def _names(stems: list[str], options: GenerateOptions) -> list[str]:
    """The files that will be written; the film's name last."""
    names = [GRID] if options.grid else [stem + ENDINGS.get(options.form, "") for stem in stems]
    return [*names, "interpolation.gif"] if options.interpolate else names


def _title(name: str, options: GenerateOptions) -> str:
    said = [name]
    if options.projected_w is not None:
        said.append(Path(options.projected_w).name)
    else:
        said.append(f"psi {options.truncation_psi:g}")
    if options.class_index is not None:
        said.append(f"class {options.class_index}")
    if options.noise_mode != "const":
        said.append("no noise" if options.noise_mode == "none" else "random noise")
    return ", ".join(said)


def _stopped(seeds: list[int], writer: _Writer, options: GenerateOptions) -> Cancelled:
    left = seeds[len(writer.paths) :]
    if options.grid or not seeds:
        return Cancelled("Stopped: no grid was written." if options.grid else "Stopped: finished pictures are kept.")
    return Cancelled(
        f"Stopped: {len(writer.paths)} pictures are kept; the others are made with --seeds {_short(left)}."
        if left
        else "Stopped: all pictures are made."
    )


def _short(seeds: list[int]) -> str:
    """A list of seeds for a sentence, cut where it is long."""
    text = written_numbers(seeds)
    return text if len(text) <= 200 else text[: text.rfind(",", 0, 200)] + ",..."
