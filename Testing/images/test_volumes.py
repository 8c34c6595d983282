"""CT volumes as training images: framed and windowed as analysis does it, slices chosen, bad volumes refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from analysis.small import TORSO, torso_crop
from images.made import opened, radiograph, write_cts

from GANAnomalyLab.images import ImageSource, open_images
from GANAnomalyLib import AnalysisRequest, write_volume
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.domain.slice_traits import describe
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.volume import Volume, read_volume

ROUNDING = 1.01 / 65535


@pytest.mark.parametrize("framing", ["full", "body"])
def test_images_are_what_analysis_shows_the_network(tmp_path, framing):
    path = write_cts(tmp_path, {"ct.nii.gz": 5}) / "ct.nii.gz"
    images = opened(path, tmp_path / "store", resolution=32, framing=framing, hu_window=400, hu_level=30)
    card = ModelCard("m", resolution=32, window=400, level=30, framing=framing)
    request = AnalysisRequest(str(path), model="m")
    volume = read_volume(path)
    prepared = prepare(request, Resolved.of(request, card, volume), card, volume)
    expected = prepared.targets
    assert images.images.dtype == np.uint16
    assert (len(images), images.channels, images.resolution, images.kind) == (5, 1, 32, "volumes")
    assert np.abs(images.batch(np.arange(5))[:, 0] - expected).max() <= 2 * ROUNDING
    # What their slices are like comes with them, as an analysis would describe them.
    assert prepared.body is not None
    rows = describe(prepared.stack.slices, prepared.body, prepared.frames.pixel_mm(range(5)))
    assert np.allclose(images.traits, rows, rtol=0.002, atol=0.001, equal_nan=True)
    assert np.array_equal(images.take(np.array([3])).traits[0], images.traits[3], equal_nan=True)


@pytest.mark.parametrize("framing", ["full", "body"])
def test_radiographs_are_what_analysis_shows_the_network(tmp_path, framing):
    """Their values have no unit, so the card's window in HU must not be laid on them."""
    pixels = np.add.outer(np.arange(40) * 60, np.arange(30) * 50) + 100
    path = radiograph(tmp_path / "chest.dcm", pixels)
    images = opened(path, tmp_path / "store", resolution=32, framing=framing)
    card = ModelCard("m", resolution=32, framing=framing)
    volume = read_volume(path, allow_any=True)
    prepared = prepare(*_plan(AnalysisRequest(str(path), model="m"), card, volume))
    assert (images.kind, len(images)) == ("radiographs", 1)
    assert np.abs(images.batch(np.arange(1))[:, 0] - prepared.targets).max() <= 2 * ROUNDING
    narrow = prepare(*_plan(AnalysisRequest(str(path), model="m", window=100, level=1000), card, volume))
    assert np.isin(narrow.originals, (0, 255)).mean() > 0.8


def _plan(request: AnalysisRequest, card: ModelCard, volume: Volume):
    return request, Resolved.of(request, card, volume), card, volume


def test_a_folder_of_all_kinds_of_volumes(tmp_path):
    data = write_cts(tmp_path / "data", {"a.nii.gz": 2, "b.nrrd": 3, "deep/c.mha": 2})
    (data / "notes.txt").write_text("not an image")
    write_volume(torso_crop(10, 2), data / "a_mask.nii.gz")
    images = opened(data, tmp_path / "store")
    assert images.items.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert images.slices.tolist() == [0, 1, 0, 1, 2, 0, 1]
    assert images.patients.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert images.labels.shape == (7, 0)


def test_the_resolution_follows_the_data(tmp_path):
    said = []
    images = open_images(ImageSource(str(TORSO), slices=(50, 52)), tmp_path / "store", say=said.append)
    assert images.resolution == 128  # of 122 x 101 pixels
    assert any("128 x 128" in sentence for sentence in said)


def test_slices_by_number(tmp_path):
    path = write_cts(tmp_path, {"ct.nrrd": 8}) / "ct.nrrd"
    assert opened(path, tmp_path / "s", slices=(2, 5)).slices.tolist() == [2, 3, 4]
    assert opened(path, tmp_path / "s", slices=(5, 500)).slices.tolist() == [5, 6, 7]
    assert opened(path, tmp_path / "s", slices=(1, 8), every=3).slices.tolist() == [1, 4, 7]
    with pytest.raises(InputError, match="range of slices"):
        opened(path, tmp_path / "s", slices=(8, 9))


@pytest.mark.parametrize("flipped", [False, True])
def test_slices_by_height(tmp_path, flipped):
    volume = torso_crop(40, 8)
    heights = volume.ras(np.array([[0, 0, k] for k in range(8)]))[:, 2]
    low, high = heights[2] - 0.1, heights[4] + 0.1
    if flipped:
        matrix = volume.ijk_to_ras.copy()
        matrix[:3, 3] = volume.ras(np.array([0, 0, 7]))
        matrix[:3, 2] *= -1
        volume = Volume(volume.voxels[::-1].copy(), matrix)
    write_volume(volume, tmp_path / "ct.nrrd")
    images = opened(tmp_path / "ct.nrrd", tmp_path / "store", z_range=(float(low), float(high)))
    assert images.slices.tolist() == [2, 3, 4]
    with pytest.raises(InputError, match="range of slices"):
        opened(tmp_path / "ct.nrrd", tmp_path / "store", z_range=(9000.0, 9001.0))


def test_slices_where_a_mask_marks_something(tmp_path):
    data = write_cts(tmp_path / "data", {"a.nrrd": 4, "pat2/ct.nrrd": 4, "c.nrrd": 2})
    for source, name, marked in (("a.nrrd", "a_mask.nrrd", (1, 2)), ("pat2/ct.nrrd", "pat2.nrrd", (3,))):
        volume = read_volume(data / source)
        labels = np.zeros(volume.voxels.shape, np.uint8)
        for number in marked:
            labels[number, 5, 5] = 1 + number
        write_volume(Volume(labels, volume.ijk_to_ras), tmp_path / "masks" / name)
    said = []
    images = opened(data, tmp_path / "store", said, mask=str(tmp_path / "masks"))
    assert list(zip(images.items.tolist(), images.slices.tolist(), strict=True)) == [(0, 1), (0, 2), (2, 3)]
    assert any("1 of 3 files were left out" in s and "no mask for c.nrrd" in s for s in said)
    one = opened(data / "a.nrrd", tmp_path / "store", mask=str(tmp_path / "masks" / "a_mask.nrrd"), label=3)
    assert one.slices.tolist() == [2]
    with pytest.raises(InputError, match="one mask but there are 3 volumes"):
        opened(data, tmp_path / "store", mask=str(tmp_path / "masks" / "a_mask.nrrd"))


def test_masks_that_do_not_serve(tmp_path):
    path = write_cts(tmp_path, {"ct.nrrd": 4}) / "ct.nrrd"
    volume = read_volume(path)
    mask = tmp_path / "m.nrrd"
    write_volume(Volume(np.zeros(volume.voxels.shape, np.uint8), volume.ijk_to_ras), mask)
    with pytest.raises(InputError, match="is empty"):
        opened(path, tmp_path / "store", mask=str(mask))
    write_volume(Volume(np.ones((2, 3, 4), np.uint8), volume.ijk_to_ras), mask)
    with pytest.raises(InputError, match="grid"):
        opened(path, tmp_path / "store", mask=str(mask))
    with pytest.raises(InputError, match="does not exist"):
        opened(path, tmp_path / "store", mask=str(tmp_path / "nothing"))
    top = np.zeros(volume.voxels.shape, np.uint8)
    top[3] = 1
    write_volume(Volume(top, volume.ijk_to_ras), mask)
    with pytest.raises(InputError, match="marks nothing"):
        opened(path, tmp_path / "store", mask=str(mask), slices=(0, 2))


def test_a_mask_changed_makes_the_images_anew(tmp_path):
    path = write_cts(tmp_path, {"ct.nrrd": 4}) / "ct.nrrd"
    volume = read_volume(path)
    for number in (1, 2):
        labels = np.zeros(volume.voxels.shape, np.uint8)
        labels[number] = 1
        write_volume(Volume(labels, volume.ijk_to_ras), tmp_path / "m.nrrd")
        assert opened(path, tmp_path / "store", mask=str(tmp_path / "m.nrrd")).slices.tolist() == [number]


def test_slices_of_air_are_left_out(tmp_path):
    volume = torso_crop(40, 4)
    volume.voxels[1] = -1000
    volume.voxels[2] = -1000
    volume.voxels[2, 20, 20] = 300
    write_volume(volume, tmp_path / "ct.nrrd")
    assert opened(tmp_path / "ct.nrrd", tmp_path / "store").slices.tolist() == [0, 3]
    assert opened(tmp_path / "ct.nrrd", tmp_path / "store", tissue=0.0).slices.tolist() == [0, 3], "a pixel is no body"
    with pytest.raises(InputError, match="tissue"):
        opened(tmp_path / "ct.nrrd", tmp_path / "store", hu_level=3000.0, hu_window=10.0)
    with pytest.raises(InputError, match="no body"):
        opened(tmp_path / "ct.nrrd", tmp_path / "store", hu_level=5000.0, hu_window=10.0, framing="body")


def test_a_single_slice_in_two_dimensions(tmp_path):
    import nibabel as nib

    whole = torso_crop(50, 1)
    (tmp_path / "slices").mkdir()
    for number in range(2):
        plane = np.roll(whole.voxels[0].T, number, axis=0).astype(np.int16)
        nib.save(nib.Nifti1Image(plane, whole.ijk_to_ras), tmp_path / "slices" / f"s{number}.nii.gz")
    images = opened(tmp_path / "slices", tmp_path / "store")
    assert images.images.shape == (2, 1, 16, 16)
    assert images.slices.tolist() == [0, 0]


def test_normalised_slices_are_scaled_each_by_its_own_range(tmp_path):
    volume = torso_crop(50, 2)
    values = np.stack([volume.voxels[0].astype(np.float32) / 5000, volume.voxels[1].astype(np.float32) / 9000])
    write_volume(Volume(values - values.min() + 0.5, volume.ijk_to_ras), tmp_path / "ct.nrrd")
    with pytest.raises(InputError, match="Hounsfield"):
        opened(tmp_path / "ct.nrrd", tmp_path / "store")
    images = opened(tmp_path / "ct.nrrd", tmp_path / "store", allow_any=True, resolution=64)
    assert images.images.shape == (2, 1, 64, 64)
    batch = images.batch([0, 1])
    # Brought to 64 from 61 pixels by linear interpolation: nearly the whole range is met.
    assert np.all(batch.max(axis=(1, 2, 3)) > 0.8)
    assert np.all(batch.min(axis=(1, 2, 3)) < -0.95)
    windowed = opened(tmp_path / "ct.nrrd", tmp_path / "store", allow_any=True, intensity="window", tissue=0.0)
    assert np.ptp(windowed.batch([0])[0, 0, 6:10, 6:10]) < 0.02


def test_a_tilted_series_with_gaps(tmp_path, data):
    shutil.copytree(data / "ct_head_tilt", tmp_path / "data" / "one")
    said = []
    images = opened(tmp_path / "data", tmp_path / "store", said)
    assert images.kind == "volumes"
    assert len(images) >= 28
    assert set(images.patients.tolist()) == {0}
    assert any("Of 1 of 1 files" in sentence for sentence in said)  # that the tilt was resampled


def test_bad_volumes(tmp_path):
    import nibabel as nib

    def refused(name, words, **settings):
        with pytest.raises(InputError, match=words):
            opened(tmp_path / name, tmp_path / "store", **settings)
        assert not [path for path in (tmp_path / "store").glob("*") if path.suffix != ".lock"]

    volume = torso_crop(40, 3)
    bad = volume.voxels.astype(np.float32)
    bad[1, 4, 4] = np.nan
    write_volume(Volume(bad, volume.ijk_to_ras), tmp_path / "nan.nrrd")
    refused("nan.nrrd", "not finite")
    write_volume(Volume(volume.voxels, volume.ijk_to_ras), tmp_path / "whole.nii.gz")
    (tmp_path / "cut.nii.gz").write_bytes((tmp_path / "whole.nii.gz").read_bytes()[:2000])
    refused("cut.nii.gz", "damaged or cut short")
    nib.save(nib.Nifti1Image(np.zeros((4, 4, 4, 3), np.int16), np.eye(4)), tmp_path / "time.nii.gz")
    refused("time.nii.gz", "4-D")
    write_volume(Volume(np.abs(volume.voxels), volume.ijk_to_ras), tmp_path / "positive.nrrd")
    refused("positive.nrrd", "Hounsfield")
    refused("whole.nii.gz", "channels 1", channels=3)
    refused("missing", "does not exist")
    (tmp_path / "empty").mkdir()
    refused("empty", "No volume was found")


def test_a_bad_volume_among_good_ones_is_left_out_and_told(tmp_path):
    data = write_cts(tmp_path / "data", {"a.nrrd": 2, "c.nrrd": 2})
    (data / "b.nrrd").write_bytes((data / "a.nrrd").read_bytes()[:300])
    said = []
    images = opened(data, tmp_path / "store", said)
    assert images.items.tolist() == [0, 0, 2, 2]
    assert any("1 of 3 files were left out" in sentence and "b.nrrd" in sentence for sentence in said)
    again = []
    opened(data, tmp_path / "store", again)
    assert any("1 of 3 files were left out" in sentence for sentence in again)
    assert not any("b.nrrd" in sentence for sentence in again)
