"""autoDDPM: what AnoDDPM could not restore is masked, and filled in anew from what surrounds it."""

from ..anoddpm import NEEDS
from ..kinds import DetectorKind

KIND = DetectorKind("autoddpm", "autoDDPM", __name__, own_scores=True, own_map=True, published_mode=True, needs=NEEDS)
