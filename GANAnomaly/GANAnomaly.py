"""The GANAnomaly module of 3D Slicer: where a CT is not normal, for review. Research use only.

Read by Slicer at every start: it stays thin and imports nothing that Slicer does not have loaded. The panel's parts are
in GANAnomalyPanel, the engine in GANAnomalyLib. Those need Python 3.10; this file runs on 3.8, to say so.
"""

import hashlib
import sys
from pathlib import Path

import qt
import slicer
import vtk
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

try:
    from slicer.i18n import tr as _
    from slicer.i18n import translate
except ImportError:  # 3D Slicer 5.2 and older, where all there is to say is that it is too old

    def _(text):
        return text

    def translate(context, text):
        return text


HERE = Path(__file__).resolve().parent
HOMEPAGE = "https://github.com/GANAnomaly/GANAnomaly"


def tooOld():
    """One sentence where this Slicer's Python is too old for the panel and the engine; "" where it is not."""
    if sys.version_info >= (3, 10):  # noqa: UP036 - older ones come to this line
        return ""
    return _("GANAnomaly needs 3D Slicer 5.10 or later: this one has Python {version}.").format(
        version="{}.{}".format(*sys.version_info[:2])
    )


class GANAnomaly(ScriptedLoadableModule):
    """What Slicer shows of the module before it is opened."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = "GANAnomaly"
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = []
        self.parent.contributors = ["GANAnomaly contributors"]
        self.parent.helpText = _(
            "Shows where a CT is not normal: a generative model of normal anatomy explains each slice, and what it "
            "cannot explain becomes a heatmap and a list of findings to accept or reject.<br><br>"
            "<b>Research use only. Not a medical device.</b> Nothing leaves this computer unless you send it.<br><br>"
            "<b>Known problems.</b> Not validated for any clinical purpose. Another body region, window, age group or "
            "scanner than the model's raises scores everywhere; disease that is small or faint at the model's "
            "resolution is not seen; what shows only across slices is not looked for. The bundled models were trained "
            "on one person's anatomy: they are for learning the tool.<br><br>"
            "<b>How to cite.</b> The file CITATION.cff on the homepage, and the methods that you used: StyleGAN2 "
            "(Karras et al., CVPR 2020), PICARD (Konz et al., 2023), 3D Slicer (Fedorov et al., Magnetic Resonance "
            "Imaging 30(9), 2012).<br><br>"
            '<a href="{homepage}/blob/main/docs/start/slicer.md">Tutorial</a>, '
            '<a href="{homepage}/blob/main/docs/concepts/limits.md">limits</a>, '
            '<a href="{homepage}">homepage</a>, <a href="{homepage}/issues">problems and questions</a>'
        ).format(homepage=HOMEPAGE)
        self.parent.acknowledgementText = _(
            "Made by the GANAnomaly contributors, under the Apache licence 2.0. Built on 3D Slicer, PyTorch and the "
            "published methods StyleGAN2 and PICARD, with networks written anew from the papers. The bundled CT comes "
            "from the TotalSegmentator repository (Apache-2.0)."
        )
        if not tooOld():
            slicer.app.connect("startupCompleted()", registerSampleData)
            slicer.app.connect("startupCompleted()", removeLeftovers)
            slicer.app.connect("startupCompleted()", watchScenes)


def removeLeftovers():
    """Remove what sessions left behind that were killed: it holds images of patients."""
    from GANAnomalyPanel.workspace import sweep

    sweep()


def watchScenes():
    """Results in scenes that are opened are kept with their CTs, also where nobody opens the module."""
    scene = slicer.mrmlScene
    scene.AddObserver(scene.EndImportEvent, lambda caller, event: qt.QTimer.singleShot(0, keepWithCTs))


def keepWithCTs():
    """Make the panel, which does it, where there is a result in the scene and a window to show it in."""
    if slicer.util.mainWindow() is None or hasattr(slicer.modules, "GANAnomalyWidget"):
        return
    tables = slicer.mrmlScene.GetNodesByClass("vtkMRMLTableNode")
    tables.UnRegister(None)
    if any(tables.GetItemAsObject(n).GetAttribute("GANAnomaly.Role") for n in range(tables.GetNumberOfItems())):
        slicer.modules.gananomaly.widgetRepresentation()


def registerSampleData():
    """Offer the bundled CT, as it is and with simulated anomalies, in the SampleData module."""
    import SampleData

    for name, title, file in (
        ("GANAnomalyTorso", "CT abdomen", "torso_3mm.nii.gz"),
        ("GANAnomalyTorsoWithAnomalies", "CT abdomen with anomalies", "torso_3mm_with_anomalies.nii.gz"),
    ):
        path = HERE / "GANAnomalyLib" / "data" / file
        icon = HERE / "Resources" / "Icons" / f"{name.replace('GANAnomaly', 'Sample')}.png"
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="GANAnomaly",
            sampleName=name,
            thumbnailFileName=str(icon),
            uris=path.as_uri(),
            fileNames=f"GANAnomaly_{file}",
            nodeNames=title,
            # Also notices a copy in the cache that an older version of the extension put there.
            checksums=f"SHA256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
            loadFileTypes="VolumeFile",
        )


class GANAnomalyWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel as Slicer drives it; its parts are in GANAnomalyPanel."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self):
        """Called when the module is opened for the first time, and after a reload."""
        ScriptedLoadableModuleWidget.setup(self)
        if tooOld():
            self.showTooOld()
            return
        from GANAnomalyPanel.language import use_language
        from GANAnomalyPanel.panel import Panel

        use_language()
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/GANAnomaly.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = GANAnomalyLogic()
        self.panel = Panel(self.ui, self.logic)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndImport)
        self.addObserver(scene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self.addObserver(scene, scene.NodeAddedEvent, self.onNodeAdded)
        slicer.app.connect("aboutToQuit()", self.onAboutToQuit)
        self.initializeParameterNode()

    def showTooOld(self):
        """The sentence, in place of the panel."""
        notice = qt.QLabel(tooOld())
        notice.objectName = "tooOldLabel"
        notice.wordWrap = True
        self.layout.addWidget(notice)
        self.layout.addStretch(1)

    def cleanup(self):
        """Called when the module goes: at exit and before a reload."""
        if self.panel is None:
            return
        slicer.app.disconnect("aboutToQuit()", self.onAboutToQuit)
        self.onAboutToQuit()
        self.setParameterNode(None)
        self.removeObservers()

    def onAboutToQuit(self):
        """End the worker and remove the session's files."""
        if self.panel is not None:
            self.panel.close()
        if self.logic is not None:
            self.logic.workspace.close()

    def enter(self):
        """Called each time the module is shown."""
        if self.panel is None:
            return
        self.initializeParameterNode()
        self.panel.shortcuts.enable(True)

    def exit(self):
        """Called each time another module is shown; a running analysis goes on."""
        if self.panel is None:
            return
        self.panel.findings.finish_comment()
        self.panel.shortcuts.enable(False)

    def onReload(self):
        """The parts are imported anew too, not the module file alone."""
        for name in [name for name in sys.modules if name.split(".")[0] in ("GANAnomalyPanel", "GANAnomalyLib")]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def onSceneStartClose(self, caller, event):
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller, event):
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onParametersModified(self, caller=None, event=None):
        self.panel.parameters_modified()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, caller, event, node):
        self.panel.node_removed(node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller, event, node):
        self.panel.changed.watcher.node_added(node)
        self.panel.node_added(node)

    def initializeParameterNode(self):
        """Take the scene's parameter node, with its first CT chosen where nothing is."""
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            self._parameterNode.inputVolume = self.logic.firstVolume()
        self.panel.refresh()

    def setParameterNode(self, parameterNode):
        """Connect the widgets to a parameter node; None to none."""
        if self._parameterNode:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self._parameterNode = parameterNode
        if self._parameterNode:
            self._parameterNodeGuiTag = self._parameterNode.connectGui(self.ui)
            self.addObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        if self.panel is not None:
            self.panel.set_parameters(self._parameterNode)


class GANAnomalyLogic(ScriptedLoadableModuleLogic):
    """The module for scripts: from the Python console, other modules, and a Slicer with no window.

    Example::

        from GANAnomaly import GANAnomalyLogic
        nodes = GANAnomalyLogic().analyze(slicer.util.getNode("CT"))
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        if tooOld():
            raise RuntimeError(tooOld())
        from GANAnomalyPanel.workspace import Workspace

        self.workspace = Workspace()

    def getParameterNode(self):
        from GANAnomalyPanel.detector_settings import take_over_old
        from GANAnomalyPanel.parameters import GANAnomalyParameterNode

        node = super().getParameterNode()
        take_over_old(node)
        return GANAnomalyParameterNode(node)

    def firstVolume(self):
        """The first scalar volume of the scene that is none of our results; None where there is none."""
        from GANAnomalyLib.scene.roles import ROLE

        others = ("vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode")  # labels, and pictures in colours
        nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        plain = [node for node in nodes if not any(node.IsA(name) for name in others)]
        return next((node for node in plain if not node.GetAttribute(ROLE) or node.GetAttribute(ROLE) == "ct"), None)

    def analyze(
        self,
        volumeNode,
        model="demo_memory",
        maskSegmentation=None,
        maskSegmentID="",
        outputFolder=None,
        inProcess=False,
        progress=None,
        **settings,
    ):
        """Analyse a CT and put the result into the scene, in place of an earlier one of the same CT.

        :param volumeNode: scalar volume node in Hounsfield units.
        :param model: name of an installed model, or the path of a model file.
        :param maskSegmentation: segmentation node with a segment to score inside.
        :param maskSegmentID: the segment's ID.
        :param outputFolder: where to keep the result folder; None: only for this session.
        :param inProcess: compute inside Slicer (which waits) instead of in a process of its own.
        :param progress: called with (fraction, message).
        :param settings: further fields of GANAnomalyLib.AnalysisRequest, such as metric, slices, top, device, seed.
        :return: the nodes, as GANAnomalyLib.scene.result_nodes.ReviewNodes. Without outputFolder, the result's files
          are there as long as this logic or these nodes are referred to, and go with Slicer at the latest.
        :raises GANAnomalyLib.errors.GANAnomalyError: with one sentence that says what is wrong; the scene is then as
          it was.
        """
        from GANAnomalyPanel.requests import prepare, show_result
        from GANAnomalyPanel.runner import run_and_wait

        prepared = prepare(
            self.workspace, volumeNode, maskSegmentation, maskSegmentID, outputFolder, model=model, **settings
        )
        try:
            folder = run_and_wait(prepared.request, inProcess, progress)
        finally:
            self.workspace.discard_input(prepared.volume_file)
        nodes = show_result(folder, prepared)
        keepWithCTs()
        if outputFolder is None:
            nodes.files = self.workspace
        return nodes

    def openResult(self, folder, volumeNode=None):
        """Show a result folder made elsewhere over its CT; returns the nodes.

        :raises GANAnomalyLib.errors.InputError: when the folder holds no whole result, or one of another CT.
        """
        from GANAnomalyLib.scene.open_result import read_result

        nodes = read_result(slicer.mrmlScene, folder, volumeNode)
        keepWithCTs()
        return nodes

    def decide(self, nodes, rank, decision, comment=None):
        """Decide on a finding in the scene, and in the review database where the user keeps decisions there.

        :param nodes: what analyze() or openResult() returned.
        :param decision: "accepted", "rejected", "unsure", or "" to take it back; the comment stays where it is None.
        :return: the finding as it now is.
        :raises GANAnomalyLib.errors.InputError: another decision, no such finding, or in a case of a study.
        """
        from GANAnomalyPanel.by_script import decide

        return decide(nodes, rank, decision, comment)

    def mark(self, nodes, ras, opposite=None, label="", comment="", confidence=None):
        """Add a finding that the model missed: a point, or a box up to an opposite corner; in RAS, mm, of the world.

        :param label: the words or the code of a term (see GANAnomalyLib.review.terminology), or free words.
        :return: the finding, as GANAnomalyLib.review.added_findings.ReaderFinding, its size measured.
        :raises GANAnomalyLib.errors.InputError: outside the scan, another confidence, or in a case of a study.
        """
        from GANAnomalyPanel.by_script import mark

        return mark(nodes, ras, opposite, label, comment, confidence)

    def judge(self, nodes, verdict, confidence=None):
        """Say "normal", "abnormal" or "inadequate" of the whole case, or "" to take it back; confidence 1 to 5.

        :raises GANAnomalyLib.errors.InputError: another word or number, or in a case of a study.
        """
        from GANAnomalyPanel.by_script import judge

        return judge(nodes, verdict, confidence)

    def installedModels(self):
        """Names of the models that can be used."""
        from GANAnomalyLib.models.registry import list_models

        return [entry.name for entry in list_models() if entry.detects and not entry.broken]


class GANAnomalyTest(ScriptedLoadableModuleTest):
    """The module's own test: real analyses of the bundled CT with the demo model, no network. In GANAnomalyPanel."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from GANAnomalyPanel import self_test

        for name, check in self_test.CHECKS.items():
            self.setUp()
            self.delayDisplay(name)
            check(self, GANAnomalyLogic())
        self.delayDisplay(_("All of GANAnomaly's tests passed."))
