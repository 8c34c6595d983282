"""PICARD heatmaps of one image, whatever it comes from.

One file an idea: the settings, the grid of windows, dropout masks, the cropped networks (spans, layers, coarse, fine,
attention, completer), the distances (work), which completions are made (rounds), the maps, and all of it (run).
"""

from .heatmap_settings import METRICS, PicardSettings
from .heatmaps import heatmaps
from .maps import PicardMaps

__all__ = ["METRICS", "PicardMaps", "PicardSettings", "heatmaps"]
