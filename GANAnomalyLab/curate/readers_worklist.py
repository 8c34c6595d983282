"""Volumes of a store on the readers' worklist, and what readers said of them as marks of the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.store.listed_scans import Registered, add_scans
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.review_database import ReviewDatabase

from .judged_rows import Judged
from .marks import ACCEPTED, REJECTED, add_marks, read_marks

MARK_OF = {"normal": ACCEPTED, "abnormal": REJECTED, "inadequate": REJECTED}
"""What a reader's verdict on a case says of its image as training data."""


def put_on_worklist(
    judged: Judged, database: ReviewDatabase, who: ReaderName, top: int | None = None, above: float | None = None
) -> Registered:
    """Register volumes to be analysed and read, the most striking first.

    ``top`` so many, ``above`` only what scores more; what curators marked is left out. Raises :class:`InputError` where
    the store has no volume that is wanted.
    """
    marked = read_marks(judged.store.folder)
    kinds, paths, digests = (judged.table[name].to_pylist() for name in ("kind", "path", "sha256"))
    wanted = [
        row
        for row in judged.order.tolist()
        if kinds[row] == "volume" and digests[row] not in marked and (above is None or judged.score[row] > above)
    ][:top]
    if not wanted:
        raise InputError(
            "The store has no volume that is wanted and not marked: single images are marked in its gallery."
        )
    return add_scans(database, [(Path(paths[row]), Path(paths[row]).name) for row in wanted], who)


def take_verdicts(judged: Judged, database: ReviewDatabase) -> int:
    """Append what readers' verdicts say of the store's files to its marks; returns how many are new.

    The latest verdict on a file's analyses counts, of whichever reader.
    """
    said = _verdicts(database)
    digests = judged.table["sha256"].to_pylist()
    known = read_marks(judged.store.folder)
    marks = [
        {"path": path, "sha256": digests[row], "mark": said[path]}
        for row, path in enumerate(judged.table["path"].to_pylist())
        if path in said and judged.readable[row] and known.get(digests[row]) != said[path]
    ]
    return add_marks(judged.store.folder, marks)


def _verdicts(database: ReviewDatabase) -> dict[str, str]:
    """Marks by the path of the scan that was read."""
    import sqlalchemy as sa

    from GANAnomalyLib.review.store.review_tables import analysed_scan, scan, verdict_now

    joined = verdict_now.join(analysed_scan, analysed_scan.c.analysis_id == verdict_now.c.analysis_id)
    joined = joined.join(scan, scan.c.id == analysed_scan.c.scan_id)
    chosen = sa.select(scan.c.path, verdict_now.c.verdict).select_from(joined).order_by(verdict_now.c.recorded)
    with database.reading() as connection:
        rows: Sequence[Any] = connection.execute(chosen).all()
    return {path: MARK_OF[verdict] for path, verdict in rows if verdict in MARK_OF}
