"""What the reader says of the whole case, kept with the table of findings."""

from __future__ import annotations

import json
from dataclasses import asdict

from ..errors import InputError
from ..files.reading import parse_json
from ..files.typed_values import WrongKind, checked
from ..review.added_findings import CaseVerdict, check_confidence, check_verdict
from .finding_review import now
from .result_nodes import ReviewNodes

VERDICT = "GANAnomaly.Verdict"


def verdict_of(nodes: ReviewNodes) -> CaseVerdict:
    """The reader's verdict on the case, empty where there is none or it cannot be understood."""
    text = None if nodes.findings_table is None else nodes.findings_table.GetAttribute(VERDICT)
    try:
        return checked(CaseVerdict, parse_json(text or "{}", "The scene"))  # type: ignore[no-any-return]
    except (InputError, WrongKind):
        return CaseVerdict()


def put_verdict(nodes: ReviewNodes, verdict: CaseVerdict) -> None:
    """Write a verdict into the scene as it is; raises :class:`InputError` where the table of findings was deleted."""
    if nodes.findings_table is None:
        raise InputError("The table of findings was deleted: analyse the scan again, or open the saved result.")
    nodes.findings_table.SetAttribute(VERDICT, json.dumps(asdict(verdict)))


def judge_case(nodes: ReviewNodes, verdict: str | None = None, confidence: int | None = None) -> CaseVerdict:
    """Say "normal", "abnormal", "inadequate" of the case, or "" to take it back, and how sure the reader is (1 to 5, 0
    to take that back); what is None stays, but a verdict that is taken back takes its confidence along.

    Raises :class:`InputError` for anything else.
    """
    before = verdict_of(nodes)
    word = before.verdict if verdict is None else check_verdict(verdict)
    kept = None if verdict == "" else before.confidence
    sure = kept if confidence is None else check_confidence(confidence or None)
    made = CaseVerdict(word, sure, now() if word or sure else "")
    put_verdict(nodes, made)
    return made
