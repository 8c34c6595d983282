"""Whether the anomaly in and around an organ tells where its segmentation fails."""

from .failure_cases import SegmentedCase, match_segmentations
from .failure_evaluation import FailureEvaluation, evaluate_failure
from .failure_report import write_failure
from .failure_rule import Rule, read_rule

__all__ = [
    "FailureEvaluation",
    "Rule",
    "SegmentedCase",
    "evaluate_failure",
    "match_segmentations",
    "read_rule",
    "write_failure",
]
