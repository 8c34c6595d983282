import numpy as np
import pytest
from PIL import Image

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, check_input, read_volume


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_one_radiograph(tmp_path, dtype):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (20, 30), dtype=dtype, endpoint=True)
    Image.fromarray(pixels).save(tmp_path / "chest.png")
    volume = read_volume(tmp_path / "chest.png")
    assert volume.voxels.dtype == dtype
    np.testing.assert_array_equal(volume.voxels[0], pixels)
    assert volume.meta["kind"] == "picture"
    assert volume.meta["bits"] == 8 * np.dtype(dtype).itemsize
    assert volume.modality == ""
    np.testing.assert_array_equal(AxialStack.from_volume(volume).slices, volume.voxels)
    check_input(volume, allow_any=True)
    with pytest.raises(InputError, match="picture is not a CT"):
        check_input(volume)


def test_a_folder_counts_as_people_do(tmp_path):
    for n in (10, 2, 1):
        Image.fromarray(np.full((4, 5), n, np.uint8)).save(tmp_path / f"slice{n}.png")
    assert read_volume(tmp_path).voxels[:, 0, 0].tolist() == [1, 2, 10]


def test_jpeg_and_grey_stored_as_colour(tmp_path):
    ramp = np.tile(np.arange(0, 200, 4, dtype=np.uint8), (40, 1))
    Image.fromarray(ramp).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_volume(tmp_path / "a.jpg").voxels[0].astype(int) - ramp).max() < 8
    Image.fromarray(np.stack([ramp] * 3, -1)).save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_volume(tmp_path / "b.png").voxels[0], ramp)


def test_what_is_wrong_with_pictures(tmp_path):
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"b\.png is 6 x 4 pixels but a\.png is 5 x 4"):
        read_volume(tmp_path)
    Image.fromarray(np.zeros((4, 5), np.uint16)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match="bit depth"):
        read_volume(tmp_path)
    colour = np.zeros((4, 5, 3), np.uint8)
    colour[..., 0] = 200
    Image.fromarray(colour).save(tmp_path / "c.png")
    with pytest.raises(InputError, match="colour picture"):
        read_volume(tmp_path / "c.png")
    volume = read_volume(tmp_path / "c.png", colours=True)
    np.testing.assert_array_equal(volume.colours[0], colour)
    np.testing.assert_array_equal(volume.voxels[0], np.full((4, 5), 60))  # 0.299 of 200
    noise = np.random.default_rng(0).integers(0, 255, (50, 50), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "d.png")
    (tmp_path / "d.png").write_bytes((tmp_path / "d.png").read_bytes()[:900])
    with pytest.raises(InputError, match="cut short"):
        read_volume(tmp_path / "d.png")
