"""Where findings lie: on known lesions, or where readers say they do."""

from .finding_cases import FindingsCase, match_results
from .findings_evaluation import FindingsEvaluation, Share, evaluate_findings
from .findings_report import write_findings

__all__ = [
    "FindingsCase",
    "FindingsEvaluation",
    "Share",
    "evaluate_findings",
    "match_results",
    "write_findings",
]
