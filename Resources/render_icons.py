"""Draw the PNG icons from their SVG sources in GANAnomaly/Resources/Icons: ``python Resources/render_icons.py``.

Needs PySide6 (any recent version), which GANAnomaly itself does not. The PNGs are what 3D Slicer loads: a module's icon
has to be one, and a picture of twice the size stays sharp on dense screens.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

EXTENSION_ICON = Path(__file__).resolve().parent / "GANAnomaly.png"
ICONS = EXTENSION_ICON.parents[1] / "GANAnomaly" / "Resources" / "Icons"
SIZES = {"GANAnomaly": 128}
BUTTON_SIZE = 48


def render(source: Path, size: int) -> QImage:
    """A square picture of an SVG file on a clear ground, ``size`` pixels wide."""
    renderer = QSvgRenderer(str(source))
    if not renderer.isValid():
        raise SystemExit(f"{source} cannot be drawn: it is not a valid SVG file.")
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def main() -> None:
    """Draw every SVG beside itself, and the extension's icon."""
    application = QGuiApplication([])
    for source in sorted(ICONS.glob("*.svg")):
        image = render(source, SIZES.get(source.stem, BUTTON_SIZE))
        targets = [source.with_suffix(".png")] + [EXTENSION_ICON] * (source.stem == "GANAnomaly")
        for target in targets:
            if not image.save(str(target)):
                raise SystemExit(f"{target} cannot be written: check that its folder may be written to.")
            print(target)
    application.quit()


if __name__ == "__main__":
    main()
