"""Patched DDPM: each box of a slice is hidden in noise, and predicted from all that is around it."""

from ..anoddpm import NEEDS
from ..kinds import DetectorKind

KIND = DetectorKind("patched_ddpm", "Patched DDPM", __name__, needs=NEEDS)
