"""The result as DICOM on the scan's own images: into Slicer's database, to an archive, and not without being asked."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pydicom
import pytest
import vtk

pytest.importorskip("highdicom")

from archives import places_of_orthanc
from dicom.made import FRAME, SERIES, STUDY, corners, stored, write_series
from panel.small_results import whole_result

from GANAnomalyLib.volume import Volume, read_volume


def node_of(slicer_app, volume: Volume, name: str = "4: CT"):
    """A volume node as Slicer makes one."""
    node = slicer_app.add_volume(volume.voxels, name)
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(volume.ijk_to_ras.ravel().tolist())
    node.SetIJKToRASMatrix(matrix)
    return node


@pytest.fixture
def series(tmp_path):
    return write_series(tmp_path / "ct", stored(10, 24, 32), corners(10))


@pytest.fixture
def database(slicer_app, series):
    made = slicer_app.open_dicom_database()
    for path in sorted(series.iterdir()):
        made.insert(str(path))
    shutil.rmtree(series)
    return made


@pytest.fixture
def from_database(slicer_app, series, tmp_path, request, monkeypatch):
    """A scan loaded from the database, with a result of the panel's own: made of a file that is gone."""
    monkeypatch.setenv("GANANOMALY_READER", "Doe^Jane")
    volume = read_volume(series)
    database, gananomaly = request.getfixturevalue("database"), request.getfixturevalue("gananomaly")
    node = node_of(slicer_app, volume)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(database.instancesForSeries(SERIES)))
    passing, _mask = gananomaly.logic.workspace.export(node)
    result = whole_result(tmp_path / "result", passing)
    gananomaly.logic.workspace.discard_input(passing)
    gananomaly.parameters.inputVolume = node
    gananomaly.panel.open_result(result.folder)
    slicer_app.process()
    gananomaly.panel.findings.set_usual(0)
    return gananomaly


def wait(slicer_app, panel) -> None:
    slicer_app.wait_until(lambda: not panel.panel.runner.running)
    slicer_app.process()


def new_objects(database) -> dict[str, pydicom.Dataset]:
    """By the series' description."""
    read = [pydicom.dcmread(path) for path in database.allFiles()]
    return {one.SeriesDescription: one for one in read if one.SeriesInstanceUID != SERIES}


def test_into_slicers_database(slicer_app, from_database, database):
    ui = from_database.ui
    from_database.logic.mark(from_database.nodes(), (8.0, 10.0, 12.0), (14.0, 16.0, 18.0), "new")
    from_database.click_finding(0)
    slicer_app.press(ui.acceptButton)
    ui.commentEdit.setText("a cyst")
    slicer_app.press(ui.saveDatabaseButton)
    wait(slicer_app, from_database)
    assert ui.statusLabel.text() == "4 DICOM objects are in Slicer's DICOM database."
    made = new_objects(database)
    assert sorted(made) == [
        "GANAnomaly findings",
        "GANAnomaly findings of the reader",
        "GANAnomaly findings, as read",
        "GANAnomaly findings, measured",
    ]
    assert {one.StudyInstanceUID for one in made.values()} == {STUDY}
    seg = made["GANAnomaly findings"]
    assert seg.FrameOfReferenceUID == FRAME
    listed = {item.ReferencedSOPInstanceUID for item in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    assert listed == set(database.instancesForSeries(SERIES))
    assert b"a cyst" in made["GANAnomaly findings, as read"].to_json().encode()
    assert b"Doe^Jane" in made["GANAnomaly findings, as read"].to_json().encode()
    assert not list(from_database.logic.workspace.folder.glob("input_*")), "what was written on the way is gone"

    slicer_app.press(ui.saveDatabaseButton)
    wait(slicer_app, from_database)
    assert len(new_objects(database)) == len(database.allFiles()) - 10 == 4, "the same again is there once"


def test_a_reader_who_said_nothing_signs_nothing(slicer_app, from_database, database):
    slicer_app.press(from_database.ui.saveDatabaseButton)
    wait(slicer_app, from_database)
    assert sorted(new_objects(database)) == ["GANAnomaly findings", "GANAnomaly findings, measured"]


def test_without_a_database_the_buttons_say_why(slicer_app, reviewed):
    for button in (reviewed.ui.saveDatabaseButton, reviewed.ui.sendButton):
        assert not button.isEnabled()
        assert "has no DICOM database" in button.toolTip()
    slicer_app.open_dicom_database()
    reviewed.panel.refresh()
    assert "does not come from Slicer's DICOM database" in reviewed.ui.saveDatabaseButton.toolTip()
    slicer_app.slicer.dicomDatabase.closeDatabase()
    reviewed.panel.refresh()
    assert "is not open" in reviewed.ui.sendButton.toolTip()


def test_images_that_are_gone(slicer_app, from_database, database):
    files = database.allFiles()
    os.unlink(files[0])
    slicer_app.press(from_database.ui.saveDatabaseButton)
    assert from_database.ui.statusLabel.text().startswith("1 of the 10 images of the scan are not in Slicer's")
    assert not from_database.panel.runner.running


def test_images_that_show_something_else(slicer_app, from_database, database):
    """Another series under the same names: nothing is put on it."""
    for path in database.allFiles():
        dataset = pydicom.dcmread(path)
        dataset.PixelData = np.ascontiguousarray(dataset.pixel_array[::-1]).tobytes()
        dataset.save_as(path)
    slicer_app.press(from_database.ui.saveDatabaseButton)
    wait(slicer_app, from_database)
    assert "not those that the result was made of" in from_database.ui.statusLabel.text()
    assert new_objects(database) == {}
    assert not list(from_database.logic.workspace.folder.glob("input_*"))


def test_a_database_that_takes_nothing(slicer_app, from_database, database, monkeypatch):
    monkeypatch.setattr(type(database), "insert", lambda self, path, *more: None)
    slicer_app.press(from_database.ui.saveDatabaseButton)
    wait(slicer_app, from_database)
    assert "did not take the objects" in from_database.ui.statusLabel.text()


def test_nothing_is_sent_without_a_yes(slicer_app, from_database):
    slicer_app.dialogs.answer("")
    slicer_app.press(from_database.ui.sendButton)
    assert "leave this computer" in slicer_app.dialogs.shown[-1].arguments[2]
    assert not from_database.panel.runner.running
    slicer_app.dialogs.answer("ftp://somewhere")
    slicer_app.press(from_database.ui.sendButton)
    assert "The archive's address cannot be used" in from_database.ui.statusLabel.text()
    assert not from_database.panel.runner.running


def test_an_archive_that_does_not_answer(slicer_app, from_database, monkeypatch):
    from GANAnomalyLib.archives.connection import Connection

    monkeypatch.setattr(Connection, "tries", 1)
    port = places_of_orthanc.free_port()
    slicer_app.dialogs.answer(f"http://localhost:{port}/dicom-web")
    slicer_app.press(from_database.ui.sendButton)
    wait(slicer_app, from_database)
    assert "localhost cannot be reached" in from_database.ui.statusLabel.text()
    assert from_database.ui.analyzeButton.isEnabled()


@pytest.mark.slow
def test_to_a_real_archive(slicer_app, from_database, tmp_path, monkeypatch):
    pytest.importorskip("dicomweb_client")
    monkeypatch.setenv("GANANOMALY_PACS_USER", places_of_orthanc.USER)
    monkeypatch.setenv("GANANOMALY_PACS_PASSWORD", places_of_orthanc.PASSWORD)
    from_database.click_finding(0)
    slicer_app.press(from_database.ui.rejectButton)
    with places_of_orthanc.running(tmp_path / "orthanc") as orthanc:
        slicer_app.dialogs.answer(orthanc.web)
        slicer_app.press(from_database.ui.sendButton)
        wait(slicer_app, from_database)
        assert from_database.ui.statusLabel.text() == "localhost has all 3 objects."
        assert orthanc.modalities() == ["SEG", "SR", "SR"]
        # The address is offered again, the password never kept.
        slicer_app.dialogs.answer("")
        slicer_app.press(from_database.ui.sendButton)
        assert slicer_app.dialogs.shown[-1].arguments[-1] == orthanc.web
        monkeypatch.setenv("GANANOMALY_PACS_PASSWORD", "wrong")
        slicer_app.dialogs.answer(orthanc.web)
        slicer_app.press(from_database.ui.sendButton)
        wait(slicer_app, from_database)
        assert "refuses these credentials" in from_database.ui.statusLabel.text()
