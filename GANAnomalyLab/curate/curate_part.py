"""One task: some entries read, checked and scored, and their rows written as one file; any process can do it."""

from __future__ import annotations

import datetime
import gc
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.domain.verdict import Domain
from GANAnomalyLib.errors import GANAnomalyError, out_of_memory
from GANAnomalyLib.files import whole, write_bytes

from .cheap_checks import SIDE, measure, perceptual_hashes, shrunk
from .packages import needed, parquet
from .read_image import Opened, open_entry
from .row_schema import WHOLE, schema
from .rows import ROWS
from .sides import sides_of
from .source_files import IMAGE, SourceFile
from .thumbnails import THUMBNAILS

if TYPE_CHECKING:
    from .model_scores import EntryScores, Scorer, SliceScore

Row = dict[str, Any]
_QUALITY = 80
_TOGETHER_PIXELS = 1 << 27
"""Pixels of images that wait to be explained together."""


@dataclass(frozen=True)
class PartTask:
    """What a worker needs: plain data. ``name`` follows from the files and the store's settings."""

    name: str
    store: str
    files: tuple[SourceFile, ...]
    run: int
    settings: dict[str, Any]
    model: str | None
    device: str
    batch: int
    origin: str


@dataclass(frozen=True)
class PartDone:
    """How many files were looked at, how many rows written, and how many files could not be read, by the reason."""

    files: int
    rows: int
    reasons: dict[str, int]


def curate_part(task: PartTask) -> PartDone:
    """Do a task; its rows appear as a whole, last of all. Doing it twice writes the same again.

    Raises :class:`GANAnomalyError` for what is not a file's fault: no such model, a full disk.
    """
    scorer = None if task.model is None else _scorer(task.model, task.device, task.batch, json.dumps(task.settings))
    rows: list[Row] = []
    thumbnails = io.BytesIO()
    reasons: Counter[str] = Counter()
    for found in _in_batches(task, scorer):
        if found[0]["kind"] == "unreadable":
            reasons[found[0]["reason"]] += 1
        for row in found:
            picture = row.pop("picture", None)
            if picture is not None:
                encoded = _jpeg(picture)
                row["thumb_at"], row["thumb_size"] = thumbnails.tell(), len(encoded)
                thumbnails.write(encoded)
            rows.append({**row, "run": task.run})
    write_part(task, rows, thumbnails.getvalue())
    return PartDone(len(task.files), len(rows), dict(reasons))


def write_part(task: PartTask, rows: list[Row], thumbnails: bytes = b"") -> None:
    """Write a task's thumbnails, then its rows, each whole; the rows say that the part is done."""
    arrow, store = needed("pyarrow"), Path(task.store)
    if thumbnails:
        write_bytes(store / THUMBNAILS / f"{task.name}.bin", thumbnails, "the thumbnails")
    table = arrow.Table.from_pylist(rows, schema=schema())
    with whole(store / ROWS / f"{task.name}.parquet", "the rows", sync=True) as part:
        parquet().write_table(table, part, compression="zstd")


def unreadable_row(file: SourceFile, code: str, reason: str) -> Row:
    """The row of what could not be read."""
    return {
        "path": file.path, "kind": "unreadable", "slice": WHOLE, "state": file.state, "code": code, "reason": reason,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _scorer(model: str, device: str, batch: int, settings: str) -> Scorer:
    from .model_scores import Scorer

    return Scorer(json.loads(settings), model, device, batch)


@lru_cache(maxsize=1)
def _features() -> Any:
    from ..features.picture_features import PictureFeatures

    return PictureFeatures(side=192)


def _in_batches(task: PartTask, scorer: Scorer | None) -> Iterator[list[Row]]:
    """The rows of each file, in the order of the files; images of several are explained at once."""
    waiting: list[tuple[SourceFile, Any]] = []
    slices = pixels = 0
    for file in task.files:
        entry = _opened(file, scorer)
        waiting.append((file, entry))
        if not isinstance(entry, dict):
            slices += len(entry[0].levels)
            pixels += entry[0].levels.size
        if slices >= task.batch or pixels >= _TOGETHER_PIXELS:
            yield from _rows_of(waiting, task, scorer)
            waiting, slices, pixels = [], 0, 0
    yield from _rows_of(waiting, task, scorer)


def _opened(file: SourceFile, scorer: Scorer | None) -> Any:
    """An entry opened and ready for the model, or its row where that cannot be."""
    try:
        opened = open_entry(file, None if scorer is None else scorer.model.card)
        return opened, None if scorer is None else scorer.prepared(opened.volume)
    except MemoryError:
        gc.collect()
        return unreadable_row(file, "memory", "The file takes more memory than this computer has.")
    except GANAnomalyError as error:
        return unreadable_row(file, error.code, _without_name(str(error), file))
    except Exception as error:  # a hostile file may fail anywhere inside a parser, and is one file of many
        return unreadable_row(file, "damaged", f"The file is damaged: reading it failed ({type(error).__name__}).")


def _without_name(sentence: str, file: SourceFile) -> str:
    """A sentence that is the same for all files it is said of, so that it is told once and counted."""
    for name in (file.path, Path(file.path).name):
        sentence = sentence.replace(name, "The file")
    return sentence


def _rows_of(waiting: Sequence[tuple[SourceFile, Any]], task: PartTask, scorer: Scorer | None) -> Iterator[list[Row]]:
    ready = [entry for _, entry in waiting if not isinstance(entry, dict)]
    scores: list[EntryScores | None] = [None for _ in ready]
    failed: dict[int, Row] = {}
    if scorer is not None and ready:
        scores, failed = _scores([file for file, entry in waiting if not isinstance(entry, dict)], ready, scorer)
    at = 0
    for file, entry in waiting:
        if isinstance(entry, dict):
            yield [entry]
            continue
        yield [failed[at]] if at in failed else _rows(file, entry[0], scores[at], task)
        at += 1


def _scores(
    files: list[SourceFile], ready: list[Any], scorer: Scorer
) -> tuple[list[EntryScores | None], dict[int, Row]]:
    """Scores of all; where that fails, of each alone, so that one image does not cost the others theirs."""
    try:
        return list(scorer.score([prepared for _, prepared in ready])), {}
    except Exception as error:
        if len(ready) == 1:
            if not (isinstance(error, GANAnomalyError | ValueError | ArithmeticError) or out_of_memory(error)):
                raise
            reason = str(error) if isinstance(error, GANAnomalyError) else "The model could not explain it."
            return [None], {0: unreadable_row(files[0], "not_explained", reason)}
    out: list[EntryScores | None] = []
    failed: dict[int, Row] = {}
    for place, (file, one) in enumerate(zip(files, ready, strict=True)):
        scores, rows = _scores([file], [one], scorer)
        out += scores
        if rows:
            failed[place] = rows[0]
    return out, failed


def _rows(file: SourceFile, opened: Opened, found: EntryScores | None, task: PartTask) -> list[Row]:
    """The row of an image; of a volume one of the whole, then one a slice."""
    traits = dict(opened.traits)
    date = traits.pop("date", "")
    levels = opened.levels
    base: Row = {
        "path": file.path,
        "state": file.state,
        "sha256": opened.sha256,
        "width": levels.shape[2],
        "height": levels.shape[1],
        "bits": opened.bits,
        "spacing_mm": opened.volume.spacing[0],
        "week": _week(date, task.origin),
        "slices": len(levels),
        **traits,
    }
    scores, domain = ([], Domain()) if found is None else (found.slices, found.domain)
    warnings = "; ".join(str(one) for one in (*opened.volume.warnings, *domain.reasons))
    whole = {"slice": WHOLE, "warnings": warnings, "domain": domain.verdict}
    by_slice = {score.index: score for score in scores}
    if file.kind == IMAGE and len(levels) == 1:
        return [base | whole | {"kind": "image"} | _looked_at(levels[0], by_slice.get(0), task)]
    rows = [
        base | {"kind": "slice", "slice": index} | _looked_at(plane, by_slice.get(index), task)
        for index, plane in enumerate(levels)
    ]
    best = max(scores, key=lambda score: score.score, default=None)
    shown = rows[len(rows) // 2 if best is None else best.index]
    volume = {name: value for name, value in shown.items() if name not in ("kind", "slice")}
    return [volume | whole | {"kind": "volume"}, *rows]


def _looked_at(levels: np.ndarray, score: SliceScore | None, task: PartTask) -> Row:
    """What one plane gives its row: measures, hashes, thumbnail, and the model's word."""
    small = shrunk(levels, SIDE)
    hashes = perceptual_hashes(levels)
    row: Row = {**measure(levels, small), "hash": hashes[0], "hash_mirrored": hashes[1]}
    row["sides"] = sides_of(small)
    row["picture"] = shrunk(small, task.settings["thumbnail"])
    if task.settings["features"]:
        row["feature"] = _feature(levels)
    if score is not None:
        row |= {"score": score.score, **score.values, "heat_top": score.heat_top, "heat": score.heat.tobytes()}
        row |= dict(zip(("top", "left", "bottom", "right"), score.box, strict=True))
    return row


def _feature(levels: np.ndarray) -> bytes:
    import torch

    side = 192
    small = torch.from_numpy(np.ascontiguousarray(shrunk(levels, 2 * side)))[None, None].expand(1, 3, -1, -1)
    with torch.inference_mode():
        found: np.ndarray = _features()(small).numpy().astype(np.float16)
    return found.tobytes()


def _week(date: str, origin: str) -> int | None:
    """Weeks from the store's origin, which nobody else knows; None without a date."""
    try:
        days = datetime.date(int(date[:4]), int(date[4:6]), int(date[6:8])) - datetime.date.fromisoformat(origin)
    except ValueError:
        return None
    return days.days // 7


def _jpeg(levels: np.ndarray) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.rint(levels * 255).astype(np.uint8)).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
