"""Opinions on the findings of many results, beside each and in a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_json
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.review.ask_classifier import opinions_on
from GANAnomalyLib.review.opinions import save_opinions
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..tables.write_csv import write_table
from .predict_classes import check_table

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel

COLUMNS = ("result", "rank", "score", "probability")


def write_opinions(
    model: ClassifierModel,
    folders: Sequence[Path],
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Write opinions.json into each of some result folders; returns a row a finding by :data:`COLUMNS`, and the folders
    that could not be used, and why.

    Raises :class:`InputError` where that is so of all of them; :class:`Cancelled` soon after ``cancel`` is set.
    """
    rows: list[dict[str, Any]] = []
    failed: list[tuple[str, str]] = []
    for number, folder in enumerate(folders):
        (cancel or CancelToken()).check()
        message = Message("converting_items", what="Asking", number=number + 1, count=len(folders))
        progress(number / len(folders), message)
        try:
            result = AnalysisResult.read(folder)
            opinions = opinions_on(model, result)
            save_opinions(folder, opinions)
        except InputError as error:
            failed.append((folder.name, error.message))
            continue
        said = opinions.by_rank()
        for one in result.findings:
            values = (folder.name, one.rank, one.score, said[one.rank])
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    if len(failed) == len(folders):
        others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise InputError(f"{failed[0][0]}{others}: {failed[0][1]}")
    progress(1.0, Message("done"))
    return rows, failed


def write_opinion_table(path: Path | str, rows: list[dict[str, Any]], force: bool = False) -> Path:
    """Write the rows as .csv or .json by the ending, whole or not at all; raises as :func:`check_table`."""
    path = check_table(path, force)
    if path.suffix.lower() == ".json":
        return write_json(path, {"findings": rows}, "the opinions")
    write_table(path, COLUMNS, rows)
    return path
