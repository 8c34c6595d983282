"""The list of installed models: their cards and sizes, what does not fit the chosen CT, adding and removing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from GANAnomalyPanel.modality_words import dicom_modality
from GANAnomalyPanel.word_colours import words

FILES = "StyleGAN2 (*.pkl *.pt *.pth *.safetensors)"


class ModelMenu:
    """``on_choice(name)`` is called when the user takes another model, ``on_add(path)`` for a file to convert,
    ``on_remove(name)`` for a model to delete, once the user said so twice."""

    def __init__(
        self,
        ui: Any,
        on_choice: Callable[[str], None],
        on_add: Callable[[Path], None],
        on_remove: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._on_choice = on_choice
        self._on_add = on_add
        self._on_remove = on_remove
        self._entries: list[Any] = []
        self._filling = False
        ui.modelCombo.connect("currentIndexChanged(int)", self._chosen)
        ui.addModelButton.connect("clicked(bool)", self._add)
        ui.removeModelButton.connect("clicked(bool)", self._remove)

    def fill(self, chosen: str) -> None:
        """List the models anew and select one by name; a name that is not there is shown as missing."""
        from GANAnomalyLib.models.fit import card_tooltip
        from GANAnomalyLib.models.registry import list_models, size_text

        combo = self._ui.modelCombo
        self._filling = True
        combo.clear()
        self._entries = [entry for entry in list_models() if entry.detects]
        for row, entry in enumerate(self._entries):
            title = entry.card.title if entry.card and entry.card.title else entry.name
            if entry.broken:
                title = _("{title} (cannot be used)").format(title=title)
            combo.addItem(f"{title} ({size_text(entry.size)})", entry.name)
            tip = entry.broken or (card_tooltip(entry.card) if entry.card else _("A model without a card."))
            tip += "\n" + _("On disk: {size}").format(size=size_text(entry.size))
            combo.setItemData(row, tip, qt.Qt.ToolTipRole)
        names = [entry.name for entry in self._entries]
        if chosen and chosen not in names:
            combo.addItem(_("{name} (not installed)").format(name=chosen), chosen)
            names.append(chosen)
        # The list may be wider than its box, which has to share the row.
        combo.view().minimumWidth = combo.view().sizeHintForColumn(0)
        combo.currentIndex = names.index(chosen) if chosen in names else -1
        self._filling = False
        self._show_tooltip()

    @property
    def removable(self) -> bool:
        """Whether the chosen model is one that the user added."""
        entry = self.entry()
        return entry is not None and entry.own

    def entry(self) -> Any:
        """The chosen model's entry; None where it is not installed."""
        row = self._ui.modelCombo.currentIndex
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def card(self) -> Any:
        """The chosen model's card; None where it has none."""
        entry = self.entry()
        return None if entry is None else entry.card

    def problem(self) -> str:
        """Why the chosen model cannot be used at all; "" when it can."""
        entry = self.entry()
        if entry is None:
            return _("Choose a model, or add one.")
        return entry.broken

    def show_fit(self, volume_node: Any) -> list[str]:
        """Say below the list what of the model does not fit the CT; returns the sentences."""
        entry = self.entry()
        sentences: list[str] = []
        if entry is not None and entry.broken:
            sentences = [entry.broken]
        elif volume_node is None and slicer.util.getNodesByClass("vtkMRMLVectorVolumeNode"):
            sentences = [_("Pictures in colours are not analysed here, but by the command gananomaly analyze.")]
        elif entry is not None and entry.card is not None and volume_node is not None and volume_node.GetImageData():
            from GANAnomalyLib.models.fit import fit_warnings

            sentences = fit_warnings(entry.card, volume_facts(volume_node))
        label = self._ui.fitLabel
        label.styleSheet = words(label, "doubt")
        label.text = "\n".join(sentences)
        label.visible = bool(sentences)
        return sentences

    def _chosen(self, row: int) -> None:
        self._show_tooltip()
        if not self._filling and 0 <= row < len(self._entries):
            self._on_choice(self._entries[row].name)

    def _show_tooltip(self) -> None:
        combo = self._ui.modelCombo
        tip = combo.itemData(combo.currentIndex, qt.Qt.ToolTipRole) if combo.currentIndex >= 0 else ""
        combo.toolTip = tip or _("The model of normal anatomy. Choose one of the anatomy you read.")

    def _add(self, _checked: bool = False) -> None:
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Add a model"), "", FILES)
        path = path[0] if isinstance(path, tuple) else path
        if path:
            self._on_add(Path(path))

    def _remove(self, _checked: bool = False) -> None:
        from GANAnomalyLib.models.registry import size_text

        entry = self.entry()
        if entry is None or not entry.own:
            return
        question = _("Delete the model {name} ({size}) from this computer? This cannot be undone.")
        if slicer.util.confirmOkCancelDisplay(
            question.format(name=entry.name, size=size_text(entry.size)), windowTitle=_("Remove a model")
        ):
            self._on_remove(entry.name)


def volume_facts(node: Any) -> Any:
    """What a volume node tells of itself, for :func:`GANAnomalyLib.models.fit.fit_warnings`.

    However it is stored, its slices are counted from feet to head.
    """
    from GANAnomalyLib.models.fit import VolumeFacts

    image = node.GetImageData()
    low, high = image.GetScalarRange()
    count, spacing = image.GetDimensions(), node.GetSpacing()
    columns, rows, slices = _axes_feet_last(node)
    return VolumeFacts(
        modality=dicom_modality(node),
        minimum=float(low),
        maximum=float(high),
        spacing_mm=(spacing[columns], spacing[rows], spacing[slices]),
        shape_kji=(count[slices], count[rows], count[columns]),
        body_part=_body_part(node),
        z_mm=count[slices] * spacing[slices],
    )


def _body_part(node: Any) -> str:
    """DICOM's BodyPartExamined from Slicer's database; "" for a volume that did not come from there."""
    instances = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if not instances or database is None:
        return ""
    return database.instanceValue(instances[0], "0018,0015") or ""


def _axes_feet_last(node: Any) -> list[int]:
    """The voxel axes i, j and k as 0, 1 and 2, the one that runs most from feet to head last."""
    direction = [[0.0, 0.0, 0.0] for _ in range(3)]
    node.GetIJKToRASDirections(direction)
    upward = [abs(direction[2][axis]) for axis in range(3)]
    last = upward.index(max(upward))
    return [axis for axis in range(3) if axis != last] + [last]
