"""PICARD heatmaps of one image, whatever it comes from.

One file an idea: the settings, the grid of windows, dropout masks, the cropped networks (spans, layers, coarse, fine,
attention, completer), the distances (work), which completions are made (rounds), the maps, and all of it (run).
"""

from .maps import PicardMaps
from .run import heatmaps
from .settings import METRICS, PicardSettings

__all__ = ["METRICS", "PicardMaps", "PicardSettings", "heatmaps"]
