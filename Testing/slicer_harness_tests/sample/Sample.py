"""A small scripted module for trying the harness: written as Slicer's modules are."""

# ruff: noqa: F403, F405 - the star import is what the template for modules has
import enum
from typing import Annotated

import qt
import slicer
from SamplePanel.counter import Counter
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin


class Mood(enum.Enum):
    CALM = "calm"
    BRISK = "brisk"

    @staticmethod
    def label(mood):
        return {Mood.CALM: _("at ease"), Mood.BRISK: _("in haste")}[mood]


@parameterNodeWrapper
class SampleParameterNode:
    inputVolume: vtkMRMLScalarVolumeNode
    mask: vtkMRMLSegmentationNode
    threshold: Annotated[float, WithinRange(-10, 10)] = 2.5
    count: Annotated[int, WithinRange(0, 20)] = 3
    invert: bool = False
    label: str = "none"
    size: Annotated[str, Choice(["small", "large"])] = "small"
    mood: Mood = Mood.CALM


class Sample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Sample")
        self.parent.categories = ["Examples"]
        self.parent.acknowledgementText = _("Thanks.")
        slicer.app.connect("startupCompleted()", self.onStartup)

    def onStartup(self):
        import SampleData

        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="Sample", sampleName="SampleFile", uris="file:///nowhere.nrrd", fileNames="a", nodeNames="a"
        )


class SampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = self._parameterNode = self._tag = None
        self.events = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/Sample.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = SampleLogic()
        self.counter = Counter(self.ui)
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.askButton.connect("clicked()", self.onAsk)
        self.ui.failButton.connect("clicked(bool)", self.onFail)
        self.ui.inputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onInput)
        self.ui.inputSelector.connect("currentNodeChanged(bool)", self.ui.applyButton.setEnabled)
        self.ui.applyButton.enabled = False
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onClosed)
        # While a scene is read its references are not yet there, and after it nothing tells of them.
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onClosed)
        shortcut = qt.QShortcut(qt.QKeySequence("Ctrl+N"), uiWidget)
        shortcut.connect("activated()", self.counter.up)
        self.bind()

    def bind(self):
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._tag)
        self._parameterNode = SampleParameterNode(self.logic.getParameterNode())
        self._tag = self._parameterNode.connectGui(self.ui)

    def cleanup(self):
        self.events.append("cleanup")
        self.removeObservers()

    def enter(self):
        self.events.append("enter")
        if self._parameterNode is None:
            self.bind()

    def exit(self):
        self.events.append("exit")

    def onClose(self, caller, event):
        self._parameterNode.disconnectGui(self._tag)
        self._parameterNode = None

    def onClosed(self, caller, event):
        self.bind()

    def onInput(self, node):
        self.events.append(node.GetName() if node else None)

    def onApply(self):
        self.ui.resultLabel.text = _("{name} at {value:g}").format(
            name=self._parameterNode.inputVolume.GetName(), value=self._parameterNode.threshold
        )
        slicer.util.showStatusMessage(_("Done"))

    def onAsk(self):
        if slicer.util.confirmOkCancelDisplay(_("Are you sure?")):
            self.ui.resultLabel.setText(_("sure"))

    def onFail(self):
        with slicer.util.tryWithErrorDisplay(_("That did not work.")):
            raise ValueError("a bad thing")


class SampleLogic(ScriptedLoadableModuleLogic):
    pass


class SampleTest(ScriptedLoadableModuleTest):
    ran = 0

    def test_nothing_much(self):
        SampleTest.ran += 1
        self.delayDisplay("still here")
