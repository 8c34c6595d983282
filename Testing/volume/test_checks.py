import numpy as np
import pytest
from volume.phantoms import hu, oblique_matrix

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import Volume, check_input, read_mask, read_volume, write_volume


@pytest.mark.parametrize("name", ["aorta_small.nii.gz", "pulmonary_small.nii.gz"])
def test_real_cts_pass(data, name):
    check_input(read_volume(data / name))


def test_torso_passes(torso):
    check_input(read_volume(torso))


@pytest.mark.parametrize(
    "voxels",
    [
        np.random.default_rng(0).integers(0, 800, (6, 7, 8)),  # MR
        np.random.default_rng(0).integers(0, 256, (6, 7, 8)),  # windowed to 8 bit
        np.random.default_rng(0).normal(size=(6, 7, 8)),  # normalised
        np.random.default_rng(0).uniform(-1, 1, (6, 7, 8)),
        np.zeros((6, 7, 8)),
        np.random.default_rng(0).integers(-30000, 30000, (6, 7, 8)) + 20000,
    ],
)
def test_values_unlike_hounsfield_units(voxels):
    volume = Volume(voxels.astype(np.float32), np.eye(4))
    with pytest.raises(InputError, match="do not look like Hounsfield units"):
        check_input(volume)
    check_input(volume, allow_any=True)


def test_another_modality():
    volume = Volume(hu((6, 7, 8)), np.eye(4), "MR")
    with pytest.raises(InputError, match="modality is MR"):
        check_input(volume)
    check_input(volume, allow_any=True)


@pytest.mark.parametrize(("bad", "said"), [(np.nan, "1 voxels"), (np.inf, "NaN or infinity"), (-np.inf, "finite")])
def test_not_a_number(tmp_path, bad, said):
    voxels = hu((6, 7, 8)).astype(np.float32)
    voxels[1, 2, 3] = bad
    with pytest.raises(InputError, match=said):
        check_input(Volume(voxels, np.eye(4)), allow_any=True)
    path = write_volume(Volume(voxels, np.eye(4)), tmp_path / "nan.nrrd")
    with pytest.raises(InputError, match=said):
        read_volume(path)


@pytest.mark.parametrize(
    ("voxels", "matrix", "said"),
    [
        (hu((6, 7, 8)), np.diag([1.0, 0.0, 1.0, 1.0]), "spacing of zero"),
        (hu((6, 7, 8)), np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), "singular"),
        (hu((6, 7, 8)), np.full((4, 4), np.nan), "not numbers"),
        (np.zeros((0, 7, 8), np.int16), np.eye(4), "no voxels"),
        (np.zeros((6, 7, 8, 3), np.uint8), np.eye(4), "colour"),
        (np.zeros((6, 7, 8, 9), np.int16), np.eye(4), "4-D"),
        (np.zeros((6, 7, 8), np.complex64), np.eye(4), "complex"),
    ],
)
def test_what_no_option_lets_pass(voxels, matrix, said):
    with pytest.raises(InputError, match=said):
        check_input(Volume(voxels, matrix), allow_any=True)


@pytest.fixture
def labels(tmp_path):
    volume = Volume(hu((6, 7, 8)), oblique_matrix())
    values = np.zeros((6, 7, 8), np.uint8)
    values[2:4, 1:3, 5] = 5
    values[0, 0, 0] = 52
    return volume, values, tmp_path / "mask.nii.gz"


def test_mask_by_label(labels):
    volume, values, path = labels
    write_volume(volume.like(values), path)
    np.testing.assert_array_equal(read_mask(path, 5, volume), values == 5)
    np.testing.assert_array_equal(read_mask(path, None, volume), values > 0)
    assert read_mask(path, 52, volume).dtype == bool
    with pytest.raises(InputError, match="no label 3: it holds 5, 52"):
        read_mask(path, 3, volume)


def test_mask_stored_in_another_order(labels):
    """The same grid with axes exchanged and flipped, as other programs store it."""
    volume, values, path = labels
    matrix = volume.ijk_to_ras
    turned = matrix[:, [1, 2, 0, 3]].copy()  # i, j, k of the mask run along j, k and -i of the image
    turned[:, 2] *= -1
    turned[:3, 3] = volume.ras([7, 0, 0])
    stored = values.transpose(2, 0, 1)[::-1]
    write_volume(Volume(np.ascontiguousarray(stored), turned), path)
    np.testing.assert_array_equal(read_mask(path, 5, volume), values == 5)


def test_empty_mask(labels):
    volume, values, path = labels
    write_volume(volume.like(np.zeros_like(values)), path)
    with pytest.raises(InputError, match="is empty"):
        read_mask(path, None, volume)


@pytest.mark.parametrize("change", ["shape", "spacing", "moved", "turned"])
def test_mask_on_another_grid(labels, change):
    volume, values, path = labels
    matrix = volume.ijk_to_ras.copy()
    if change == "shape":
        values = values[:-1]
    elif change == "spacing":
        matrix[:3, 0] *= 1.03
    elif change == "moved":
        matrix[2, 3] += 1.0
    else:
        matrix[:3, 0] *= -1
    write_volume(Volume(values, matrix), path)
    with pytest.raises(InputError, match="not on the grid"):
        read_mask(path, None, volume)


def test_mask_of_fractions(labels):
    volume, values, path = labels
    write_volume(volume.like(values * np.float32(0.3)), path)
    with pytest.raises(InputError, match="fractions"):
        read_mask(path, None, volume)
