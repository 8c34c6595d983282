"""A reader's own findings in a scene: a point or a box each, as markups over the CT, which say all that is known of it.

The markups are the findings: one that the reader drags has moved, one that is deleted is gone, and a saved scene has
them all. What was said of a finding goes with its node as JSON.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..files.reading import parse_json
from ..files.typed_values import WrongKind, checked
from ..review.added_findings import MOST, ReaderFinding, SaidLabel, SaidTime, check_confidence
from ..review.coded_labels import Label
from ..review.decisions import clean_comment
from ..review.finding_rows import FindingRow
from .aiming import jump_to_box
from .finding_review import now
from .mark_nodes import BOX_CLASS, MARK_ROLE, POINT_CLASS, marks_of
from .mark_places import check_inside, ends_of, set_place
from .places import Places, Point
from .result_nodes import ReviewNodes, facts_of
from .roles import RESULT, claim, mark, remove_nodes, subject_hierarchy

SAID = "GANAnomaly.Said"
COLOUR = 0.2, 0.85, 1.0
"""No finding of the model's has it."""
_FLAT = 0.5
"""A box that was drawn in a slice is less deep than this, in voxels, and is given a depth."""


@dataclass
class _Said:
    """What a node carries beside its place."""

    mark: str
    comment: str = ""
    label: SaidLabel = field(default_factory=Label)
    confidence: int | None = None
    decided: SaidTime = ""


def reader_findings(nodes: ReviewNodes) -> list[ReaderFinding]:
    """The reader's findings as they lie now, in the order in which they were made."""
    marks = marks_of(nodes)
    if not marks:
        return []
    places = Places.of(nodes)
    return [_finding(places, node) for node in marks]


def reader_rows(nodes: ReviewNodes) -> list[FindingRow]:
    """They as rows of the list: ranks -1, -2, ..., no score, and no segment."""
    marks = marks_of(nodes)
    if not marks:
        return []
    places = Places.of(nodes)
    found = []
    for number, node in enumerate(marks, 1):
        one, (low, high) = _finding(places, node), ends_of(places, node)
        ends = places.stack.ijk_to_stack(np.array([low, high]))[:, 0]
        first, last = math.ceil(ends.min() - 1e-6), math.floor(ends.max() + 1e-6)
        middle = math.floor(float(ends.mean()) + 0.5)
        if one.is_point or first > last:
            first = last = middle
        slices = (max(first, 0), min(last, len(places.stack.slices) - 1))
        row = FindingRow(-number, math.nan, middle, slices, one.centre_ras, one.size_mm, "")
        row.comment, row.decided, row.confidence, row.label = one.comment, one.decided, one.confidence, one.label
        found.append(row)
    return found


def mark_point(scene: Any, nodes: ReviewNodes, ras: Point) -> ReaderFinding:
    """A point at a world point as a finding; raises :class:`InputError` where that lies outside the scan."""
    places = Places.of(nodes)
    ijk = places.ijk_at(ras)
    check_inside(places, ijk, ijk)
    return add_mark(scene, nodes, ReaderFinding(places.then(ijk), decided=now()))


def mark_box(scene: Any, nodes: ReviewNodes, corner: Point, opposite: Point) -> ReaderFinding:
    """A box between two world points as a finding; it lies along the image's axes and ends where the scan does.

    Points in one slice, as they are drawn in a view, give a box as deep as it is wide or high, whichever is less.
    Raises :class:`InputError` where the box lies outside the scan, or the points are one.
    """
    places = Places.of(nodes)
    ends = np.array([places.ijk_at(corner), places.ijk_at(opposite)])
    low, high = ends.min(axis=0), ends.max(axis=0)
    sizes, spacing = high - low, np.linalg.norm(places.analysed[:3, :3], axis=0)
    wide = sizes > _FLAT
    if np.count_nonzero(wide) < 2:
        raise InputError("The box has no extent: draw it from one corner to the opposite one, or mark a point.")
    depth = np.where(wide, sizes, (sizes * spacing)[wide].min() / spacing)
    middle = (low + high) / 2
    low, high = middle - depth / 2, middle + depth / 2
    check_inside(places, low, high)
    limit = np.array(places.volume.voxels.shape[::-1])
    low, high = np.maximum(low, -0.5), np.minimum(high, limit - 0.5)
    r, a, s = ((high - low) * spacing).tolist()
    return add_mark(scene, nodes, ReaderFinding(places.then((low + high) / 2), (r, a, s), decided=now()))


def add_mark(scene: Any, nodes: ReviewNodes, finding: ReaderFinding) -> ReaderFinding:
    """Put a reader's finding into the scene, which it returns as it lies there; raises :class:`InputError` where there
    are too many."""
    if len(marks_of(nodes)) >= MOST:
        raise InputError(f"There are {MOST} findings of your own: remove some first.")
    places, fingerprint = Places.of(nodes), facts_of(nodes).fingerprint
    ijk = (np.linalg.inv(places.analysed) @ [*finding.centre_ras, 1.0])[:3]
    kind = POINT_CLASS if finding.is_point else BOX_CLASS
    node = scene.AddNewNodeByClass(kind, "Reader's finding")
    # Under the CT's transform first: the points below are then the CT's own.
    node.SetAndObserveTransformNodeID(None if places.node is None else places.node.GetTransformNodeID())
    set_place(places, node, ijk, finding.size_mm)
    mark(node, MARK_ROLE, fingerprint)
    _say(node, finding)
    _show(node)
    result_id = nodes.bearer().GetAttribute(RESULT) or ""
    if nodes.ct is not None:
        claim([node], nodes.ct, result_id)
    else:
        node.SetAttribute(RESULT, result_id)
    if nodes.folder:
        hierarchy = subject_hierarchy(scene)
        item = hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.SetItemParent(item, nodes.folder)
        else:
            hierarchy.CreateItem(nodes.folder, node)
    _number(nodes)
    return _finding(places, node)


def add_described(
    scene: Any,
    nodes: ReviewNodes,
    ras: Point,
    opposite: Point | None,
    label: Label,
    comment: str = "",
    confidence: int | None = None,
) -> ReaderFinding:
    """Mark and describe at once: a point, or a box up to ``opposite``; the scene stays as it was where that fails.

    Raises as :func:`mark_box` and :func:`describe` do.
    """
    text, sure = clean_comment(comment), check_confidence(confidence)
    made = mark_point(scene, nodes, ras) if opposite is None else mark_box(scene, nodes, ras, opposite)
    marks = [one.mark for one in reader_findings(nodes)]
    rank = -1 - marks.index(made.mark)
    return describe(nodes, rank, text, sure, label)


def describe(
    nodes: ReviewNodes,
    rank: int,
    comment: str | None = None,
    confidence: int | None = None,
    label: Label | None = None,
) -> ReaderFinding:
    """Say something of a reader's finding (rank -1, -2, ...); what is None stays, a confidence of 0 is taken back.

    Raises :class:`InputError` for a finding that is not there, and for what cannot be said.
    """
    node = _node(nodes, rank)
    one = _finding(Places.of(nodes), node)
    if comment is not None:
        one = replace(one, comment=clean_comment(comment))
    if confidence is not None:
        one = replace(one, confidence=check_confidence(confidence or None))
    if label is not None:
        one = replace(one, label=label)
    one = replace(one, decided=now())
    _say(node, one)
    _number(nodes)
    return one


def remove_mark(scene: Any, nodes: ReviewNodes, rank: int) -> None:
    """Take a reader's finding away; raises :class:`InputError` for one that is not there."""
    remove_nodes(scene, [_node(nodes, rank)])
    _number(nodes)


def put_reader_findings(scene: Any, nodes: ReviewNodes, wanted: Sequence[ReaderFinding]) -> None:
    """Have these findings in the scene and no others; those that are there already are changed, not made anew."""
    places = Places.of(nodes)
    there = {_said(node).mark: node for node in marks_of(nodes)}
    names = {one.mark for one in wanted}
    remove_nodes(scene, [node for name, node in there.items() if name not in names])
    for one in wanted:
        node = there.get(one.mark)
        if node is None:
            add_mark(scene, nodes, one)
        elif _finding(places, node) != one:
            set_place(places, node, (np.linalg.inv(places.analysed) @ [*one.centre_ras, 1.0])[:3], one.size_mm)
            _say(node, one)
    _number(nodes)


def add_reader_findings(scene: Any, nodes: ReviewNodes, more: Iterable[ReaderFinding]) -> None:
    """Put findings into the scene that were kept elsewhere, unless they are there."""
    there = {_said(node).mark for node in marks_of(nodes)}
    for one in more:
        if one.mark not in there:
            add_mark(scene, nodes, one)


def take_over(scene: Any, nodes: ReviewNodes, earlier: ReviewNodes) -> None:
    """Put the findings that a reader marked over an earlier result of the same CT over this one: they are of the CT."""
    old, new = Places.of(earlier), Places.of(nodes)
    for one in reader_findings(earlier):
        add_reader_findings(scene, nodes, [replace(one, centre_ras=new.then(new.ijk_at(old.today(one.centre_ras))))])


def go_to_mark(scene: Any, nodes: ReviewNodes, rank: int) -> None:
    """Bring every slice view to a reader's finding."""
    places, node = Places.of(nodes), _node(nodes, rank)
    low, high = ends_of(places, node)
    corners = itertools.product(*zip(low, high, strict=True))
    jump_to_box(scene, places.world((low + high) / 2), np.array([places.world(np.array(ijk)) for ijk in corners]))


def _finding(places: Places, node: Any) -> ReaderFinding:
    said, (low, high) = _said(node), ends_of(places, node)
    r, a, s = ((high - low) * np.linalg.norm(places.analysed[:3, :3], axis=0)).tolist()
    size = (0.0, 0.0, 0.0) if node.IsA(POINT_CLASS) else (r, a, s)
    centre = places.then((low + high) / 2)
    # A scene that is read again has them to a few digits less.
    place, size = _rounded(centre), _rounded(size)
    return ReaderFinding(place, size, said.label, said.comment, said.confidence, said.decided, said.mark)


def _rounded(values: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = (round(value, 3) + 0.0 for value in values)
    return x, y, z


def _said(node: Any) -> _Said:
    try:
        return checked(_Said, parse_json(node.GetAttribute(SAID) or "", "The scene"))  # type: ignore[no-any-return]
    except (InputError, WrongKind):
        return _Said(node.GetID() or "?")


def _say(node: Any, one: ReaderFinding) -> None:
    said = _Said(one.mark, one.comment, one.label, one.confidence, one.decided)
    node.SetAttribute(SAID, json.dumps(asdict(said)))


def _number(nodes: ReviewNodes) -> None:
    """Names as the list has them."""
    for number, node in enumerate(marks_of(nodes), 1):
        meaning = _said(node).label.meaning
        name = f"+{number} {meaning}".strip()
        if node.GetName() != name:
            node.SetName(name)
        if node.IsA(POINT_CLASS) and node.GetNthControlPointLabel(0) != name:
            node.SetNthControlPointLabel(0, name)


def _show(node: Any) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(*COLOUR)
    display.SetSelectedColor(*COLOUR)
    if node.IsA(BOX_CLASS):
        # A fill, or a name in its middle, would hide the very tissue that was marked.
        display.SetFillVisibility(False)
        display.SetPropertiesLabelVisibility(False)
        display.SetPointLabelsVisibility(False)


def _node(nodes: ReviewNodes, rank: int) -> Any:
    marks = marks_of(nodes)
    if not -len(marks) <= rank <= -1:
        raise InputError(f"There is no finding +{-rank} of your own: it was deleted.")
    return marks[-rank - 1]
