"""Pictures of every kind that cameras, scanners and drawing programs write, as real files."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume.colour_channels import luma
from GANAnomalyLib.volume.formats.picture_pixels import opened, picture_pixels, read_pixels, upright

ALL = ("PNG", "JPEG", "BMP", "TIFF")
_TURN = Image.Transpose
TURNED = dict(
    enumerate(
        (
            *(_TURN.FLIP_LEFT_RIGHT, _TURN.ROTATE_180, _TURN.FLIP_TOP_BOTTOM, _TURN.TRANSPOSE),
            *(_TURN.ROTATE_90, _TURN.TRANSVERSE, _TURN.ROTATE_270),
        ),
        2,
    )
)
"""What a camera stores by the orientation it notes (TIFF 6.0, tag 274): the turn that the note undoes."""
RED, SEA = (200, 40, 10), (20, 120, 220)


def colours(height: int = 12, width: int = 20) -> np.ndarray:
    """The left half red, the right one the colour of the sea, the upper left corner white."""
    made = np.empty((height, width, 3), np.uint8)
    made[:, : width // 2], made[:, width // 2 :] = RED, SEA
    made[:4, :4] = 255
    return made


def read(data: bytes) -> np.ndarray:
    with opened(io.BytesIO(data), "a.pic", ALL) as picture:
        return picture_pixels(upright(picture, "a.pic"), "a.pic")


def written(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def png(pixels: np.ndarray, kind: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of (H, W, channels) uint16 or (H, W) uint8 rows, which Pillow itself does not write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)
    heading = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, kind, 0, 0, 0)
    parts = [(b"IHDR", heading), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_said(kind, orientation):
    shown = colours()
    stored = Image.fromarray(shown)
    if orientation > 1:
        stored = stored.transpose(TURNED[orientation])
    exif = Image.Exif()
    exif[274] = orientation
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    found = read(written(stored, kind, exif=exif, **options))
    assert found.shape == shown.shape
    assert np.abs(found.astype(int) - shown).max() <= 4


def test_palettes_with_and_without_transparency():
    picture = Image.fromarray(colours()).quantize(4)
    np.testing.assert_array_equal(read(written(picture)), colours())
    assert picture.mode == "P"
    clear = picture.getpixel((15, 5))
    found = read(written(picture, transparency=clear))
    expected = colours()
    expected[(expected == SEA).all(-1)] = 0
    np.testing.assert_array_equal(found, expected)
    half = bytes(128 if n == clear else 255 for n in range(4))
    found = read(written(picture, transparency=half))
    assert np.abs(found[5, 15].astype(int) - np.array(SEA) // 2).max() <= 1
    grey = Image.fromarray(luma(colours())).convert("P")
    np.testing.assert_array_equal(read(written(grey)), luma(colours()))


@pytest.mark.parametrize("alpha", [0, 1, 77, 128, 254, 255])
def test_transparent_parts_are_laid_over_black(alpha):
    shown = colours()
    solid = np.full(shown.shape[:2], alpha, np.uint8)
    found = read(written(Image.fromarray(np.dstack([shown, solid]))))
    if alpha == 0:
        assert found.ndim == 2  # black all over
        assert not found.any()
        return
    assert np.abs(found - shown * (alpha / 255)).max() <= 1
    if alpha == 255:
        np.testing.assert_array_equal(found, shown)
    grey = luma(shown)
    found = read(written(Image.merge("LA", [Image.fromarray(grey), Image.fromarray(solid)])))
    assert np.abs(found - grey * (alpha / 255)).max() <= 1


def test_one_colour_named_as_clear():
    expected = colours()
    expected[(expected == SEA).all(-1)] = 0
    np.testing.assert_array_equal(read(written(Image.fromarray(colours()), transparency=SEA)), expected)
    grey = luma(colours())
    clear = int(grey[5, 15])
    found = read(written(Image.fromarray(grey), transparency=clear))
    np.testing.assert_array_equal(found, np.where(grey == clear, 0, grey))
    deep = grey.astype(np.uint16) * 256 + 3
    found = read(png(deep, 0, (b"tRNS", struct.pack(">H", int(deep[5, 15])))))
    np.testing.assert_array_equal(found, np.where(deep == deep[5, 15], 0, deep))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_become_colours(kind):
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    data = written(Image.fromarray(colours()).convert("CMYK"), kind, **options)
    if kind == "JPEG":
        assert b"Adobe" in data  # and so its inks are stored the other way round
    assert np.abs(read(data).astype(int) - colours()).max() <= 4


def test_one_bit_and_sixteen_bits():
    grey = luma(colours())
    np.testing.assert_array_equal(read(written(Image.fromarray(grey > 100))), (grey > 100) * np.uint8(255))
    deep = grey.astype(np.uint16) * 257
    for found in (read(written(Image.fromarray(deep))), read(png(deep, 0))):
        assert found.dtype == np.uint16
        np.testing.assert_array_equal(found, deep)
    for kind in ("<u2", ">u2"):
        found = read(written(Image.fromarray(deep.astype(kind)), "TIFF"))
        assert found.dtype == np.uint16
        np.testing.assert_array_equal(found, deep)


def test_of_sixteen_bit_colours_the_upper_eight_count():
    deep = colours().astype(np.uint16) * 257
    found = read(png(deep, 2))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, colours())
    clear = np.dstack([deep, np.full(deep.shape[:2], 65535, np.uint16)])
    np.testing.assert_array_equal(read(png(clear, 6)), colours())


def test_sixteen_bit_grey_levels_are_never_cut():
    dark = luma(colours()).astype(np.uint16) * 16  # 12 bits in 16: eight would leave 16 levels of it
    solid = np.full(dark.shape, 65535, np.uint16)
    for data in (png(np.dstack([dark, solid]), 4), png(np.dstack([dark] * 3), 2)):
        with pytest.raises(InputError, match=r"a\.pic holds grey levels of 16 bits among colours or transparency"):
            read(data)
    white = written(Image.fromarray(dark), "TIFF", tiffinfo={262: 0})
    with pytest.raises(InputError, match=r"a\.pic stores white as 0 with 16 bits"):
        read(white)


def test_several_pictures_in_one_file():
    first, second = Image.fromarray(colours()), Image.fromarray(colours()[::-1].copy())
    for kind in ("PNG", "TIFF"):
        with pytest.raises(InputError, match="several pictures in one file"):
            read(written(first, kind, save_all=True, append_images=[second]))
    # Telephones keep a depth map or a gain map behind the picture.
    telephone = written(first, "MPO", save_all=True, append_images=[second], quality=100, subsampling=0)
    assert np.abs(read(telephone).astype(int) - colours()).max() <= 4
    with pytest.raises(InputError, match=r"a\.pic is not a PNG, JPEG, BMP or TIFF picture"):
        read(written(first, "GIF"))


def test_grey_levels_are_those_of_pillow():
    random = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    np.testing.assert_array_equal(luma(random), np.asarray(Image.fromarray(random).convert("L")))
    same = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    np.testing.assert_array_equal(luma(same), same[:, 0])


def test_damaged_files_are_refused_in_a_sentence(tmp_path):
    exif = Image.Exif()
    exif[274], exif[271] = 6, "Camera"
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8))
    whole = [
        written(noise, "JPEG", exif=exif),
        written(noise, "PNG", exif=exif),
        written(noise, "TIFF", exif=exif),
        written(noise.quantize(16), "PNG", transparency=3),
        written(noise.convert("CMYK"), "JPEG"),
    ]
    random = np.random.default_rng(2)
    for data in whole:
        for _ in range(60):
            broken = bytearray(data)
            for place in random.integers(0, min(len(broken), 400), 4):
                broken[place] = random.integers(256)
            cut = bytes(broken[: random.integers(1, len(broken) + 1)]) if random.random() < 0.3 else bytes(broken)
            with contextlib.suppress(InputError):  # and nothing else
                assert read(cut).dtype in (np.uint8, np.uint16)
    (tmp_path / "a.png").write_bytes(whole[0][:90])
    with pytest.raises(InputError, match=r"a\.png is not a PNG or JPEG picture, or is cut short"):
        read_pixels(tmp_path / "a.png")
