"""Virtual heads: the same seed is the same head, and a lesion lies where it was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.simulate.virtual_heads import PLANES, Lesion, virtual_head
from GANAnomalyLib.errors import InputError

SMALL = {"shape": (8, 32, 32), "spacing_mm": (20.0, 7.0, 7.0)}


def test_the_same_seed_is_the_same_head():
    one, again, other = (virtual_head(seed, **SMALL) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.voxels, again.voxels)
    assert np.corrcoef(one.voxels.ravel(), other.voxels.ravel())[0, 1] < 0.99
    assert one.modality == "MR"
    assert one.voxels.min() >= 0
    assert one.voxels.dtype == np.float32


@pytest.mark.parametrize("plane", PLANES)
def test_a_lesion_lies_where_it_was_asked_for(plane):
    lesion = Lesion((30.0, -25.0, 10.0), 15.0, 3.0)
    grid = {"shape": (24, 32, 32), "spacing_mm": (8.0, 7.0, 7.0), "plane": plane}
    plain, sick = virtual_head(1, **grid), virtual_head(1, **grid, lesion=lesion)
    changed = np.argwhere(sick.voxels - plain.voxels > 0.5 * np.median(plain.voxels[plain.voxels > 200]))
    np.testing.assert_allclose(sick.ras(changed[:, ::-1]).mean(0), lesion.middle, atol=4)
    assert np.linalg.det(plain.ijk_to_ras[:3, :3]) > 0


def test_there_are_three_planes():
    with pytest.raises(InputError, match="axial, coronal, sagittal"):
        virtual_head(1, plane="oblique")
