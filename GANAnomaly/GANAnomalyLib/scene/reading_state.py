"""All that a reader said of a case in a scene, and a scene put back to what was said before: what undo is made of."""

from __future__ import annotations

from typing import Any

from ..review.decisions import Reading, decision_of
from .case_verdict import put_verdict, verdict_of
from .finding_review import put_decision, rows
from .reader_marks import put_reader_findings, reader_findings
from .result_nodes import ReviewNodes


def reading_of(nodes: ReviewNodes) -> Reading:
    """What is said now: a decision a finding, also where there is none yet."""
    return Reading([decision_of(row) for row in rows(nodes)], reader_findings(nodes), verdict_of(nodes))


def put_reading(scene: Any, nodes: ReviewNodes, wanted: Reading) -> None:
    """Have a scene say what it said then; findings that were deleted meanwhile are left alone."""
    now = reading_of(nodes)
    there = {one.rank: one for one in now.decisions}
    for one in wanted.decisions:
        if one.rank in there and there[one.rank] != one:
            put_decision(nodes, one)
    if list(now.added) != list(wanted.added):
        put_reader_findings(scene, nodes, wanted.added)
    if now.verdict != wanted.verdict:
        put_verdict(nodes, wanted.verdict)
