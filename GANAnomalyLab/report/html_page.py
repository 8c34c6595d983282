"""A report: one HTML file that needs nothing but itself."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_text
from GANAnomalyLib.version import __version__

from .drawing import is_figure, is_light, png_bytes
from .markup import clean, escaped, facts_html, table_html
from .page_style import SCRIPT, STYLE, content_policy

NOTICE = "Research use only, not a medical device."
_MOST_PIXELS = 64_000_000
_CONTENTS_FROM = 3
_SHOWN_WIDTH = 860


class Page:
    """A report that grows from top to bottom; each call adds to it and gives the page back.

    Everything given is text, never HTML: it is escaped. The page loads nothing from anywhere, runs no script but its
    own few lines for sorting tables, and always ends with the notice that it is for research only.

    Parameters
    ----------
    title, subtitle: what was evaluated, and a line below it.
    """

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title, self.subtitle = title, subtitle
        self._sections: list[str] = []
        self._body: list[str] = []

    def section(self, title: str) -> Page:
        """Begin a section."""
        self._sections.append(title)
        self._body.append(f'<h2 id="s{len(self._sections)}">{escaped(title)}</h2>')
        return self

    def text(self, paragraph: str) -> Page:
        """Add paragraphs; an empty line begins a new one."""
        for part in clean(paragraph).replace("\r\n", "\n").split("\n\n"):
            if part.strip():
                self._body.append(f"<p>{escaped(part.strip())}</p>")
        return self

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> Page:
        """Add a table whose columns can be sorted by a click.

        Cells may be text, whole numbers (12,345), other numbers (three decimals), booleans, or None and NaN (a dash).
        Text that begins with a number ("0.91 (0.88 to 0.94)") is sorted by it. Raises ValueError for a row of another
        length than ``headers``.
        """
        self._body.append(table_html(list(headers), list(rows), caption))
        return self

    def facts(self, mapping: Mapping[str, Any], caption: str = "") -> Page:
        """Add names and values, such as settings, versions and hashes; mappings within are spread over rows."""
        self._body.append(facts_html(mapping, caption))
        return self

    def figure(self, picture: Any, caption: str = "", alt: str = "") -> Page:
        """Add a picture.

        Parameters
        ----------
        picture: a matplotlib Figure, PNG or JPEG bytes, or the path of such a file (kept without its metadata, which
            may name a patient). Figures on a light ground turn dark with the page.
        caption: the line below it.
        alt: what it shows, for those who cannot see it; without it the caption stands there.

        Raises
        ------
        InputError: the file or bytes are not a PNG or JPEG picture, or an enormous one.
        """
        self._body.append(_figure_html(picture, caption, alt))
        return self

    def gallery(self, pictures: Iterable[tuple[Any, str]]) -> Page:
        """Add small pictures side by side, each with its caption; pictures as :meth:`figure` takes them."""
        self._body.append('<div class="gallery">')
        for picture, caption in pictures:
            self._body.append(_figure_html(picture, caption, "", enlarge=False))
        self._body.append("</div>")
        return self

    def html(self) -> str:
        """The whole page."""
        subtitle = f'\n<p class="subtitle">{escaped(self.subtitle)}</p>' if self.subtitle else ""
        return "\n".join(
            [
                "<!DOCTYPE html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{content_policy()}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="referrer" content="no-referrer">',
                f'<meta name="generator" content="GANAnomaly {escaped(__version__)}">',
                f"<title>{escaped(self.title)}</title>",
                f"<style>{STYLE}</style>",
                "</head>",
                "<body>",
                "<main>",
                f"<header>\n<h1>{escaped(self.title)}</h1>{subtitle}",
                self._contents(),
                "</header>",
                *self._body,
                f"<footer><strong>{NOTICE}</strong> Written by GANAnomaly {escaped(__version__)}.</footer>",
                "</main>",
                f"<script>{SCRIPT}</script>",
                "</body>",
                "</html>",
                "",
            ]
        )

    def write(self, path: Path | str) -> Path:
        """Write the page, whole or not at all, and return its path.

        Raises :class:`InputError` when the folder cannot be written to, :class:`GANAnomalyError` when the disk is
        full.
        """
        return write_text(path, self.html(), "the page")

    def _contents(self) -> str:
        if len(self._sections) < _CONTENTS_FROM:
            return ""
        items = "".join(
            f'<li><a href="#s{n}">{escaped(title)}</a></li>' for n, title in enumerate(self._sections, start=1)
        )
        return f'<nav aria-label="Sections"><ul>{items}</ul></nav>'


def _figure_html(picture: Any, caption: str, alt: str, enlarge: bool = True) -> str:
    kind = ""
    if is_figure(picture):
        kind = ' class="chart"' if is_light(picture) else ""
        content, width, height = (*_sized(png_bytes(picture)),)
        # Drawn at more than a screen's fineness, for paper.
        shown = min(width / picture.dpi * 100, _SHOWN_WIDTH)
    else:
        content, width, height = _picture(picture)
        shown = min(width, _SHOWN_WIDTH) if enlarge else width
    height = max(1, round(height * shown / width))
    data = base64.b64encode(content).decode("ascii")
    words = f"\n<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    return (
        f'<figure><img{kind} src="data:image/png;base64,{data}" width="{round(shown)}" height="{height}" '
        f'alt="{escaped(alt or caption)}">{words}</figure>'
    )


def _sized(content: bytes) -> tuple[bytes, int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        return content, *image.size


def _picture(picture: Any) -> tuple[bytes, int, int]:
    """(PNG bytes without metadata, width, height) of a file's or bytes' picture."""
    from PIL import Image

    named = isinstance(picture, (str, Path))
    what = f"The picture {Path(picture).name}" if named else "A picture of the report"
    try:
        source = Path(picture) if named else io.BytesIO(picture)
        with Image.open(source, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise InputError(f"{what} has {image.width} x {image.height} pixels: give a smaller one.")
            # Through the bare pixels: what else the file says about itself stays behind.
            pixels = image.convert("L" if image.mode in ("1", "L", "I;16") else "RGB")
            bare = Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    except InputError:
        raise
    # Damaged pictures make the reader raise almost anything.
    except Exception as error:
        raise InputError(f"{what} is not a PNG or JPEG that can be read: make it again.", repr(error)) from error
    out = io.BytesIO()
    bare.save(out, "PNG", optimize=True)
    return out.getvalue(), *bare.size
