"""The design of a study of readers, from a file: checked, with the field at fault."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from ...errors import InputError
from ...files.reading import read_object, read_yaml
from ...files.typed_values import WrongKind, at_least, at_most, checked, filled, value_in_words
from ...spelling import meant
from ..store.reader_name import NAME, ReaderName

Order = Literal["mixed", "apart", "once"]
BlindUntil = Literal["finished", "own", "start"]
MOST_SEED = 2**63 - 1


def _name(text: str) -> str | None:
    if not text.strip() or text != " ".join(text.split()) or not text.isprintable():
        return "must be a name in one line, without blanks around it"
    if text[0] in "=+-@":
        return "must not begin with = + - or @, which spreadsheets take for a formula"
    return None if len(text) <= NAME else f"has more than {NAME} characters"


def _truth(value: int) -> str | None:
    return None if value in (0, 1) else f"must be 1 (abnormal) or 0 (normal), not {value_in_words(value)}"


def _above_0(value: float) -> str | None:
    return None if value > 0 else f"must be above 0, not {value_in_words(value)}"


Name = Annotated[str, _name]


@dataclass(frozen=True)
class Lesion:
    """What is there in truth: a ball about ``centre_ras`` (RAS, mm); a mark within it is on it."""

    centre_ras: tuple[float, float, float]
    radius_mm: Annotated[float, _above_0]
    name: str = ""


@dataclass(frozen=True)
class DesignCase:
    """A case: a ``result`` folder, or a ``case`` of the database by the first digits of its fingerprint.

    ``name`` is what readers and tables call it, a number that tells nothing where that is empty; ``truth`` 1 abnormal,
    0 normal, None not known.
    """

    result: str = ""
    case: str = ""
    name: str = ""
    truth: Annotated[int, _truth] | None = None
    lesions: list[Lesion] = field(default_factory=list)


@dataclass(frozen=True)
class Condition:
    """Under what is read: whether the heatmap is shown."""

    name: Name
    heatmap: bool


@dataclass(frozen=True)
class RatingScale:
    """Ratings from ``low`` to ``high``, higher being more suspicious; ``whole`` numbers only, or any."""

    low: float = 1
    high: float = 5
    whole: bool = True

    def check(self, rating: float) -> float:
        """The rating; raises :class:`InputError` for one that the scale does not have."""
        ends = {"low": f"{self.low:g}", "high": f"{self.high:g}", "given": f"{rating:g}"}
        within = self.low <= rating <= self.high
        if self.whole and not (within and rating == int(rating)):
            raise InputError.of("The rating must be a whole number from {low} to {high}, not {given}.", **ends)
        if not within:
            raise InputError.of("The rating must be a number from {low} to {high}, not {given}.", **ends)
        return float(rating)


@dataclass(frozen=True)
class StudyDesign:
    """A study of readers.

    Attributes
    ----------
    name: of the study. cases, readers, conditions: what is read, by whom, under what.
    order: "mixed": a session has every case, each under one condition, until all were under all (crossover); "apart": a
        session has one condition, whose order is balanced over readers; "once": one session, each case under one
        condition.
    washout_days: from a reader's last reading of a session to the first of the next.
    blind_until: readers see nothing of each other until the study is "finished", the reader's "own" readings are, or
        from the "start".
    repeat_cases: how many cases each reader reads once more in a last session, to be compared with himself or herself.
    pause_limit_s: of a time without a sign of the reader no more than this counts as reading.
    rating: the scale. seed: of the order; None leaves it to who assigns.
    adjudicators: who may settle cases; nobody named: whoever is no reader of the study.
    plan: of the analysis, as written.
    """

    name: Name
    cases: list[DesignCase]
    readers: list[Name]
    conditions: list[Condition]
    order: Order = "mixed"
    washout_days: Annotated[float, at_least(0), at_most(3650)] = 28
    blind_until: BlindUntil = "finished"
    repeat_cases: Annotated[int, at_least(0)] = 0
    pause_limit_s: Annotated[float, at_least(1), at_most(86_400)] = 300
    rating: RatingScale = field(default_factory=RatingScale)
    seed: Annotated[int, at_least(0), at_most(MOST_SEED)] | None = None
    adjudicators: list[Name] = field(default_factory=list)
    plan: Annotated[dict[str, Any], lambda plan: None] = field(default_factory=dict)

    @property
    def sessions(self) -> int:
        """How many a reader has."""
        return (1 if self.order == "once" else len(self.conditions)) + bool(self.repeat_cases)

    def condition(self, name: str) -> Condition:
        """The condition of that name."""
        return next(one for one in self.conditions if one.name == name)

    def public(self) -> dict[str, Any]:
        """All but the cases, in plain values: what a reader may see."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "cases"}

    @classmethod
    def of_public(cls, data: dict[str, Any]) -> StudyDesign:
        """From :meth:`public`, without cases."""
        return checked(cls, {**data, "cases": []})  # type: ignore[no-any-return]


def read_design(path: Path | str) -> StudyDesign:
    """The design in a file, JSON or YAML; paths in it are from its folder.

    Raises :class:`InputError` naming the field for what is missing, unknown, of a wrong kind, or there twice.
    """
    path = Path(path)
    data = read_object(path) if path.suffix.lower() == ".json" else read_yaml(path)
    design = design_of(data, path.name)
    cases = [
        dataclasses.replace(one, result=str(path.parent / one.result)) if one.result else one for one in design.cases
    ]
    return dataclasses.replace(design, cases=cases)


def design_of(data: dict[str, Any], source: str = "The design") -> StudyDesign:
    """The design in plain values; raises as :func:`read_design`."""
    try:
        _check_names(StudyDesign, data, "")
        design: StudyDesign = checked(StudyDesign, data)
        _check_together(design)
    except WrongKind as error:
        raise InputError(f"{source} cannot be used: its {error.place} {error.problem}; correct it.") from error
    readers = [ReaderName.of(name, "").name for name in design.readers]
    return dataclasses.replace(design, readers=readers)


_INNER: dict[str, type] = {"cases": DesignCase, "conditions": Condition, "lesions": Lesion, "rating": RatingScale}


def _check_names(kind: type, data: Any, place: str) -> None:
    """Raise for a field that there is not: it would be passed over, and mean something to who wrote it."""
    if not isinstance(data, dict):
        return
    known = [one.name for one in dataclasses.fields(kind)]
    for name, value in data.items():
        where = f"{place}.{name}" if place else str(name)
        if name not in known:
            raise WrongKind(where, f"is nothing that a design has{meant(str(name), known)}")
        if name in _INNER:
            listed = value if isinstance(value, list) else [value]
            for number, one in enumerate(listed):
                _check_names(_INNER[name], one, f"{where}[{number}]" if isinstance(value, list) else where)


def _check_together(design: StudyDesign) -> None:
    for what in ("cases", "readers", "conditions"):
        if not getattr(design, what):
            raise WrongKind(what, f"is empty: name at least one {what[:-1]}")
    _no_two("readers", [ReaderName.of(name, "").name for name in design.readers], "")
    _no_two("conditions", [one.name for one in design.conditions], ".name")
    named = [one.name or f" {number}" for number, one in enumerate(design.cases)]
    for number, one in enumerate(design.cases):
        place = f"cases[{number}]"
        if bool(one.result) == bool(one.case):
            raise WrongKind(place, "must have either result (a folder) or case (as  gananomaly review list  shows it)")
        if one.name and _name(one.name):
            raise WrongKind(f"{place}.name", str(_name(one.name)))
        if one.lesions and one.truth != 1:
            raise WrongKind(f"{place}.lesions", "belongs to cases whose truth is 1")
        if one.result and filled(one.result):
            raise WrongKind(f"{place}.result", "is empty")
        called = [lesion.name or str(at) for at, lesion in enumerate(one.lesions, 1)]
        _no_two(f"{place}.lesions", called, ".name")
    _no_two("cases", named, ".name")
    try:
        json.dumps(design.plan, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WrongKind("plan", "must hold texts, numbers, lists and names alone (a date goes in quotes)") from error
    if design.rating.low >= design.rating.high:
        raise WrongKind("rating.high", "must be above its low")
    if design.repeat_cases > len(design.cases):
        raise WrongKind("repeat_cases", f"must be at most {len(design.cases)}, the number of cases")


def _no_two(place: str, names: Sequence[str], below: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise WrongKind(f"{place}[{number}]{below}", f"names {name[:60]!r} a second time")
