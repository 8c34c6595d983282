"""Many volumes, one analysis each: finding them, running them side by side, and the table of what came out."""

from .cases import Case, find_cases
from .run import run_batch
from .summary import BatchSummary, CaseRow

__all__ = ["BatchSummary", "Case", "CaseRow", "find_cases", "run_batch"]
