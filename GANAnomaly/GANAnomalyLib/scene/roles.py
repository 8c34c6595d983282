"""Which nodes of a scene are ours, so that a re-run replaces those and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROLE = "GANAnomaly.Role"
FINGERPRINT = "GANAnomaly.Fingerprint"


def mark(node: Any, role: str, fingerprint: str) -> None:
    """Make a node known as one of ours."""
    node.SetAttribute(ROLE, role)
    node.SetAttribute(FINGERPRINT, fingerprint)


def role_nodes(scene: Any, role: str | None = None) -> list[Any]:
    """Our nodes in a scene, all of them or those of one role."""
    nodes = (scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes()))
    return [node for node in nodes if node.GetAttribute(ROLE) and role in (None, node.GetAttribute(ROLE))]


def result_folders(scene: Any) -> list[int]:
    """Subject hierarchy items of our folders."""
    hierarchy = subject_hierarchy(scene)
    items = _children(hierarchy, hierarchy.GetSceneItemID(), recursive=True)
    return [item for item in items if hierarchy.GetItemAttribute(item, ROLE) == "folder"]


def remove_result(scene: Any, keep: Sequence[Any] = ()) -> int:
    """Remove what an earlier :func:`build_scene` put into a scene; returns how many nodes went.

    What the user made stays, also where it was moved into our folder (it then goes to the folder's parent).
    ``keep`` are nodes to leave in place although they are ours, such as the CT of an earlier run, analysed again.
    """
    hierarchy = subject_hierarchy(scene)
    folders = result_folders(scene)
    kept = [*keep, *(item for node in keep for item in _belongings(node))]
    kept_ids = {node.GetID() for node in kept}
    doomed = []
    for node in role_nodes(scene):
        if node.GetID() not in kept_ids:
            doomed.extend([*_belongings(node), node])
    for node in doomed:
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)
    for folder in folders:
        for item in _children(hierarchy, folder, recursive=False):
            hierarchy.SetItemParent(item, hierarchy.GetItemParent(folder))
        hierarchy.RemoveItem(folder)
    return len(doomed)


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
