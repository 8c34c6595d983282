"""Detection statistics: AUROC with intervals, tests of differences; pure functions."""

from .auroc import AurocEstimate, PublishedAuroc, auroc, auroc_published, estimate_auroc
from .compare import Comparison, compare_paired, compare_unpaired
from .delong import DelongTest, delong_test
from .permutation import PermutationResult, permutation_test
from .simulated_power import Power, power, power_published

__all__ = [
    "AurocEstimate",
    "Comparison",
    "DelongTest",
    "PermutationResult",
    "Power",
    "PublishedAuroc",
    "auroc",
    "auroc_published",
    "compare_paired",
    "compare_unpaired",
    "delong_test",
    "estimate_auroc",
    "permutation_test",
    "power",
    "power_published",
]
