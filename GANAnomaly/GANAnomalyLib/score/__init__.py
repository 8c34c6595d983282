"""Scores: how far a reconstruction is from its slice, where most, and which patches stand out."""

from .distances import dissimilarity_map, distance, to_gray8
from .findings import PatchFinding, Peak, join_peaks, merge_touching, patch_iou, peaks_needed, slice_peaks, top_findings
from .patch_heat import heat_from_patches
from .patches import patch_distance_map, patch_distance_maps, warm_up
from .picture_pairs import score_pairs, write_csv
from .regions import body_region, window_valid_map

__all__ = [
    "PatchFinding",
    "Peak",
    "body_region",
    "dissimilarity_map",
    "distance",
    "heat_from_patches",
    "join_peaks",
    "merge_touching",
    "patch_distance_map",
    "patch_distance_maps",
    "patch_iou",
    "peaks_needed",
    "score_pairs",
    "slice_peaks",
    "to_gray8",
    "top_findings",
    "warm_up",
    "window_valid_map",
    "write_csv",
]
