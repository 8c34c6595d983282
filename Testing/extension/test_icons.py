"""Icons: the sizes 3D Slicer shows, on light and on dark, and pictures that keep up with their sources."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
ICONS = ROOT / "GANAnomaly" / "Resources" / "Icons"
BUTTONS = ("accept", "reject", "unsure", "next", "previous")
THEMES = {"light": 240, "dark": 43}


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (WCAG 2.1) of sRGB 0..255, shape (..., 3)."""
    channel = np.asarray(rgb, dtype=float) / 255.0
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def shown(name: str, size: int, background: int) -> np.ndarray:
    """(size, size, 3) of an icon scaled onto a plain ground."""
    with Image.open(ICONS / f"{name}.png") as icon:
        small = icon.convert("RGBA").resize((size, size), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", small.size, (background,) * 3 + (255,))
    return np.asarray(Image.alpha_composite(ground, small).convert("RGB"))


@pytest.mark.parametrize("path", [ROOT / "Resources" / "GANAnomaly.png", ICONS / "GANAnomaly.png"])
def test_the_size_the_catalogue_asks_for(path):
    with Image.open(path) as icon:
        assert icon.format == "PNG"
        assert icon.size == (128, 128)
        assert icon.mode == "RGBA"
        assert icon.getpixel((0, 0))[3] == 0, "round corners on any ground"


def test_extension_and_module_show_one_icon():
    assert (ROOT / "Resources" / "GANAnomaly.png").read_bytes() == (ICONS / "GANAnomaly.png").read_bytes()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [16, 32, 128])
def test_the_hot_spot_is_seen_at_every_size(size, theme):
    picture = shown("GANAnomaly", size, THEMES[theme]).astype(int)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    warm = (red > 180) & (red - blue > 90)
    ring = (blue - red > 40) & (green - red > 40)
    assert warm.mean() > 0.03
    assert ring.mean() > 0.02
    outline = luminance(picture) > 0.35
    assert outline.mean() > 0.08


@pytest.mark.parametrize("name", BUTTONS)
@pytest.mark.parametrize("theme", THEMES)
def test_buttons_are_read_on_both_themes(name, theme):
    picture = shown(name, 24, THEMES[theme])
    disc = luminance(picture[12, 2])
    sign = luminance(picture[5:19, 5:19]).max()
    assert contrast(sign, disc) >= 3, "WCAG 2.1, 1.4.11: parts of a control that have to be told apart"
    assert contrast(disc, luminance(np.full(3, THEMES[theme]))) >= 2


def test_no_two_buttons_differ_by_colour_alone():
    signs = {}
    for name in BUTTONS:
        bright = luminance(shown(name, 24, THEMES["dark"])) > 0.5
        signs[name] = bright
    for first in BUTTONS:
        for second in BUTTONS:
            if first < second:
                assert (signs[first] ^ signs[second]).sum() > 20, (first, second)


@pytest.mark.parametrize("name", ["GANAnomaly", *BUTTONS])
def test_every_icon_has_its_source(name):
    """The PNG as the SVG's own renderer draws it, where Qt is there to draw it."""
    source = ICONS / f"{name}.svg"
    assert ElementTree.parse(source).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    QtGui = pytest.importorskip("PySide6.QtGui", exc_type=ImportError)
    QtSvg = pytest.importorskip("PySide6.QtSvg", exc_type=ImportError)
    with Image.open(ICONS / f"{name}.png") as icon:
        delivered = np.asarray(icon.convert("RGBA")).astype(int)
    image = QtGui.QImage(delivered.shape[1], delivered.shape[0], QtGui.QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QtGui.QPainter(image)
    QtSvg.QSvgRenderer(str(source)).render(painter)
    painter.end()
    drawn = np.frombuffer(image.constBits(), np.uint8).reshape(delivered.shape).astype(int)
    weight = delivered[..., 3:] / 255.0
    assert np.abs(drawn * weight - delivered * weight).mean() < 1.0
