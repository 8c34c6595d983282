"""Style mixing: some layers follow one seed, the others another (Karras et al. 2019, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import locked, write_png
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .generate_options import MixOptions
from .number_lists import written_numbers
from .picture_maker import PictureMaker
from .picture_page import draw_crossing
from .picture_writer import check_format, check_free

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.loaded_model import LoadedModel

GRID = "grid.png"


@locked("outdir", "gananomaly style-mix")
def mix_styles(
    model: str | Path | LoadedModel,
    outdir: Path | str,
    options: MixOptions,
    *,
    device: str = "auto",
    batch: int | None = None,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[Path]:
    """Cross the styles of seeds; writes ``ROW-COLUMN.png`` each, ``SEED-SEED.png`` for the seeds, and ``grid.png``.

    A picture takes the layers ``styles`` from its column's seed and all others from its row's. Coarse layers (the
    first ones) hold shape and pose, fine ones texture and contrast. Returns the files, the page last.

    Raises
    ------
    InputError: options or a model that cannot be, a style the model does not have; files that are there already,
        unless ``force``. Cancelled: files written until then stay. GANAnomalyError: the disk is full.
    """
    cancel, folder = cancel or CancelToken(), Path(outdir)
    rows, columns, styles = options.validate()
    seeds = list(dict.fromkeys([*rows, *columns]))
    pairs = [(seed, seed) for seed in seeds] + [(row, column) for row in rows for column in columns if row != column]
    names = {pair: f"{pair[0]}-{pair[1]}.png" for pair in pairs}
    check_free(folder, [*names.values(), GRID], force)
    progress(0.0, Message("loading_model"))
    maker = PictureMaker(model, device, batch)
    check_format("png", maker.generator.img_channels)
    highest = maker.generator.num_ws - 1
    if max(styles) > highest:
        raise InputError(
            f"This model has the styles 0 to {highest}, not {max(styles)}: give fewer, as in --styles 0-{highest // 2}."
        )
    w = dict(zip(seeds, maker.ws_of_seeds(seeds, options.truncation_psi, options.class_index), strict=True))
    made = maker.pictures(
        np.stack([mixed(w[row], w[column], styles) for row, column in pairs]),
        options.noise_mode,
        [row for row, _ in pairs],
        cancel,
    )
    from GANAnomalyLib.detectors.stylegan2.reference_projection import to_picture

    pictures, paths = {}, []
    try:
        for number, (pair, image) in enumerate(zip(pairs, made, strict=True), 1):
            pictures[pair] = to_picture(image)
            paths.append(write_png(folder / names[pair], pictures[pair]))
            progress(number / len(pairs), Message("made_pictures", number=number, count=len(pairs)))
            cancel.check()
    except Cancelled as error:
        raise Cancelled(
            f"Stopped: {len(paths)} pictures are kept and no grid was written; to make all of them, use --force."
        ) from error
    page = draw_crossing(
        [(f"seed {row}", pictures[row, row]) for row in rows],
        [(f"seed {column}", pictures[column, column]) for column in columns],
        [[pictures[row, column] for column in columns] for row in rows],
        f"{maker.card.name}, psi {options.truncation_psi:g}"
        + (f", class {options.class_index}" if options.class_index is not None else ""),
        f"Styles {written_numbers(sorted(styles))} of 0-{highest} from the column, the others from the row.",
    )
    paths.append(write_png(folder / GRID, page))
    return paths


def mixed(row: np.ndarray, column: np.ndarray, styles: Sequence[int]) -> np.ndarray:
    """Latents (num_ws, w_dim) of ``row`` with the layers ``styles`` of ``column``."""
    out = np.array(row, np.float32)
    out[list(styles)] = column[list(styles)]
    return out
