"""MR read as MR: which images are taken, what white is, and where the head is."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from heads import SAGITTAL, head, write_mr
from volume.phantoms import hu

from GANAnomalyLab.simulate.virtual_heads import virtual_head
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import modality_code, usual_window, window_in_words
from GANAnomalyLib.volume import AxialStack, Volume, modality_of, read_volume, write_volume
from GANAnomalyLib.volume.voxel_types import kept_as

MR, CT = modality_of("mr"), modality_of("CT")


def saved(folder: Path, voxels: np.ndarray, name: str = "mr.nii") -> Path:
    return write_volume(Volume(voxels, head(2).ijk_to_ras), folder / name)


@pytest.mark.parametrize(("said", "code"), [("MR", "MR"), (" mri", "MR"), ("", "CT"), ("CT", "CT"), ("DX", "CT")])
def test_who_is_read_as_what(said, code):
    assert modality_code(said) == modality_of(said).code == code


def test_windows_as_given_else_those_of_the_modality():
    assert usual_window("mr", None, None) == (100.0, 50.0)
    assert usual_window("ct", None, 40.0) == (350.0, 40.0)
    assert window_in_words("CT", 350, 50, 98, "head") == "350 / 50 HU"
    assert "HU" not in window_in_words("MR", 100, 50, 98, "head")


@pytest.mark.parametrize("name", ["mr.nii.gz", "mr.nrrd", "mr.mha"])
def test_a_file_that_says_nothing_is_taken_and_marked(tmp_path, name):
    path = write_volume(head(2), tmp_path / name)
    volume = read_volume(path, modality="MR")
    assert volume.modality == "MR"
    np.testing.assert_allclose(volume.voxels, head(2).voxels)
    with pytest.raises(InputError, match="Hounsfield units"):
        read_volume(path)


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal"])
def test_a_series_in_any_plane(tmp_path, enhanced, plane):
    made = virtual_head(3, (12, 40, 36), (12.0, 5.0, 5.5), plane)
    volume = read_volume(write_mr(made, tmp_path / "series", enhanced), modality="MR")
    assert volume.modality == "MR"
    np.testing.assert_array_equal(volume.voxels, np.rint(made.voxels))
    np.testing.assert_allclose(volume.ijk_to_ras, made.ijk_to_ras, atol=1e-4)
    with pytest.raises(InputError, match="not a CT: its modality is MR"):
        read_volume(tmp_path / "series")


def test_a_missing_slice_is_filled_in(tmp_path):
    folder = write_mr(head(2), tmp_path / "series")
    (folder / "004.dcm").unlink()
    volume = read_volume(folder, modality="MR")
    assert volume.voxels.shape == head(2).voxels.shape
    assert [note.code for note in volume.warnings] == ["slice_missing"]


def test_of_several_series_those_of_the_modality_come_first(tmp_path, write_slices):
    write_mr(head(2), tmp_path / "series")
    pixels = np.full((20, 8, 8), 24, np.uint16)
    pixels[:, 2:6, 2:6] = 1074
    write_slices(pixels, np.arange(20)[:, None] * [0, 0, 2.0], PatientID="SECRET-78", PatientName="")
    assert read_volume(tmp_path / "series", modality="MR").modality == "MR"
    assert read_volume(tmp_path / "series").modality == "CT"


def test_a_ct_is_refused_by_its_header_and_by_its_values(tmp_path, data):
    with pytest.raises(InputError, match="not an MR: its modality is CT"):
        read_volume(data / "ct_head_tilt", modality="MR")
    with pytest.raises(InputError, match="those of a CT in Hounsfield units"):
        read_volume(saved(tmp_path, hu((10, 48, 48))), modality="MR")
    assert read_volume(saved(tmp_path, hu((10, 48, 48))), modality="MR", allow_any=True).modality == "MR"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda v: np.full_like(v, 7), "Every voxel of the image is 7"),
        (lambda v: (v - v.mean()) / v.std(), "an MR has none"),
        (lambda v: np.where(np.indices(v.shape).sum(0) == 70, np.nan, v), "not finite numbers"),
        (lambda v: np.stack([v, v]), "4-D"),
    ],
)
def test_what_is_no_mr(tmp_path, change, sentence):
    voxels = change(head(2).voxels).astype(np.float32)
    nib.save(nib.Nifti1Image(voxels.T, head(2).ijk_to_ras), tmp_path / "odd.nii")
    with pytest.raises(InputError, match=sentence) as told:
        read_volume(tmp_path / "odd.nii", modality="MR")
    assert told.value.message.count(".") <= 3


def test_a_file_cut_short(tmp_path):
    path = saved(tmp_path, head(2).voxels)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match="damaged or cut short"):
        read_volume(path, modality="MR")


def test_not_a_number_around_the_head_is_black(tmp_path):
    voxels = head(2).voxels
    voxels[:, :3] = np.nan
    volume = read_volume(saved(tmp_path, voxels), modality="MR")
    assert np.isfinite(volume.voxels).all()
    assert volume.voxels[:, :3].max() == volume.voxels.min()
    assert volume.voxels.min() >= 0  # the air of an MR is not -1024


def test_white_follows_the_scanner_and_not_the_field_of_view():
    voxels = head(2).voxels
    white = MR.white(voxels)
    assert MR.white(voxels * 7) == pytest.approx(7 * white, rel=1e-5)
    assert MR.white(np.pad(voxels, ((0, 0), (30, 30), (30, 30)))) == pytest.approx(white, rel=0.01)
    assert MR.white(voxels, 50) < MR.white(voxels, 90) < white
    # As published, of the whole image: the more air, the darker is white.
    assert MR.white(voxels, 98, "image") == pytest.approx(np.percentile(voxels, 98), rel=1e-6)
    assert MR.window(voxels, 200, 100) == pytest.approx((2 * white, white))
    assert CT.window(voxels, 350, 50) == (350.0, 50.0)


def test_an_image_of_nothing_has_no_white():
    with pytest.raises(InputError, match="brighter than its background"):
        MR.white(np.zeros((2, 4, 4), np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_the_head_is_found_with_all_that_is_dark_in_it(seed):
    volume = virtual_head(seed, (12, 72, 72), (12.0, 3.2, 3.2))
    stack = AxialStack.from_volume(volume)
    body = MR.body_in(volume, stack, 0.0)
    middle = body.mask[6]
    assert middle[32:40, 32:40].all()  # the ventricles
    assert not middle[[0, -1]].any()
    assert 0.85 * 224 < body.area_cm2[6] < 1.2 * 224  # of an ellipse of 75 x 95 mm
    assert not body.hounsfield
    # Whatever lies around it: noise is no head.
    noisy = np.abs(volume.voxels + np.random.default_rng(0).normal(0, 0.04 * volume.voxels.max(), volume.voxels.shape))
    assert (MR.find_body(noisy, 0.0, stack.spacing_mm).mask[6] ^ middle).mean() < 0.05


def test_a_real_head():
    """A small functional MR that nibabel brings along."""
    path = Path(nib.__file__).parent / "tests" / "data" / "example4d.nii.gz"
    if not path.is_file():
        pytest.skip("nibabel was installed without its test data")
    image = nib.load(path)
    volume = Volume(np.asarray(image.dataobj)[..., 0].T.astype(np.int16), image.affine)
    MR.check(volume)
    body = MR.body_in(volume, AxialStack.from_volume(volume), 0.0)
    assert body.held().all()
    assert np.median(body.area_cm2) == pytest.approx(185, abs=15)
    assert MR.white(volume.voxels) == pytest.approx(708, abs=10)


def test_a_sagittal_acquisition_gives_axial_slices():
    """The same head as of an axial acquisition, slice for slice, up to what thick slices blur."""
    sagittal = AxialStack.from_volume(virtual_head(4, **SAGITTAL))
    assert sagittal.plane == "axial"
    assert sagittal.axes[0] != 2
    axial = AxialStack.from_volume(virtual_head(4, (48, 48, 30), (4.4, 4.4, 6.0)))
    assert sagittal.slices.shape == axial.slices.shape
    assert np.corrcoef(sagittal.slices.ravel(), axial.slices.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("window", "level", "modality", "kind"),
    [
        (350, 50, "CT", np.int16),
        (80, 40, "", np.int16),
        (65535, 32767, "DX", np.int32),
        (0.9, 0.45, "MR", np.float32),
        (900, 450, "MR", np.int16),
        (70000, 35000, "MR", np.int32),
    ],
)
def test_values_are_kept_as_exactly_as_they_are_seen(window, level, modality, kind):
    assert kept_as(window, level, modality) is kind
