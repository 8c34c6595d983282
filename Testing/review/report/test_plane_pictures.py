"""Pictures of a place: its box lies where the place is, in every plane, however the voxels are stored."""

from __future__ import annotations

import io

import numpy as np
import pytest
from example_result import sagittal
from PIL import Image

from GANAnomalyLib.results.result import AnalysisResult, Finding
from GANAnomalyLib.review.report.drawing_shapes import Drawing, Line
from GANAnomalyLib.review.report.plane_pictures import SIDE, PlanePictures
from GANAnomalyLib.review.report.report_words import Words
from GANAnomalyLib.volume import Volume
from GANAnomalyLib.volume.orient import AxialStack

BRIGHT = 1000


def body() -> Volume:
    """Water in a box of air, (40, 60, 80) voxels of 2.5 x 2 x 4 mm, with a bright block that is in no middle."""
    voxels = np.full((40, 60, 80), -1000, np.int16)
    voxels[:, 5:55, 8:72] = 0
    voxels[28:32, 15:22, 50:60] = BRIGHT
    matrix = np.diag([-2.5, -2.0, 4.0, 1.0])
    matrix[:3, 3] = 90.0, 55.0, -300.0
    return Volume(voxels, matrix, "CT")


def flipped(volume: Volume) -> Volume:
    """The same image, stored head first and from back to front."""
    matrix = volume.ijk_to_ras.copy()
    for axis in (1, 2):
        matrix[:3, 3] += matrix[:3, axis] * (volume.voxels.shape[2 - axis] - 1)
        matrix[:3, axis] *= -1
    return Volume(np.ascontiguousarray(volume.voxels[::-1, ::-1]), matrix, "CT")


def finding_of(volume: Volume) -> Finding:
    """The bright block as a finding."""
    kji = np.argwhere(volume.voxels == BRIGHT)
    low, high = kji.min(axis=0)[::-1], kji.max(axis=0)[::-1] + 1
    ends = AxialStack.from_volume(volume).ijk_to_stack(np.array([low, high - 1]))[:, 0]
    return Finding(
        rank=3,
        label=3,
        score=1.0,
        metric="mse",
        slice=round(float(ends.mean())),
        slices=(int(ends.min()), int(ends.max())),
        box_ijk=tuple(zip(low.tolist(), high.tolist(), strict=True)),
        centre_ras=tuple(volume.ras((low + high - 1) / 2).tolist()),
        size_mm=tuple(((high - low) * volume.spacing).tolist()),
    )


def pictures(volume: Volume, tmp_path) -> PlanePictures:
    result = AnalysisResult(tmp_path, {"settings": {"window": 350.0, "level": 50.0}}, [], [])
    return PlanePictures(result, volume, Words())


def framed(drawing: Drawing) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the outline in a drawing, in points."""
    corners = np.array(next(shape.points for shape in drawing.shapes if isinstance(shape, Line) and shape.closed))
    return (*corners.min(axis=0), *corners.max(axis=0))


def bright(drawing: Drawing) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of what is white in its picture, in points."""
    pixels = np.asarray(Image.open(io.BytesIO(drawing.picture)))
    rows, columns = np.nonzero(pixels > 220)
    x, y, width, height = drawing.picture_box
    across, down = width / pixels.shape[1], height / pixels.shape[0]
    return (
        *(x + columns.min() * across, y + rows.min() * down),
        *(x + (columns.max() + 1) * across, y + (rows.max() + 1) * down),
    )


@pytest.mark.parametrize("stored", [lambda volume: volume, flipped, sagittal])
def test_the_box_frames_the_place_in_every_plane(stored, tmp_path):
    volume = stored(body())
    drawn = pictures(volume, tmp_path).of_finding(finding_of(volume))
    assert [one.caption for one in drawn] == ["Slice 30", "Close up", "Coronal", "Sagittal"]
    for one in (drawn[0], *drawn[2:]):
        # Water is grey, and letters are shapes and no pixels. Half a pixel of the image would be 0.7 points or more;
        # enlarging blurs the block's edges evenly.
        box, block = np.array(framed(one)), np.array(bright(one))
        assert np.allclose(box, block, atol=1.0), one.caption
        assert np.allclose(box[:2] + box[2:], block[:2] + block[2:], atol=0.5), one.caption
    flat, up = framed(drawn[0]), framed(drawn[2])
    # 50 of 80 columns along i, which runs to the left: in the picture's right half; high up, as 28 of 40 slices are.
    assert (flat[0] + flat[2]) / 2 > SIDE / 2
    assert (flat[1] + flat[3]) / 2 < SIDE / 2
    assert (up[1] + up[3]) / 2 < SIDE / 2


@pytest.mark.parametrize("stored", [lambda volume: volume, flipped, sagittal])
def test_a_place_that_a_reader_marked_is_framed_alike(stored, tmp_path):
    volume = stored(body())
    finding, made = finding_of(volume), pictures(volume, tmp_path)
    by_reader = made.of_place(finding.centre_ras, finding.size_mm, "+1")
    for own, marked in zip(made.of_finding(finding), by_reader, strict=True):
        boxes = [[shape.points for shape in one.shapes if isinstance(shape, Line)] for one in (own, marked)]
        assert np.allclose(boxes[0], boxes[1], atol=0.01)
    assert made.slice_at(finding.centre_ras) in (29, 30)
    point = made.of_place(finding.centre_ras, (0.0, 0.0, 0.0), "+2")
    assert 6 < framed(point[0])[2] - framed(point[0])[0] < 8, "a point is seen"


def test_pictures_are_square_in_millimetres(tmp_path):
    volume = body()
    flat, _, coronal, _ = pictures(volume, tmp_path).of_finding(finding_of(volume))
    # 64 x 2.5 mm by 50 x 2 mm of water with 8 mm around it; the slices are 4 mm apart.
    assert flat.picture_box[2] / flat.picture_box[3] == pytest.approx((160 + 16) / (100 + 16), rel=0.05)
    assert coronal.picture_box[2] / coronal.picture_box[3] == pytest.approx((160 + 16) / 160, rel=0.05)
