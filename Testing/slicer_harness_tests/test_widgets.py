"""The stand-in widgets against the headers of the real ones, and how they behave."""

from __future__ import annotations

import numpy as np
import pytest
from slicer_harness import facts

OWN = {"SIGNALS", "currentNodeValid", "staticMetaObject"}


def stand_ins(slicer_app):
    from slicer_harness import application, dicom_database, layout, qt_module

    classes = {**qt_module.CTK_CLASSES, **qt_module.MRML_CLASSES}
    classes.update(qMRMLLayoutManager=layout.qMRMLLayoutManager, qMRMLSliceWidget=layout.qMRMLSliceWidget)
    classes.update(qSlicerApplication=application.qSlicerApplication)
    classes.update(qSlicerModuleManager=application.qSlicerModuleManager)
    classes.update(ctkDICOMDatabase=dicom_database.ctkDICOMDatabase)
    return classes


def test_a_stand_in_has_nothing_that_the_real_class_has_not(slicer_app):
    for name, cls in stand_ins(slicer_app).items():
        assert facts.known_class(name)
        inherited = set(dir(next(c for c in cls.__mro__ if c.__module__.startswith("PySide6"))))
        extra = {m for m in dir(cls) if not m.startswith("_")} - inherited - facts.members(name) - OWN
        extra -= shared_helpers(name)
        assert not extra, f"{name} has no {extra}"


def shared_helpers(name):
    """What the tests need of the application object, and what Python needs of a manager."""
    if name == "qSlicerApplication":
        own = {"core", "folder", "home", "window", "exit_codes", "begin", "end", "setTestingEnabled"}
        return own | {"translate", "exit", "restart"}
    return {"qSlicerModuleManager": {"modules"}}.get(name, set())


def test_every_declared_signal_has_the_real_signature(slicer_app):
    for name, cls in stand_ins(slicer_app).items():
        for signature in getattr(cls, "SIGNALS", {}):
            if name != "qSlicerApplication":
                assert signature in facts.signals(name), f"{name}: {signature}"


@pytest.mark.parametrize("signal", ["clicked(int)", "pressed(bool)", "currentNodeChanged(vtkMRMLNode*)", "clicked"])
def test_an_unknown_signal_is_refused(slicer_app, signal):
    from slicer_harness.signals import UnknownSignal, connect

    with pytest.raises(UnknownSignal, match="has no signal"):
        connect(slicer_app.qt.QPushButton(), signal, print)


@pytest.mark.parametrize(
    ("signal", "act", "received"),
    [
        ("clicked(bool)", lambda w: w["button"].click(), [(False,)]),
        ("valueChanged(double)", lambda w: w["slider"].setValue(4), [(4.0,)]),
        ("currentIndexChanged(int)", lambda w: w["combo"].setCurrentIndex(1), [(1,)]),
        ("toggled(bool)", lambda w: w["check"].setChecked(True), [(True,)]),
        ("cellClicked(int,int)", lambda w: w["table"].cellClicked.emit(1, 0), [(1, 0)]),
        ("itemSelectionChanged()", lambda w: w["table"].selectRow(0), [()]),
        ("timeout()", lambda w: w["timer"].timeout.emit(), [()]),
    ],
)
def test_signals_arrive_with_their_arguments(slicer_app, signal, act, received):
    from slicer_harness import signals

    qt, ctk = slicer_app.qt, slicer_app.ctk
    w = {"button": qt.QPushButton(), "slider": ctk.ctkSliderWidget(), "combo": qt.QComboBox(), "check": qt.QCheckBox()}
    w.update(table=qt.QTableWidget(2, 2), timer=qt.QTimer())
    w["combo"].addItems(["a", "b"])
    for row in range(2):
        w["table"].setItem(row, 0, qt.QTableWidgetItem(str(row)))
    names = ("button", "slider", "combo", "check", "table", "table", "timer")
    order = ("clicked", "valueC", "currentI", "toggled", "cellC", "itemS", "timeout")
    sender = next(w[name] for name, start in zip(names, order, strict=True) if signal.startswith(start))
    seen, counted = [], []

    def listen(*arguments):
        seen.append(arguments)

    signals.connect(sender, signal, listen)
    signals.connect(sender, signal, lambda: counted.append(1))
    act(w)
    assert seen == received
    assert counted == [1]
    assert signals.disconnect(sender, signal, listen)
    assert not signals.disconnect(sender, signal, listen)
    w["slider"].setValue(0)
    act(w)
    assert len(seen) == 1


def test_code_on_pythonqt_sees_properties_and_setters(slicer_app, tmp_path):
    (tmp_path / "PanelCode.py").write_text(
        "import qt\n"
        "def use(button, table):\n"
        "    button.text, button.enabled, button.name = 'one', False, 'first'\n"
        "    before = (button.text, button.enabled, button.isEnabled(), button.objectName)\n"
        "    button.setText('two')\n"
        "    table.horizontalHeader().setStretchLastSection(True)\n"
        "    timer = qt.QTimer()\n"
        "    timer.singleShot = True\n"
        "    states = [qt.Qt.Checked == 2, timer.singleShot, table.rowCount, button.className()]\n"
        "    return before, button.text, table.horizontalHeader().stretchLastSection, states\n",
        encoding="utf-8",
    )
    slicer_app.watch(tmp_path, "PanelCode")
    import PanelCode

    button, table = slicer_app.qt.QPushButton(), slicer_app.qt.QTableWidget(2, 1)
    before, text, stretched, states = PanelCode.use(button, table)
    assert before == ("one", False, False, "first")
    assert (text, stretched, states) == ("two", True, [True, True, 2, "QPushButton"])
    assert button.text() == "two"


def test_a_misspelt_property_is_refused(slicer_app, tmp_path):
    (tmp_path / "PanelCode.py").write_text("def use(button):\n    button.enabeld = True\n", encoding="utf-8")
    slicer_app.watch(tmp_path, "PanelCode")
    import PanelCode

    with pytest.raises(AttributeError, match="no property enabeld"):
        PanelCode.use(slicer_app.qt.QPushButton())


def test_a_list_without_none_takes_the_first_node(slicer_app):
    selector = slicer_app.slicer.qMRMLNodeComboBox()
    selector.setNodeTypes(["vtkMRMLScalarVolumeNode"])
    selector.setMRMLScene(slicer_app.scene)
    assert selector.currentNode() is None
    first = slicer_app.add_volume(np.zeros((2, 2, 2)), "first")
    slicer_app.add_volume(np.zeros((2, 2, 2)), "second")
    assert selector.currentNode() is first
    first.SetName("renamed")
    assert selector._combo.currentText() == "renamed"
    slicer_app.scene.RemoveNode(first)
    assert selector.currentNode().GetName() == "second"
    selector.sortFilterProxyModel().setHiddenNodeIDs([selector.currentNodeID])
    assert selector.currentNode() is None


def test_segments_are_listed_and_chosen(slicer_app):
    node = slicer_app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mask")
    ids = [node.GetSegmentation().AddEmptySegment("", name) for name in ("liver", "spleen")]
    selector, seen = slicer_app.slicer.qMRMLSegmentSelectorWidget(), []
    selector.currentSegmentChanged.connect(seen.append)
    selector.setMRMLScene(slicer_app.scene)
    selector.setCurrentNode(node)
    assert (selector.currentNodeID(), selector.currentSegmentID()) == (node.GetID(), ids[0])
    selector.setCurrentSegmentID(ids[1])
    node.GetSegmentation().RemoveSegment(ids[1])
    assert selector.currentSegmentID() == ids[0]
    assert seen == [ids[0], ids[1], ids[0]]


def test_colour_tables_are_listed(slicer_app):
    selector = slicer_app.slicer.qMRMLColorTableComboBox()
    selector.setMRMLScene(slicer_app.scene)
    grey = slicer_app.slicer.util.getNode("Grey")
    selector.setCurrentNode(grey)
    assert selector.currentNodeID == grey.GetID()


def test_layouts_make_real_slice_logics(slicer_app):
    slicer = slicer_app.slicer
    manager = slicer_app.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert set(manager.sliceViewNames()) == {"Red", "Green", "Yellow"}
    volume = slicer_app.add_volume(np.zeros((10, 20, 30)), spacing=(1, 1, 2))
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    node = manager.sliceWidget("Red").mrmlSliceNode()
    assert manager.sliceWidget("Red").mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
    assert max(node.GetFieldOfView()[:2]) == pytest.approx(30, rel=0.5)
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer_app.scene, 3.0, 4.0, 7.0)
    assert manager.sliceWidget("Red").sliceLogic().GetSliceOffset() == pytest.approx(7)


def test_files_are_read_and_written(slicer_app, tmp_path):
    slicer = slicer_app.slicer
    volume = slicer_app.add_volume(np.arange(8, dtype=np.int16).reshape(2, 2, 2), "CT", (1, 2, 3))
    assert slicer.util.saveNode(volume, str(tmp_path / "ct.nrrd"), {})
    again = slicer.util.loadVolume(str(tmp_path / "ct.nrrd"), {"name": "again"})
    assert (again.GetName(), again.GetSpacing()) == ("again", (1, 2, 3))
    assert slicer.util.arrayFromVolume(again).tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    with pytest.raises(RuntimeError, match="Failed to load node"):
        slicer.util.loadVolume(str(tmp_path / "missing.nrrd"), {})


def test_sample_data_comes_only_from_files(slicer_app, tmp_path):
    import SampleData

    volume = slicer_app.add_volume(np.ones((2, 2, 2), np.int16))
    slicer_app.slicer.util.saveNode(volume, str(tmp_path / "ct.nrrd"), {})
    for name, uri in (("here", (tmp_path / "ct.nrrd").as_uri()), ("afar", "https://example.org/ct.nrrd")):
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="Own", sampleName=name, uris=uri, fileNames="ct.nrrd", nodeNames=name, loadFileTypes="VolumeFile"
        )
    assert SampleData.downloadSample("here").GetName() == "here"
    with pytest.raises(AssertionError, match="must not fetch"):
        SampleData.downloadSample("afar")


def test_packages_are_asked_for_and_recorded(slicer_app):
    from slicer import packaging

    assert packaging.pip_check("numpy>=1")
    slicer_app.pip.missing.add("numpy")
    slicer_app.dialogs.answer("cancel", "ok")
    with pytest.raises(RuntimeError, match="declined"):
        packaging.pip_ensure("numpy", requester="Sample")
    packaging.pip_ensure("numpy", requester="Sample")
    assert slicer_app.pip.installed == ["numpy"]
    assert packaging.pip_check("numpy")


def test_settings_folders_and_status(slicer_app):
    util, app = slicer_app.slicer.util, slicer_app.app
    assert util.settingsValue("A/key", 3, int) == 3
    slicer_app.qt.QSettings().setValue("A/key", 5)
    assert util.settingsValue("A/key", 3, int) == 5
    assert str(app.folder) in util.tempDirectory()
    assert util.showStatusMessage("hello")
    assert app.window.statusBar().currentMessage() == "hello"


def test_the_dicom_database_keeps_copies_and_passes_over_what_is_no_dicom(slicer_app, tmp_path):
    import pydicom

    made = pydicom.Dataset()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = "1.2.1", "1.2.2", "1.2.3"
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    (tmp_path / "b.dcm").write_bytes(b"none")
    assert not hasattr(slicer_app.slicer, "dicomDatabase")
    database = slicer_app.open_dicom_database()
    assert database.isOpen
    for name in ("a.dcm", "a.dcm", "b.dcm", "nowhere.dcm"):
        database.insert(str(tmp_path / name))
    (tmp_path / "a.dcm").unlink()
    (kept,) = database.allFiles()
    assert database.fileForInstance("1.2.3") == kept == database.filesForSeries("1.2.2")[0]
    assert pydicom.dcmread(kept).SOPInstanceUID == database.instancesForSeries("1.2.2")[0]
    assert database.fileForInstance("1.2.4") == ""
    database.closeDatabase()
    assert not database.isOpen
