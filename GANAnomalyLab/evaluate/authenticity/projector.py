"""Images by their features, for TensorBoard's embedding projector: a table, names, and a sheet of small pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np

from .picture_sets import PictureSet

TENSORS, METADATA, SPRITE, CONFIG = "tensors.tsv", "metadata.tsv", "sprite.png", "projector_config.pbtxt"
FILES = (TENSORS, METADATA, SPRITE, CONFIG)
LARGEST_SHEET = 8192
"""Pixels of a side: what a browser's graphics can hold."""
SIDES = (64, 32, 16)


def projector_files(
    sets: Sequence[tuple[str, PictureSet]], features: Sequence[np.ndarray], copies: set[str]
) -> dict[str, bytes]:
    """The four files; ``sets`` and ``features`` (N, D) go together, ``copies`` are names of synthetic images.

    ``tensorboard --logdir FOLDER`` shows them, and so does projector.tensorflow.org with the first two loaded there.
    """
    count = sum(len(pictures) for _, pictures in sets)
    side = next((side for side in SIDES if count <= (LARGEST_SHEET // side) ** 2), SIDES[-1])
    shown = min(count, (LARGEST_SHEET // side) ** 2)
    table = io.StringIO()
    for rows in features:
        np.savetxt(table, rows, fmt="%.5g", delimiter="\t")
    lines = ["name\tset\tcopy"]
    for title, pictures in sets:
        lines += [f"{_cell(name)}\t{title}\t{_copy(name, title, copies)}" for name in pictures.names]
    config = [
        "embeddings {",
        '  tensor_name: "images"',
        f'  tensor_path: "{TENSORS}"',
        f'  metadata_path: "{METADATA}"',
    ]
    files = {TENSORS: table.getvalue().encode(), METADATA: "\n".join([*lines, ""]).encode()}
    if shown == count:
        files[SPRITE] = _sheet([pictures for _, pictures in sets], count, side)
        size = f"single_image_dim: {side}"
        config.append(f'  sprite {{ image_path: "{SPRITE}" {size} {size} }}')
    files[CONFIG] = "\n".join([*config, "}", ""]).encode()
    return files


def _sheet(sets: Sequence[PictureSet], count: int, side: int) -> bytes:
    """A PNG of all images, row by row, in a square."""
    from PIL import Image

    across = int(np.ceil(np.sqrt(count)))
    sheet = Image.new("RGB", (across * side, across * side))
    for n, pixels in enumerate(_every(sets)):
        small = Image.fromarray(pixels).resize((side, side), Image.Resampling.BOX)
        sheet.paste(small, (n % across * side, n // across * side))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _every(sets: Sequence[PictureSet]) -> Iterator[np.ndarray]:
    for pictures in sets:
        for n in range(len(pictures)):
            yield colours(pictures.pixels(n))


def colours(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of (C, H, W)."""
    return np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0))


def _cell(text: str) -> str:
    return " ".join(text.split())


def _copy(name: str, title: str, copies: set[str]) -> str:
    return "yes" if title == "synthetic" and name in copies else "no"
