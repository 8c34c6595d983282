"""What lies in a projection's folders: what was asked for, and which pictures are finished."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_array, write_json
from GANAnomalyLib.files.reading import read_object

from ..projection_options import settings_hash

RUN, RECORD, CSV = "project.json", "projection.json", "distances.csv"
FILES = ("target.png", "proj.png", "projected_w.npz")
_SIZE_LIMIT = 1 << 20


def check_run(folder: Path, settings: dict[str, Any], force: bool) -> None:
    """Make sure that ``folder`` may be used for a run with these settings.

    Raises :class:`InputError` when it holds projections made with other settings, unless ``force``.
    """
    mark = settings_hash(settings)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: choose a folder to write to.")
    before = _read(folder / RUN)
    known = before is not None and before.get("mark") == mark
    if not known and not force:
        if before is not None:
            changed = _changed(before.get("settings"), settings)
            raise InputError(
                f"{folder} holds projections made with {changed}: choose another folder, or replace them with --force."
            )
        taken = [name for name in (*FILES, RECORD, CSV) if os.path.lexists(folder / name)]
        if taken:
            raise InputError(f"{folder} holds {taken[0]} already: choose another folder, or replace it with --force.")


def write_run(folder: Path, settings: dict[str, Any]) -> None:
    """Note in ``folder`` what its projections are made with, just before the first of them is written."""
    write_json(folder / RUN, {"mark": settings_hash(settings), "settings": settings})


def target_mark(mark: str, target: np.ndarray) -> str:
    """A hash of the settings' mark and a picture (C, R, R) float32."""
    return hash_array(np.asarray(target, "<f4"), mark)


def finished(folder: Path, mark: str, video: str) -> dict[str, Any] | None:
    """The record of a picture that was finished with this mark, all its files there; else None."""
    record = _read(folder / RECORD)
    wanted = FILES if video == "none" else (*FILES, f"proj.{video}")
    if record is None or record.get("mark") != mark or record.get("complete") is not True:
        return None
    return record if all((folder / name).is_file() for name in wanted) else None


def check_ours(folder: Path, mark: str) -> None:
    """Raise :class:`InputError` when a picture's folder holds another picture's projection, or none of ours."""
    record = _read(folder / RECORD)
    if record is not None and record.get("mark") == mark:
        return
    taken = [name for name in FILES if os.path.lexists(folder / name)]
    if taken:
        raise InputError(
            f"{folder} holds the projection of another picture: choose another folder, or replace it with --force."
        )


def write_record(folder: Path, mark: str, **facts: Any) -> dict[str, Any]:
    """Note a picture's state; without ``complete`` it is begun, and a later run may write over its files."""
    record = {"mark": mark, "complete": False, **facts}
    write_json(folder / RECORD, record)
    return record


def write_distances(folder: Path, rows: Iterable[tuple[str, float]], metric: str) -> Path:
    """``distances.csv`` with the columns filename,dist of one metric over the full picture, whole or not at all."""
    from GANAnomalyLib.score.picture_pairs import write_csv

    kind = {"metric": metric, "region": "full"}
    return write_csv([{"filename": name, "dist": dist, **kind} for name, dist in rows], folder / CSV, published=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_object(path, _SIZE_LIMIT)
    except InputError:
        return None


def _changed(before: Any, now: dict[str, Any]) -> str:
    """The first setting that differs, in words."""
    if isinstance(before, dict):
        for name, value in now.items():
            old = before.get(name)
            if json.dumps(old, default=str) != json.dumps(value, default=str):
                if name in ("model", "version", "vgg16"):
                    return {"model": "another model", "version": "another version of GANAnomaly"}.get(
                        name, "other VGG16 weights"
                    )
                return f"{name.replace('_', ' ')} {old}, not {value}"
    return "other settings"
