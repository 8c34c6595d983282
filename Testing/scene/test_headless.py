"""scene.mrb and views with no application and no display; the scene opens again with everything in it."""

from __future__ import annotations

import dataclasses
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from example_result import LEVEL, UNIT, WINDOW, tilted
from PIL import Image

from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.results.segmentation_file import ABNORMAL_STRUCTURE, finding_segments
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.scene import headless
from GANAnomalyLib.scene.headless import write_scene
from GANAnomalyLib.scene.roles import role_nodes, subject_hierarchy
from GANAnomalyLib.scene.session import load_scene
from GANAnomalyLib.scene.volume_nodes import volume_of

pytest.importorskip("slicer")


@pytest.fixture(scope="module")
def written(result, volume, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    return folder, write_scene(result, volume, folder, views=2)


def test_writes_what_it_says_and_nothing_else(written):
    folder, paths = written
    assert [str(path.relative_to(folder)) for path in paths] == [
        "scene.mrb",
        str(Path("views/finding_01.png")),
        str(Path("views/finding_02.png")),
    ]
    assert {path.name for path in folder.iterdir()} == {"scene.mrb", "views"}
    assert paths[0].stat().st_size < 12e6


def test_views_show_the_ct_the_heat_and_the_outline(written, result):
    for number, path in enumerate(written[1][1:]):
        picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert picture.shape == (800, 800, 3)
        spread = picture.max(axis=-1) - picture.min(axis=-1)
        grey = (spread < 8) & (picture.max(axis=-1) > 40)
        assert grey.mean() > 0.1
        assert (spread > 60).mean() > 0.005
        colour = np.array(finding_segments(result.findings)[number]["color"]) * 255
        rows, columns = np.nonzero(np.abs(picture - colour).max(axis=-1) < 12)
        # 30 mm of a field of some 430 mm on 800 pixels, as an empty frame.
        assert 40 < np.ptp(rows) < 75
        assert 40 < np.ptp(columns) < 75
    assert not np.array_equal(np.asarray(Image.open(written[1][1])), np.asarray(Image.open(written[1][2])))


def test_the_outline_is_where_the_finding_is(written, result, volume):
    """The first finding lies in the patient's left, posterior of the middle: right and below in the picture."""
    colour = np.array(finding_segments(result.findings)[0]["color"]) * 255
    picture = np.asarray(Image.open(written[1][1]).convert("RGB")).astype(int)
    rows, columns = np.nonzero(np.abs(picture - colour).max(axis=-1) < 12)
    middle = volume.ras((np.array(volume.voxels.shape[::-1]) - 1) / 2)
    right, anterior = np.array(result.findings[0].centre_ras)[:2] - middle[:2]
    across, down = columns.mean() - 399.5, rows.mean() - 399.5
    assert right < 0 < across
    assert across / -right == pytest.approx(down / -anterior, rel=0.25)


def test_the_scene_opens_again_with_everything(written, result, volume, app):
    load_scene(app, written[1][0])
    one = {node.GetAttribute("GANAnomaly.Role"): node for node in role_nodes(app.scene)}
    assert len(one) == len(role_nodes(app.scene)) == 10
    assert np.array_equal(volume_of(one["ct"]).voxels, volume.voxels)
    assert np.allclose(volume_of(one["heatmap"]).ijk_to_ras, volume.ijk_to_ras, atol=1e-3)
    assert (one["ct"].GetDisplayNode().GetWindow(), one["ct"].GetDisplayNode().GetLevel()) == (WINDOW, LEVEL)
    heat = one["heatmap"].GetDisplayNode()
    assert heat.GetApplyThreshold()
    assert heat.GetLowerThreshold() == 60.0
    assert heat.GetColorNode().GetName() == "GANAnomaly heat"
    assert heat.GetColorNode().GetNumberOfColors() == 256
    rgba = [0.0] * 4
    heat.GetColorNode().GetColor(255, rgba)
    assert min(rgba[:2]) > 0.9
    assert one["legend"].GetPrimaryDisplayNode() is heat
    assert one["legend"].GetTitleText().split() == ["Anomaly,", "grey", "levels"]
    assert one["difference"].GetDisplayNode().GetColorNode().GetName() == "GANAnomaly difference"
    segmentation = one["findings"].GetSegmentation()
    for n, wanted in enumerate(finding_segments(result.findings, UNIT)):
        segment = segmentation.GetNthSegment(n)
        assert segment.GetName() == wanted["name"]
        assert segment.GetColor() == pytest.approx(wanted["color"], abs=1e-3)
        assert segment.GetTerminology() == ABNORMAL_STRUCTURE
    assert one["scores"].GetTable().GetValueByName(7, "score").ToDouble() == pytest.approx(
        result.scores[7]["score"],
        rel=1e-5,  # Slicer writes tables with six digits
    )
    assert one["findings table"].GetNumberOfRows() == len(result.findings)
    hierarchy = subject_hierarchy(app.scene)
    folder = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(one["heatmap"]))
    assert hierarchy.GetItemName(folder) == "GANAnomaly: smooth-1cm"
    for role in ("ct", "reconstruction", "difference", "findings", "scores", "findings table"):
        assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(one[role])) == folder
    composite = app.scene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode")
    assert composite.GetForegroundVolumeID() == one["heatmap"].GetID()


@pytest.mark.slow
def test_writing_again_replaces_the_earlier_views(written, result, volume, tmp_path):
    shutil.copytree(written[0], tmp_path / "again")
    paths = write_scene(result, volume, tmp_path / "again", views=1)
    assert [path.name for path in paths] == ["scene.mrb", "finding_01.png"]
    assert {path.name for path in (tmp_path / "again").iterdir()} == {"scene.mrb", "views"}
    assert paths[1].read_bytes() == written[1][1].read_bytes()


def test_a_result_of_another_volume_is_refused(result, volume, tmp_path):
    with pytest.raises(InputError, match="another volume"):
        write_scene(result, tilted(volume), tmp_path / "out", views=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_drawing_process_reports_the_engines_own_errors(result, volume, tmp_path):
    stranger = dataclasses.replace(result.findings[0], label=77)
    with pytest.raises(InputError, match="lacks finding"):
        write_scene(dataclasses.replace(result, findings=[stranger]), volume, tmp_path, views=0)
    assert list(tmp_path.iterdir()) == []


def test_cancelled_at_once_and_nothing_left(result, volume, tmp_path):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        write_scene(result, volume, tmp_path, cancel=token)
    assert list(tmp_path.iterdir()) == []


def test_a_drawing_process_that_dies_gives_a_sentence(result, volume, tmp_path, monkeypatch):
    dying = tmp_path / "dying.py"
    dying.write_text("import os; os.abort()")
    run = subprocess.Popen
    monkeypatch.setattr(headless.subprocess, "Popen", lambda _, **rest: run([sys.executable, str(dying)], **rest))
    with pytest.raises(GANAnomalyError, match="off-screen graphics"):
        write_scene(result, volume, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_missing_packages_name_the_extra(result, volume, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "slicer" else find(name))
    with pytest.raises(GANAnomalyError, match=r"gananomaly\[headless\]"):
        write_scene(result, volume, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_gives_a_sentence(result, volume, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GANAnomalyError, match="cannot be written"):
        write_scene(result, volume, tmp_path / "file")


def test_a_session_lets_go_of_its_voxels(small):
    """A batch that writes many scenes does not hold all of them."""
    from scenes import add_ct

    from GANAnomalyLib.scene.session import open_session

    gone = []
    with open_session() as app:
        add_ct(app.scene, small).GetImageData().AddObserver("DeleteEvent", lambda *_event: gone.append("voxels"))
    assert gone == ["voxels"]
