"""What a case report is made of, before it is HTML or PDF: what readers judged, and blocks of text and drawings.

Everything in them is text, never markup; who writes a page escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..added_findings import ReaderFinding
from ..coded_labels import Label
from ..finding_rows import Word
from .drawing_shapes import Drawing

Verdict = Literal["normal", "abnormal", "inadequate", ""]
"""What a reader says of the whole case; "" where nobody has said it."""
VERDICTS: tuple[Verdict, ...] = ("normal", "abnormal", "inadequate")


@dataclass(frozen=True)
class Judgement:
    """A reader's decision on a finding, as :class:`~..decisions.Decision`, with how sure the reader is (1 to 5; None
    where that was not asked) and the label that the reader gave it, in words."""

    rank: int
    decision: Word = ""
    comment: str = ""
    decided: str = ""
    confidence: int | None = None
    label: str = ""


@dataclass(frozen=True)
class AddedFinding:
    """What the model missed and a reader marked.

    ``centre_ras`` is in millimetres in the image's own coordinates, ``size_mm`` along its i, j and k axes (0 for a
    point); ``decided`` an ISO time in UTC or ""; ``confidence`` 1 to 5, None where it was not asked.
    """

    centre_ras: tuple[float, float, float]
    size_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    label: str = ""
    comment: str = ""
    decided: str = ""
    confidence: int | None = None

    @classmethod
    def of(cls, one: ReaderFinding) -> AddedFinding:
        """A reader's finding as a report tells it."""
        label = in_words(one.label)
        return cls(one.centre_ras, one.size_mm, label, one.comment, one.decided, one.confidence)


def in_words(label: Label) -> str:
    """A label with its code, where it has one: "Nodule (SCT 27925004)"."""
    return f"{label.meaning} ({label.scheme} {label.code})" if label.code else label.meaning


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; line ends are kept. ``foreign``: it is English in a report of another language, such as what a
    model's card says."""

    text: str
    strong: bool = False
    foreign: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Grid:
    """A table: heads, and rows of short cells."""

    heads: list[str]
    rows: list[list[str]]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """One drawing over the page's width."""

    drawing: Drawing


@dataclass(frozen=True)
class Place:
    """A finding: title, drawings in a row, facts, and the reader's comment."""

    title: str
    drawings: list[Drawing]
    facts: list[tuple[str, str]]
    comment: str = ""
    comment_name: str = ""


@dataclass(frozen=True)
class Choice:
    """Boxes to tick, of which one may be ticked."""

    options: list[tuple[str, bool]]


@dataclass(frozen=True)
class Signature:
    """What is signed, and a line for each of ``places``, some filled in."""

    statement: str
    places: list[tuple[str, str]]


Block = Heading | Text | Facts | Grid | Picture | Place | Choice | Signature


@dataclass(frozen=True)
class CaseReport:
    """A whole report.

    ``case`` and ``notice`` stand on every page. ``document`` is the title in the file's properties, which go wherever
    the file goes: it has a hash and nothing that a caller gave. ``page_of`` is the sentence of page numbers with its
    places ``{number}`` and ``{count}``, ``unprintable`` what is said where a font lacks a letter.
    """

    language: str
    title: str
    document: str
    case: str
    notice: str
    page_of: str
    unprintable: str
    blocks: list[Block] = field(default_factory=list)
