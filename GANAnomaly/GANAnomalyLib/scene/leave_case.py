"""A case leaves the scene again, unless somebody works on it there."""

from __future__ import annotations

from typing import Any

from .result_nodes import removal_steps, results_in
from .roles import removal, role_nodes
from .steps import Steps


def leave_steps(scene: Any, ct: Any) -> Steps[bool]:
    """Remove a scan and its results in steps; whether they went.

    They stay where a node of the user's own refers to the scan: a segmentation of it, say.
    """
    if not scene.IsNodePresent(ct) or _is_used(scene, ct):
        return False
    for nodes in results_in(scene):
        if nodes.ct is ct:
            for _gone in removal_steps(scene, nodes):
                yield
    for _gone in removal(scene, [ct]):
        yield
    return True


def _is_used(scene: Any, ct: Any) -> bool:
    ours = {node.GetID() for node in role_nodes(scene)}
    nodes = scene.GetNodes()
    for number in range(nodes.GetNumberOfItems()):
        node = nodes.GetItemAsObject(number)
        # Views, the panel's parameters and the like follow what is shown.
        if node.IsA("vtkMRMLDisplayableNode") and node.GetID() not in ours and node is not ct and _refers(node, ct):
            return True
    return False


def _refers(node: Any, ct: Any) -> bool:
    for role in range(node.GetNumberOfNodeReferenceRoles()):
        name = node.GetNthNodeReferenceRole(role)
        for number in range(node.GetNumberOfNodeReferences(name)):
            if node.GetNthNodeReferenceID(name, number) == ct.GetID():
                return True
    return False
