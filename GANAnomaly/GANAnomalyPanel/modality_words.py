"""What the panel calls the image: the .ui file speaks of CTs, of an MR it must not, and its values are no HU."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _


class ModalityWords:
    """Changes the words of the panel between CT and MR."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._of_ct = {place: getattr(getattr(ui, place[0]), place[1]) for place in _of_mr()}
        self._mr = False
        # Opening shows all that was there when it was closed, whatever was hidden meanwhile.
        ui.advancedSection.connect("contentsCollapsed(bool)", lambda _closed: self._hide())
        self._layouts = {row: ui.layoutCombo.itemText(row) for row in range(ui.layoutCombo.count)}

    def show(self, modality: str) -> None:
        """Speak of an MR ("MR") or of a CT (all others)."""
        ui, mr = self._ui, modality == "MR"
        for (widget, what), text in (_of_mr() if mr else self._of_ct).items():
            setattr(getattr(ui, widget), what, text)
        for row, text in self._layouts.items():
            compared = mr and ui.layoutCombo.itemData(row) == "compare"
            ui.layoutCombo.setItemText(row, _("MR | reconstruction | heatmap") if compared else text)
        self._mr = mr
        self._hide()

    def _hide(self) -> None:
        # An MR's values have no intercept that could be lacking. In a closed section nothing is to be shown.
        if not self._ui.advancedSection.collapsed:
            self._ui.shiftedCheckBox.visible = not self._mr


def modality_shown(node: Any, nodes: Any, card: Any) -> str:
    """ "MR" or "CT": by DICOM, else as a result (ReviewNodes, or None) of the image says, else as the model wants it.

    ``node`` is the image's, ``card`` the model's; None where there is none.
    """
    from GANAnomalyLib.modalities import modality_code
    from GANAnomalyLib.scene.result_nodes import facts_of

    said = dicom_modality(node) if node is not None else ""
    if not said and nodes is not None:
        said = facts_of(nodes).modality
    if not said and card is not None:
        said = card.modality
    return modality_code(said)


def dicom_modality(node: Any) -> str:
    """The modality that the subject hierarchy knows of a volume that came from DICOM; "" for any other."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node) if hierarchy else 0
    return hierarchy.GetItemAttribute(item, "DICOM.Modality") if item else ""


def _of_mr() -> dict[tuple[str, str], str]:
    """By widget and property, the words for an MR."""
    return {
        ("analyseLayoutLabel0", "text"): _("MR volume:"),
        ("inputSelector", "noneDisplay"): _("Select an MR volume"),
        ("inputSelector", "toolTip"): _("The MR to analyse, as loaded from DICOM, NIfTI or NRRD."),
        ("sampleDataButton", "toolTip"): _(
            "Load the bundled CT of an abdomen, to try the module with a model of CT. No MR comes along."
        ),
        ("fitLabel", "toolTip"): _("Why this model may not suit this MR."),
        ("changedBox", "toolTip"): _(
            "Heatmap, findings and reconstruction are of the MR as it was analysed. They are hidden as long as the MR "
            "is another one."
        ),
        ("changedLabel", "toolTip"): _("How the result stands to the MR as it is now."),
        ("analyseAgainButton", "toolTip"): _(
            "Analyse the MR as it is now, with the settings of this panel. The result takes the place of this one."
        ),
        ("asItWasButton", "toolTip"): _(
            "Change between the MR as it is now, without the result, and the MR as it was analysed, with the result. "
            "The latter is put together from the result: in the model's window, and only the slices that were analysed."
        ),
        ("displaySection", "toolTip"): _("How the result is shown over the MR."),
        ("heatCheckBox", "text"): _("Heatmap over the MR"),
        ("heatCheckBox", "toolTip"): _("Show the heatmap over the MR (H)."),
        ("opacitySlider", "toolTip"): _("How strongly the heatmap covers the MR."),
        ("windowLabel", "text"): _("MR window:"),
        ("windowCombo", "toolTip"): _(
            "The window that the MR is shown in, also with the next MR. Keys: 1 automatic, 5 the model's, 0 back to "
            "the one before."
        ),
        ("metricCombo", "toolTip"): _(
            "Distance between MR and explanation: Wasserstein (WD), mean squared error, 1 - structural similarity."
        ),
        ("advancedLayoutLabel9", "text"): _("Window, level:"),
        ("windowSpin", "toolTip"): _("Window width in the image's own values, which have no unit."),
        ("levelSpin", "toolTip"): _("Window level (its centre) in the image's own values, which have no unit."),
        ("saveSceneButton", "toolTip"): _("Save the scene with MR, result and decisions as one file (.mrb)."),
        ("openResultButton", "toolTip"): _("Open a result folder made elsewhere over the selected MR."),
        ("allowAnyCheckBox", "toolTip"): _(
            "Analyse also an image that does not look like an MR. What comes out then means little."
        ),
    }
