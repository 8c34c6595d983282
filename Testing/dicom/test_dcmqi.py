"""What 3D Slicer reads segmentations and reports with, dcmqi, says of ours: the same places, the same numbers."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest
from dicom.made import corners, stored, write_result, write_series

from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.pictures.result_maps import ijk_to_ras_of
from GANAnomalyLib.review.decisions import Decision

BOXES = [((4, 12), (5, 14), (2, 5)), ((8, 18), (10, 18), (3, 6)), ((20, 26), (12, 20), (6, 7))]
pytestmark = pytest.mark.skipif(
    shutil.which("segimage2itkimage") is None, reason="dcmqi is not installed: pip install dcmqi"
)


@pytest.fixture
def files(tmp_path):
    source = write_series(tmp_path / "ct", stored(10, 24, 32), corners(10))
    result = write_result(tmp_path / "result", source, BOXES)
    decisions = {1: Decision(1, "accepted", "seen")}
    return result, export(
        result, tmp_path / "out", Wanted(("seg", "map"), decisions=decisions, reader="Doe^Jane")
    ).files


def _run(*command) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR" not in done.stderr


def test_segments(files, tmp_path):
    import SimpleITK as sitk

    result, made = files
    out = tmp_path / "read"
    out.mkdir()
    _run("segimage2itkimage", "--inputDICOM", made["seg"], "--outputDirectory", out)
    for finding in result.findings:
        image = sitk.ReadImage(str(out / f"{finding.rank}.nrrd"))
        k, j, i = np.nonzero(sitk.GetArrayFromImage(image))
        ras = np.stack([i, j, k, np.ones(len(i))]).T @ ijk_to_ras_of(image).T
        np.testing.assert_allclose(ras[:, :3].mean(axis=0), finding.centre_ras, atol=1e-3)
        assert len(i) == np.prod([stop - start for start, stop in finding.box_ijk])
    told = [one[0] for one in json.loads((out / "meta.json").read_text())["segmentAttributes"]]
    assert [one["TrackingIdentifier"] for one in told] == [f"GANAnomaly finding {n}" for n in (1, 2, 3)]


def test_reports(files, tmp_path):
    result, made = files
    for kind in ("sr", "reader"):
        out = tmp_path / f"{kind}.json"
        _run("tid1500reader", "--inputDICOM", made[kind], "--outputMetadata", out)
        groups = json.loads(out.read_text())["Measurements"]
        assert [one["ReferencedSegment"] for one in groups] == [1, 2, 3]
        values = {one["quantity"]["CodeMeaning"]: float(one["value"]) for one in groups[0]["measurementItems"]}
        assert values["Volume"] == pytest.approx(np.prod(result.findings[0].size_mm))
        judged = [one["conceptCode"]["CodeMeaning"] for one in groups[0]["qualitativeEvaluations"]]
        assert ("Reader's decision" in judged) == (kind == "reader")


def test_the_map(files, tmp_path):
    out = tmp_path / "map"
    out.mkdir()
    _run("paramap2itkimage", "--inputDICOM", files[1]["map"], "--outputDirectory", out)
    import SimpleITK as sitk

    (image,) = (sitk.ReadImage(str(path)) for path in out.glob("*.nrrd"))
    assert sitk.GetArrayFromImage(image).max() == pytest.approx(7.0)
