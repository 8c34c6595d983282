import json
import pickle
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, Frame, Volume

WAYS = [(list(order), signs) for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)]


def _turn(angles):
    out = np.eye(3)
    for axis, angle in enumerate(angles):
        c, s = np.cos(angle), np.sin(angle)
        one = np.eye(3)
        a, b = (axis + 1) % 3, (axis + 2) % 3
        one[a, a], one[a, b], one[b, a], one[b, b] = c, -s, s, c
        out = out @ one
    return out


@settings(max_examples=150, deadline=None)
@given(
    way=st.sampled_from(WAYS),
    angles=st.tuples(*[st.floats(-0.12, 0.12)] * 3),
    spacing=st.tuples(*[st.floats(0.4, 6.0)] * 3),
    shape=st.tuples(*[st.integers(2, 40)] * 3),
    resolution=st.sampled_from([16, 32, 64, 128]),
    boxed=st.booleans(),
    where=st.tuples(*[st.floats(0, 1)] * 3),
)
def test_a_marked_voxel_keeps_its_patient_coordinates(way, angles, spacing, shape, resolution, boxed, where):
    """Volume to stack to network and back: within half of the coarser pixel, on each axis of the plane."""
    order, signs = way
    matrix = np.eye(4)
    matrix[:3, :3] = _turn(angles) @ (np.eye(3)[order] * np.array(signs)[:, None]) * spacing
    matrix[:3, 3] = (31.0, -250.0, 1200.0)
    voxels = np.full(shape, -1000.0, dtype=np.float32)
    kji = tuple(min(int(f * n), n - 1) for f, n in zip(where, shape, strict=True))
    voxels[kji] = 1000.0
    volume = Volume(voxels, matrix)
    truth = volume.ras(np.array(kji[::-1]))

    stack = AxialStack.from_volume(volume)
    height, width = stack.slices.shape[1:]
    s, r, c = np.rint(stack.ijk_to_stack(np.array(kji[::-1]))).astype(int)
    assert stack.slices[s, r, c] == 1000.0
    box = (min(r, height // 3) - 2, max(r + 1, height // 2), min(c, width // 3), max(c + 1, width // 2) + 3)
    frame = Frame.fit(height, width, *stack.spacing_mm[1:], resolution, box if boxed else None)
    network = frame.to_network(np.ascontiguousarray(stack.slices), 2000, 0)
    assert network.shape == (len(stack.slices), resolution, resolution)

    # The brightest network pixel's centre of mass, taken back along the stated path
    assert np.unravel_index(int(np.argmax(network)), network.shape)[0] == s
    weights = network[s] + 1
    rows, cols = np.indices(weights.shape)
    centre = [(weights * axis).sum() / weights.sum() for axis in (rows, cols)]
    found = volume.ras(stack.stack_to_ijk([s, *frame.slice_point(np.array(centre))]))
    step = np.maximum(frame.pixel_mm, stack.spacing_mm[1:])
    assert np.linalg.norm(found - truth) <= 0.5 * np.linalg.norm(step) + 1e-3
    np.testing.assert_allclose(frame.network_point(frame.slice_point(np.array(centre))), centre, atol=1e-6)

    # A heatmap lit at that spot, brought back onto the voxels, is brightest there.
    lit = np.zeros_like(network)
    spot = tuple(np.clip(np.rint(frame.network_point(np.array([r, c]))).astype(int), 0, resolution - 1))
    lit[(s, *spot)] = 1.0
    back = stack.to_voxels(frame.from_network(lit))
    assert back.shape == shape
    top = np.unravel_index(int(np.argmax(back)), shape)
    assert np.linalg.norm(volume.ras(np.array(top[::-1])) - truth) <= np.linalg.norm(step) + 1e-3

    # The mask of that voxel reaches the network, and its box contains the voxel.
    mask = frame.mask_to_network(np.asarray(stack.slices) > 0)
    assert mask[s].any()
    assert mask.any(axis=(1, 2)).sum() == 1
    r0, r1, c0, c1 = frame.box_to_slice(spot[0] - 1, spot[0] + 2, spot[1] - 1, spot[1] + 2)
    (i0, i1), (j0, j1), (k0, k1) = stack.box_to_ijk(((int(s), int(s) + 1), (r0, r1), (c0, c1)))
    assert all(low <= at < high for at, (low, high) in zip(kji, ((k0, k1), (j0, j1), (i0, i1)), strict=True))


def test_aspect_is_kept_in_millimetres_and_the_rest_is_floor():
    """A slice of 20 rows of 2 mm and 20 columns of 1 mm fills the height and half of the width."""
    frame = Frame.fit(20, 20, 2.0, 1.0, 40)
    network = frame.to_network(np.full((1, 20, 20), 50.0), 350, 50)
    np.testing.assert_allclose(network[0, :, 10:30], 0.0, atol=1e-6)
    assert (network[0, :, :10] == -1).all()
    assert (network[0, :, 30:] == -1).all()
    assert network.dtype == np.float32


def test_shrinking_is_the_area_mean_after_the_window():
    slices = np.random.default_rng(0).uniform(-3000, 3000, (3, 32, 32)).astype(np.float32)
    network = Frame.fit(32, 32, 1, 1, 8).to_network(slices, 400, 40)
    windowed = (np.clip(slices, -160, 240) + 160) / 200 - 1
    np.testing.assert_allclose(network, windowed.reshape(3, 8, 4, 8, 4).mean(axis=(2, 4)), atol=1e-5)


def test_same_size_changes_nothing():
    slices = np.random.default_rng(0).integers(-125, 225, (2, 16, 16)).astype(np.int16)
    frame = Frame.fit(16, 16, 0.7, 0.7, 16)
    network = frame.to_network(slices, 350, 50)
    np.testing.assert_allclose((network + 1) * 175 - 125, slices, atol=1e-3)
    np.testing.assert_allclose(frame.from_network(network), network, atol=1e-6)


def test_enlarging_is_linear():
    ramp = np.tile(np.arange(16.0), (1, 16, 1))
    network = Frame.fit(16, 16, 1, 1, 32).to_network(ramp, 20, 10)
    inner = (network[0, 10, 2:-2] + 1) * 10
    np.testing.assert_allclose(np.diff(inner), 0.5, atol=1e-5)


def test_from_network_fills_outside_the_box():
    frame = Frame.fit(20, 30, 1, 1, 10, box=(5, 15, 8, 18))
    back = frame.from_network(np.ones((2, 10, 10), np.float32), fill=-7.0)
    np.testing.assert_allclose(back[:, 5:15, 8:18], 1.0)
    outside = np.ones((20, 30), bool)
    outside[5:15, 8:18] = False
    assert (back[:, outside] == -7).all()


def test_maps_are_not_diluted_by_padding():
    """Ones over the slice's part, nothing in the padding: the slice's edge must still be one."""
    frame = Frame.fit(50, 21, 1.3, 0.9, 64)
    ones = frame.to_network(np.full((1, 50, 21), 1000.0), 350, 50)
    back = frame.from_network(np.where(ones > -1, 1.0, 0.0))
    np.testing.assert_allclose(back, 1.0, atol=1e-5)


def test_a_box_beyond_the_slice_is_padded():
    frame = Frame.fit(10, 10, 1, 1, 20, box=(-5, 15, -5, 15))
    network = frame.to_network(np.full((1, 10, 10), 500.0), 350, 50)
    assert (network[0, 5:15, 5:15] == 1).all()
    assert (network == 1).sum() == 100
    assert frame.from_network(network).min() == 1


def test_mask_of_one_voxel_survives_and_empty_stays_empty():
    mask = np.zeros((3, 200, 200), bool)
    mask[1, 77, 133] = True
    small = Frame.fit(200, 200, 1, 1, 16).mask_to_network(mask)
    assert small.sum() == 1
    assert tuple(np.argwhere(small)[0]) == (1, 6, 10)
    outside = Frame.fit(200, 200, 1, 1, 16, box=(100, 200, 0, 100)).mask_to_network(mask)
    assert tuple(np.argwhere(outside)[0]) == (1, 0, 15)


def test_half_covered_pixels_belong():
    mask = np.zeros((1, 8, 8), bool)
    mask[0, :, :3] = True
    small = Frame.fit(8, 8, 1, 1, 4).mask_to_network(mask)
    np.testing.assert_array_equal(small[0], np.tile([True, True, False, False], (4, 1)))


@pytest.mark.parametrize("scale", [0.1, 0.5, 1, 3.3])
def test_box_to_slice_is_never_empty_and_stays_inside(scale):
    frame = Frame.fit(60, 45, scale, 1.0, 32)
    for r, c in product(range(0, 32, 5), repeat=2):
        r0, r1, c0, c1 = frame.box_to_slice(r, r + 1, c, c + 1)
        assert 0 <= r0 < r1 <= 60
        assert 0 <= c0 < c1 <= 45
    assert frame.box_to_slice(0, 32, 0, 32) == (0, 60, 0, 45)


def test_chunks_agree_with_the_whole(monkeypatch):
    slices = np.random.default_rng(0).uniform(-200, 300, (9, 30, 30)).astype(np.float32)
    frame = Frame.fit(30, 30, 1, 1, 20)
    whole = frame.to_network(slices, 350, 50)
    monkeypatch.setattr("GANAnomalyLib.volume.framing._CHUNK_PIXELS", 2000)
    np.testing.assert_array_equal(frame.to_network(slices, 350, 50), whole)


def test_frames_of_many_slices_hold_no_weights():
    frame = Frame.fit(512, 512, 1, 1, 128)
    frame.from_network(frame.to_network(np.zeros((1, 512, 512)), 350, 50))
    assert len(pickle.dumps(frame)) < 1000


def test_json_round_trip():
    frame = Frame.fit(101, 122, 3.0, 2.9999999, 64, (-3, 90, 5, 130))
    assert Frame.from_dict(json.loads(json.dumps(frame.to_dict()))) == frame
    with pytest.raises(InputError, match="damaged"):
        Frame.from_dict({"height": 3})


def test_impossible_frames_are_refused():
    with pytest.raises(InputError, match="greater than zero"):
        Frame.fit(10, 10, 0.0, 1.0, 64)
    with pytest.raises(InputError, match="outside"):
        Frame.fit(10, 10, 1.0, 1.0, 64, box=(10, 20, 0, 5))
    with pytest.raises(ValueError, match="is not"):
        Frame.fit(10, 10, 1.0, 1.0, 64).to_network(np.zeros((1, 5, 5)), 350, 50)
