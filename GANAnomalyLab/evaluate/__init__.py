"""How good detectors are: heatmaps against lesion masks and boxes."""

from ..statistics.score_areas import ScoreCounts, auroc, average_precision
from .heatmap.heatmap_cases import HeatmapCase, HeatmapPixels, match_cases, read_case
from .heatmap.heatmap_evaluation import HeatmapEvaluation, HeatmapOptions, evaluate_heatmaps
from .heatmap.heatmap_report import write_report
from .lesion_boxes import Box, box_mask, read_boxes

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
