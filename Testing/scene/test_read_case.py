"""A case of the worklist from the disk into a scene, and out of it again."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from scene.example_result import hip, make_result

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.scene.leave_case import leave_steps
from GANAnomalyLib.scene.read_case import case_steps, memory_for, read_case, read_scan
from GANAnomalyLib.scene.result_nodes import results_in
from GANAnomalyLib.scene.session import open_session
from GANAnomalyLib.scene.steps import run_through
from GANAnomalyLib.scene.volume_nodes import array_of
from GANAnomalyLib.volume.hashing import hash_volume
from GANAnomalyLib.volume.read import read_volume
from GANAnomalyLib.volume.write_volume import write_volume


@pytest.fixture
def case(tmp_path):
    """A scan on the disk and its result."""
    scan = write_volume(hip(), tmp_path / "scan.nii.gz")
    volume = read_volume(scan)
    folder = tmp_path / "result"
    make_result(folder, volume)
    change(folder, request={"input": str(scan)}, input={"hash": hash_volume(volume), "modality": "CT"})
    change(folder, geometry={"shape_kji": list(volume.voxels.shape), "ijk_to_ras": volume.ijk_to_ras.tolist()})
    return folder, scan


def change(folder, **values) -> None:
    manifest = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(manifest | values))


def test_a_case_comes_with_its_scan_and_leaves_with_it(case):
    folder, _scan = case
    read = read_case(folder)
    with open_session() as app:
        before = app.scene.GetNumberOfNodes()
        nodes = run_through(case_steps(app.scene, read))
        assert array_of(nodes.ct).dtype == np.int16
        assert np.array_equal(array_of(nodes.ct), hip().voxels)
        assert nodes.heatmap is not None
        assert nodes.ct.GetImageData() is read.opened.maps.ct, "its memory is not copied"
        other = app.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        other.SetReferenceImageGeometryParameterFromVolumeNode(nodes.ct)
        assert run_through(leave_steps(app.scene, nodes.ct)) is False, "somebody works on it"
        assert len(results_in(app.scene)) == 1
        app.scene.RemoveNode(other)
        assert run_through(leave_steps(app.scene, nodes.ct)) is True
        assert results_in(app.scene) == []
        assert app.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode") is None
        assert app.scene.GetNumberOfNodes() <= before + 2, "but what a scene keeps for itself"
        assert run_through(leave_steps(app.scene, nodes.ct)) is False


def test_where_the_scan_is_now_counts_first(case, tmp_path):
    folder, scan = case
    moved = tmp_path / "moved.nii.gz"
    scan.rename(moved)
    with pytest.raises(InputError, match="not where they were"):
        read_case(folder, [str(tmp_path / "none.nii"), "\0"])
    assert np.array_equal(read_case(folder, [str(tmp_path / "none.nii"), str(moved)]).volume.voxels, hip().voxels)


def test_other_images_are_refused(case):
    folder, scan = case
    other = hip()
    other.voxels[3, 3, 3] += 1
    write_volume(other, scan)
    with pytest.raises(InputError, match="others than were analysed"):
        read_case(folder)


def test_what_was_changed_since_is_noticed(case):
    folder, scan = case
    read = read_case(folder)
    assert read.fresh
    for path in (scan, folder / "result.json", folder / "decisions.json"):
        read = read_case(folder)
        if path.exists():
            os.utime(path, (1, 1))
        else:
            path.write_text('{"schema_version": 1, "decisions": []}')
        assert not read.fresh


def test_it_can_be_cancelled(case):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read_case(case[0], cancel=cancel)
    with pytest.raises(Cancelled):
        read_scan(case[1], cancel)


def test_how_much_memory_it_takes(case, tmp_path):
    assert memory_for(case[0]) > 8 * hip().voxels.size
    assert memory_for(tmp_path) == 0
    change(case[0], geometry={})
    assert memory_for(case[0]) == 0


def test_a_scan_that_waits(case):
    read = read_scan(case[1])
    assert read.fresh
    assert np.array_equal(read.volume.voxels, hip().voxels)
