"""A report: one HTML file that needs nothing but itself."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_text

from .cell_text import all_numeric, clean, flat, is_hash, sort_value, value_text
from .drawing import is_figure, is_light, png_bytes
from .page_template import render

_MOST_PIXELS = 64_000_000
_SHOWN_WIDTH = 860
_BESIDE = re.compile(r"[A-Za-z0-9_-]+\.html(#[^\s]*)?\Z")


class Page:
    """A report that grows from top to bottom; each call adds to it and gives the page back.

    Everything given is text, never HTML: it is escaped. The page loads nothing from anywhere, runs no script but its
    own few lines for sorting tables, and always ends with the notice that it is for research only.

    Parameters
    ----------
    title, subtitle: what was evaluated, and a line below it.
    dense: printed small, so that a short report is one page of paper.
    """

    def __init__(self, title: str, subtitle: str = "", dense: bool = False) -> None:
        self.title, self.subtitle, self.dense = title, subtitle, dense
        self._blocks: list[dict[str, Any]] = []

    def section(self, title: str) -> Page:
        """Begin a section."""
        number = 1 + sum(block["kind"] == "section" for block in self._blocks)
        return self._add("section", title=title, anchor=f"s{number}")

    def text(self, paragraph: str) -> Page:
        """Add paragraphs; an empty line begins a new one."""
        parts = clean(paragraph.replace("\r\n", "\n")).split("\n\n")
        return self._add("text", paragraphs=[part.strip() for part in parts if part.strip()])

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> Page:
        """Add a table whose columns can be sorted by a click.

        Cells may be text, whole numbers (12,345), other numbers (three decimals), booleans, or None and NaN (a dash).
        Text that begins with a number ("0.91 (0.88 to 0.94)") is sorted by it. Raises ValueError for a row of another
        length than ``headers``.
        """
        names, held = list(headers), [list(row) for row in rows]
        for row in held:
            if len(row) != len(names):
                raise ValueError(f"a row has {len(row)} cells under {len(names)} headers")
        columns = [{"name": name, "numeric": all_numeric([row[n] for row in held])} for n, name in enumerate(names)]
        cells = [
            [
                ({"words": value_text(value), "number": sort_value(value) if column["numeric"] else None}, column)
                for value, column in zip(row, columns, strict=True)
            ]
            for row in held
        ]
        return self._add("table", columns=columns, rows=cells, caption=caption)

    def facts(self, mapping: Mapping[str, Any], caption: str = "") -> Page:
        """Add names and values, such as settings, versions and hashes; mappings within are spread over rows."""
        named = ((name, value_text(value)) for name, value in flat(mapping))
        return self._add("facts", rows=[(name, words, is_hash(words)) for name, words in named], caption=caption)

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
        return self._add("figure", **_figure(picture, caption, alt))

    def gallery(self, pictures: Iterable[tuple[Any, str]]) -> Page:
        """Add small pictures side by side, each with its caption; pictures as :meth:`figure` takes them."""
        return self._add("gallery", pictures=[_figure(picture, words, enlarge=False) for picture, words in pictures])

    def links(self, items: Iterable[tuple[str, str]]) -> Page:
        """Add links in a row: words, and the relative address of a page beside this one.

        Raises ValueError for an address that leads elsewhere.
        """
        held = list(items)
        for _, address in held:
            if not _BESIDE.match(address):
                raise ValueError(f"{address!r} is no page beside this one")
        return self._add("links", items=held)

    def signing(self, statement: str, places: Sequence[str]) -> Page:
        """Add a box to be filled in by hand: what is signed, and a line for each of ``places``."""
        return self._add("signing", statement=statement, places=list(places))

    def html(self) -> str:
        """The whole page."""
        return render(self.title, self.subtitle, self._blocks, self.dense)

    def write(self, path: Path | str) -> Path:
        """Write the page, whole or not at all, and return its path.

        Raises :class:`InputError` when the folder cannot be written to, :class:`GANAnomalyError` when the disk is
        full.
        """
        return write_text(path, self.html(), "the page")

    def _add(self, kind: str, **values: Any) -> Page:
        self._blocks.append({"kind": kind, **values})
        return self


def _figure(picture: Any, caption: str, alt: str = "", enlarge: bool = True) -> dict[str, Any]:
    chart = is_figure(picture)
    if chart:
        content, width, height = _sized(png_bytes(picture))
        # Drawn at more than a screen's fineness, for paper.
        shown = min(width / picture.dpi * 100, _SHOWN_WIDTH)
    else:
        content, width, height = _picture(picture)
        shown = min(width, _SHOWN_WIDTH) if enlarge else width
    return {
        "chart": chart and is_light(picture),
        "data": base64.b64encode(content).decode("ascii"),
        "width": round(shown),
        "height": max(1, round(height * shown / width)),
        "alt": alt or caption,
        "caption": caption,
    }


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
