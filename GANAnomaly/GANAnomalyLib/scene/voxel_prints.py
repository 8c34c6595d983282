"""Whether the voxels of a CT's node are still those that were analysed; read only when VTK says they changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from typing import Any

from ..volume.quick_hash import QuickHash, sample_hash
from .volume_nodes import array_of

STEP = 8_000_000
"""Voxels read in one step of :func:`reading`: some hundredths of a second."""
_KEPT = 64
# By the image's modification time, which VTK gives out once in a process: another image never has the same.
_prints: OrderedDict[int, str] = OrderedDict()
_samples: OrderedDict[int, str] = OrderedDict()


def remember(ct: Any, print_: str) -> None:
    """Note the hash (:mod:`GANAnomalyLib.volume.quick_hash`) of a node's voxels as they are now."""
    _keep(_prints, ct.GetImageData().GetMTime(), print_)


def known(ct: Any) -> str | None:
    """The hash of a node's voxels as they are now; None where they were not read since they changed."""
    return _prints.get(ct.GetImageData().GetMTime())


def same_voxels(ct: Any, wanted: str) -> bool | None:
    """Whether a node's voxels have a hash; None where that takes :func:`reading` them first. Costs nothing."""
    held = known(ct)
    if held is not None:
        return held == wanted
    time = ct.GetImageData().GetMTime()
    if time not in _samples:
        _keep(_samples, time, sample_hash(array_of(ct)))
    return None if _samples[time] == wanted.partition("-")[0] else False


def reading(ct: Any) -> Generator[None, None, None]:
    """Read a node's voxels in steps, after which they are :func:`known`; not where they changed meanwhile."""
    time = ct.GetImageData().GetMTime()
    hashed, first = QuickHash(array_of(ct)), 0
    while True:
        image = ct.GetImageData()
        if image is None or image.GetMTime() != time:
            return
        # Taken anew in every step: between two of them its memory may have gone elsewhere.
        voxels = array_of(ct)
        if first >= len(voxels):
            break
        planes = max(STEP // max(voxels[0].size, 1), 1)
        hashed.add(voxels[first : first + planes])
        first += planes
        yield
    remember(ct, hashed.value)


def _keep(held: OrderedDict[int, str], time: int, value: str) -> None:
    held[time] = value
    held.move_to_end(time)
    while len(held) > _KEPT:
        held.popitem(last=False)
