"""One page for each evaluation, with its pictures, tables and what is needed to repeat it."""

from .comparisons import leaderboard_figure, radar_figure, tradeoff_figure
from .confusion import confusion_figure
from .curves import froc_figure, pr_figure, roc_figure
from .distributions import box_figure, score_figure
from .drawing import png_bytes, save_png
from .html_page import Page
from .provenance import file_hash, files_hash, provenance

__all__ = [
    "Page",
    "box_figure",
    "confusion_figure",
    "file_hash",
    "files_hash",
    "froc_figure",
    "leaderboard_figure",
    "png_bytes",
    "pr_figure",
    "provenance",
    "radar_figure",
    "roc_figure",
    "save_png",
    "score_figure",
    "tradeoff_figure",
]
