import numpy as np
import pytest
from scipy import ndimage

from GANAnomalyLib.volume import AxialStack, find_body, read_volume
from GANAnomalyLib.volume.measured import measured_pixels


@pytest.fixture
def slices(torso):
    """(30, H, W) float32 HU of the upper torso, 3 mm."""
    return AxialStack.from_volume(read_volume(torso)).slices[82:].astype(np.float32)


def test_all_of_a_ct_was_measured(slices):
    assert measured_pixels(slices, 3.0) is None


def test_air_that_was_clipped_was_measured(slices):
    assert measured_pixels(np.clip(slices, -1000, None), 3.0) is None


@pytest.mark.parametrize("value", [-3024, -1024, 0, 100])
def test_a_slice_of_one_value_was_not(slices, value):
    slices = slices.copy()
    slices[3] = value
    measured = measured_pixels(slices, 3.0)
    assert not measured[3].any()
    assert measured[[2, 4]].all()


@pytest.mark.parametrize("fill", [-2000, -1024, -1000, 0])
def test_what_lies_beyond_a_circle_that_cuts_the_body(slices, fill):
    rows, cols = np.indices(slices.shape[1:])
    beyond = (rows - 50) ** 2 + (cols - 61) ** 2 > 45**2
    measured = measured_pixels(np.where(beyond, np.float32(fill), slices), 3.0)
    assert not measured[:, beyond].any()
    # A pixel of the very same value beside it goes along.
    assert measured[:, ~beyond].mean() > 0.999


@pytest.mark.parametrize("fill", [-2000, -1024, 0])
def test_the_corners_of_a_volume_that_was_turned(slices, fill):
    turned = ndimage.rotate(slices, 20, axes=(0, 2), order=1, cval=fill)
    truth = ndimage.rotate(np.ones_like(slices), 20, axes=(0, 2), order=1, cval=0) > 0
    measured = measured_pixels(turned, 3.0)
    with_body = find_body(turned, -125, (3.0, 3.0, 3.0)).held()
    assert 40 < with_body.sum() < 70
    # What was not measured is never taken for measured where there is a body, but for a pixel at its border.
    inner = ndimage.binary_erosion(~truth, np.ones((1, 3, 3)), border_value=1)
    assert not (measured & inner)[with_body].any()
    assert (measured | ~truth).mean() > 0.99


def test_a_slice_of_one_pixel_and_one_of_one_row():
    assert not measured_pixels(np.zeros((1, 1, 1)), 1.0).any()
    assert not measured_pixels(np.full((2, 1, 40), -1024.0), 1.0).any()
