"""A result out of sight, and back as it was; what it showed is kept in the scene, so that a saved one knows it too."""

from __future__ import annotations

import json
from typing import Any

from ..errors import InputError
from ..files.reading import parse_json
from ..files.typed_values import WrongKind, checked
from .mark_nodes import marks_of
from .result_nodes import ReviewNodes
from .roles import RESULT, ROLE
from .slice_views import composites, set_layers
from .three_d_nodes import models_of

HIDDEN = "GANAnomaly.Hidden"
"""On the result's nodes and on display nodes that were visible; on views the layers that it had in them, as JSON."""
_VISIBLE = "visible"


def is_hidden(nodes: ReviewNodes) -> bool:
    """Whether a result was hidden and not shown again, also before the scene was saved."""
    return any(node.GetAttribute(HIDDEN) for node in nodes.own())


def hide(scene: Any, nodes: ReviewNodes) -> None:
    """Take everything of a result out of all views: maps, findings, legend. Its CT stays."""
    ours = {node.GetID(): node for node in nodes.own()}
    for composite in composites(scene):
        there = composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()
        held = [ours.get(name) for name in there]
        if any(held):
            composite.SetAttribute(HIDDEN, json.dumps([_names(node) for node in held]))
            left = [None if name in ours else scene.GetNodeByID(name or "") for name in there]
            set_layers(composite, *left)
    for display in _displays(nodes):
        if display.GetVisibility():
            display.SetAttribute(HIDDEN, _VISIBLE)
            display.SetVisibility(False)
    for node in nodes.own():
        if node.GetAttribute(HIDDEN) != _VISIBLE:  # a legend is both
            node.SetAttribute(HIDDEN, "hidden")


def unhide(scene: Any, nodes: ReviewNodes) -> None:
    """Show a result where :func:`hide` took it away; a view in which the user put something else keeps that."""
    for composite in composites(scene):
        _give_back(scene, nodes, composite)
    for display in _displays(nodes):
        if display.GetAttribute(HIDDEN) == _VISIBLE:
            display.RemoveAttribute(HIDDEN)
            display.SetVisibility(True)
    for node in nodes.own():
        node.RemoveAttribute(HIDDEN)


def part(scene: Any, nodes: ReviewNodes, composite: Any) -> None:
    """For a view that got another volume behind its layers: a map of the result does not stay before it.

    Nor does it stay away when the result's own CT is behind it again.
    """
    behind, before = composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()
    if _goes_with(nodes, behind):
        if not is_hidden(nodes):
            _give_back(scene, nodes, composite)
        return
    ours = {node.GetID(): node for node in nodes.own()}
    if behind and before in ours:
        composite.SetAttribute(HIDDEN, json.dumps([_names(None), _names(ours[before])]))
        set_layers(composite, scene.GetNodeByID(behind), None)


def _give_back(scene: Any, nodes: ReviewNodes, composite: Any) -> None:
    """Show in a view what was hidden there, where it is empty by now and what is behind goes with it."""
    ours = {tuple(_names(node)): node for node in nodes.own()}
    held = [ours.get(names) for names in _held(composite)]
    if not any(held):
        return
    there = composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()
    behind, before = [scene.GetNodeByID(name) if name else node for name, node in zip(there, held, strict=True)]
    if held[1] is not None and behind is not None and not _goes_with(nodes, behind.GetID()):
        return
    composite.RemoveAttribute(HIDDEN)
    set_layers(composite, behind, before)


def _goes_with(nodes: ReviewNodes, volume_id: str | None) -> bool:
    return volume_id in {node.GetID() for node in (nodes.ct, *nodes.own()) if node is not None}


def _names(node: Any) -> list[str]:
    return ["", ""] if node is None else [node.GetAttribute(RESULT) or "", node.GetAttribute(ROLE) or ""]


def _held(composite: Any) -> list[tuple[str, str]]:
    """Result and role of what a view's two layers had; nothing where none of ours was hidden in it."""
    try:
        held = checked(list[tuple[str, str]], parse_json(composite.GetAttribute(HIDDEN) or "[]", "The scene"))
    except (InputError, WrongKind):
        return []
    return held if len(held) == 2 else []


def _displays(nodes: ReviewNodes) -> list[Any]:
    """What draws a result's nodes by itself, in any view; slice views draw volumes by the layers that they name."""
    owners = [
        node for node in (*nodes.own(), *models_of(nodes), *marks_of(nodes)) if node.IsA("vtkMRMLDisplayableNode")
    ]
    displays = [node.GetNthDisplayNode(n) for node in owners for n in range(node.GetNumberOfDisplayNodes())]
    return [one for one in displays if one is not None and not one.IsA("vtkMRMLScalarVolumeDisplayNode")]
