"""The CT as it was when it was analysed, for a result whose CT has changed since: what its heat and findings are of.

It costs no copy of the CT: reconstruction and difference together are the CT, through the model's window and in the
slices that were analysed, which is all the model saw.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from ..errors import InputError
from ..modalities import modality_code
from .hiding import hide, is_hidden, unhide
from .places import Places
from .result_nodes import ReviewNodes, facts_of
from .roles import RESULT, claim, mark, remove_nodes, subject_hierarchy
from .slice_views import composites, set_layers
from .table_nodes import read_rows, whole
from .volume_nodes import add_colours, add_ready_volume, array_of, matrix_of, show_coloured
from .voxel_prints import STEP
from .vtk_images import empty_image, voxels_of

NAME = "{modality} as analysed, not as it is now"
LEGEND = "Earlier {modality}.\n"
_TINT = np.array([0.78, 0.9, 1.0])
"""Blueish, so that no view can be taken for the CT as it is now."""


def as_analysed(nodes: ReviewNodes) -> ReviewNodes | None:
    """The result over the CT as it was; None unless that is being shown."""
    return None if nodes.earlier_ct is None else dataclasses.replace(nodes, ct=nodes.earlier_ct)


def showing_as_analysed(scene: Any, nodes: ReviewNodes) -> Generator[None, None, None]:
    """Show a hidden result over the CT as it was, wherever the CT is shown now; in steps, the last one changes views.

    Raises :class:`InputError` when a map of it was deleted, or the model's window is not known.
    """
    facts, maps = facts_of(nodes), (nodes.reconstruction, nodes.difference)
    if None in (nodes.heatmap, *maps) or facts.window is None or facts.level is None:
        raise InputError("What this result was made of is not known any more: analyse the scan again.")
    low, high = facts.level - facts.window / 2, facts.level + facts.window / 2
    kind = array_of(nodes.difference).dtype
    if kind.kind == "i":
        low, high = np.floor(low), np.ceil(high)
    image = empty_image(array_of(nodes.difference).shape, kind)
    voxels = voxels_of(image)
    planes = max(STEP // max(voxels[0].size, 1), 1)
    for first in range(0, len(voxels), planes):
        part = slice(first, first + planes)
        np.clip(array_of(nodes.reconstruction)[part], low, high, out=voxels[part], casting="unsafe")
        voxels[part] += array_of(nodes.difference)[part].astype(kind)
        yield
    yield from _blanking(nodes, voxels, low)
    # Undone or analysed again meanwhile, there is nothing to show any more.
    if scene.IsNodePresent(nodes.heatmap) and is_hidden(nodes):
        _add(scene, nodes, image, low, high)


def leave(scene: Any, nodes: ReviewNodes, hidden: bool) -> None:
    """Show the CT as it is now instead of as it was; with its result again, or ``hidden`` without."""
    earlier = as_analysed(nodes)
    if earlier is None:
        return
    if nodes.legend is not None:
        nodes.legend.SetTitleText(nodes.legend.GetTitleText().removeprefix(_named(LEGEND, nodes)))
    _swap(scene, nodes.earlier_ct, nodes.ct)
    remove_nodes(scene, [node for node in (nodes.earlier_ct, nodes.earlier_colours) if node is not None])
    nodes.earlier_ct = nodes.earlier_colours = None
    if hidden:
        hide(scene, nodes)


def _blanking(nodes: ReviewNodes, voxels: np.ndarray, low: float) -> Iterator[None]:
    """Make slices black that were not analysed: of them nothing is known."""
    stack = Places.of(nodes).stack
    slices = voxels.transpose([2 - axis for axis in stack.axes])
    count, width = len(slices), max(STEP // max(slices[0].size, 1), 1)
    analysed = {whole(cells.get("slice")) for cells in read_rows(nodes.scores)}
    others = [count - 1 - n if stack.flips[0] else n for n in range(count) if n not in analysed]
    for first in range(0, len(others) if analysed else 0, width):
        slices[others[first : first + width]] = low
        yield


def _add(scene: Any, nodes: ReviewNodes, image: Any, low: float, high: float) -> None:
    fingerprint = facts_of(nodes).fingerprint
    name, said = _named(NAME, nodes), _named(LEGEND, nodes)
    colours = add_colours(scene, name, "earlier colours", _tinted, fingerprint)
    earlier = add_ready_volume(scene, name, image, matrix_of(nodes.heatmap))
    show_coloured(earlier, colours, low, high)
    mark(earlier, "earlier ct", fingerprint)
    claim([earlier, colours], nodes.ct, nodes.heatmap.GetAttribute(RESULT) or "")
    earlier.SetAndObserveTransformNodeID(nodes.heatmap.GetTransformNodeID())
    hierarchy = subject_hierarchy(scene)
    if nodes.folder:
        item = hierarchy.GetItemByDataNode(earlier)
        if item:
            hierarchy.SetItemParent(item, nodes.folder)
        else:  # outside of the application volumes have none of their own
            hierarchy.CreateItem(nodes.folder, earlier)
    nodes.earlier_ct, nodes.earlier_colours = earlier, colours
    unhide(scene, nodes)
    _swap(scene, nodes.ct, earlier)
    if nodes.legend is not None and not nodes.legend.GetTitleText().startswith(said):
        nodes.legend.SetTitleText(said + nodes.legend.GetTitleText())


def _named(text: str, nodes: ReviewNodes) -> str:
    return text.format(modality=modality_code(facts_of(nodes).modality))


def _swap(scene: Any, old: Any, new: Any) -> None:
    for composite in composites(scene):
        there = composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()
        if old.GetID() in there:
            set_layers(composite, *[new if name == old.GetID() else scene.GetNodeByID(name or "") for name in there])


def _tinted(count: int) -> np.ndarray:
    colours: np.ndarray = np.linspace(0.0, 1.0, count)[:, None] * _TINT
    return colours
