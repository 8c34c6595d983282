"""Simulated anomalies: exact masks, Hounsfield ranges, the same object however the CT is stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.simulate.anomalies import KINDS, DemoCase, InsertedAnomaly, demo_case, insert, insert_array
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume.volume import Volume

TORSO = Path(__file__).parents[2] / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
EXTENT = np.array([90.0, 210.0, 300.0])
"""Millimetres of the phantom along slices, rows and columns."""


def phantom(spacing: tuple[float, float, float], noise: float = 8.0) -> np.ndarray:
    """A trunk: skin, fat, a ring of muscle, a large organ, fat between, and a spine; (S, H, W) float32 HU."""
    shape = np.maximum(np.round(EXTENT / spacing), 1).astype(int)
    y = ((np.arange(shape[1]) + 0.5) * spacing[1] - 105)[:, None]
    x = ((np.arange(shape[2]) + 0.5) * spacing[2] - 150)[None, :]
    plane = np.full((shape[1], shape[2]), -1000.0)
    plane[(y / 95) ** 2 + (x / 135) ** 2 < 1] = -100
    plane[(y / 78) ** 2 + (x / 118) ** 2 < 1] = 55
    plane[(y / 66) ** 2 + (x / 106) ** 2 < 1] = -95
    plane[((y + 2) / 50) ** 2 + ((x + 40) / 52) ** 2 < 1] = 60
    plane[((y - 40) / 20) ** 2 + (x / 20) ** 2 < 1] = 400
    stack = np.repeat(plane[None], shape[0], axis=0)
    return (stack + np.random.default_rng(5).normal(0, noise, stack.shape)).astype(np.float32)


def volume_of(stack: np.ndarray, spacing: tuple[float, float, float]) -> Volume:
    """The stack (axial order) as a volume stored left-posterior-superior, in whole HU."""
    ds, dr, dc = spacing
    matrix = np.diag([-dc, -dr, ds, 1.0])
    matrix[:3, 3] = [200.0, 90.0, -40.0]
    return Volume(np.rint(stack).astype(np.int16), matrix, "CT")


@pytest.fixture(scope="module")
def trunk() -> Volume:
    return volume_of(phantom((3, 3, 3)), (3, 3, 3))


@pytest.fixture(scope="module")
def all_kinds(trunk: Volume) -> dict[tuple[str, int], InsertedAnomaly]:
    return {(kind, level): insert(trunk, kind, 11, level) for kind in KINDS for level in (1, 3)}


def near(mask: np.ndarray, voxels: int) -> np.ndarray:
    from scipy import ndimage

    return ndimage.binary_dilation(mask, iterations=voxels)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [1, 3])
def test_only_the_anomaly_and_its_streaks_change(trunk, all_kinds, kind, level):
    made = all_kinds[kind, level]
    before, after = trunk.voxels, made.volume.voxels
    assert made.mask.shape == before.shape
    assert made.mask.dtype == bool
    assert after.dtype == before.dtype
    assert made.mask.any()
    assert made.mask.sum() < 0.4 * before.size
    changed = before != after
    assert changed[made.mask].mean() > 0.6
    beyond = changed & ~near(made.mask, 3)
    if kind in ("ring", "motion"):
        # Faults reach everywhere in their slices, and no other slice.
        touched = made.mask.any(axis=(1, 2))
        assert not changed[~touched].any()
    elif kind == "displaced":
        # All that moves changes a little; the mask is where it moves far and that shows.
        assert not (changed & ~near(made.mask, 25)).any()
        assert (
            (np.abs(after.astype(int) - before)[beyond]).mean() < np.abs(after.astype(int) - before)[made.mask].mean()
        )
    elif made.streaks is None:
        assert not beyond.any()
    else:
        assert not (beyond & (np.abs(after.astype(int) - before) > 31) & ~made.streaks).any()
    assert after.min() >= min(before.min(), -1024)
    assert after.max() <= 3071
    assert made.kind == kind
    assert made.level == level


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_request_gives_the_same_voxels_and_another_seed_others(trunk, all_kinds, kind):
    again = insert(trunk, kind, 11, 3)
    np.testing.assert_array_equal(again.volume.voxels, all_kinds[kind, 3].volume.voxels)
    np.testing.assert_array_equal(again.mask, all_kinds[kind, 3].mask)
    other = insert(trunk, kind, 12, 3)
    assert (other.volume.voxels != again.volume.voxels).any()


@pytest.mark.parametrize("kind", ["fluid", "mass_hypo", "mass_hyper", "metal", "air", "needle", "probe", "stent"])
def test_values_are_those_of_the_material(trunk, all_kinds, kind):
    made = all_kinds[kind, 3]
    values = made.volume.voxels[made.mask].astype(float)
    middle = np.median(values)
    if kind == "fluid":
        assert -5 <= middle <= 25
    elif kind == "air":
        assert values.min() >= -1000
        assert middle < -850
    elif kind == "metal":
        assert values.max() > 2500
        assert made.streaks is not None
        assert made.streaks.any()
    elif kind in ("mass_hypo", "mass_hyper"):
        tissue = 60 + (100 if kind == "mass_hyper" else -100)
        assert abs(middle - tissue) < 25
        # The noise of the CT goes on inside the mass.
        assert 5 < values.std() < 40
    else:
        # Thin metal in 3 mm voxels: far brighter than tissue, far from 3000 HU.
        assert 300 < values.max() < 3071


def test_a_level_is_worse_than_the_one_below(trunk, all_kinds):
    for kind in KINDS:
        changes = [np.abs(all_kinds[kind, level].volume.voxels.astype(int) - trunk.voxels).sum() for level in (1, 3)]
        assert changes[1] > changes[0], kind


@pytest.mark.parametrize("kind", ["needle", "fluid", "mass_hypo", "metal", "stent"])
def test_flipped_and_permuted_storage_gives_the_same_anomaly_at_the_same_place(trunk, kind):
    position = trunk.ras(np.array([35.0, 34.0, 15.0]))
    first = insert(trunk, kind, 4, 2, position_ras=position)

    # Flip i and k, and store j as the slowest axis: the same patient in another array.
    order = trunk.voxels[::-1, :, ::-1].transpose(1, 0, 2)
    matrix = trunk.ijk_to_ras
    k, _, i = (n - 1 for n in trunk.voxels.shape)
    turned = np.eye(4)
    turned[:3, 0], turned[:3, 1], turned[:3, 2] = -matrix[:3, 0], -matrix[:3, 2], matrix[:3, 1]
    turned[:3, 3] = trunk.ras(np.array([i, 0, k]))
    second = insert(Volume(np.ascontiguousarray(order), turned, "CT"), kind, 4, 2, position_ras=position)

    np.testing.assert_array_equal(second.volume.voxels, first.volume.voxels[::-1, :, ::-1].transpose(1, 0, 2))
    np.testing.assert_array_equal(second.mask, first.mask[::-1, :, ::-1].transpose(1, 0, 2))
    np.testing.assert_allclose(second.centre_ras, first.centre_ras, atol=1e-9)
    np.testing.assert_allclose(first.centre_ras, position, atol=1e-9)


def mask_millimetres(mask: np.ndarray, spacing: tuple[float, float, float]) -> tuple[np.ndarray, float]:
    """Centre of mass (mm from the first voxel's corner) and volume (ml)."""
    places = (np.argwhere(mask) + 0.5) * spacing
    return places.mean(axis=0), len(places) * float(np.prod(spacing)) / 1000


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    slice_mm=st.floats(0.9, 5.0),
    pixel_mm=st.floats(0.9, 4.0),
    seed=st.integers(0, 50),
    kind=st.sampled_from(["mass_hypo", "mass_hyper"]),
)
def test_a_mass_keeps_its_size_and_place_at_any_spacing(slice_mm, pixel_mm, seed, kind):
    place = np.array([45.0, 102.0, 112.0])
    found = []
    for spacing in ((2.0, 2.0, 2.0), (slice_mm, pixel_mm, pixel_mm)):
        _, mask = insert_array(phantom(spacing), spacing, kind, seed, 3, centre=tuple(place / spacing - 0.5))
        found.append(mask_millimetres(mask, spacing))
    assert np.linalg.norm(found[1][0] - found[0][0]) < 1.5 + 0.3 * max(slice_mm, pixel_mm)
    assert 0.75 < found[1][1] / found[0][1] < 1.35
    radius = (3 * found[0][1] * 1000 / (4 * np.pi)) ** (1 / 3)
    assert 12 < radius < 27


PLACES = {"stranding": (45.0, 60.0, 205.0), "thickening": (45.0, 60.0, 160.0), "displaced": (45.0, 60.0, 150.0)}
"""In the phantom: fat, the organ's side and an edge that is free to move."""


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (5.0, 1.2, 1.2)])
def test_soft_changes_keep_their_size_and_place_in_thin_and_thick_slices(kind, spacing):
    found = []
    for grid in ((3.0, 3.0, 3.0), spacing):
        centre = tuple(np.array(PLACES[kind]) / grid - 0.5)
        _, mask = insert_array(phantom(grid, noise=2.0), grid, kind, 4, 3, centre=centre)
        found.append(mask_millimetres(mask, grid))
    assert np.linalg.norm(found[1][0] - found[0][0]) < 5
    assert 0.7 < found[1][1] / found[0][1] < 1.4


def test_stranded_fat_is_20_to_80_units_above_fat_and_nothing_else_changes():
    stack = phantom((3, 3, 3))
    for level, most in ((1, 40), (2, 60), (3, 80)):
        made, mask = insert_array(stack, (3, 3, 3), "stranding", 2, level)
        rise = made - stack
        assert rise.min() >= 0
        assert 0.8 * most < rise.max() <= most
        assert rise[mask].min() >= 0.25 * most - 0.1
        assert np.median(stack[mask]) < -80
        # Streaks, not a cloud: within it some fat is hardly denser.
        assert rise[mask].std() > 0.15 * most


def test_a_thickened_wall_is_of_the_wall_s_tissue_and_where_fat_was():
    stack = phantom((2, 2, 2), noise=3.0)
    made, mask = insert_array(stack, (2, 2, 2), "thickening", 3, 3, centre=(22, 40, 78))
    assert np.median(stack[mask]) < -60
    assert 20 <= np.median(made[mask]) <= 80
    from scipy import ndimage

    far = ndimage.distance_transform_edt(stack < -30, 2.0)[mask]
    assert 4 <= np.quantile(far, 0.95) <= 14


def test_displacement_keeps_bone_wall_and_noise():
    stack = phantom((3, 3, 3), noise=10.0)
    made, mask = insert_array(stack, (3, 3, 3), "displaced", 5, 3)
    assert mask.any()
    moved = made != stack
    assert not moved[stack > 250].any()
    assert not moved[stack < -300].any()
    inner = moved & (np.abs(made - 60) < 35)
    assert made[inner].std() == pytest.approx(10, rel=0.25)


@pytest.mark.parametrize("spacing", [(5.0, 0.8, 0.8), (3.0, 3.0, 3.0), (1.5, 1.5, 1.5)])
def test_a_thin_needle_keeps_its_metal_in_thick_voxels(spacing):
    """Partial volume: the Hounsfield units added over the voxels are those of the rod, whatever the voxels."""
    stack = phantom(spacing, noise=0.0)
    centre = tuple(np.array([45.0, 100.0, 110.0]) / spacing - 0.5)
    made, mask = insert_array(stack, spacing, "needle", 3, 1, centre=centre)
    changed = made != stack
    # Volume of steel in ml if each voxel is a mixture of what was there and 3000 HU.
    share = (made[changed] - stack[changed]) / (3000 - stack[changed])
    assert share.min() >= 0
    assert share.max() <= 1.001
    volume = float(share.sum() * np.prod(spacing))
    ends = np.argwhere(mask) * np.asarray(spacing)
    length = np.linalg.norm(ends.max(axis=0) - ends.min(axis=0))
    assert 50 < length < 145
    assert volume == pytest.approx(np.pi * 0.75**2 * length, rel=0.15)
    if spacing == (3.0, 3.0, 3.0):
        assert made[mask].max() < 2000


def test_thick_slices_with_fine_pixels_work():
    spacing = (5.0, 0.8, 0.8)
    stack = phantom(spacing)
    for kind in ("fluid", "metal"):
        made, mask = insert_array(stack, spacing, kind, 2, 2)
        assert mask.any(), kind
        assert (made[mask] != stack[mask]).mean() > 0.6, kind


@pytest.mark.slow
def test_the_slice_range_holds_the_centre(trunk):
    for kind in ("mass_hyper", "fluid", "needle", "metal"):
        for first, stop in ((3, 6), (20, 21)):
            made = insert(trunk, kind, 9, 2, slices=(first, stop))
            at = trunk.ijk(np.array(made.centre_ras))[2]
            assert first - 0.01 <= at <= stop - 1 + 0.01, kind


def test_a_single_slice_works():
    stack = phantom((3, 3, 3))[10:11]
    for kind in ("needle", "fluid", "mass", "metal", "ring", "motion"):
        made, mask = insert_array(stack, (3, 3, 3), kind, 6, 3)
        assert made.shape == stack.shape
        assert mask.any(), kind


def test_the_body_given_is_the_body_used():
    stack = phantom((3, 3, 3))
    body = np.zeros(stack.shape, dtype=bool)
    body[:, :, :50] = stack[:, :, :50] > -300
    _, mask = insert_array(stack, (3, 3, 3), "mass_hyper", 1, 1, body=body)
    assert not (mask & ~body).any()


def torso() -> Volume:
    import nibabel

    image = nibabel.load(TORSO)
    return Volume(np.ascontiguousarray(np.asarray(image.dataobj).transpose(2, 1, 0)), image.affine, "CT")


@pytest.mark.slow
def test_the_demo_has_a_needle_in_few_slices_and_a_fluid_collection_elsewhere():
    volume = torso()
    case = demo_case(volume)
    assert isinstance(case, DemoCase)
    assert set(case.masks) == {"needle", "fluid"}
    needle, fluid = case.masks["needle"], case.masks["fluid"]
    assert not (needle & fluid).any()
    in_slices = np.flatnonzero(needle.any(axis=(1, 2)))
    assert 2 <= len(in_slices) <= 5
    assert in_slices.min() >= 88
    assert in_slices.max() <= 102
    assert (needle.sum(axis=(1, 2)) >= 10).sum() >= 2
    assert np.median(case.volume.voxels[needle]) > 225
    assert abs(np.median(case.volume.voxels[fluid]) - 10) < 12
    # The tip is in the patient's right half, the fluid in the left.
    assert case.inserted[1].centre_ras[0] > volume.ras(np.array([61, 50, 50]))[0]
    assert np.argwhere(fluid)[:, 2].mean() < 61
    assert (case.mask == (needle | fluid)).all()
    # Nothing in the input was written to.
    np.testing.assert_array_equal(volume.voxels, torso().voxels)


def refuses(part: str, call, *args, **kwargs) -> None:
    with pytest.raises(InputError, match=part) as caught:
        call(*args, **kwargs)
    assert caught.value.message.endswith(".")


def test_bad_input_is_refused_in_one_sentence(trunk):
    refuses("no simulated anomaly 'nedle'", insert, trunk, "nedle", 1)
    refuses("level must be", insert, trunk, "needle", 1, 4)
    refuses("seed", insert, trunk, "needle", -1)
    refuses("not in this image", insert, trunk, "needle", 1, 2, slices=(20, 99))
    refuses("outside the image", insert, trunk, "needle", 1, 2, position_ras=(5000, 0, 0))
    refuses("outside the body", insert, trunk, "needle", 1, 2, position_ras=trunk.ras(np.array([1, 1, 10])))
    refuses("three numbers", insert, trunk, "needle", 1, 2, position_ras=(1, np.nan, 2))
    air = Volume(np.full_like(trunk.voxels, -1000), trunk.ijk_to_ras, "CT")
    refuses("No body", insert, air, "needle", 1)
    small = Volume(trunk.voxels[:, :10, :10], trunk.ijk_to_ras, "CT")
    refuses("too small", insert, small, "needle", 1)
    refuses("is MR", insert, Volume(trunk.voxels, trunk.ijk_to_ras, "MR"), "needle", 1)
    flat = trunk.ijk_to_ras.copy()
    flat[:3, 2] = 0
    refuses("geometry", insert, Volume(trunk.voxels, flat, "CT"), "needle", 1)
    broken = trunk.voxels.astype(np.float32)
    broken[3, 3, 3] = np.nan
    refuses("not numbers", insert, Volume(broken, trunk.ijk_to_ras, "CT"), "needle", 1)
    refuses("3-D", insert_array, broken[0], (3, 3, 3), "needle", 1)
    refuses("voxel size", insert_array, trunk.voxels, (3, 0, 3), "needle", 1)
    refuses("body mask", insert_array, trunk.voxels, (3, 3, 3), "needle", 1, body=np.ones((2, 2, 2), dtype=bool))
