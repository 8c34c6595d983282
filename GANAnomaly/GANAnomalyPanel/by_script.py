"""What a script says of a case: in the scene, in the review database where the user keeps it there, in the panel."""

from __future__ import annotations

from typing import Any

import slicer

from GANAnomalyPanel.keeping import keep_now


def decide(nodes: Any, rank: int, decision: str, comment: str | None) -> Any:
    """As GANAnomalyLogic.decide."""
    from GANAnomalyLib.review.decisions import decision_of
    from GANAnomalyLib.scene.finding_review import decide

    _not_in_a_study()
    row = decide(nodes, rank, decision, comment)
    _said(nodes, decision_of(row))
    return row


def mark(nodes: Any, ras: Any, opposite: Any, label: str, comment: str, confidence: int | None) -> Any:
    """As GANAnomalyLogic.mark."""
    from GANAnomalyLib.review.terminology import known_labels, label_of
    from GANAnomalyLib.scene.reader_marks import add_described

    _not_in_a_study()
    term = label_of(label, known_labels())
    finding = add_described(slicer.mrmlScene, nodes, ras, opposite, term, comment, confidence)
    _said(nodes, finding)
    return finding


def judge(nodes: Any, verdict: str, confidence: int | None) -> Any:
    """As GANAnomalyLogic.judge."""
    from GANAnomalyLib.scene.case_verdict import judge_case

    _not_in_a_study()
    said = judge_case(nodes, verdict, confidence)
    _said(nodes, said)
    return said


def _not_in_a_study() -> None:
    """Raise :class:`InputError` while the panel has a case of a study open, which asks for its own answers alone."""
    panel = _panel()
    if panel is not None:
        panel.reading.study.check_closed()


def _panel() -> Any:
    return getattr(getattr(slicer.modules, "GANAnomalyWidget", None), "panel", None)


def _said(nodes: Any, change: Any) -> None:
    """Keep it where the user does so; the panel, where there is one, shows it and can take it back."""
    keep_now(nodes, change)
    panel = _panel()
    if panel is not None:
        panel.reading.script_said(nodes)
