"""Positions of slices that are nearly regular: rounded by an exporter, unsteady, or with some missing."""

import numpy as np
import pytest
from volume.phantoms import hu

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import read_volume
from GANAnomalyLib.volume.regular import stack_planes

ROW, COLUMN = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])


def stacked(heights, origin=(-124.755859, -200.3, -311.4), seed=0):
    heights = np.asarray(heights, float)
    corners = np.array(origin) + np.stack([0 * heights, 0 * heights, heights], axis=1)
    # Positions as a file holds them
    corners[:, 2] = [float(f"{value:.6f}") for value in corners[:, 2]]
    planes = hu((len(heights), 8, 10), seed)
    return planes, stack_planes(planes, corners, ROW, COLUMN, (0.5, 0.5))


@pytest.mark.parametrize("first", [0.0, -311.4, 12.5])
@pytest.mark.parametrize(("gap", "digits"), [(0.625, 1), (1.25, 1), (0.3125, 1), (2.5, 0), (3.75, 0), (0.7, 1)])
def test_rounded_positions_change_nothing(gap, digits, first):
    for count in (3, 4, 12, 400):
        heights = np.round(first + gap * np.arange(count), digits)
        planes, (voxels, matrix, warnings) = stacked(heights, (-124.755859, -200.3, 0.0))
        assert voxels is planes or (voxels.dtype == planes.dtype and np.array_equal(voxels, planes))
        assert matrix[2, 2] == pytest.approx((heights[-1] - heights[0]) / (count - 1))
        off = np.abs(heights - heights[0] - matrix[2, 2] * np.arange(count)).max()
        if off > 0.01:
            (note,) = warnings
            assert f"by up to {off:.2f} mm" in note
        else:
            assert warnings == []


def test_a_series_rounded_to_a_tenth_stays_as_it_is(write_slices):
    """Twelve slices 0.625 mm apart stay twelve."""
    pixels = (hu((12, 8, 10)) + 1024).astype(np.uint16)
    positions = np.array([[-20.0, -30.0, round(5.0 + 0.625 * n, 1)] for n in range(12)])
    volume = read_volume(write_slices(pixels, positions))
    np.testing.assert_array_equal(volume.voxels, pixels.astype(int) - 1024)
    assert volume.spacing[2] == pytest.approx(6.9 / 11)
    (note,) = volume.warnings
    assert "kept as they are" in note
    assert "missing" not in note


@pytest.mark.parametrize("jitter", [0.04, 0.28])
def test_unsteady_positions_change_nothing(jitter):
    heights = 3.0 * np.arange(30) + jitter * np.random.default_rng(0).uniform(-1, 1, 30)
    planes, (voxels, _, warnings) = stacked(heights)
    assert np.array_equal(voxels, planes)
    assert len(warnings) == 1


def test_an_oblique_series_with_rounded_positions_has_no_tilt():
    """Rounding moves the planes within themselves, too."""
    normal = np.array([0.0, -np.sin(0.35), np.cos(0.35)])
    column = np.array([0.0, np.cos(0.35), np.sin(0.35)])
    corners = np.round(np.array([-100.0, -120.0, 40.0]) + 1.25 * np.arange(40)[:, None] * normal, 1)
    planes = hu((40, 8, 10))
    voxels, _, warnings = stack_planes(planes, corners, ROW, column, (0.5, 0.5))
    assert np.array_equal(voxels, planes)
    assert len(warnings) == 1
    assert "gantry" not in warnings[0]


@pytest.mark.parametrize(("gap", "digits"), [(0.625, 1), (1.25, 1), (3.0, 0), (0.7, 1), (5.0, 3)])
@pytest.mark.parametrize("missing", [{5}, {1}, {18}, {4, 5, 11}, set(range(3, 11))])
def test_missing_slices_are_found_among_rounded_positions(gap, digits, missing):
    kept = [n for n in range(20) if n not in missing]
    heights = np.round(-311.4 + gap * np.arange(20), digits)[kept]
    planes, (voxels, _, warnings) = stacked(heights, (-124.755859, -200.3, 0.0))
    assert len(voxels) == 20
    np.testing.assert_array_equal(voxels[kept], planes)
    said = "1 slice is missing" if len(missing) == 1 else f"{len(missing)} slices are missing"
    assert said in warnings[-1]


@pytest.mark.parametrize(
    "heights",
    [[0, 2, 6], [0, 1, 2, 4, 5], [0, 2, 4, 8, 10]],  # whole millimetres, which rounding could not have made
)
def test_a_missing_slice_is_not_taken_for_rounding(heights):
    _, (voxels, _, warnings) = stacked(heights, (0, 0, 0))
    assert len(voxels) == len(heights) + 1
    assert "1 slice is missing" in warnings[-1]


@pytest.mark.parametrize(
    "heights",
    [
        np.cumsum([0] + [1.0] * 30 + [1.03] * 30),  # a drift that no single gap shows
        np.cumsum([0] + [3.0, 3.0, 4.2] * 6),
        np.cumsum([0] + [5.0] * 8 + [2.0] * 8),
    ],
)
def test_uneven_gaps_are_resampled_and_no_count_is_made_up(heights):
    _, (voxels, matrix, warnings) = stacked(heights)
    assert (len(voxels) - 1) * matrix[2, 2] == pytest.approx(heights[-1], abs=1e-4)
    assert "gaps between slices differ" in warnings[0]
    assert "missing" not in warnings[0]


def test_slices_nearly_at_one_place_are_not_resampled_by_thousands():
    heights = np.ravel([[3.0 * n, 3.0 * n + 0.01] for n in range(20)])
    with pytest.raises(InputError, match=r"only 0\.01 mm from their neighbours"):
        stacked(heights)
