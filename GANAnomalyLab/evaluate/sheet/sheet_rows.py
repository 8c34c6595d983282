"""What was measured and what was not, in rows: for the page and for sheet.json alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...report.cell_text import ends_text, value_text
from ..quality.quality_report import words
from .measured_results import UNSAID, AuthenticityFound, DownstreamFound, Found, QualityFound
from .plain_words import shown

NOT_MEASURED = "not measured"
QUALITY, AUTHENTICITY, DOWNSTREAM = "quality", "authenticity", "downstream value"
_FID, _PR = "Frechet distance of Inception features (FID)", "precision and recall"
_COPIES, _ATTACK = "copies of real images", "membership attack"
_COMMANDS = {
    _FID: "gananomaly metrics REAL PICTURES --metrics fid --weights inception=FILE --out FILE.json",
    _PR: "gananomaly metrics REAL PICTURES --metrics prdc_lite0 --out FILE.json",
    _COPIES: "gananomaly evaluate authenticity REAL PICTURES --out FOLDER",
    _ATTACK: "gananomaly evaluate authenticity REAL PICTURES --control OTHERS --out FOLDER",
    DOWNSTREAM: "gananomaly evaluate downstream --data REAL --synthetic-from PICTURES --only A,B --out FOLDER",
}


@dataclass(frozen=True)
class Row:
    """``value`` in words, what to hold it against, and what it is of; what was not measured has the ``command`` that
    measures it."""

    group: str
    measure: str
    value: str
    against: str = ""
    about: str = ""
    command: str = ""

    def data(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


def rows(found: Sequence[tuple[Found, str]], psi: float | None) -> list[Row]:
    """All rows of what ``found`` holds, each with what it is of, and of what nobody measured.

    ``psi`` is the pictures' truncation, None for those of stored latents.
    """
    out: list[Row] = []
    for one, about in found:
        if isinstance(one, QualityFound):
            out += _quality(one, about, psi)
    names = {row.measure for row in out}
    out += [_lacking(QUALITY, _FID)] if not any(name.startswith(_FID) for name in names) else []
    out += [_lacking(QUALITY, _PR)] if not any("precision:" in name for name in names) else []
    authentic = [(one, about) for one, about in found if isinstance(one, AuthenticityFound)]
    for one, about in authentic:
        out += _authenticity(one, about)
    out += [] if authentic else [_lacking(AUTHENTICITY, _COPIES)]
    if not any(one.membership for one, _ in authentic):
        out.append(_lacking(AUTHENTICITY, _ATTACK))
    downstream = [(one, about) for one, about in found if isinstance(one, DownstreamFound)]
    for one, about in downstream:
        out += _downstream(one, about)
    return out if downstream else [*out, _lacking(DOWNSTREAM, DOWNSTREAM)]


def warnings(found: Sequence[tuple[Found, str]]) -> Iterator[str]:
    """What of the results must not be missed, in sentences."""
    for one, about in found:
        what = _NAMES[type(one)]
        if isinstance(one, AuthenticityFound):
            yield from _of_authenticity(one)
        if about == UNSAID:
            yield f"Nothing in the results of {what} tells whether they are of these pictures: make sure of it."
        notes = one.notes if isinstance(one, QualityFound) else one.warnings
        if notes:
            count = f"{len(notes)} remarks limit" if len(notes) > 1 else "A remark limits"
            yield f"{count} the results of {what}: read its own report."


_NAMES = {QualityFound: "metrics", AuthenticityFound: "evaluate authenticity", DownstreamFound: "evaluate downstream"}


def _lacking(group: str, measure: str) -> Row:
    return Row(group, measure, NOT_MEASURED, command=_COMMANDS[measure])


def _quality(one: QualityFound, about: str, psi: float | None) -> Iterator[Row]:
    other = one.settings.get("truncation")
    if one.model_sha256 and psi is not None and isinstance(other, int | float) and other != psi:
        about = f"{about}, at psi {other:g}"
    for name, value in one.results.items():
        said = words(name)
        if name.endswith("_floor") or said == name:
            continue
        floor = one.results.get(f"{name}_floor")
        against = "" if floor is None else f"real halves {_number(floor)}"
        counts = next((held for metric, held in one.images.items() if name.startswith(metric)), {})
        against += f"{'; ' if against else ''}{counts.get('real', 0):,} real, {counts.get('generated', 0):,} generated"
        yield Row(QUALITY, said, "none: nothing tells them apart" if value is None else _number(value), against, about)


def _authenticity(one: AuthenticityFound, about: str) -> Iterator[Row]:
    made, real = (one.images.get(name, 0) for name in ("synthetic", "real"))
    yield Row(AUTHENTICITY, _COPIES, f"{len(one.copies)} of {made:,}", f"{real:,} real images", about)
    titles = {"real": "real images that synthetic ones cover", "synthetic": "synthetic images among real ones"}
    for name, title in titles.items():
        share = one.coverage.get(name)
        if share is not None:
            yield Row(AUTHENTICITY, title, _with_ends(share.value, share), f"{share.expected:.3f} expected", about)
    held = one.membership
    if held is not None:
        best, plainly = held.attacks[held.strongest], held.attacks[held.baseline]
        against = f"without the pictures {_with_ends(plainly.auroc, plainly)}; chance 0.5"
        yield Row(AUTHENTICITY, f"{_ATTACK}, AUROC of the strongest", _with_ends(best.auroc, best), against, about)


def _of_authenticity(one: AuthenticityFound) -> Iterator[str]:
    if one.copies:
        count = len(one.copies)
        yield f"{count} of the pictures {'is a copy' if count == 1 else 'are copies'} of real ones: not to be shared."
    held = one.membership
    if held is None or not (held.attacks[held.strongest].low or 0) > 0.5:
        return
    if (held.over_baseline.low or 0) > 0:
        yield "The pictures tell who was trained on: a membership attack is better than chance."
    else:
        yield "A membership attack is better than chance, but not clearly by the pictures: the real sets differ."


def _downstream(one: DownstreamFound, about: str) -> Iterator[Row]:
    differences = {difference.classifier: difference for difference in one.comparisons}
    tried = f"on {sum(one.images.values()):,} real images of {one.patients:,} patients"
    for held in one.classifiers[:12]:
        over = differences.get(held.classifier)
        value = _with_ends(held.auroc, _Ends(held.auroc_low, held.auroc_high))
        against = tried
        if over is not None:
            ends = ends_text((over.auroc_low, over.auroc_high))
            against = f"{over.auroc:+.3f}{f' ({ends})' if ends else ''} against {shown(one.classifiers[0].classifier)}"
        yield Row(DOWNSTREAM, f"AUROC of a classifier: {shown(held.classifier)}", value, against, about)


@dataclass(frozen=True)
class _Ends:
    low: float | None
    high: float | None


def _with_ends(value: float, ends: Any) -> str:
    said = ends_text(ends)
    return f"{value:.3f}{f' ({said})' if said else ''}"


def _number(value: float) -> str:
    return value_text(float(value))
