"""Padding, not-a-numbers around the patient, and values that lack their rescale intercept."""

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataelem import DataElement
from volume.phantoms import hu, oblique_matrix

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import Volume, read_volume, write_volume
from GANAnomalyLib.volume.volume_checks import looks_shifted

SHAPE = (6, 40, 44)


def circle(shape=SHAPE):
    """True outside of the scanner's circle."""
    rows, columns = np.indices(shape[1:])
    away = np.hypot(rows - (shape[1] - 1) / 2, columns - (shape[2] - 1) / 2) > min(shape[1:]) / 2 - 1
    return np.broadcast_to(away, shape)


def noisy(dtype=np.int16, seed=0):
    """A CT with noisy air, a streak and one voxel inside that has the value which pads."""
    voxels = hu(SHAPE, seed).astype(float)
    voxels += np.random.default_rng(seed).normal(0, 40, SHAPE) * (voxels < -900)
    voxels[2, 20, 10:20] = -1900
    return np.round(voxels).astype(dtype)


def stack(count):
    return np.array([[-20.0, -30.0, 5.0 + 2.5 * n] for n in range(count)])


@pytest.mark.parametrize("padding", [-2000, -2048, -3024, -4096, -32768, np.nan, -np.inf])
@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nrrd", "ct.mha"])
def test_around_the_circle_is_air(tmp_path, name, padding):
    dtype = np.int16 if np.isfinite(padding) else np.float32
    voxels, outside = noisy(dtype), circle()
    voxels[outside] = padding
    if np.isfinite(padding):
        voxels[3, 18, 18] = padding  # no padding, though it looks so
    volume = read_volume(write_volume(Volume(voxels, oblique_matrix()), tmp_path / name))
    assert volume.voxels.dtype == dtype
    assert (volume.voxels[outside] == -1024).all()
    np.testing.assert_array_equal(volume.voxels[~outside], voxels[~outside])
    assert [note for note in volume.warnings if "Padding" in note] == volume.warnings[-1:]


def test_two_values_that_pad(tmp_path):
    """A scanner's circle within a grid that somebody enlarged."""
    voxels, outside = noisy(), circle()
    voxels[outside] = -2000
    voxels[:, :3], voxels[:, :, -3:], voxels[0] = -3024, -3024, -3024
    volume = read_volume(write_volume(Volume(voxels, np.eye(4)), tmp_path / "ct.nii.gz"))
    assert (volume.voxels[voxels <= -2000] == -1024).all()
    np.testing.assert_array_equal(volume.voxels[voxels > -2000], voxels[voxels > -2000])


def test_no_padding_no_change(tmp_path):
    """Noise below -1100 at the edge, streaks inside, and a scanner's own -1024 are measurements."""
    voxels = noisy()
    voxels[:, :5] -= np.random.default_rng(1).integers(0, 400, (6, 5, 44)).astype(np.int16)
    voxels[4, 15:25, 15:25] = -3024
    volume = read_volume(write_volume(Volume(voxels, np.eye(4)), tmp_path / "ct.nii.gz"))
    np.testing.assert_array_equal(volume.voxels, voxels)
    assert volume.warnings == []


def test_what_is_not_a_number_inside_is_refused(tmp_path):
    voxels = noisy(np.float32)
    voxels[circle()] = np.nan
    voxels[3, 18:20, 18:20] = np.nan
    path = write_volume(Volume(voxels, np.eye(4)), tmp_path / "ct.nii.gz")
    for allow_any in (False, True):
        with pytest.raises(InputError, match="4 voxels within the image are not finite"):
            read_volume(path, allow_any=allow_any)
    voxels[:] = np.nan
    with pytest.raises(InputError, match="not finite"):
        read_volume(write_volume(Volume(voxels, np.eye(4)), tmp_path / "none.nii.gz"))


@pytest.mark.parametrize("padding", [np.nan, -2000])
def test_padding_does_not_pass_for_air(tmp_path, padding):
    """An MR with padding is no CT; allowed all the same, only what is no number is replaced, by its own lowest."""
    voxels = np.random.default_rng(0).integers(5, 400, SHAPE).astype(np.float32)
    voxels[circle()] = padding
    path = write_volume(Volume(voxels, np.eye(4)), tmp_path / "mr.nrrd")
    with pytest.raises(InputError, match="do not look like Hounsfield units"):
        read_volume(path)
    expected = np.where(np.isnan(voxels), np.float32(5), voxels)
    np.testing.assert_array_equal(read_volume(path, allow_any=True).voxels, expected)


def test_a_tilted_image_mixes_no_padding_in(tmp_path):
    """Sheared axes are resampled; not-a-numbers would spread."""
    voxels = noisy(np.float32)
    voxels[circle()] = np.nan
    matrix = np.eye(4)
    matrix[1, 2] = 0.3
    image = nib.Nifti1Image(voxels.T, matrix)
    nib.save(image, tmp_path / "sheared.nii.gz")
    volume = read_volume(tmp_path / "sheared.nii.gz")
    assert np.isfinite(volume.voxels).all()


# -- declared by DICOM -------------------------------------------------------------------------------------------


def padded_series(write_slices, padding, **tags):
    stored = (noisy() + 1024).astype(np.int16)
    outside = circle()
    stored[outside] = np.resize(padding, SHAPE)[outside]
    volume = read_volume(write_slices(stored, stack(6), **tags))
    assert (volume.voxels[outside] == -1024).all()
    np.testing.assert_array_equal(volume.voxels[~outside], stored[~outside].astype(int) - 1024)
    return volume


@pytest.mark.parametrize("declared", [-2000, 63536, None])
def test_padding_of_dicom(write_slices, declared):
    """Declared, declared with the wrong sign, or not at all."""
    tags = {} if declared is None else {"PixelPaddingValue": declared}
    if declared == 63536:
        tags = {"PixelPaddingValue": DataElement(0x00280120, "US", declared)}
    volume = padded_series(write_slices, -2000, **tags)
    assert [note for note in volume.warnings if "Padding" in note] == volume.warnings


def test_a_range_of_padding(write_slices):
    values = np.arange(-2000, -1990)
    padded_series(write_slices, values, PixelPaddingValue=-1990, PixelPaddingRangeLimit=-2000)


def test_a_padding_value_that_tissue_has(write_slices):
    """Water stays water where an exporter names its value; around the patient it is padding."""
    voxels = hu(SHAPE)
    voxels[2:4, 18:20, 18:20] = 0
    voxels[circle()] = 0
    volume = read_volume(write_slices(voxels, stack(6), PixelPaddingValue=0, RescaleIntercept=0))
    assert (volume.voxels[circle()] == -1024).all()
    np.testing.assert_array_equal(volume.voxels[~circle()], voxels[~circle()])


# -- without intercept -------------------------------------------------------------------------------------------


def body():
    voxels = hu(SHAPE)
    voxels[:, 12:14, 12:30] = -100  # fat
    voxels[:, 16:18, 12:30] = 700  # bone
    return voxels


@pytest.mark.parametrize("padding", [None, -2000, -3024])
def test_values_without_their_intercept_are_named_and_mended(tmp_path, write_slices, padding):
    voxels = body()
    raw = voxels + np.int16(1024)
    expected = voxels.copy()
    if padding is not None:
        raw[circle()] = padding
        expected[circle()] = -1024
    paths = [
        write_volume(Volume(raw, np.eye(4)), tmp_path / "ct.nii.gz"),
        write_slices(raw, stack(6), RescaleIntercept=0),
        write_slices(raw, stack(6), folder="none", RescaleIntercept=None, RescaleSlope=None),
    ]
    for path in paths:
        with pytest.raises(InputError, match=r"shifted by 1024 .*--hu-offset -1024"):
            read_volume(path)
        volume = read_volume(path, hu_offset=-1024)
        assert volume.voxels.dtype == np.int16
        np.testing.assert_array_equal(volume.voxels, expected)
        assert any("-1024 was added" in note for note in volume.warnings)


def test_real_cts_do_not_look_shifted(data, torso):
    for path in (data / "aorta_small.nii.gz", data / "pulmonary_small.nii.gz", torso):
        volume = read_volume(path)
        for modality in ("", "CT"):
            assert not looks_shifted(Volume(volume.voxels, np.eye(4), modality))
        assert looks_shifted(Volume(volume.voxels + 1024, np.eye(4), "CT"))


def test_inverted_and_rectified_images_do_not_look_shifted(torso):
    voxels = read_volume(torso).voxels
    for other in (np.abs(voxels), voxels.max() - voxels, np.clip(voxels, 0, None)):
        assert not looks_shifted(Volume(other, np.eye(4)))


def test_an_offset_of_a_fraction(tmp_path):
    path = write_volume(Volume(body(), np.eye(4)), tmp_path / "ct.nii.gz")
    np.testing.assert_allclose(read_volume(path, hu_offset=0.5).voxels, body() + 0.5)
