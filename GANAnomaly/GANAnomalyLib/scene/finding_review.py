"""The reader's list of findings: read from the scene, decided in it, and looked at one by one."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..results.why import Why
from ..review.added_findings import check_confidence
from ..review.coded_labels import Label
from ..review.decisions import DECISIONS, Decision, check_decision, clean_comment
from ..review.finding_rows import FindingRow
from .aiming import jump, jump_to_box, jump_to_slice
from .finding_nodes import OPINION_COLUMN
from .mark_nodes import paint_marks
from .places import Places, Point, ras_of_slice, slice_at
from .result_nodes import ReviewNodes
from .table_nodes import number, numbers, read_rows, whole, write_cells
from .three_d_nodes import paint

__all__ = [
    "FindingRow",
    "SliceRow",
    "apply_decisions",
    "box_ijk",
    "centre_ras",
    "decide",
    "go_to",
    "highlight",
    "highlighted",
    "jump",
    "jump_to_slice",
    "now",
    "ras_of_slice",
    "rows",
    "slice_at",
    "slice_rows",
]

DECISION_TAG = "GANAnomaly.Decision"
"""The segment's tag that mirrors the decision, so that it goes along with an exported segmentation."""
_HIGHLIGHTED = "GANAnomaly.Highlighted"
_REJECTED_OUTLINE, _OUTLINE = 0.25, 1.0
_BACKGROUND = 0.4
"""What is left of the other outlines while one finding is highlighted."""


@dataclass
class SliceRow:
    """A slice's scores: ``slice`` in patient order, ``position_mm`` along the patient axis as when analysed, ``score``
    the metric over the whole slice, ``patch_score`` its highest patch in the unit of the findings, ``ras`` the world
    point in its middle."""

    slice: int
    position_mm: float
    score: float
    patch_score: float
    ras: Point


def rows(nodes: ReviewNodes) -> list[FindingRow]:
    """The findings by rank, however the user sorted or edited the table; rows without a whole-numbered rank, and
    second ones of the same rank, are left out. None without a table."""
    found: dict[int, FindingRow] = {}
    for cells in read_rows(nodes.findings_table):
        rank = whole(cells.get("rank"))
        if rank is not None and rank not in found:
            found[rank] = _row(rank, cells)
    return [found[rank] for rank in sorted(found)]


def decide(
    nodes: ReviewNodes,
    rank: int,
    decision: str,
    comment: str | None = None,
    confidence: int | None = None,
    label: Label | None = None,
) -> FindingRow:
    """Write a decision, and what else is not None, into the scene; returns the finding's row as it now is.

    Parameters
    ----------
    decision: "accepted", "rejected", "unsure", or "" for not looked at.
    comment: any text; kept as :func:`GANAnomalyLib.review.decisions.clean_comment` says.
    confidence: 1 to 5, 0 to take it back.
    label: what the reader calls it.

    Raises :class:`InputError` for another decision, a comment that is too long, or a finding that is not there.
    """
    row = _find(nodes, rank)
    kept = row.comment if comment is None else clean_comment(comment)
    sure = row.confidence if confidence is None else check_confidence(confidence or None)
    term = row.label if label is None else label
    word = check_decision(decision)
    said = word or kept or sure or term.meaning
    put_decision(nodes, Decision(rank, word, kept, now() if said else "", sure, term))
    return _find(nodes, rank)


def now() -> str:
    """The time as it is kept: ISO, UTC, to the second."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def apply_decisions(nodes: ReviewNodes, decisions: Iterable[Decision]) -> None:
    """Put decisions made earlier on the findings with their ranks, with the times they were made; others are left."""
    there = {row.rank for row in rows(nodes)}
    for decision in decisions:
        if decision.rank in there and (decision.decision or decision.comment or decision.decided):
            put_decision(nodes, decision)


def highlight(nodes: ReviewNodes, rank: int | None) -> None:
    """Show one finding's outline strongly and the others faintly; None shows all as their decisions say."""
    if nodes.findings is not None:
        nodes.findings.SetAttribute(_HIGHLIGHTED, "" if rank is None else str(rank))
    _draw_outlines(nodes)
    paint(nodes, rank)
    paint_marks(nodes, rank)


def highlighted(nodes: ReviewNodes) -> int | None:
    """The rank :func:`highlight` was called with last, also before the scene was saved."""
    return None if nodes.findings is None else whole(nodes.findings.GetAttribute(_HIGHLIGHTED))


def centre_ras(nodes: ReviewNodes, rank: int) -> Point:
    """The world point to look at for a finding, moved along with the CT by its transform.

    Raises :class:`InputError` for a finding that is not there, or whose place was edited away.
    """
    place = _find(nodes, rank).centre_ras
    if not all(math.isfinite(value) for value in place):
        raise InputError(f"The table of findings holds no place for finding {rank}: correct the columns R, A and S.")
    return Places.of(nodes).today(place)


def go_to(scene: Any, nodes: ReviewNodes, rank: int) -> None:
    """Bring every slice view to a finding, panned and zoomed as the reader has them where the finding is seen so.

    Raises :class:`InputError` as :func:`centre_ras` does.
    """
    jump_to_box(scene, centre_ras(nodes, rank), _corners(nodes, _find(nodes, rank)))


def slice_rows(nodes: ReviewNodes) -> list[SliceRow]:
    """The analysed slices in patient order, from the table of scores; none without it."""
    if nodes.scores is None:
        return []
    places, found = Places.of(nodes), {}
    for cells in read_rows(nodes.scores):
        index = whole(cells.get("slice"))
        if index is None or index in found or not 0 <= index < len(places.stack.slices):
            continue
        position, score, patch = numbers(cells.get(name) for name in ("position_mm", "score", "patch_score"))
        found[index] = SliceRow(index, position, score, patch, places.middle(index))
    return [found[index] for index in sorted(found)]


def _row(rank: int, cells: dict[str, str]) -> FindingRow:
    first, last = whole(cells.get("first slice")), whole(cells.get("last slice"))
    at = whole(cells.get("slice"))
    known = [value for value in (at, first, last) if value is not None] or [-1]
    sizes = [number(part) for part in cells.get("size (mm)", "").split(" x ")]
    size = (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else (math.nan, math.nan, math.nan)
    r, a, s = numbers(cells.get(axis) for axis in "RAS")
    said, opinion = cells.get("decision", ""), number(cells.get(OPINION_COLUMN))
    sure = whole(cells.get("confidence"))
    scheme, _colon, code = cells.get("label code", "").partition(":")
    return FindingRow(
        rank=rank,
        score=number(cells.get("score")),
        slice=known[0] if at is None else at,
        slices=(known[0] if first is None else first, known[0] if last is None else last),
        centre_ras=(r, a, s),
        size_mm=size,
        segment_id=cells.get("segment", ""),
        decision=check_decision(said) if said in DECISIONS else "",
        comment=cells.get("comment", ""),
        decided=cells.get("decided", ""),
        why=Why.of_cell(cells.get("why", "")),
        opinion=opinion if 0 <= opinion <= 1 else None,
        confidence=sure if sure is not None and 1 <= sure <= 5 else None,
        label=Label(scheme, code, cells.get("label", "")),
    )


def box_ijk(nodes: ReviewNodes, row: FindingRow) -> np.ndarray:
    """(8, 3) corners of a finding's box in voxel indices of the analysed CT, the first axis running fastest; its centre
    eight times where the table does not say how large it is."""
    places = Places.of(nodes)
    spacing = np.linalg.norm(places.analysed[:3, :3], axis=0)
    half = np.nan_to_num(np.array(row.size_mm)) / spacing / 2
    middle = (np.linalg.inv(places.analysed) @ [*row.centre_ras, 1.0])[:3]
    signs = np.array([(i, j, k) for k in (-1, 1) for j in (-1, 1) for i in (-1, 1)])
    corners: np.ndarray = middle + half * signs
    return corners


def _corners(nodes: ReviewNodes, row: FindingRow) -> np.ndarray:
    """(8, 3) world corners of a finding's box."""
    places = Places.of(nodes)
    return np.array([places.world(ijk) for ijk in box_ijk(nodes, row)])


def _find(nodes: ReviewNodes, rank: int) -> FindingRow:
    for row in rows(nodes):
        if row.rank == rank:
            return row
    raise InputError(f"The table of findings has no finding {rank}: it was deleted, or its rank was changed.")


def put_decision(nodes: ReviewNodes, decision: Decision) -> None:
    """Write a decision into the scene as it is, its time too; raises :class:`InputError` for no such finding."""
    table = nodes.findings_table
    for n, cells in enumerate(read_rows(table)):
        if whole(cells.get("rank")) == decision.rank:
            new = {"decision": decision.decision, "comment": decision.comment, "decided": decision.decided}
            more = _more_cells(decision)
            # Columns that tables of earlier scenes lack come with the first word in them.
            new |= {name: text for name, text in more.items() if text or name in cells}
            write_cells(table, n, new)
            break
    else:
        raise InputError(f"The table of findings has no finding {decision.rank}: it was deleted.")
    segment = _segment(nodes, cells.get("segment", ""))
    if segment is not None:
        if decision.decision:
            segment.SetTag(DECISION_TAG, decision.decision)
        else:
            segment.RemoveTag(DECISION_TAG)
    _draw_outlines(nodes)


def _more_cells(decision: Decision) -> dict[str, str]:
    label, sure = decision.label, decision.confidence
    code = f"{label.scheme}:{label.code}" if label.code else ""
    return {"confidence": "" if sure is None else str(sure), "label": label.meaning, "label code": code}


def _segment(nodes: ReviewNodes, segment_id: str) -> Any:
    if nodes.findings is None or not segment_id:
        return None
    return nodes.findings.GetSegmentation().GetSegment(segment_id)


def _draw_outlines(nodes: ReviewNodes) -> None:
    """Rejected outlines faint, all others solid; with one highlighted, the others step back."""
    display = None if nodes.findings is None else nodes.findings.GetDisplayNode()
    if display is None:
        return
    chosen = highlighted(nodes)
    unfinished = display.StartModify()
    try:
        for row in rows(nodes):
            if _segment(nodes, row.segment_id) is None:
                continue
            opacity = _REJECTED_OUTLINE if row.decision == "rejected" else _OUTLINE
            if chosen is not None:
                opacity = 1.0 if row.rank == chosen else opacity * _BACKGROUND
            if display.GetSegmentOpacity2DOutline(row.segment_id) != opacity:
                display.SetSegmentOpacity2DOutline(row.segment_id, opacity)
    finally:
        display.EndModify(unfinished)
