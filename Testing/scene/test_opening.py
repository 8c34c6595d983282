"""A result folder opened on its CT, and on nothing else."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from example_result import make_result, tilted
from scenes import add_ct

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import MANIFEST
from GANAnomalyLib.review.decisions import DECISIONS_FILE, save_decisions
from GANAnomalyLib.scene.finding_review import decide, rows
from GANAnomalyLib.scene.open_result import read_result
from GANAnomalyLib.scene.result_nodes import result_of
from GANAnomalyLib.scene.volume_nodes import add_volume, matrix_of
from GANAnomalyLib.volume.hashing import hash_volume
from GANAnomalyLib.volume.volume import Volume

pytest.importorskip("slicer")


@pytest.fixture
def folder(small, tmp_path):
    """A result with what the pipeline writes of its input."""
    result = make_result(tmp_path / "result", small)
    geometry = {"shape_kji": list(small.voxels.shape), "ijk_to_ras": small.ijk_to_ras.tolist()}
    manifest = {**result.manifest, "input": {"hash": hash_volume(small)}, "geometry": geometry}
    (result.folder / MANIFEST).write_text(json.dumps(manifest))
    return result.folder


def test_opens_on_its_ct_with_its_decisions(folder, small, app):
    ct = add_ct(app.scene, small)
    first = read_result(app.scene, folder, ct)
    decide(first, 1, "accepted", 'a "needle",\nfür Ü')
    expected = decide(first, 3, "rejected")
    save_decisions(folder, rows(first))
    decide(first, 3, "accepted", "changed afterwards")
    again = read_result(app.scene, folder, ct)
    assert result_of(app.scene, ct).heatmap is again.heatmap
    assert rows(again)[2] == dataclasses.replace(expected)
    assert rows(again)[0].comment == 'a "needle",\nfür Ü'


@pytest.mark.parametrize("kind", ["int16", "float32", "float64", "int32"])
def test_the_number_type_in_the_scene_does_not_matter(folder, small, app, kind):
    import slicer.util

    ct = add_ct(app.scene, small)
    slicer.util.updateVolumeFromArray(ct, small.voxels.astype(kind))
    assert read_result(app.scene, folder, ct).ct is ct


def test_the_last_digits_of_the_geometry_do_not_matter(folder, small, app):
    matrix = small.ijk_to_ras.copy()
    matrix[:3] *= 1 + 1e-6
    ct = add_volume(app.scene, "CT", small.voxels, matrix)
    assert not np.array_equal(matrix_of(ct), small.ijk_to_ras)
    assert read_result(app.scene, folder, ct).ct is ct


@pytest.mark.parametrize("what", ["voxels", "place", "size"])
def test_another_ct_is_refused_and_the_scene_stays(folder, small, app, what):
    changed = small.voxels.copy()
    changed[3, 4, 5] += 1
    other = {
        "voxels": Volume(changed, small.ijk_to_ras),
        "place": tilted(small),
        "size": Volume(small.voxels[1:].copy(), small.ijk_to_ras),
    }[what]
    ct = add_ct(app.scene, other)
    before = app.scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=r"another (scan|volume)"):
        read_result(app.scene, folder, ct)
    assert app.scene.GetNumberOfNodes() == before


def test_without_a_ct_it_says_to_open_that_first(folder, app):
    with pytest.raises(InputError, match="Open the scan"):
        read_result(app.scene, folder)


def test_an_empty_volume_is_refused(folder, app):
    with pytest.raises(InputError, match="one value a voxel"):
        read_result(app.scene, folder, app.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"))


def test_decisions_that_cannot_be_read_leave_the_scene(folder, small, app):
    ct = add_ct(app.scene, small)
    (folder / DECISIONS_FILE).write_text('{"schema_version": 1')
    before = app.scene.GetNumberOfNodes()
    with pytest.raises(InputError, match="remove that file"):
        read_result(app.scene, folder, ct)
    assert app.scene.GetNumberOfNodes() == before


def test_a_manifest_without_geometry_is_judged_by_the_volumes_own(folder, small, app):
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest.pop("geometry", None)
    node = add_ct(app.scene, small)
    manifest["input"]["hash"] = hash_volume(Volume(small.voxels, matrix_of(node)))
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert read_result(app.scene, folder, node).ct is node


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("geometry", None, "geometry"),
        ("geometry", {"ijk_to_ras": [[1]]}, "geometry.ijk_to_ras"),
        ("schema_version", "2", "schema_version"),
        ("warnings", 5, "warnings"),
        ("settings", {"window": "wide"}, "settings.window"),
        ("slice_thresholds", {"0.05": []}, "slice_thresholds.0.05"),
    ],
)
def test_a_manifest_with_a_field_of_a_wrong_kind_changes_nothing(folder, small, app, name, value, place):
    ct = add_ct(app.scene, small)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, name: value}))
    before = app.scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=f"its {re.escape(place)} must be"):
        read_result(app.scene, folder, ct)
    assert app.scene.GetNumberOfNodes() == before
