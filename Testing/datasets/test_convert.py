"""Windowing, slicing, resizing and PNGs of real CT, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from datasets.made import TORSO, pixels, torso_part, write_folder
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dataset_options import GreyWindow, SliceSelection
from GANAnomalyLab.datasets.resize_set import resize_dataset, resize_volume
from GANAnomalyLab.datasets.slice_set import png_dataset, slice_dataset
from GANAnomalyLab.datasets.window_set import window_dataset
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLab.images.raster import Fit
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, Volume, read_volume, write_volume


@pytest.fixture
def ct(tmp_path):
    """Two CTs, one stored upside down and sideways."""
    volume = torso_part(40, 6)
    write_volume(volume, tmp_path / "ct" / "one.nii.gz")
    matrix = volume.ijk_to_ras.copy()
    count = volume.voxels.shape[0]
    matrix[:3, 3] += matrix[:3, 2] * (count - 1)
    matrix[:3, 2] *= -1
    turned = np.ascontiguousarray(volume.voxels[::-1].transpose(0, 2, 1))
    matrix[:3, [0, 1]] = matrix[:3, [1, 0]]
    write_volume(Volume(turned, matrix, "CT"), tmp_path / "ct" / "two.nrrd")
    return tmp_path / "ct"


def slices_of(path):
    return AxialStack.from_volume(read_volume(path, allow_any=True)).slices


@pytest.mark.parametrize("bits", [8, 16])
def test_window(ct, tmp_path, bits):
    outcome = window_dataset(ct, SetJob(tmp_path / "out"), GreyWindow(350, 50), bits)
    assert outcome.written == 2
    top = 2**bits - 1
    expected = np.rint(np.clip((slices_of(ct / "one.nii.gz").astype(float) + 125) / 350, 0, 1) * top)
    for name in ("one", "two"):
        found = read_volume(tmp_path / "out" / f"{name}.nii.gz", allow_any=True)
        assert np.abs(slices_of(tmp_path / "out" / f"{name}.nii.gz") - expected).max() <= 1
        before = read_volume(ct / ("one.nii.gz" if name == "one" else "two.nrrd"))
        np.testing.assert_allclose(found.ijk_to_ras, before.ijk_to_ras, atol=1e-4)


def test_slices_keep_values_and_place(ct, tmp_path):
    slice_dataset(ct, SetJob(tmp_path / "out"), SliceSelection(slices=(1, 5), every=2), "nifti")
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.nii.gz"))
    assert names == ["one/0001.nii.gz", "one/0003.nii.gz", "two/0001.nii.gz", "two/0003.nii.gz"]
    whole = read_volume(ct / "one.nii.gz")
    stack = AxialStack.from_volume(whole)
    for name in names:
        number = int(name[4:8])
        single = read_volume(tmp_path / "out" / name, allow_any=True)
        np.testing.assert_array_equal(AxialStack.from_volume(single).slices[0], stack.slices[number])
        corner = AxialStack.from_volume(single).stack_to_ijk(np.zeros(3))
        expected = whole.ras(stack.stack_to_ijk(np.array([number, 0, 0])))
        np.testing.assert_allclose(single.ras(corner), expected, atol=1e-3)


@pytest.mark.parametrize("bits", [8, 16])
def test_the_long_way_round_gives_the_same_pictures(ct, tmp_path, bits):
    window_dataset(ct, SetJob(tmp_path / "w"), GreyWindow(400, 40), bits)
    slice_dataset(tmp_path / "w", SetJob(tmp_path / "s"), SliceSelection(every=2), "nifti")
    png_dataset(tmp_path / "s", SetJob(tmp_path / "long"), bits=bits)
    slice_dataset(ct, SetJob(tmp_path / "short.zip"), SliceSelection(every=2), "png", GreyWindow(400, 40), bits)
    with open_pictures(tmp_path / "long") as long, open_pictures(tmp_path / "short.zip") as short:
        assert long.names == short.names == [f"{v}/{n:04d}.png" for v in ("one", "two") for n in (0, 2, 4)]
        assert long.patients() is not None
        assert len(set(long.patients().values())) == 2
        for name in long.names:
            one, other = (np.asarray(pictures.open(name)) for pictures in (long, short))
            np.testing.assert_array_equal(one, other)
            assert one.max() > 100


def test_one_volume_of_a_windowed_set(ct, tmp_path):
    window_dataset(ct, SetJob(tmp_path / "w"), GreyWindow(400, 40))
    slice_dataset(tmp_path / "w" / "one.nii.gz", SetJob(tmp_path / "s"), SliceSelection(slices=(2, 3)))
    picture = np.asarray(open_pictures(tmp_path / "s").open("one/0002.png"))
    np.testing.assert_array_equal(picture, slices_of(tmp_path / "w" / "one.nii.gz")[2])


def test_to_png(ct, tmp_path):
    png_dataset(ct / "one.nii.gz", SetJob(tmp_path / "all"))
    assert len(open_pictures(tmp_path / "all").names) == 6
    slice_dataset(ct, SetJob(tmp_path / "s"), SliceSelection(slices=(2, 3)), "nifti")
    png_dataset(tmp_path / "s", SetJob(tmp_path / "p"), GreyWindow(400, 40))
    assert open_pictures(tmp_path / "p").names == ["one/0002.png", "two/0002.png"]
    folder = tmp_path / "jpg"
    folder.mkdir()
    Image.fromarray(pixels(size=(16, 16))).save(folder / "a.bmp")
    Image.fromarray(pixels(size=(16, 16), dtype="uint16")).save(folder / "b.tif")
    png_dataset(folder, SetJob(tmp_path / "q.zip"))
    with open_pictures(tmp_path / "q.zip") as pictures:
        assert pictures.names == ["a.png", "b.png"]
        np.testing.assert_array_equal(np.asarray(pictures.open("a.png")), pixels(size=(16, 16)))
        np.testing.assert_array_equal(np.asarray(pictures.open("b.png")), pixels(size=(16, 16), dtype="uint16"))


def test_names_that_clash_and_numbers(tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png"])
    Image.fromarray(pixels(1)).save(folder / "A.bmp")
    png_dataset(folder, SetJob(tmp_path / "out"))
    assert len(open_pictures(tmp_path / "out").names) == 2
    png_dataset(folder, SetJob(tmp_path / "numbers"), numbered=True)
    assert open_pictures(tmp_path / "numbers").names == ["000000.png", "000001.png"]


@pytest.mark.parametrize("transform", ["stretch", "center-crop", "pad"])
@pytest.mark.parametrize("size", [(20, 16), (60, 90), (41, 33)])
def test_a_resized_volume_stays_in_place(transform, size):
    """Values that grow along the patient's axes must still be what their place says."""
    matrix = np.array([[-0.2, 1.5, 0.1, 7], [1.8, 0.3, -0.1, -20], [0.05, 0.1, -3.0, 55], [0, 0, 0, 1.0]])
    shape = (5, 33, 41)
    k, j, i = np.meshgrid(*map(np.arange, shape), indexing="ij")
    empty = Volume(np.zeros(shape, np.float32), matrix, "CT")
    places = empty.ras(np.stack([i, j, k], axis=-1))
    slope = np.array([1.0, -2.0, 0.5])
    volume = Volume((places @ slope).astype(np.float32), matrix, "CT")
    resized = resize_volume(volume, size, transform, "bilinear")
    assert resized.voxels.shape == (5, *size)
    k, j, i = np.meshgrid(*map(np.arange, resized.voxels.shape), indexing="ij")
    expected = resized.ras(np.stack([i, j, k], axis=-1)) @ slope
    index = volume.ijk(resized.ras(np.stack([i, j, k], axis=-1)))
    # Away from the edges of the volume and of the crop: averaging would reach beyond them.
    inside = np.all((index[..., :2] > 4) & (index[..., :2] < np.array([41, 33]) - 5), axis=-1)
    inside &= (j >= 2) & (j < size[0] - 2) & (i >= 2) & (i < size[1] - 2)
    assert inside.mean() > 0.1
    # Weights of a triangle taken at whole pixels give a ramp within a tenth of a pixel, and one pixel
    # makes 3.8 or 0.95 here.
    np.testing.assert_allclose(resized.voxels[inside], expected[inside], atol=0.3)
    assert abs(float((resized.voxels - expected)[inside].mean())) < 0.02


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from(["stretch", "center-crop", "pad"]),
    st.tuples(st.floats(0.2, 5), st.floats(0.2, 5)),
    st.sampled_from(["uint8", "uint16", "float32"]),
)
def test_any_size_to_any_size(shape, size, transform, spacing, dtype):
    values = np.full(shape, 100, dtype)
    fit = Fit.plan(shape, size, transform, spacing)
    out = fit.apply(values, "bilinear", fill=100)
    assert (out.shape, out.dtype) == (size, values.dtype)
    assert (out == 100).all()


def test_resized_sets(ct, tmp_path):
    outcome = resize_dataset(ct, SetJob(tmp_path / "out"), 64, 48)
    assert outcome.written == 2
    one, two = (read_volume(tmp_path / "out" / f"{name}.nii.gz", allow_any=True) for name in ("one", "two"))
    assert one.voxels.shape == (6, 48, 64)
    np.testing.assert_array_equal(one.voxels, two.voxels)
    np.testing.assert_allclose(one.ijk_to_ras, two.ijk_to_ras, atol=1e-3)
    folder = write_folder(tmp_path / "in", ["a.png", "b.png"], [["a.png", 1], ["b.png", 0]], size=(30, 20))
    resize_dataset(folder, SetJob(tmp_path / "small.zip"), 10, 15)
    with open_pictures(tmp_path / "small.zip") as pictures:
        assert pictures.labels() == {"a.png": 1, "b.png": 0}
        expected = Image.fromarray(pixels(0, (30, 20))).resize((10, 15), Image.Resampling.LANCZOS)
        np.testing.assert_array_equal(np.asarray(pictures.open("a.png")), np.asarray(expected))


def test_volumes_in_a_bad_state(ct, tmp_path):
    whole = (ct / "one.nii.gz").read_bytes()
    (ct / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    volume = torso_part(40, 2)
    broken = volume.voxels.astype(np.float32)
    broken[0, 3, 3] = np.nan
    write_volume(volume.like(broken), ct / "nan.nrrd")
    outcome = window_dataset(ct, SetJob(tmp_path / "out"))
    assert (outcome.written, outcome.exit_code) == (2, 1)
    assert [name for name, _ in outcome.failed] == ["cut.nii.gz", "nan.nrrd"]
    assert "cut short" in outcome.failed[0][1]
    assert "not finite" in outcome.failed[1][1]
    with pytest.raises(InputError, match="cut short"):
        window_dataset(ct / "cut.nii.gz", SetJob(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_the_wrong_kind(ct, tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png"])
    for call in (window_dataset, slice_dataset):
        with pytest.raises(InputError, match="holds pictures, not volumes"):
            call(folder, SetJob(tmp_path / "out"))
    with pytest.raises(InputError, match="cannot go into a zip"):
        window_dataset(ct, SetJob(tmp_path / "out.zip"))
    with pytest.raises(InputError, match="does not exist"):
        window_dataset(tmp_path / "nowhere", SetJob(tmp_path / "out"))
    with pytest.raises(InputError, match="a number above 0"):
        GreyWindow(window=0)
    with pytest.raises(InputError, match="one of the two"):
        GreyWindow(window=100, intensity="range")
    for choice in ({"every": 0}, {"slices": (5, 5)}, {"z_range": (2.0, 1.0)}, {"label": 3}):
        with pytest.raises(InputError):
            SliceSelection(**choice)
    with pytest.raises(InputError, match="is one mask but there are 2 volumes"):
        slice_dataset(ct, SetJob(tmp_path / "out"), SliceSelection(mask=str(TORSO)))
    assert not any((tmp_path / name).exists() for name in ("out", "out.zip"))
