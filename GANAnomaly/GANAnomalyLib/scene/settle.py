"""What is done about a result and its CT as that is now: carried along, hidden, or shown again."""

from __future__ import annotations

from typing import Any

from .as_analysed import leave
from .belonging import Belonging, belonging
from .carry_along import carry_along
from .hiding import hide, is_hidden, unhide
from .result_nodes import ReviewNodes, facts_of, keep_facts
from .voxel_prints import known


def settle(scene: Any, nodes: ReviewNodes) -> Belonging:
    """Show a result where its CT is if it belongs to it, hide it if not, leave it as it is if that is not known yet.

    The CT as it was (:mod:`.as_analysed`) stays for as long as the CT is another one.
    """
    state = belonging(nodes)
    if state is Belonging.HERE:
        carry_along(nodes)
        leave(scene, nodes, hidden=False)
        if is_hidden(nodes):
            unhide(scene, nodes)
        _take_on(nodes)
    elif state.changed and nodes.earlier_ct is None:
        hide(scene, nodes)
    return state


def _take_on(nodes: ReviewNodes) -> None:
    """Scenes saved by earlier versions do not tell the voxels: those they came with are taken for the right ones."""
    facts = facts_of(nodes)
    if not facts.voxels:
        facts.voxels = known(nodes.ct) or ""
        keep_facts(nodes, facts)
