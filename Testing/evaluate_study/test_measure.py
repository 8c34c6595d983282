"""A result beside its case, in volumes stored along any axes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from analysis import small
from evaluate_study.conftest import REQUEST, with_metal
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score

from GANAnomalyLab.evaluate.heatmap.heatmap_cases import HeatmapCase, read_case
from GANAnomalyLab.evaluate.study import BASELINE, Configuration, StudyCase, measure
from GANAnomalyLab.evaluate.study.measure import least_pixels
from GANAnomalyLib import AnalysisResult, run, write_volume
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume.frames import Frames
from GANAnomalyLib.volume.orient import AxialStack

METAL = np.s_[1:3], np.s_[22:28], np.s_[28:34]


def analysed(folder: Path, volume, **changes) -> AnalysisResult:
    path = write_volume(volume, folder / "ct.nrrd")
    case = StudyCase("one", path, "metal")
    return run(Configuration("c", {**REQUEST, "metric": "mse", "calibrate": False, **changes}).ask(case, folder / "r"))


@pytest.mark.parametrize(("flips", "angle"), [((), 0.0), ((0, 2), 0.0), ((1,), 7.0)])
def test_metal_is_located_whatever_way_the_volume_is_stored(tmp_path, flips, angle):
    volume, mask = with_metal(small.torso_crop(50, 4), *METAL)
    volume, mask = (small.turned(one, flips, angle) for one in (volume, mask))
    result = analysed(tmp_path, volume)
    case = StudyCase("one", tmp_path / "ct.nrrd", "metal", mask=write_volume(mask, tmp_path / "m.nrrd"))
    found = measure(result, case, 1)
    order = AxialStack.from_volume(mask).slices.any((1, 2)).astype(int).tolist()
    assert [row["abnormal"] for row in found.slices] == order
    assert [row["located"] for row in found.slices] == [1 if one else None for one in order]
    assert [row["lesion_pixels"] for row in found.slices] == [36 * one for one in order]
    assert (found.case["located"], found.case["hit_rank"]) == (1, 1)
    assert found.case["false_positives"] == sum(not row["hit"] for row in found.findings) < len(found.findings)
    pixels = read_case(HeatmapCase("one", result.path("heatmap"), case.mask))
    # The model sees the whole slice: all pixels count.
    assert found.case["pixel_auroc"] == pytest.approx(roc_auc_score(pixels.lesion.ravel(), pixels.heat.ravel()))
    assert found.case["pixel_ap"] == pytest.approx(average_precision_score(pixels.lesion.ravel(), pixels.heat.ravel()))


@pytest.fixture(scope="module")
def metal(tmp_path_factory, model_folder):
    folder = tmp_path_factory.mktemp("metal")
    volume, mask = with_metal(small.torso_crop(50, 4), *METAL)
    return analysed(folder, volume), mask, folder


def with_mask(metal, tmp_path, change, **fields):
    result, mask, folder = metal
    voxels = change(mask.voxels.copy())
    path = write_volume(mask.like(voxels), tmp_path / "mask.nrrd")
    return result, StudyCase("one", folder / "ct.nrrd", "metal", mask=path, **fields)


def test_a_lesion_elsewhere_is_not_located(metal, tmp_path):
    def elsewhere(voxels):
        voxels[:] = 0
        voxels[0:2, 2:5, 2:5] = 1
        return voxels

    found = measure(*with_mask(metal, tmp_path, elsewhere), 1)
    assert [row["located"] for row in found.slices] == [0, 0, None, None]
    assert (found.case["located"], found.case["hit_rank"]) == (0, None)
    assert found.case["false_positives"] == len(found.findings)


def test_too_few_pixels_count_neither_way(metal, tmp_path):
    def small_in_one(voxels):
        voxels[2] = 0
        voxels[2, 22, 28] = 1
        return voxels

    given = with_mask(metal, tmp_path, small_in_one)
    assert [row["abnormal"] for row in measure(*given).slices] == [0, 1, None, 0]
    assert [row["abnormal"] for row in measure(*given, 1).slices] == [0, 1, 1, 0]
    assert [row["abnormal"] for row in measure(*given, 37).slices] == [0, None, None, 0]


def _frames(spacing: float, resolution: int) -> Frames:
    return Frames.fit((1, 64, 64), (1, spacing, spacing), resolution)


def test_least_pixels_are_an_area():
    for spacing, wanted in ((1.0, 16), (2.0, 4), (8.0, 1)):
        assert least_pixels(_frames(spacing, round(64 * spacing / 2)), None) == wanted
    assert least_pixels(_frames(1, 32), 7) == 7


def test_without_a_mask_only_a_single_slice_is_known(metal):
    result, _, folder = metal
    found = measure(result, StudyCase("one", folder / "ct.nrrd", "metal"))
    assert {row["abnormal"] for row in found.slices} == {None}
    assert {row["hit"] for row in found.findings} == {None}
    assert (found.case["located"], found.case["false_positives"], found.case["known"]) == (None, None, False)
    normal = measure(result, StudyCase("one", folder / "ct.nrrd", BASELINE))
    assert {row["abnormal"] for row in normal.slices} == {0}
    assert normal.case["false_positives"] == len(normal.findings) > 0


def test_a_picture_is_one_abnormal_slice(tmp_path):
    noise = np.random.default_rng(3).integers(0, 255, (40, 40)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "x.png")
    mask = np.zeros((40, 40), np.uint8)
    mask[4:20, 4:20] = 255
    Image.fromarray(mask).save(tmp_path / "x_mask.png")
    request = Configuration("c", {**REQUEST, "metric": "wd"})
    case = StudyCase("one", tmp_path / "x.png", "pneumonia")
    result = run(request.ask(case, tmp_path / "r"))
    assert [row["abnormal"] for row in measure(result, case).slices] == [1]
    masked = StudyCase("one", tmp_path / "x.png", "pneumonia", mask=tmp_path / "x_mask.png")
    (row,) = measure(result, masked).slices
    assert (row["abnormal"], row["lesion_pixels"]) == (1, 256)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda mask: mask.like(np.zeros_like(mask.voxels)), "is empty"),
        (lambda mask: type(mask)(mask.voxels[:2], mask.ijk_to_ras), "not on the grid"),
        (lambda mask: mask.like(mask.voxels * np.float32(0.5)), "fractions"),
    ],
)
def test_masks_that_cannot_be_used(metal, tmp_path, change, words):
    result, mask, folder = metal
    path = write_volume(change(mask), tmp_path / "mask.nrrd")
    with pytest.raises(InputError, match=words) as caught:
        measure(result, StudyCase("one", folder / "ct.nrrd", "metal", mask=path))
    assert "one" in caught.value.message


def test_a_mask_outside_the_slices_that_were_analysed(tmp_path):
    volume, mask = with_metal(small.torso_crop(50, 4), *METAL)
    result = analysed(tmp_path, volume, slices=(3, 4))
    case = StudyCase("one", tmp_path / "ct.nrrd", "metal", mask=write_volume(mask, tmp_path / "m.nrrd"))
    with pytest.raises(InputError, match="marks nothing"):
        measure(result, case)


def test_damaged_results(metal, tmp_path):
    result, _, folder = metal
    case = StudyCase("one", folder / "ct.nrrd", BASELINE)
    for rows, words in (
        ([{**result.scores[0], "patch_score": "nan"}], "no number"),
        ([{"slice": 0}], "damaged"),
    ):
        with pytest.raises(InputError, match=words):
            measure(AnalysisResult(result.folder, result.manifest, result.findings, rows), case)
    with open(result.path("scores"), newline="") as file:
        assert len(list(csv.DictReader(file))) == len(measure(result, case).slices)
