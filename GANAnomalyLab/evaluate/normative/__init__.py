"""How much a restorer knows of what is normal: RQI, AHI and CACI, thresholds on normals, lesions as objects."""

from .indices import anomaly_to_healthy, conservation_correction, restoration_quality
from .normative_evaluation import NormativeEvaluation, normative_indices
from .objects import ObjectCounts, count_objects
from .pixel_thresholds import RATES, HeatCounts, own_threshold, search_threshold
from .restored_scans import Heats, Scan, find_scans, holds_results, read_heat, read_pairs
from .scan_sources import scans_of
from .slice_frechet import FEATURES, find_features

__all__ = [
    "FEATURES",
    "RATES",
    "HeatCounts",
    "Heats",
    "NormativeEvaluation",
    "ObjectCounts",
    "Scan",
    "anomaly_to_healthy",
    "conservation_correction",
    "count_objects",
    "find_features",
    "find_scans",
    "holds_results",
    "normative_indices",
    "own_threshold",
    "read_heat",
    "read_pairs",
    "restoration_quality",
    "scans_of",
    "search_threshold",
]
