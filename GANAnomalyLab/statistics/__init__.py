"""Detection statistics: AUROC with intervals, tests of differences, and the scores they are computed from."""

from ..evaluate.detection.score_files import Distances, Matched, match_names, read_distances
from .auroc import AurocEstimate, PublishedAuroc, auroc, auroc_published, estimate_auroc
from .compare import Comparison, compare_paired, compare_unpaired
from .delong import DelongTest, delong_test
from .permutation import PermutationResult, permutation_test
from .simulated_power import Power, power, power_published

__all__ = [
    "AurocEstimate",
    "Comparison",
    "DelongTest",
    "Distances",
    "Matched",
    "PermutationResult",
    "Power",
    "PublishedAuroc",
    "auroc",
    "auroc_published",
    "compare_paired",
    "compare_unpaired",
    "delong_test",
    "estimate_auroc",
    "match_names",
    "permutation_test",
    "power",
    "power_published",
    "read_distances",
]
