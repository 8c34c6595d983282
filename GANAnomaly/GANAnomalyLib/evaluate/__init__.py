"""How good detectors are: heatmaps against lesion masks and boxes."""

from .boxes import Box, box_mask, read_boxes
from .heatmap_cases import HeatmapCase, HeatmapPixels, match_cases, read_case
from .heatmap_metrics import ScoreCounts, auroc, average_precision
from .heatmap_report import write_report
from .heatmaps import HeatmapEvaluation, HeatmapOptions, evaluate_heatmaps

__all__ = [
    "Box",
    "HeatmapCase",
    "HeatmapEvaluation",
    "HeatmapOptions",
    "HeatmapPixels",
    "ScoreCounts",
    "auroc",
    "average_precision",
    "box_mask",
    "evaluate_heatmaps",
    "match_cases",
    "read_boxes",
    "read_case",
    "write_report",
]
