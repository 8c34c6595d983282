"""A store of as many rows as wanted, in seconds: made-up facts, and thumbnails that tell which row they are of."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLab.curate.curate_options import CurateOptions
from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLab.curate.row_schema import WHOLE, schema
from GANAnomalyLab.curate.rows import ROWS
from GANAnomalyLab.curate.thumbnails import THUMBNAILS

CODES = 300
"""Different thumbnails; row n has that of n % CODES."""
PART = 5000
REASONS = ("The file is damaged: reading it failed (EOFError).", "The file holds no image.")


def code_of(number: int) -> int:
    """Which thumbnail the row of file ``number`` has."""
    return number % CODES


def write_store(folder: Path, count: int, seed: int = 5, model: bool = True) -> Store:
    """A store of ``count`` rows; every 500th could not be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    settings = CurateOptions(["archive"], "store").deciding()
    store = Store.make(folder, settings, {"name": "made_up", "hash": "0" * 64} if model else None)
    store.begin_run(["/archive"])
    (folder / THUMBNAILS).mkdir(exist_ok=True)
    rng, pictures = np.random.default_rng(seed), [coded_jpeg(code) for code in range(CODES)]
    heats = [rng.integers(0, 256, 256, np.uint8).tobytes() for _ in range(50)]
    for first in range(0, count, PART):
        numbers = np.arange(first, min(first + PART, count))
        columns = _columns(numbers, rng, heats, model)
        sizes = np.array([len(pictures[code_of(number)]) for number in numbers])
        columns["thumb_at"], columns["thumb_size"] = np.cumsum(sizes) - sizes, sizes
        unread = numbers % 500 == 499
        arrays = []
        for field in schema():
            given = columns.get(field.name)
            if given is None:
                arrays.append(pa.nulls(len(numbers), field.type))
                continue
            kept = field.name in ("path", "kind", "slice", "state", "run", "reason", "code")
            mask = (~unread if field.name in ("reason", "code") else np.zeros(len(numbers), bool)) if kept else unread
            arrays.append(pa.array(list(given), mask=mask).cast(field.type))
        name = f"000001-{first:024d}"
        (folder / THUMBNAILS / f"{name}.bin").write_bytes(b"".join(pictures[code_of(number)] for number in numbers))
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema()), folder / ROWS / f"{name}.parquet")
    return store


def _columns(numbers: np.ndarray, rng: np.random.Generator, heats: list[bytes], model: bool) -> dict[str, Any]:
    count = len(numbers)
    unread = numbers % 500 == 499
    out: dict[str, Any] = {
        "path": [f"/archive/site{number % 7}/{number:06d}.dcm" for number in numbers],
        "kind": np.where(unread, "unreadable", "image").astype(object),
        "slice": np.full(count, WHOLE),
        "slices": np.ones(count, int),
        "state": [f"1 {number}" for number in numbers],
        "sha256": [hashlib.sha256(str(number).encode()).hexdigest() for number in numbers],
        "run": np.ones(count, int),
        "width": np.full(count, 512),
        "height": np.full(count, 512),
        "bits": np.full(count, 12),
        "maker": np.array(["Aster", "Borealis", "Cumulus <b>"], object)[numbers % 3],
        "view": np.array(["PA", "AP"], object)[numbers % 2],
        "brightness": np.where(numbers % 20 == 3, 0.01, rng.uniform(0.3, 0.6, count)),
        "contrast": rng.uniform(0.6, 1, count),
        "information": rng.uniform(4, 6, count),
        "sharpness": rng.normal(-2, 0.1, count),
        "frame": np.zeros(count),
        "text": np.where(numbers % 50 == 7, 12.0, 0.0),
        "reason": np.array(REASONS, object)[numbers // 500 % 2],
        "code": np.full(count, "damaged", object),
    }
    if model:
        out |= {
            "score": rng.normal(10, 2, count), "heat_top": rng.uniform(0.5, 1, count),
            "heat": [heats[number % len(heats)] for number in numbers],
            "top": np.full(count, 0.25), "left": np.full(count, 0.5), "bottom": np.full(count, 0.5),
            "right": np.full(count, 0.75),
        }  # fmt: skip
    return out


def coded_jpeg(code: int, side: int = 96) -> bytes:
    """A thumbnail of 3 x 3 squares, white where the code has a bit."""
    from PIL import Image

    bits = np.array([code >> bit & 1 for bit in range(9)], np.uint8).reshape(3, 3) * 255
    grain = np.random.default_rng(code).integers(-25, 26, (side, side))
    levels = np.clip(np.kron(bits, np.ones((side // 3, side // 3))) + grain, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "JPEG", quality=80)
    return stream.getvalue()


CODE_OF_IMAGE = """
(img => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 3;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  let code = 0;
  for (let bit = 0; bit < 9; bit++) {
    context.drawImage(img, 32 * (bit % 3) + 8, 32 * Math.floor(bit / 3) + 8, 16, 16, 0, 0, 3, 3);
    if (context.getImageData(1, 1, 1, 1).data[0] > 127) code += 1 << bit;
  }
  return code;
})
"""
"""JavaScript: the code of an image that shows :func:`coded_jpeg`."""
