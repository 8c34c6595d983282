"""The curve of scores over slices for a report: black on white, findings by number and a sign for the decision."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...models.score_units import score_text, short_unit
from ...pictures import manifest_facts as facts
from ...pictures.score_curve import FALSE_POSITIVES, spread
from ...results.result import AnalysisResult, Finding
from .drawing_shapes import Drawing, Label, Line
from .report_words import Words

WIDTH, HEIGHT = 505.0, 165.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 500.0, 34.0, 138.0
_APART = 14.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def curve(result: AnalysisResult, decisions: Mapping[int, str], words: Words) -> Drawing | None:
    """The drawing; None where fewer than two slices have a score. ``decisions`` are those on the findings, by rank."""
    column = "patch_score" if any(_is_number(row.get("patch_score")) for row in result.scores) else "score"
    points = sorted((int(row["slice"]), float(row[column])) for row in result.scores if _is_number(row.get(column)))
    if len(points) < 2:
        return None
    line = facts.slice_threshold(result, FALSE_POSITIVES) if column == "patch_score" else None
    first, last = points[0][0], points[-1][0]
    top = max([score for _, score in points] + ([] if line is None else [line])) * 1.05
    low = min(0.0, *(score for _, score in points))
    top = top if top > low else low + 1.0

    def x(number: float) -> float:
        return _LEFT + (number - first) / max(last - first, 1) * (_RIGHT - _LEFT)

    def y(score: float) -> float:
        return _BOTTOM - (score - low) / (top - low) * (_BOTTOM - _TOP)

    shapes: list[Line | Label] = [Line(((_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)), 0.7)]
    for value in _ticks(low, top, 4):
        shapes.append(Line(((_LEFT - 3, y(value)), (_LEFT, y(value))), 0.7))
        shapes.append(Label(_LEFT - 5, y(value) + 2.5, _tick_text(value, words), 7, "end"))
    for value in _ticks(first, last, 8, whole=True):
        shapes.append(Line(((x(value), _BOTTOM), (x(value), _BOTTOM + 3)), 0.7))
        shapes.append(Label(x(value), _BOTTOM + 10, f"{value:.0f}", 7))
    unit = facts.unit(result) if column == "patch_score" else facts.metric_title(result)
    shapes.append(Label(_RIGHT, _BOTTOM + 21, words.say("slice, from feet to head"), 7, "end"))
    shapes.append(Label(0, 8, words.message(short_unit(unit)) or words.say("score"), 7, "start"))
    shapes += _findings(result.findings, decisions, x, y)
    shapes.append(Line(tuple((x(number), y(score)) for number, score in points), 1.0))
    if line is not None:
        shapes.append(Line(((_LEFT, y(line)), (_RIGHT, y(line))), 0.8, dashes=(5.0, 3.0)))
        shapes.append(Label(_RIGHT, y(line) - 3, words.say("1 in 20 normal slices"), 7, "end"))
    shapes += _legend(words)
    said = words.say(
        "Highest patch of every slice; the highest is {score} in slice {number}.",
        score=words.message(score_text(max(score for _, score in points), unit)),
        number=max(points, key=lambda point: point[1])[0],
    )
    return Drawing(WIDTH, HEIGHT, shapes=shapes, caption=said, alt=said)


def _findings(findings: Sequence[Finding], decisions: Mapping[int, str], x: Any, y: Any) -> list[Line | Label]:
    """A thin line at each finding's slice, with its number and sign above the curve; as many as there is room for."""
    shown = sorted(findings, key=lambda finding: finding.rank)[: int((_RIGHT - _LEFT) // _APART)]
    places = spread([x(finding.slice) for finding in shown], _APART, _LEFT + 2, _RIGHT - 2)
    out: list[Line | Label] = []
    for finding, place in zip(shown, places, strict=True):
        at = x(finding.slice)
        out.append(Line(((at, _BOTTOM), (at, _TOP), (float(place), _TOP - 5)), 0.4, "quiet"))
        out.append(_sign(decisions.get(finding.rank, ""), float(place), _TOP - 9))
        out.append(Label(float(place), _TOP - 15, str(finding.rank), 7, bold=True))
    return out


def _sign(decision: str, x: float, y: float) -> Line:
    """A full triangle for what was accepted, a cross, an empty square for unsure; a short line for nothing yet."""
    r = 2.6
    if decision == "accepted":
        return Line(((x, y - r), (x + r, y + r), (x - r, y + r)), 0.7, closed=True, filled=True)
    if decision == "rejected":
        return Line(((x - r, y - r), (x + r, y + r), (x, y), (x - r, y + r), (x + r, y - r)), 1.0)
    if decision == "unsure":
        return Line(((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)), 0.8, closed=True)
    return Line(((x - r, y), (x + r, y)), 0.8)


def _legend(words: Words) -> list[Line | Label]:
    out: list[Line | Label] = []
    names = {
        "accepted": words.say("accepted"),
        "rejected": words.say("rejected"),
        "unsure": words.say("unsure"),
        "": words.say("not decided"),
    }
    for n, (decision, name) in enumerate(names.items()):
        out.append(_sign(decision, _LEFT + 4 + n * 78, HEIGHT - 8))
        out.append(Label(_LEFT + 11 + n * 78, HEIGHT - 5.5, name, 7, "start"))
    return out


def _ticks(low: float, high: float, about: int, whole: bool = False) -> list[float]:
    """Round numbers from ``low`` to ``high``, about so many."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in _STEPS if size * power >= rough)
    if whole:
        step = max(1.0, math.ceil(step))
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _tick_text(value: float, words: Words) -> str:
    return words.number(value, next((digits for digits in range(4) if abs(round(value, digits) - value) < 1e-9), 4))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
