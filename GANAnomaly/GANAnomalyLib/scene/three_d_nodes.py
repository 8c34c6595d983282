"""The models that show a result in the 3-D view: found again, and the selected finding bright among them."""

from __future__ import annotations

from typing import Any

from .result_nodes import ReviewNodes
from .roles import ROLE, same_result

BODY, HEAT, BOX = "3-D body", "3-D heat", "3-D finding"
RANK = "GANAnomaly.Rank"
_BRIGHT, _FAINT, _USUAL = 0.9, 0.12, 0.35


def models_of(nodes: ReviewNodes, role: str | None = None) -> list[Any]:
    """The models of a result in its scene, all of them or those of one role."""
    roles = (BODY, HEAT, BOX) if role is None else (role,)
    return [node for node in same_result(nodes.bearer()) if node.GetAttribute(ROLE) in roles]


def paint(nodes: ReviewNodes, rank: int | None) -> None:
    """Show one finding's box bright and the others faint; None shows all alike."""
    for node in models_of(nodes, BOX):
        display = node.GetDisplayNode()
        if display is not None:
            chosen = node.GetAttribute(RANK) == str(rank)
            opacity = _USUAL if rank is None else _BRIGHT if chosen else _FAINT
            if display.GetOpacity() != opacity:
                display.SetOpacity(opacity)
                display.SetAmbient(0.6 if chosen else 0.0)
