"""The top finding of every case of a batch on one page (or a few), the most abnormal first. Needs Pillow only."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.verdict import UNKNOWN, UNUSUAL
from ..errors import GANAnomalyError, InputError
from ..files import write_png
from ..models.score_units import score_text
from ..results.result import MANIFEST, AnalysisResult, verdict_of
from ..results.usual import DEFAULT_PERCENT, UsualLine
from ..running.background import cancellable
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress, part
from . import manifest_facts as facts

if TYPE_CHECKING:
    from PIL import Image

SHEET = "contact_sheet"
PER_PAGE = 60
_READING = 0.1
_COLUMNS, _LEAST_COLUMNS = 6, 3
_GAP, _CAPTION, _HEAD, _FOOT = 12, 42, 52, 30
_TILES = ".tiles"
_INK, _QUIET, _PAPER = "#f1f3f5", "#9aa4b0", "#15181d"


@dataclass(frozen=True)
class _Entry:
    """What is kept of each case while pages are drawn; its result may be large, and there may be many."""

    name: str
    folder: Path
    above: int
    score: float
    said: str

    @classmethod
    def read(cls, name: str, folder: Path, usual: int) -> _Entry:
        """Raises :class:`InputError` when the folder holds no whole result."""
        result = AnalysisResult.read(folder)
        verdict = verdict_of(result.manifest)
        odd = f"{verdict} scan, " if verdict in (UNUSUAL, UNKNOWN) else ""
        if not result.findings:
            return cls(name, folder, 0, float("-inf"), f"{odd}no finding")
        first = result.findings[0]
        said = f"{odd}{score_text(first.score, facts.unit(result))}, slice {first.slice}"
        line = UsualLine.of(result.manifest.get("slice_thresholds"), usual)
        above = 0 if line is None else line.count(finding.score for finding in result.findings)
        if line is not None and not above:
            said += ", usual"
        return cls(name, folder, above, float(first.score), said)


def write_contact_sheets(
    results: Mapping[str, Path],
    folder: Path,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    usual: int = DEFAULT_PERCENT,
) -> list[Path]:
    """Draw ``folder/contact_sheet.png``, and ``contact_sheet_2.png`` and so on beyond :data:`PER_PAGE` cases.

    Each page is written before the tiles of the next one are drawn: memory is that of one page, however many cases.

    Parameters
    ----------
    results: the result folder of each case by its name. Those that cannot be opened are left out.
    folder: where the sheets go; the tiles drawn are kept in ``.tiles`` there, so that the next sheet is quick.

    Returns
    -------
    list of Path
        The pages; none without results. Pages of an earlier, longer sheet are removed.

    Raises
    ------
    Cancelled: ``cancel`` was set. GANAnomalyError: a page cannot be written. Pages written until then stay.
    """
    cancel = cancel or CancelToken()
    entries = []
    for number, (name, path) in enumerate(results.items()):
        cancel.check()
        progress(_READING * number / len(results), Message("reading_results", number=number + 1, count=len(results)))
        with contextlib.suppress(InputError):
            entries.append(_Entry.read(name, path, usual))
    entries.sort(key=lambda entry: (-entry.above, -entry.score))
    drawing = part(progress, _READING, 1.0)
    head = "Top finding"
    if len(entries) > 1:
        head += f" of each of {len(entries)} cases, most findings above the usual first"
    count = -(-len(entries) // PER_PAGE)
    pages = []
    for page in range(count):
        start = page * PER_PAGE
        shown, tiles = entries[start : start + PER_PAGE], []
        for number, entry in enumerate(shown, start):
            drawing(number / len(entries), Message("drawing_contact_sheet", number=number + 1, count=len(entries)))
            tiles.append(_tile(entry, folder / _TILES, cancel))
        path = folder / (f"{SHEET}.png" if page == 0 else f"{SHEET}_{page + 1}.png")
        numbered = f"{head} (page {page + 1} of {count})" if count > 1 else head
        write_png(path, _page(numbered, shown, tiles))
        pages.append(path)
    known = set(pages)
    for old in folder.glob(f"{SHEET}*.png"):
        if old not in known and old.stem.removeprefix(f"{SHEET}_").isdigit():
            old.unlink(missing_ok=True)
    return pages


def _tile(entry: _Entry, kept: Path, cancel: CancelToken) -> Image.Image | None:
    """A case's picture, drawn once a result; None where its input is not there any more."""
    from PIL import Image

    path = kept / f"{entry.name}.png"
    try:
        if path.stat().st_mtime_ns >= (entry.folder / MANIFEST).stat().st_mtime_ns:
            with Image.open(path, formats=("PNG",)) as picture:
                converted: Image.Image = picture.convert("RGB")
                return converted
    except (OSError, SyntaxError, ValueError):
        pass
    try:
        tile = cancellable(lambda _: _drawn(AnalysisResult.read(entry.folder)), cancel)
    except InputError:
        return None
    with contextlib.suppress(GANAnomalyError):
        write_png(path, tile)
    return tile


def _drawn(result: AnalysisResult) -> Image.Image:
    from ..volume import read_volume
    from .tile import draw_tile

    request: dict[str, Any] = result.manifest.get("request", {})
    source, offset = os.fspath(request.get("input", "")), request.get("hu_offset")
    modality = facts.modality(result)
    volume = read_volume(
        source, request.get("series"), allow_any=True, hu_offset=offset, modality=modality, colours=True
    )
    return draw_tile(result, volume)


def _page(head: str, entries: Sequence[_Entry], tiles: Sequence[Image.Image | None]) -> Image.Image:
    from PIL import Image, ImageDraw

    from .tile import TILE

    columns = min(_COLUMNS, max(len(entries), _LEAST_COLUMNS))
    rows = -(-len(entries) // columns)
    step = TILE + _GAP, TILE + _CAPTION + _GAP
    page = Image.new("RGB", (columns * step[0] + _GAP, _HEAD + rows * step[1] + _FOOT), _PAPER)
    draw = ImageDraw.Draw(page)
    _write(draw, (_GAP, 14), head, 19, _INK, page.width - 2 * _GAP)
    for number, (entry, tile) in enumerate(zip(entries, tiles, strict=True)):
        x, y = _GAP + number % columns * step[0], _HEAD + number // columns * step[1]
        if tile is None:
            draw.rectangle((x, y, x + TILE - 1, y + TILE - 1), outline=_QUIET)
            _write(draw, (x + 12, y + TILE // 2 - 8), "The image is not there any more.", 13, _QUIET, TILE - 24)
        else:
            page.paste(tile, (x, y))
        _write(draw, (x, y + TILE + 4), entry.name, 14, _INK, TILE)
        _write(draw, (x, y + TILE + 22), entry.said, 13, _QUIET, TILE)
    said = f"{facts.RESEARCH_ONLY} Box: highest patch. Line: where the heatmap begins."
    _write(draw, (_GAP, page.height - _FOOT + 6), said, 13, _QUIET, page.width - 2 * _GAP)
    return page


def _write(draw: Any, at: tuple[int, int], text: str, size: int, colour: str, width: int) -> None:
    """One line of text, its middle left out where it is longer than ``width`` pixels."""
    font, full = _font(size)
    text = unicodedata.normalize("NFC", text)
    if not full:
        # Pillow's own font knows plain letters only: better an o than an empty box where the name says ö.
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    short, keep = text, len(text)
    while draw.textlength(short, font=font) > width and keep > 4:
        # Both ends of a file's name tell cases apart.
        keep -= 1
        short = f"{text[: keep - keep // 2]}...{text[len(text) - keep // 2 :]}"
    draw.text(at, short, font=font, fill=colour)


@functools.lru_cache(maxsize=8)
def _font(size: int) -> tuple[Any, bool]:
    """A font, and whether it has letters beyond ASCII: matplotlib's where that lies, the system's, or Pillow's own."""
    from PIL import ImageFont

    names = ["DejaVuSans.ttf", "segoeui.ttf", "arial.ttf", "Arial.ttf", "LiberationSans-Regular.ttf"]
    spec = importlib.util.find_spec("matplotlib")
    if spec is not None and spec.origin:
        names.insert(0, str(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"))
    for name in names:
        try:
            return ImageFont.truetype(name, size), True
        except (OSError, ImportError):
            continue
    try:
        return ImageFont.load_default(size), False
    except (ImportError, TypeError):  # a Pillow without FreeType has one size only
        return ImageFont.load_default(), False
