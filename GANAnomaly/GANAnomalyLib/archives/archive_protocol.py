"""What an archive is asked and answers, whichever way it is spoken to."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

from ..errors import GANAnomalyError, InputError
from ..files import hash_text
from ..option_fields import Options, option

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

T = TypeVar("T")
_UID = re.compile(r"[0-9.]{1,64}")
_LONGEST_TEXT = 128
STUDY_KEYS = (
    "StudyInstanceUID",
    "StudyDate",
    "StudyDescription",
    "ModalitiesInStudy",
    "NumberOfStudyRelatedSeries",
    "NumberOfStudyRelatedInstances",
)
SERIES_KEYS = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "Modality",
    "SeriesDescription",
    "BodyPartExamined",
    "NumberOfSeriesRelatedInstances",
)


class ArchiveError(GANAnomalyError):
    """The archive refuses, or what it answers cannot be used. The sentence holds no identifiers."""

    code = "archive"


class Unreachable(ArchiveError):
    """The archive did not answer, or not to the end: asking again may help."""

    code = "unreachable"


def _day(text: str) -> str | None:
    return None if re.fullmatch(r"\d{8}", text) else f"must be a date as in 20260131, not {text[:20]!r}"


@dataclass
class Wanted(Options):
    """Which studies and series are meant; what is not set does not matter. Capitals do not count."""

    modality: str | None = option(None, "Only series of this modality, as in CT.")
    body_part: str | None = option(None, "Only series of this body part, as in CHEST.")
    description: str | None = option(
        None, "Only series (or their study) with these words in their description; * stands for anything."
    )
    number: int | None = option(None, "Only series of this number.")
    since: Annotated[str, _day] | None = option(None, "Only studies from this day on: 20260131.", metavar="DATE")
    until: Annotated[str, _day] | None = option(None, "Only studies up to this day.", metavar="DATE")

    @property
    def of_series(self) -> bool:
        """Whether it depends on a study's series."""
        return any(value is not None for value in (self.body_part, self.description, self.number))

    def fits_study(self, study: StudyFound) -> bool:
        """Whether a study's own facts allow it. Archives may ignore what they were asked for."""
        modality = (self.modality or "").upper()
        if modality and study.modalities and modality not in study.modalities:
            return False
        if (self.since or self.until) and not study.date:
            return False
        return (self.since or "") <= (study.date or self.since or "") <= (self.until or "9")

    def fits_series(self, series: SeriesFound, study: StudyFound | None = None) -> bool:
        """Whether a series is meant."""
        said = [series.description, study.description if study else ""]
        return (
            (self.modality is None or self.modality.upper() == series.modality)
            and (self.body_part is None or self.body_part.upper() == series.body_part.upper())
            and (self.number is None or self.number == series.number)
            and (self.description is None or any(_worded(self.description, text) for text in said))
        )


@dataclass(frozen=True)
class StudyFound:
    """A study as an archive tells of it; None and "" for what it does not say. ``patient``: only where asked for."""

    uid: str
    date: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    series: int | None = None
    instances: int | None = None
    patient: str = ""


@dataclass(frozen=True)
class SeriesFound:
    """A series as an archive tells of it."""

    study: str
    uid: str
    number: int | None = None
    modality: str = ""
    description: str = ""
    body_part: str = ""
    instances: int | None = None

    @property
    def folder_name(self) -> str:
        """A name that says nothing of the patient, and is another one for each series: "ct-4-0123abcd"."""
        number = "" if self.number is None else f"-{self.number}"
        return f"{re.sub('[^a-z]', '', self.modality.lower()) or 'series'}{number}-{hash_text(self.uid)[:12]}"


class Archive(Protocol):
    """One archive. Every call raises :class:`ArchiveError`, and :class:`Cancelled` within a second."""

    @property
    def name(self) -> str:
        """What sentences call it: its host."""

    def echo(self) -> None:
        """Ask whether it is there and lets us in."""

    def studies(self, wanted: Wanted, patient: bool = False) -> list[StudyFound]:
        """The studies that fit, newest first."""

    def series(self, study: str) -> list[SeriesFound]:
        """The series of a study, by number."""

    def instances(self, study: str, series: str) -> list[str]:
        """The SOP instance UIDs of a series."""

    def retrieve(self, study: str, series: str, instance: str | None, take: Callable[[Dataset], None]) -> None:
        """Let ``take`` have each image of a series, or the one called ``instance``, as it comes; asks only once."""

    def store(self, dataset: Dataset) -> str:
        """Send one object with its file meta; returns "" once the archive has it, else why it refuses it."""

    def close(self) -> None:
        """Let go of the connection."""


def clean(value: Any, longest: int = _LONGEST_TEXT) -> str:
    """Text from outside for the screen: one line, no control characters."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = ", ".join(str(item) for item in value)
    return "".join(letter if letter.isprintable() else " " for letter in str(value)).strip()[:longest]


def uid_of(dataset: Dataset, keyword: str) -> str:
    """A UID, or "" for what cannot be one."""
    try:
        text = str(dataset.get(keyword) or "")
    except Exception:  # values of another kind than they should be make pydicom raise almost anything
        return ""
    return text if _UID.fullmatch(text) else ""


def check_uid(text: str, what: str) -> str:
    """A UID that a user gave; raises :class:`InputError`."""
    if not _UID.fullmatch(text):
        raise InputError(f"{text[:70]!r} is no UID of a {what}: copy it from gananomaly pacs query.", field=what)
    return text


def study_of(dataset: Dataset) -> StudyFound | None:
    """A study from an answer; None where it names none."""
    uid = uid_of(dataset, "StudyInstanceUID")
    if not uid:
        return None
    said = dataset.get("ModalitiesInStudy") or ()
    modalities = [said] if isinstance(said, str) else list(said)
    return StudyFound(
        uid,
        re.sub(r"\D", "", str(dataset.get("StudyDate") or ""))[:8],
        clean(dataset.get("StudyDescription")),
        tuple(sorted({clean(item, 16).upper() for item in modalities})),
        _number(dataset, "NumberOfStudyRelatedSeries"),
        _number(dataset, "NumberOfStudyRelatedInstances"),
        clean(dataset.get("PatientName")),
    )


def series_of(dataset: Dataset, study: str) -> SeriesFound | None:
    """A series of ``study`` from an answer; None where it names none, or one of another study."""
    uid = uid_of(dataset, "SeriesInstanceUID")
    if not uid or uid_of(dataset, "StudyInstanceUID") not in ("", study):
        return None
    return SeriesFound(
        study,
        uid,
        _number(dataset, "SeriesNumber"),
        clean(dataset.get("Modality"), 16).upper(),
        clean(dataset.get("SeriesDescription")),
        clean(dataset.get("BodyPartExamined"), 16),
        _number(dataset, "NumberOfSeriesRelatedInstances"),
    )


def studies_of(answers: Iterable[Dataset], wanted: Wanted) -> list[StudyFound]:
    """The fitting studies among answers, each once, newest first."""
    found = {study.uid: study for study in map(study_of, answers) if study is not None and wanted.fits_study(study)}
    return sorted(found.values(), key=lambda study: (study.date, study.uid), reverse=True)


def all_series_of(answers: Iterable[Dataset], study: str) -> list[SeriesFound]:
    """The series among answers, each once, by number."""
    found = {one.uid: one for one in (series_of(answer, study) for answer in answers) if one is not None}
    return sorted(found.values(), key=lambda one: (one.number is None, one.number or 0, one.uid))


def _number(dataset: Dataset, keyword: str) -> int | None:
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return int(str(dataset.get(keyword)))
    return None


def _worded(wanted: str, text: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in wanted.casefold().split("*"))
    return re.search(pattern, text.casefold()) is not None
