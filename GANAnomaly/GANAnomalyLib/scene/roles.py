"""Which nodes of a scene are ours, and of which result, so that a re-run replaces those and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

ROLE = "GANAnomaly.Role"
FINGERPRINT = "GANAnomaly.Fingerprint"
RESULT = "GANAnomaly.Result"
"""A name made anew whenever a result is put into a scene: it holds the nodes together when their CT is gone."""
CT_REFERENCE = "GANAnomalyCT"
"""The node reference from each of our nodes to the CT that was analysed."""
_NUMBERED = re.compile(r"_\d+$")


def mark(node: Any, role: str, fingerprint: str) -> None:
    """Make a node known as one of ours."""
    node.SetAttribute(ROLE, role)
    node.SetAttribute(FINGERPRINT, fingerprint)


def claim(nodes: Iterable[Any], ct: Any, result_id: str) -> None:
    """Make nodes known as those of one result of a CT."""
    for node in nodes:
        node.SetAttribute(RESULT, result_id)
        if node is not ct:
            node.SetNodeReferenceID(CT_REFERENCE, ct.GetID())


def role_nodes(scene: Any, role: str | None = None) -> list[Any]:
    """Our nodes in a scene, all of them or those of one role."""
    nodes = scene.GetNodes()
    every = [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
    return [node for node in every if node.GetAttribute(ROLE) and role in (None, node.GetAttribute(ROLE))]


def plain_names(scene: Any, nodes: Iterable[Any]) -> None:
    """Take off the "_1" that Slicer put behind a name because another node had it, where none has it any more."""
    for node in nodes:
        name = _NUMBERED.sub("", node.GetName() or "")
        if name != node.GetName() and scene.GetFirstNodeByName(name) is None:
            node.SetName(name)


def same_result(bearer: Any) -> list[Any]:
    """Our nodes of the result that one of them is of, itself included; none for None. Of a scene that was imported
    twice only those of its own CT."""
    scene = None if bearer is None else bearer.GetScene()
    name = None if scene is None else bearer.GetAttribute(RESULT)
    if not name:
        return []
    ct = bearer.GetNodeReferenceID(CT_REFERENCE)
    every = [node for node in role_nodes(scene) if node.GetAttribute(RESULT) == name]
    return [node for node in every if node.GetNodeReferenceID(CT_REFERENCE) == ct]


def result_folders(scene: Any) -> list[int]:
    """Subject hierarchy items of our folders."""
    hierarchy = subject_hierarchy(scene)
    items = _children(hierarchy, hierarchy.GetSceneItemID(), recursive=True)
    return [item for item in items if hierarchy.GetItemAttribute(item, ROLE) == "folder"]


def remove_nodes(scene: Any, nodes: Iterable[Any]) -> int:
    """Remove nodes with the display and storage nodes that MRML would leave behind; returns how many went."""
    return sum(removal(scene, nodes))


def removal(scene: Any, nodes: Iterable[Any]) -> Iterator[int]:
    """What :func:`remove_nodes` does in steps, each of which says how many nodes went.

    Legends go first, display nodes after what they display, colours last: whatever redraws in between (views, the list
    of data) finds none that lacks one.
    """
    owners = list(nodes)
    doomed = [*owners, *(each for node in owners for each in _belongings(node))]
    hierarchy = subject_hierarchy(scene)
    for node in sorted(doomed, key=_turn):
        if scene.IsNodePresent(node):
            before, item = scene.GetNumberOfNodes(), hierarchy.GetItemByDataNode(node)
            scene.RemoveNode(node)  # newer Slicers take display nodes along
            # The application takes the node's line out of its list of data; a scene alone would keep it for good.
            # Asked for by itself, a line that has gone is an error in Slicer's log.
            if item in _children(hierarchy, hierarchy.GetSceneItemID(), recursive=True):
                hierarchy.RemoveItem(item, False, True)
            yield before - scene.GetNumberOfNodes()


def _turn(node: Any) -> int:
    """When a node is to be removed, lower ones first."""
    if node.IsA("vtkMRMLColorLegendDisplayNode"):
        return 0
    if node.IsA("vtkMRMLDisplayNode") or node.IsA("vtkMRMLStorageNode"):
        return 2
    return 3 if node.IsA("vtkMRMLColorNode") else 1


def remove_folder(scene: Any, folder: int) -> None:
    """Remove a folder of ours; what the user moved into it goes to the folder's parent."""
    hierarchy = subject_hierarchy(scene)
    for item in _children(hierarchy, folder, recursive=False):
        hierarchy.SetItemParent(item, hierarchy.GetItemParent(folder))
    hierarchy.RemoveItem(folder)


def remove_result(scene: Any, keep: Sequence[Any] = ()) -> int:
    """Remove everything that :func:`build_scene` put into a scene, of every CT; returns how many nodes went.

    What the user made stays, also where it was moved into our folder (it then goes to the folder's parent).
    ``keep`` are nodes to leave in place although they are ours, such as a CT that came with a result.
    """
    kept = {node.GetID() for node in keep}
    count = remove_nodes(scene, [node for node in role_nodes(scene) if node.GetID() not in kept])
    for folder in result_folders(scene):
        remove_folder(scene, folder)
    return count


def subject_hierarchy(scene: Any) -> Any:
    """The scene's one subject hierarchy node, made where there is none."""
    import slicer

    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def _belongings(node: Any) -> list[Any]:
    """Display and storage nodes, which MRML leaves behind when only their owner is removed."""
    found = []
    if node.IsA("vtkMRMLDisplayableNode"):
        found += [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        found += [node.GetNthStorageNode(n) for n in range(node.GetNumberOfStorageNodes())]
    return [item for item in found if item is not None]


def _children(hierarchy: Any, item: int, recursive: bool) -> list[int]:
    from vtkmodules.vtkCommonCore import vtkIdList

    ids = vtkIdList()
    hierarchy.GetItemChildren(item, ids, recursive)
    return [ids.GetId(n) for n in range(ids.GetNumberOfIds())]
