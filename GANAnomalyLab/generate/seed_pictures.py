"""Pictures of seeds or of stored latents, as files or as one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.files import locked, write_png
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .generate_options import GenerateOptions, check_count
from .latents import one_hot, read_latents
from .number_lists import written_numbers
from .picture_maker import PictureMaker
from .picture_page import draw_page
from .picture_writer import ENDINGS, check_format, check_free, write_picture
from .seed_film import write_interpolation

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.loaded_model import LoadedModel

GRID, FILM = "grid.png", "interpolation.gif"
_AT_ONCE = 256
"""Seeds mapped to latents at a time, so that memory does not grow with their number."""


@dataclass(frozen=True)
class WantedPictures:
    """What options ask of a model: ``names`` of files, the film's last, and a label for each picture.

    ``seeds`` are empty where latents ``stored`` (N, num_ws, w_dim) are given.
    """

    maker: PictureMaker
    options: GenerateOptions
    seeds: list[int]
    stored: np.ndarray | None
    names: list[str]
    labels: list[str]

    def pictures(self, rows: Sequence[int], cancel: CancelToken) -> Iterator[np.ndarray]:
        """(C, R, R) float32, about [-1, 1], of the seeds or latents at ``rows``, one after the other."""
        options, maker = self.options, self.maker
        if self.stored is not None:
            yield from maker.pictures(self.stored[list(rows)], options.noise_mode, rows, cancel)
            return
        for start in range(0, len(rows), _AT_ONCE):
            some = [self.seeds[row] for row in rows[start : start + _AT_ONCE]]
            ws = maker.ws_of_seeds(some, options.truncation_psi, options.class_index)
            yield from maker.pictures(ws, options.noise_mode, some, cancel)


def wanted_pictures(
    model: str | Path | LoadedModel,
    options: GenerateOptions,
    device: str = "auto",
    batch: int | None = None,
    look: Callable[[list[str]], None] = lambda names: None,
) -> WantedPictures:
    """What is asked for; ``look`` is shown the files' names as soon as they are known, and may refuse them.

    Raises :class:`InputError` for options, a model or latents that cannot be.
    """
    seeds = options.validate()
    names = _names([f"seed{seed:04d}" for seed in seeds], options)
    look(names)
    maker = PictureMaker(model, device, batch)
    check_format(options.form, maker.generator.img_channels)
    if options.projected_w is None:
        one_hot(options.class_index, maker.generator.c_dim)
        return WantedPictures(maker, options, seeds, None, names, [f"seed {seed}" for seed in seeds])
    if options.class_index is not None:
        one_hot(options.class_index, maker.generator.c_dim)
    stored = read_latents(options.projected_w, maker.generator.num_ws, maker.generator.w_dim)
    if options.grid:
        check_count(len(stored))
    names = _names([f"proj{number:02d}" for number in range(len(stored))], options)
    look(names)
    return WantedPictures(maker, options, seeds, stored, names, [f"latent {number}" for number in range(len(stored))])


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
    progress(0.0, Message("loading_model"))
    wanted = wanted_pictures(model, options, device, batch, lambda names: check_free(folder, names, force))
    maker, names, labels = wanted.maker, wanted.names, wanted.labels
    writer = _Writer(folder, names, labels, options, maker)
    made = wanted.pictures(range(len(labels)), cancel)
    try:
        for number, picture in enumerate(made):
            writer.add(picture)
            progress((number + 1) / len(labels), Message("made_pictures", number=number + 1, count=len(labels)))
            cancel.check()
    except Cancelled as error:
        raise _stopped(wanted.seeds, writer, options) from error
    paths = writer.finish()
    if options.interpolate:
        try:
            paths.append(write_interpolation(maker, wanted.seeds, folder / names[-1], options, progress, cancel))
        except Cancelled as error:
            raise Cancelled("Stopped: the pictures are made, the film is not.") from error
    return paths


class _Writer:
    """Files as pictures come, or one page at the end."""

    def __init__(
        self, folder: Path, names: list[str], labels: list[str], options: GenerateOptions, maker: PictureMaker
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


def _names(stems: list[str], options: GenerateOptions) -> list[str]:
    """The files that will be written; the film's name last."""
    names = [GRID] if options.grid else [stem + ENDINGS.get(options.form, "") for stem in stems]
    return [*names, FILM] if options.interpolate else names


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
