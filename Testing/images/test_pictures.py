"""Pictures in folders and zips as training images, good and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from datasets.made import png, write_zip
from images.made import SIDE, grey, opened, write_pictures
from PIL import Image

from GANAnomalyLib.errors import InputError


def shades(count: int) -> list[np.ndarray]:
    return [grey(number) for number in range(count)]


def stored(images) -> np.ndarray:
    return np.asarray(images.images)


def test_a_folder_keeps_every_value(tmp_path):
    images = opened(write_pictures(tmp_path / "data", ["b.png", "a/c.png", "a/a.png"]), tmp_path / "store")
    expected = np.stack([grey(2), grey(1), grey(0)])[:, None]  # in the order of the names
    assert images.images.dtype == np.uint8
    assert np.array_equal(stored(images), expected)
    assert images.kind == "pictures"
    assert np.allclose(images.batch([2, 0]), expected[[2, 0]] / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("workers", [0, 1, 4])
def test_a_zip_as_published(tmp_path, method, workers):
    from GANAnomalyLab.images import ImageSource, open_images

    pictures = shades(40)
    files = {f"0000{n % 2}/img{n:08d}.png": png(picture) for n, picture in enumerate(pictures)}
    archive = write_zip(tmp_path / "set.zip", {**files, "dataset.json": b'{"labels": null}'}, method)
    images = open_images(ImageSource(str(archive)), tmp_path / "store", workers=workers)
    order = sorted(range(40), key=lambda n: (n % 2, n))
    assert np.array_equal(stored(images), np.stack([pictures[n] for n in order])[:, None])
    assert images.resolution == SIDE


def test_other_formats_and_modes(tmp_path):
    (tmp_path / "data").mkdir()
    values = grey(1)
    picture = Image.fromarray(values)
    picture.save(tmp_path / "data" / "a.bmp")
    picture.save(tmp_path / "data" / "b.tif")
    picture.convert("RGB").save(tmp_path / "data" / "c.png")
    picture.convert("RGBA").save(tmp_path / "data" / "d.png")
    picture.convert("P").save(tmp_path / "data" / "e.png")
    picture.convert("LA").save(tmp_path / "data" / "f.png")
    Image.fromarray(values > 127).save(tmp_path / "data" / "g.png")
    picture.save(tmp_path / "data" / "h.jpg", quality=100)
    images = stored(opened(tmp_path / "data", tmp_path / "store"))
    expected = np.stack([values] * 6 + [np.where(values > 127, 255, 0)])[:, None]
    assert np.array_equal(images[:7], expected)
    assert np.abs(images[7].astype(int) - values).max() <= 3


def test_every_room_reads_the_same_pixels(tmp_path):
    """Training, scores, analysis and what measures sets, of one file each."""
    from GANAnomalyLab.evaluate.quality.quality_images import PictureImages
    from GANAnomalyLab.images.archive import open_pictures
    from GANAnomalyLab.images.raster import picture_pixels
    from GANAnomalyLab.images.training_pictures import picture_planes
    from GANAnomalyLib.score.scored_pictures import read_planes
    from GANAnomalyLib.volume import read_volume

    whole = Image.fromarray(np.stack([grey(1, (12, 16)), grey(2, (12, 16)), grey(3, (12, 16))], -1))
    turned = Image.Exif()
    turned[274] = 8
    clear = whole.copy()
    clear.putalpha(Image.fromarray(grey(4, (12, 16))))
    folder = tmp_path / "data"
    folder.mkdir()
    whole.save(folder / "a.jpg", exif=turned)
    whole.convert("CMYK").save(folder / "b.jpg")
    clear.save(folder / "c.png")
    whole.quantize(8).save(folder / "d.png", transparency=3)
    clear.convert("LA").save(folder / "e.png")
    whole.convert("1").save(folder / "f.png")
    pictures = open_pictures(folder)
    for number, name in enumerate(pictures.names):
        planes = read_planes(folder / name)
        shown = np.squeeze(planes.transpose(1, 2, 0))
        assert planes.shape[1:] == ((16, 12) if name == "a.jpg" else (12, 16))
        volume = read_volume(folder / name, colours=True)
        assert np.array_equal(volume.voxels[0] if volume.colours is None else volume.colours[0], shown)
        assert np.array_equal(picture_planes(pictures.open(name), name, len(planes)), planes)
        assert np.array_equal(picture_pixels(pictures.open(name), name), shown)
        (measured,) = PictureImages(pictures).batches([number])
        assert np.array_equal(measured[0], planes)


def test_sixteen_bits_stay_sixteen(tmp_path):
    data = write_pictures(tmp_path / "data", 3, dtype="uint16")
    images = opened(data, tmp_path / "store")
    assert images.images.dtype == np.uint16
    assert np.array_equal(stored(images)[:, 0], [grey(n, dtype="uint16") for n in range(3)])
    assert images.batch([0]).max() <= 1
    (data / "x.png").write_bytes(png(grey(9)))
    with pytest.raises(InputError, match=r"x\.png and picture00\.png differ in bit depth"):
        opened(data, tmp_path / "store")


def test_colour_only_where_it_is_asked_for(tmp_path):
    (tmp_path / "data").mkdir()
    colours = np.stack([grey(1), grey(2), grey(3)], -1)
    (tmp_path / "data" / "a.png").write_bytes(png(colours))
    (tmp_path / "data" / "b.png").write_bytes(png(grey(4)))
    images = stored(opened(tmp_path / "data", tmp_path / "store", channels=3))
    assert np.array_equal(images[0], colours.transpose(2, 0, 1))
    assert np.array_equal(images[1], np.stack([grey(4)] * 3))
    with pytest.raises(InputError, match=r"a\.png is a colour picture: make all pictures grey"):
        opened(tmp_path / "data", tmp_path / "store")


def test_mixed_sizes_are_brought_to_one(tmp_path):
    (tmp_path / "data").mkdir()
    for name, size in (("a", (16, 16)), ("b", (32, 32)), ("c", (8, 16)), ("d", (16, 8))):
        (tmp_path / "data" / f"{name}.png").write_bytes(png(np.full(size, 200, np.uint8)))
    images = stored(opened(tmp_path / "data", tmp_path / "store"))
    assert np.all(images[:2] == 200)
    wide = np.zeros((16, 16), np.uint8)
    wide[4:12] = 200
    assert np.array_equal(images[2, 0], wide)
    assert np.array_equal(images[3, 0], wide.T)


def test_shrinking_averages(tmp_path):
    (tmp_path / "data").mkdir()
    values = grey(1, (32, 32))
    (tmp_path / "data" / "a.png").write_bytes(png(values))
    images = stored(opened(tmp_path / "data", tmp_path / "store"))
    mean = values.reshape(16, 2, 16, 2).astype(float).mean(axis=(1, 3))
    assert np.abs(images[0, 0] - mean).max() <= 0.51


@pytest.mark.parametrize(("side", "expected"), [((16, 16), 16), ((20, 14), 16), ((30, 20), 32), ((100, 3), 128)])
def test_the_resolution_nearest_to_the_data(tmp_path, side, expected):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.png").write_bytes(png(grey(0, side)))
    assert opened(tmp_path / "data", tmp_path / "store", resolution=None).resolution == expected


def test_masks_beside_pictures_are_not_learnt(tmp_path):
    data = write_pictures(tmp_path / "data", ["a.png", "a_mask.png", "b.png", "b_segmentation.png"])
    said = []
    assert opened(data, tmp_path / "store", said).items.tolist() == [0, 1]
    assert any("2 pictures were passed over" in sentence for sentence in said)


def bomb() -> bytes:
    """A small PNG whose heading claims 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    heading = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", heading) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def test_bad_pictures_are_left_out_and_told(tmp_path):
    files = {
        "a.png": png(grey(0)),
        "b.png": bomb(),
        "c.png": png(grey(2))[:80],
        "d.png": b"no picture",
        "e.png": b"",
        "f.png": png(grey(5)),
    }
    said = []
    images = opened(write_zip(tmp_path / "set.zip", files), tmp_path / "store", said)
    assert images.items.tolist() == [0, 5]
    assert any("4 of 6 files were left out" in sentence and "b.png" in sentence for sentence in said)
    with pytest.raises(InputError, match=r"b\.png is too large a picture"):
        opened(write_zip(tmp_path / "bad.zip", {"b.png": bomb()}), tmp_path / "store")


def test_things_that_are_no_set_of_pictures(tmp_path):
    path = write_pictures(tmp_path / "data", 1) / "picture00.png"
    with pytest.raises(InputError, match="single picture"):
        opened(path, tmp_path / "store")
    floats = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).random((16, 16), np.float32)).save(floats, "TIFF")
    (tmp_path / "floats").mkdir()
    (tmp_path / "floats" / "a.tif").write_bytes(floats.getvalue())
    with pytest.raises(InputError, match="not grey levels or colours"):
        opened(tmp_path / "floats", tmp_path / "store")
