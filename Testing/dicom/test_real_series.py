"""A real head CT with a tilted gantry and three gaps (dcm_qa_ct, BSD-2-Clause): from its resampled grid back."""

from __future__ import annotations

import numpy as np
from dicom.made import read, write_result
from dicom.validator import faults, needs_dciodvfy
from highdicom.seg import segread
from places import ROOT

from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.volume import read_volume

TILTED = ROOT / "Testing" / "data" / "ct_head_tilt"
BOXES = [((20, 36), (30, 44), (5, 9)), ((30, 31), (30, 31), (0, 1)), ((10, 50), (25, 60), (20, 36))]
SLOPE = np.array([0.05, -0.03, 0.02])


def _result(tmp_path):
    volume = read_volume(TILTED)
    k, j, i = np.indices(volume.voxels.shape)
    heat = (volume.ras(np.stack([i, j, k], axis=-1)) @ SLOPE + 20).astype(np.float32)
    return volume, write_result(tmp_path / "result", TILTED, BOXES, heat=heat, volume=volume)


def _pixels(group, shared, shape):
    """RAS of all pixels of a frame, (rows, columns, 3), by the standard's equation (PS3.3 C.7.6.2.1.1)."""
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    spacing = [float(value) for value in shared.PixelMeasuresSequence[0].PixelSpacing]
    at = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
    rows, columns = np.indices(shape)
    lps = at + columns[..., None] * spacing[1] * cosines[0] + rows[..., None] * spacing[0] * cosines[1]
    return lps * [-1, -1, 1]


def test_the_grid_was_resampled():
    assert read_volume(TILTED).voxels.shape != (28, 64, 64)


def test_boxes_are_where_they_were(tmp_path):
    """Each pixel in a box of the resampled grid is in its segment, and no other."""
    volume, result = _result(tmp_path)
    segmentation = segread(export(result, tmp_path / "out", Wanted(("seg",))).files["seg"])
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    assert "SpacingBetweenSlices" not in shared.PixelMeasuresSequence[0]
    held = set()
    for n, group in enumerate(segmentation.PerFrameFunctionalGroupsSequence):
        number = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        held.add(number)
        ijk = volume.ijk(_pixels(group, shared, (64, 64)))
        starts, stops = np.array(result.findings[number - 1].box_ijk).T
        wanted = ((ijk >= starts - 0.5) & (ijk < stops - 0.5)).all(axis=-1)
        np.testing.assert_array_equal(segmentation.get_stored_frame(n + 1).astype(bool), wanted)
    assert held == {1, 2, 3}


def test_heat_is_brought_back_onto_the_tilted_images(tmp_path):
    """Heat that grows evenly through the patient is the same function of place on the original images."""
    volume, result = _result(tmp_path)
    made = read(export(result, tmp_path / "out", Wanted(("map",))).files["map"])
    shared = made.SharedFunctionalGroupsSequence[0]
    assert made.NumberOfFrames == 28
    for group, frame in zip(made.PerFrameFunctionalGroupsSequence, made.pixel_array, strict=True):
        ras = _pixels(group, shared, (64, 64))
        ijk = volume.ijk(ras)
        inside = ((ijk > -1e-6) & (ijk < np.array(volume.voxels.shape[::-1]) - 1 + 1e-6)).all(axis=-1)
        assert inside.mean() > 0.9
        np.testing.assert_allclose(frame[inside], (ras @ SLOPE + 20)[inside], atol=2e-3)


@needs_dciodvfy
def test_valid(tmp_path):
    _, result = _result(tmp_path)
    files = export(result, tmp_path / "out", Wanted(("seg", "sr", "map", "heat", "gsps"))).files
    assert {kind: faults(path) for kind, path in files.items()} == {kind: [] for kind in files}
    assert set(files) == {"seg", "sr", "map", "heat", "gsps"}
