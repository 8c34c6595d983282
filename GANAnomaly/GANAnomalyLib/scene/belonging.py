"""Whether a result belongs to its CT as that is now. Told by content and place, never by a name; changes nothing."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ..errors import InputError
from .result_nodes import ReviewNodes, facts_of
from .voxel_prints import known, same_voxels


class Belonging(Enum):
    """``HERE`` wherever linear transforms have put the CT; ``UNKNOWN`` while its voxels have yet to be read; ``ALONE``
    without a CT, or too damaged to tell."""

    HERE = "here"
    UNKNOWN = "unknown"
    OTHER_VOXELS = "other voxels"
    OTHER_GRID = "other grid"
    BENT = "bent"
    ALONE = "alone"

    @property
    def changed(self) -> bool:
        """Whether the result is not one of what its CT's node shows now."""
        return self in (Belonging.OTHER_VOXELS, Belonging.OTHER_GRID, Belonging.BENT)


def belonging(nodes: ReviewNodes) -> Belonging:
    """How a result stands to its CT."""
    if nodes.ct is None:
        return Belonging.ALONE
    try:
        facts = facts_of(nodes)
    except InputError:
        return Belonging.ALONE
    image = nodes.ct.GetImageData()
    if image is None or list(image.GetDimensions())[::-1] != facts.stack.get("shape"):
        return Belonging.OTHER_GRID
    if image.GetNumberOfScalarComponents() != 1 or image.GetPointData().GetScalars() is None:
        return Belonging.OTHER_GRID
    wanted = facts.voxels or known(nodes.ct)
    same = None if wanted is None else same_voxels(nodes.ct, wanted)
    if same is False:
        return Belonging.OTHER_VOXELS
    if is_bent(nodes.ct):
        return Belonging.BENT
    return Belonging.UNKNOWN if same is None else Belonging.HERE


def is_bent(node: Any) -> bool:
    """Whether a node lies under a transform that is not linear."""
    transform = node.GetParentTransformNode()
    return transform is not None and not transform.IsTransformToWorldLinear()
