"""The report of a case in a scene: the decisions and the image that are there."""

from __future__ import annotations

import html
import json
import re
import shutil

import numpy as np
import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.case_report import write_case_report
from GANAnomalyLib.scene.finding_review import decide


@pytest.fixture
def own(app, ct, small_result, tmp_path):
    """A result in the scene, and its folder, which a test may change."""
    folder = shutil.copytree(small_result.folder, tmp_path / "own")
    return build_scene(app.scene, ct, AnalysisResult.read(folder)), folder


def page(nodes, tmp_path, language="en") -> str:
    path = write_case_report(nodes, tmp_path / "a.html", language, "a4")
    return html.unescape(re.sub(r"(?s)<style.*?</style>", "", path.read_text(encoding="utf-8")))


def test_it_has_what_the_scene_has(own, tmp_path):
    nodes, _ = own
    decide(nodes, 2, "rejected", "Gefäß")
    told = page(nodes, tmp_path, "de")
    assert "Befund 2: abgelehnt" in told
    assert "Gefäß" in told
    assert "Koronal" in told


def test_values_without_their_intercept_are_shown_as_they_were_analysed(own, ct, tmp_path):
    nodes, folder = own
    decide(nodes, 1, "accepted")
    told = page(nodes, tmp_path)
    manifest = json.loads((folder / "result.json").read_text())
    manifest["request"]["hu_offset"] = -1024
    (folder / "result.json").write_text(json.dumps(manifest))
    darker = page(nodes, tmp_path)
    assert len(darker) < len(told) / 2, "all of it is black, and black pictures are small"


def test_a_changed_image_is_not_shown(own, ct, tmp_path):
    import slicer

    nodes, _ = own
    decide(nodes, 1, "accepted")
    voxels = slicer.util.arrayFromVolume(ct)
    voxels[:] = np.roll(voxels, 5, axis=1)
    slicer.util.arrayFromVolumeModified(ct)
    told = page(nodes, tmp_path)
    assert "was another one" in told
    assert "Coronal" not in told


def test_a_result_whose_files_are_gone(own, tmp_path):
    nodes, folder = own
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="own files are gone"):
        page(nodes, tmp_path)
    assert list(tmp_path.iterdir()) == []
