"""From one set to another, an item at a time: what fails is listed, what was made is whole or absent."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import write_bytes
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .set_writer import OutputFile, SetFacts, SetWriter, check_file, writing

T = TypeVar("T")
Say = Callable[[str], None]
_MOST_WARNINGS = 200


@dataclass
class SetJob:
    """Where a new set goes, and how its making is followed.

    Attributes
    ----------
    out: a folder, or a zip by its ending.
    force: replace an earlier set there.
    mapping: a CSV that says which file came from where; the one place that holds the original names.
    hu_offset: added to all values of volumes first, as in :class:`GANAnomalyLib.AnalysisRequest`.
    """

    out: Path | str
    force: bool = False
    mapping: Path | str | None = None
    progress: ProgressCallback = no_progress
    cancel: CancelToken = field(default_factory=CancelToken)
    hu_offset: float | None = None

    def check(self) -> None:
        """Raise :class:`InputError` when the mapping may not be written."""
        if self.mapping is not None:
            check_file(Path(self.mapping), self.force)


@dataclass
class ItemOutput:
    """What one item gave: ``products`` in order, ``skipped`` images that were left out on purpose, ``warnings``."""

    products: list[OutputFile] = field(default_factory=list)
    skipped: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass
class SetOutcome:
    """How it went.

    ``failed`` and ``warnings`` are (item, sentence); ``exit_code`` is 0, or 1 when some items failed.
    """

    out: str
    items: int
    written: int = 0
    skipped: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        return 1 if self.failed else 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "out": self.out,
            "items": self.items,
            "written": self.written,
            "skipped": self.skipped,
            "failed": [{"item": item, "message": message} for item, message in self.failed],
            "warnings": [{"item": item, "message": message} for item, message in self.warnings],
            "notes": self.notes,
            **self.extra,
        }


def make_set(
    items: Sequence[T],
    work: Callable[[T, int], ItemOutput],
    sink: SetWriter,
    job: SetJob,
    facts: Callable[[], SetFacts],
    doing: str,
    shown: Callable[[int], str],
    origin: Callable[[T], str],
) -> SetOutcome:
    """Let ``work(item, number)`` make each item's files and put them into ``sink``.

    Parameters
    ----------
    facts: asked at the end what the manifest shall say.
    doing: a few words for the progress.
    shown: what an item is called where a person reads it.
    origin: what it is called in the mapping.

    Raises
    ------
    InputError: no item could be used; GANAnomalyError: the disk refused; Cancelled. The sink is empty then.
    """
    outcome = SetOutcome(str(sink.path), len(items))
    mapping: list[tuple[str, str, str]] = []
    try:
        for number, item in enumerate(items):
            job.cancel.check()
            job.progress(
                number / len(items), Message("converting_items", what=doing, number=number + 1, count=len(items))
            )
            try:
                done = work(item, number)
            except InputError as error:
                outcome.failed.append((shown(number), error.message))
                continue
            for product in done.products:
                job.cancel.check()
                sink.add(product)
                mapping.append((product.name, origin(item), "" if product.slice is None else str(product.slice)))
            outcome.skipped += done.skipped
            for sentence in done.warnings[: _MOST_WARNINGS - len(outcome.warnings)]:
                outcome.warnings.append((shown(number), sentence))
        outcome.written = len(sink.names)
        if not outcome.written:
            raise _nothing(outcome)
        job.cancel.check()
        # The mapping first: a set whose names can never be traced back is worse than none.
        if job.mapping is not None:
            _write_mapping(Path(job.mapping), mapping)
        told = facts()
        if job.hu_offset is not None:
            told.settings["hu_offset"] = job.hu_offset
        try:
            sink.finish(told)
        except BaseException:
            if job.mapping is not None:
                Path(job.mapping).unlink(missing_ok=True)
            raise
    except Cancelled as error:
        sink.abandon()
        raise Cancelled("Cancelled: nothing was written.") from error
    except BaseException:
        sink.abandon()
        raise
    job.progress(1.0, Message("done"))
    return outcome


def _nothing(outcome: SetOutcome) -> InputError:
    if not outcome.failed:
        return InputError(f"All {outcome.items} items were left out, so there is nothing to write.")
    name, message = outcome.failed[0]
    if outcome.items == 1:
        return InputError(message)
    return InputError(f"None of the {outcome.items} items could be used; the first, {name}, because: {message}")


def _write_mapping(path: Path, rows: list[tuple[str, str, str]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("file", "origin", "slice"))
    writer.writerows(rows)
    with writing(path):
        write_bytes(path, stream.getvalue().encode("utf-8", "surrogateescape"))
