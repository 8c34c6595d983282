"""Marking what the model missed: a click or two in a view become a finding of the reader's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from GANAnomalyPanel.engine_errors import errors_told

_SETTLED_MS = 300
"""A mark that is dragged has come to rest."""


class Marking:
    """The buttons that begin a mark, Slicer's own placing of markups, and marks that are dragged.

    ``marked(nodes, finding)`` is called with the ReaderFinding that was made, ``moved(nodes)`` when marks may have been
    changed by hand. :meth:`close` must be called before the widgets go.
    """

    def __init__(
        self,
        ui: Any,
        tell: Callable[[str, bool], None],
        marked: Callable[[Any, Any], None],
        moved: Callable[[Any], None],
    ) -> None:
        self._tell, self._marked, self._moved = tell, marked, moved
        self._nodes: Any = None
        self._placing: Any = None
        self._corner: Any = None
        self._tags: list[tuple[Any, int]] = []
        self._watched: list[tuple[Any, int]] = []
        self._buttons = {"point": ui.markPointButton, "box": ui.markBoxButton}
        for kind, button in self._buttons.items():
            button.connect("clicked(bool)", lambda _checked=False, wanted=kind: self.begin(wanted))
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED_MS)
        self._timer.connect("timeout()", self._settled)

    def show(self, nodes: Any) -> None:
        """Mark over this result from now on (ReviewNodes); None for none."""
        same = nodes is not None and self._nodes is not None and nodes.findings_table is self._nodes.findings_table
        if not same:
            self.cancel()
        self._nodes = nodes
        for button in self._buttons.values():
            button.enabled = nodes is not None
        self.watch()

    def watch(self) -> None:
        """Follow the marks that the scene has now."""
        from GANAnomalyLib.scene.mark_nodes import marks_of

        self._unwatch(self._watched)
        for node in marks_of(self._nodes) if self._nodes is not None else []:
            for event in (vtk.vtkCommand.ModifiedEvent, node.PointModifiedEvent):
                self._watched.append((node, node.AddObserver(event, lambda *_event: self._timer.start())))

    @errors_told
    def _settled(self) -> None:
        nodes = self._nodes
        bearer = None if nodes is None else nodes.bearer()
        if bearer is not None and slicer.mrmlScene.IsNodePresent(bearer):  # else it went meanwhile
            self._moved(nodes)

    @errors_told
    def begin(self, kind: str) -> None:
        """Place a "point" or a "box"; the same again leaves it."""
        from GANAnomalyLib.scene.mark_nodes import BOX_CLASS, POINT_CLASS

        wanted = BOX_CLASS if kind == "box" else POINT_CLASS
        again = self._placing is not None and self._placing.IsA(wanted)
        self.cancel()
        if again or self._nodes is None:
            return
        scene = slicer.mrmlScene
        node = slicer.mrmlScene.AddNewNodeByClass(wanted, "GANAnomaly mark")
        node.SetSaveWithScene(False)
        node.CreateDefaultDisplayNodes()
        self._placing, self._corner = node, None
        self._tags.append((node, node.AddObserver(node.PointPositionDefinedEvent, self._clicked)))
        interaction = _singleton(scene, "vtkMRMLInteractionNode")
        selection = _singleton(scene, "vtkMRMLSelectionNode")
        selection.SetReferenceActivePlaceNodeClassName(wanted)
        selection.SetActivePlaceNodeID(node.GetID())
        interaction.SetPlaceModePersistence(0)
        interaction.SetCurrentInteractionMode(interaction.Place)
        left = interaction.AddObserver(interaction.InteractionModeChangedEvent, self._mode_changed)
        self._tags.append((interaction, left))
        self._show_buttons()
        said = _("Click the place in a view.") if kind == "point" else _("Click two opposite corners in a slice view.")
        self._tell(said, False)

    def cancel(self) -> None:
        """Leave what is being placed."""
        if self._placing is None:
            return
        node, self._placing, self._corner = self._placing, None, None
        self._unwatch(self._tags)
        scene = slicer.mrmlScene
        interaction = _singleton(scene, "vtkMRMLInteractionNode")
        if interaction.GetCurrentInteractionMode() == interaction.Place:
            interaction.SetCurrentInteractionMode(interaction.ViewTransform)
        if scene.IsNodePresent(node):
            from GANAnomalyLib.scene.roles import remove_nodes

            remove_nodes(scene, [node])
        self._show_buttons()
        self._tell("", False)

    def close(self) -> None:
        """Follow nothing any more."""
        self._timer.stop()
        self.cancel()
        self._unwatch(self._watched)
        self._nodes = None

    def _clicked(self, node: Any, _event: str) -> None:
        if node.IsA("vtkMRMLMarkupsROINode") and self._corner is None:
            self._corner = _point(node)
        if not node.IsA("vtkMRMLMarkupsROINode") or node.GetControlPointPlacementComplete():
            # After Slicer has done what it does at a click.
            qt.QTimer.singleShot(0, lambda: self._finish(node))

    @errors_told
    def _finish(self, node: Any) -> None:
        from GANAnomalyLib.scene.reader_marks import mark_box, mark_point

        if node is not self._placing or node.GetNumberOfControlPoints() == 0:
            return
        corner, nodes, place = self._corner, self._nodes, list(_point(node))
        if corner is None:
            self.cancel()
            made = mark_point(slicer.mrmlScene, nodes, tuple(place))
        else:
            # What Slicer keeps of the two corners is their middle.
            node.GetCenterWorld(place)
            self.cancel()
            opposite = tuple(2 * middle - first for middle, first in zip(place, corner, strict=True))
            made = mark_box(slicer.mrmlScene, nodes, corner, opposite)
        self._marked(nodes, made)
        self.watch()

    def _mode_changed(self, interaction: Any, _event: str) -> None:
        node = self._placing
        if node is not None and interaction.GetCurrentInteractionMode() != interaction.Place:
            # A mark that was placed to its end is taken in before.
            qt.QTimer.singleShot(0, lambda: self.cancel() if node is self._placing else None)

    def _show_buttons(self) -> None:
        for kind, button in self._buttons.items():
            box = self._placing is not None and self._placing.IsA("vtkMRMLMarkupsROINode")
            button.checked = self._placing is not None and box == (kind == "box")

    @staticmethod
    def _unwatch(tags: list[tuple[Any, int]]) -> None:
        for node, tag in tags:
            node.RemoveObserver(tag)
        tags.clear()


def _point(node: Any) -> tuple[float, ...]:
    """Where a markup's first point lies in the world."""
    place = [0.0] * 3
    node.GetNthControlPointPositionWorld(0, place)
    return tuple(place)


def _singleton(scene: Any, name: str) -> Any:
    """The one node of a class that every Slicer scene has."""
    return scene.GetSingletonNode("Singleton", name) or scene.GetNodeByID(f"{name}Singleton")
