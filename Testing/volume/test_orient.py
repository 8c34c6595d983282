from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest

from GANAnomalyLib.volume import AxialStack, Volume, read_volume

TURNS = [
    np.eye(3)[list(order)] * np.array(signs)[:, None]
    for order in permutations(range(3))
    for signs in product((1, -1), repeat=3)
]


@pytest.mark.parametrize("turn", TURNS)
def test_every_storage_order_gives_the_same_stack(turn):
    """The same patient stored in 48 ways: one stack, and each way back to its own voxels."""
    rng = np.random.default_rng(1)
    wanted = rng.integers(-1000, 1000, (3, 4, 5)).astype(np.int16)  # slices up, rows back, columns left
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag([-1.0, -2.0, 3.0])  # i to the left, j to the back, k up
    image = nib.Nifti1Image(wanted.T, matrix)
    stored = image.as_reoriented(nib.orientations.io_orientation(np.block([[turn, np.zeros((3, 1))], [0, 0, 0, 1]])))
    volume = Volume(np.asarray(stored.dataobj).T, stored.affine)
    stack = AxialStack.from_volume(volume)
    np.testing.assert_array_equal(stack.slices, wanted)
    assert stack.spacing_mm == pytest.approx((3, 2, 1))
    assert stack.warnings == []
    np.testing.assert_array_equal(stack.to_voxels(np.array(stack.slices)), volume.voxels)

    ijk = stack.stack_to_ijk([1, 2, 4])
    np.testing.assert_allclose(volume.ras(ijk), matrix[:3] @ [4, 2, 1, 1])
    np.testing.assert_allclose(stack.ijk_to_stack(ijk), [1, 2, 4])
    (i0, i1), (j0, j1), (k0, k1) = stack.box_to_ijk(((1, 3), (0, 2), (2, 5)))
    boxed = volume.voxels[k0:k1, j0:j1, i0:i1]
    np.testing.assert_array_equal(np.sort(boxed, axis=None), np.sort(wanted[1:3, :2, 2:], axis=None))


def test_points_are_continuous(oblique):
    stack = AxialStack.from_volume(oblique)
    points = np.random.default_rng(0).uniform(0, 6, (4, 5, 3))
    np.testing.assert_allclose(stack.ijk_to_stack(stack.stack_to_ijk(points)), points)


@pytest.mark.parametrize("name", ["aorta_small.nii.gz", "pulmonary_small.nii.gz"])
def test_chest_crops_stored_left_posterior(data, name):
    """Stored L-P-S already: the stack is the array as it lies, seen from nibabel's own axis codes."""
    volume = read_volume(data / name)
    assert nib.aff2axcodes(volume.ijk_to_ras) == ("L", "P", "S")
    stack = AxialStack.from_volume(volume)
    np.testing.assert_array_equal(stack.slices, volume.voxels)
    assert stack.flips == (False, False, False)


def test_torso_lies_on_its_back(torso):
    """Stored R-A-S: the picture must be turned so that the table is at the bottom and the slices go up."""
    volume = read_volume(torso)
    stack = AxialStack.from_volume(volume)
    assert stack.flips == (False, True, True)
    first, last = volume.ras(stack.stack_to_ijk([[0, 0, 0], [111, 100, 121]]))
    assert first[0] > last[0]  # right to left
    assert first[1] > last[1]  # anterior to posterior
    assert first[2] < last[2]  # inferior to superior
    # The spine, the densest column of the upper slices, is in the back half.
    dense = (stack.slices[80:] > 250).sum(axis=(0, 2))
    assert np.argmax(dense) > 50


def test_tilt_is_told(oblique):
    turned = oblique
    assert "tilted 12 degrees from axial" in AxialStack.from_volume(turned).warnings[0]


def test_one_slice_keeps_its_plane():
    voxels = np.arange(20, dtype=np.int16).reshape(1, 4, 5)
    flat = AxialStack.from_volume(Volume(voxels, np.diag([-1.0, -1.0, 1.0, 1.0])))
    np.testing.assert_array_equal(flat.slices, voxels)

    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = (-1, 0, 0), (0, 0, 1), (0, 1, 0)
    stack = AxialStack.from_volume(Volume(voxels, matrix))
    assert stack.plane == "coronal"
    assert stack.slices.shape == (1, 4, 5)
    np.testing.assert_array_equal(stack.slices[0], voxels[0, ::-1])  # j runs up, rows run down
    assert "coronal" in stack.warnings[0]
    np.testing.assert_array_equal(stack.to_voxels(np.array(stack.slices)), voxels)


def test_wrong_shape_is_refused(oblique):
    with pytest.raises(ValueError, match="is not the stack's"):
        AxialStack.from_volume(oblique).to_voxels(np.zeros((1, 2, 3)))
