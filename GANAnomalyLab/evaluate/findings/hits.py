"""Which of a case's findings are right: by its lesion, or by the reader's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.review.decisions import load_decisions

from ...statistics.froc import FrocCase
from ..evaluation_options import REVIEW, RULES
from ..heatmap.free_response import numbered_lesions
from ..heatmap.heatmap_cases import HeatmapPixels, read_labels
from ..heatmap.localisation import Rectangle, centre_in, iou, lesion_rectangles
from ..lesion_boxes import box_mask
from .finding_cases import FindingsCase
from .finding_places import Grid, Place, grid_of, places_of


@dataclass(frozen=True)
class CaseHits:
    """What became of one case.

    Attributes
    ----------
    ranks: the rank of the first finding that hits, by rule; None where none of those looked at does.
    known: how many of the highest findings count, from the first: all of them by a lesion, and by decisions those
        before the first that was not decided. A hit counts wherever it is.
    skipped: why the case does not count, "" where it does.
    lesions: how many lesions there are; None by decisions.
    false_positives: findings looked at that lie on no lesion, or were rejected.
    free: for the FROC curve, by the rule "finding"; None by decisions.
    first: the reader's decision on the first finding, "" by lesions.
    """

    ranks: dict[str, int | None] = field(default_factory=dict)
    known: int = 0
    skipped: str = ""
    lesions: int | None = None
    findings: int = 0
    false_positives: int = 0
    free: FrocCase | None = None
    first: str = ""

    def outcome(self, rule: str, top: int) -> bool | None:
        """Whether one of the ``top`` highest findings hits; None where that cannot be told."""
        if self.skipped:
            return None
        rank = self.ranks.get(rule)
        if rank is not None and rank <= top:
            return True
        return False if self.known >= top else None


def by_lesion(case: FindingsCase, result: AnalysisResult, top: int, min_iou: float) -> CaseHits:
    """Hold the ``top`` highest findings against the case's mask or boxes.

    The rules: "patch", the highest patch of the finding covers lesion (as published); "finding", one of its patches
    does; "centre", the middle of the highest patch lies in a lesion's rectangle in that slice; "iou", the two overlap
    by at least ``min_iou`` (0..1, intersection over union). A case without a lesion does not count.

    Raises :class:`InputError` when the truth or the result cannot be used.
    """
    grid = grid_of(result)
    places = places_of(result, grid, top)
    pixels = _truth(case, grid)
    if not pixels.lesion.any():
        return CaseHits(skipped="normal", lesions=0, findings=len(places), false_positives=len(places),
                        free=FrocCase((), tuple(place.score for place in places), 0))  # fmt: skip
    rectangles = lesion_rectangles(pixels)
    parts, count = numbered_lesions(pixels)
    ranks: dict[str, int | None] = dict.fromkeys(RULES)
    on: list[set[int]] = []
    for order, place in enumerate(places, start=1):
        r0, r1, c0, c1 = place.patch
        near = rectangles.get(place.slice, [])
        on.append(_lesions_under(place, pixels, parts))
        hit = {
            "patch": bool(pixels.lesion[place.slice, r0:r1, c0:c1].any()),
            "finding": bool(on[-1]),
            "centre": any(centre_in(place.patch, one) for one in near),
            "iou": any(0 < iou(place.patch, one) >= min_iou for one in near),
        }
        for rule in RULES:
            if ranks[rule] is None and hit[rule]:
                ranks[rule] = order
    # Findings that were not made cannot hit.
    free = FrocCase.of([place.score for place in places], on, count)
    return CaseHits(ranks, top, "", count, len(places), sum(not held for held in on), free)


def by_decisions(case: FindingsCase, result: AnalysisResult, top: int) -> CaseHits:
    """What readers decided on the ``top`` highest findings: accepted is a hit, rejected a miss.

    A case whose first finding is unsure or was not looked at does not count for it; for several findings it counts
    when one of them was accepted, or all were rejected. A case without findings is a miss.
    """
    if case.normal:
        return CaseHits(skipped="normal", findings=len(result.findings))
    said = {decision.rank: decision.decision for decision in load_decisions(case.folder)}
    ranks = [finding.rank for finding in sorted(result.findings, key=lambda finding: finding.rank)[:top]]
    decisions = [said.get(rank, "") for rank in ranks]
    hit = next((n for n, decision in enumerate(decisions, start=1) if decision == "accepted"), None)
    open_ = next((n for n, decision in enumerate(decisions) if decision in ("unsure", "")), None)
    known = top if open_ is None else open_
    skipped = "" if hit is not None or known else ("unsure" if decisions[0] == "unsure" else "not reviewed")
    return CaseHits(
        {REVIEW: hit},
        known,
        skipped,
        None,
        len(ranks),
        decisions.count("rejected"),
        None,
        decisions[0] if ranks else "",
    )


def _truth(case: FindingsCase, grid: Grid) -> HeatmapPixels:
    nothing = np.broadcast_to(np.float32(0), grid.shape)
    counted = np.broadcast_to(np.bool_(True), grid.shape)
    if case.boxes is not None:
        return HeatmapPixels(nothing, box_mask(case.boxes, grid.shape, case.name), counted, case.boxes)
    if case.mask is None:
        if case.normal:
            return HeatmapPixels(nothing, np.broadcast_to(np.bool_(False), grid.shape), counted)
        raise InputError(f"There is neither mask nor box for {case.name}: add one.")
    lesion = read_labels(case.mask, f"The mask of {case.name}", grid.volume, grid.shape, "image")
    return HeatmapPixels(nothing, lesion, counted)


def _lesions_under(place: Place, pixels: HeatmapPixels, parts: dict[int, list[tuple[int, Rectangle]]]) -> set[int]:
    """The lesions of which one of the finding's patches covers a pixel."""
    found = set()
    for number, (r0, r1, c0, c1) in place.members:
        for lesion, (a, b, c, d) in parts.get(number, ()):
            shared = np.s_[max(a, r0) : min(b, r1), max(c, c0) : min(d, c1)]
            if pixels.lesion[number][shared].any():
                found.add(lesion)
    return found


def skipped_words(hits: Sequence[CaseHits]) -> dict[str, int]:
    """How many cases do not count, by why."""
    out: dict[str, int] = {}
    for one in hits:
        if one.skipped:
            out[one.skipped] = out.get(one.skipped, 0) + 1
    return out
