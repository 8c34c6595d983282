"""A reader's next case with all that a viewer needs to show it, and what was said of it but not closed yet."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import GANAnomalyError, InputError
from ...files import disk_errors, write_json
from ...files.reading import read_object
from ...files.typed_values import read_as
from ...results.result import AnalysisResult
from ...volume.volume import Volume
from ..added_findings import VerdictWord
from ..report.write_report import analysed_image
from ..store.database_place import make_private, review_folder
from ..store.reader_name import ReaderName
from ..store.review_database import ReviewDatabase
from ..store.unsent_decisions import bring_in
from .take_readings import OpenReading, open_reading, sign_of_reading

_MOST_BYTES = 1_000_000


@dataclass
class Draft:
    """What a reader has said of an open case so far: kept on this computer, so that a killed program loses nothing.

    ``marks`` are (R, A, S, rating), in mm; a rating is None where there is none yet.
    """

    rating: float | None = None
    verdict: VerdictWord = ""
    marks: list[tuple[float, float, float, float | None]] = field(default_factory=list)


@dataclass(frozen=True)
class OpenedCase:
    """An open reading, the ``image`` as it was analysed, and what its reader said of the case so far (``draft``)."""

    reading: OpenReading
    image: Volume
    draft: Draft


def open_case(database: ReviewDatabase, study: str, who: ReaderName) -> OpenedCase:
    """The reader's next case, read from the disk. Its clock stands until :func:`.take_readings.sign_of_reading`.

    Raises :class:`InputError` as :func:`.take_readings.open_reading`, and where result or image are not there; the
    case is then opened again the next time.
    """
    bring_in(database)
    reading = open_reading(database, study, who)
    sign_of_reading(database, reading, away=True)  # what it takes to load is no reading
    try:
        image = analysed_image(AnalysisResult.read(reading.folder))
    except GANAnomalyError as error:
        raise InputError.of(
            "The result of the case {case}, or its image, is not where it was, or is another one by now: bring it back "
            "and open the case again.",
            error.message,
            case=reading.case,
        ) from error
    return OpenedCase(reading, image, load_draft(reading.assignment))


def save_draft(assignment: uuid.UUID, draft: Draft) -> Path:
    """Keep what was said of an open case; raises as :func:`write_json`."""
    path = _path(assignment)
    with disk_errors(path.parent, "the reading"):
        make_private(path.parent)
    return write_json(path, dataclasses.asdict(draft), "the reading")


def load_draft(assignment: uuid.UUID) -> Draft:
    """What was kept; nothing where there is none, or it cannot be understood."""
    path = _path(assignment)
    try:
        return read_as(Draft, read_object(path, _MOST_BYTES), "The reading") if path.is_file() else Draft()
    except InputError:
        return Draft()


def forget_draft(assignment: uuid.UUID) -> None:
    """The reading is closed."""
    with disk_errors(_path(assignment), "the reading"):
        _path(assignment).unlink(missing_ok=True)


def _path(assignment: uuid.UUID) -> Path:
    return review_folder() / "drafts" / f"{assignment}.json"
