"""Small pictures, zips and volumes for the tests of this room."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from GANAnomalyLib.volume import Volume, read_volume

ROOT = Path(__file__).parents[2]
DATA = ROOT / "Testing" / "data"
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"


def pixels(seed: int = 0, size: tuple[int, int] = (12, 10), channels: int = 1, dtype: str = "uint8") -> np.ndarray:
    """Noise of one picture, (H, W) or (H, W, 3)."""
    shape = size if channels == 1 else (*size, channels)
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def png(values: np.ndarray) -> bytes:
    """The bytes of a PNG."""
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()


def write_folder(folder: Path, names: list[str], labels: object = None, **options: object) -> Path:
    """A folder of noise pictures, with a dataset.json where ``labels`` are given."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels(number, **options)))
    if labels is not None:
        (folder / "dataset.json").write_text(json.dumps({"labels": labels}), encoding="utf-8")
    return folder


def write_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A zip of these files."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def torso_part(first: int, count: int) -> Volume:
    """Some axial slices of the bundled CT, on their place."""
    whole = read_volume(TORSO)
    matrix = whole.ijk_to_ras.copy()
    matrix[:3, 3] += matrix[:3, 2] * first
    return Volume(whole.voxels[first : first + count].astype(np.int16), matrix, "CT")
