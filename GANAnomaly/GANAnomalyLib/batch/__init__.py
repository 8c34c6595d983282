"""Many volumes, one analysis each: finding them, running them side by side, and the table of what came out."""

from .batch_summary import BatchSummary, CaseRow
from .find_cases import Case, find_cases
from .run_batch import run_batch

__all__ = ["BatchSummary", "Case", "CaseRow", "find_cases", "run_batch"]
