"""Where findings lie: on known lesions, or where readers say they do."""

from .cases import FindingsCase, match_results
from .evaluation import FindingsEvaluation, FindingsOptions, Share, evaluate_findings
from .report import write_findings

__all__ = [
    "FindingsCase",
    "FindingsEvaluation",
    "FindingsOptions",
    "Share",
    "evaluate_findings",
    "match_results",
    "write_findings",
]
