"""Keeps results with their CTs, whichever module is shown: another may move or change a CT at any time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk

from GANAnomalyPanel.in_steps import InSteps


class CTWatcher:
    """Carries the scene's results along with their CTs, hides them and shows them again, as ``scene.settle`` says.

    A map is taken from a view in which another volume comes behind it.

    ``on_change()`` is called when that changed something that a panel shows. Voxels are read in small steps, and only
    when VTK says that they changed.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._tags: list[tuple[Any, int]] = []
        self._shown: dict[str, tuple[Any, ...]] = {}
        self._behind: dict[str, Any] = {}
        self._reading = InSteps()
        self._wanted: tuple[str, int] | None = None
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.connect("timeout()", self._look)

    def watch(self) -> None:
        """Follow the CTs of the results that the scene has now, and settle each of them at once."""
        from GANAnomalyLib.scene.belonging import Belonging
        from GANAnomalyLib.scene.hiding import is_hidden, part
        from GANAnomalyLib.scene.result_nodes import results_in
        from GANAnomalyLib.scene.settle import settle
        from GANAnomalyLib.scene.slice_views import composites
        from GANAnomalyLib.scene.voxel_prints import reading

        scene = slicer.mrmlScene
        results, views = results_in(scene), composites(scene)
        self._follow([nodes.ct for nodes in results if nodes.ct is not None], views)
        before, self._shown, unread = self._shown, {}, None
        for nodes in results:
            state = settle(scene, nodes)
            if state is Belonging.UNKNOWN:
                unread = nodes.ct
                # What was known last goes on being said.
                state = before.get(_key(nodes), (state,))[0]
            self._shown[_key(nodes)] = state, is_hidden(nodes), nodes.earlier_ct is not None
        for view in views:
            behind = view.GetBackgroundVolumeID()
            if behind != self._behind.get(view.GetID(), behind):
                for nodes in results:
                    part(scene, nodes, view)
        self._behind = {view.GetID(): view.GetBackgroundVolumeID() for view in views}
        wanted = None if unread is None else (unread.GetID(), unread.GetImageData().GetMTime())
        if wanted is None:
            self._reading.stop()
        elif wanted != self._wanted or not self._reading.running:
            self._reading.start(reading(unread), self._read)
        self._wanted = wanted

    def node_added(self, node: Any) -> None:
        """A node came into the scene, perhaps with a result that a script made or a file brought."""
        if node.IsA("vtkMRMLScalarVolumeNode"):
            self._soon.start()

    def state(self, nodes: Any) -> Any:
        """How a result stood to its CT at the last look (a ``Belonging``); None for one not seen yet, or None."""
        return None if nodes is None else self._shown.get(_key(nodes), (None,))[0]

    def close(self) -> None:
        """Follow nothing any more."""
        self._soon.stop()
        self._reading.stop()
        self._follow([], [])
        self._shown, self._behind = {}, {}

    def _follow(self, cts: list[Any], views: list[Any]) -> None:
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        events = (
            vtk.vtkCommand.ModifiedEvent,
            slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent,
            slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
        )
        distinct = {node.GetID(): node for node in cts}.values()
        followed = [(node, event) for node in distinct for event in events]
        followed += [(view, vtk.vtkCommand.ModifiedEvent) for view in views]
        self._tags = [(node, node.AddObserver(event, self._changed)) for node, event in followed]

    def _changed(self, _node: Any, _event: str) -> None:
        # Once for many, and when whoever changes it is done.
        self._soon.start()

    def _read(self, _value: None, error: Exception | None) -> None:
        if error is not None:  # looked at again when something changes, not at once for ever
            raise error
        self._look()

    def _look(self) -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            self._soon.start()
            return
        before = self._shown
        self.watch()
        if self._shown != before:
            self._on_change()


def _key(nodes: Any) -> str:
    """A result's name in this scene; a CT may have several, of which the latest counts."""
    bearer = nodes.bearer()
    return "" if bearer is None else bearer.GetID()
