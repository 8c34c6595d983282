"""A case report as a PDF by ReportLab: selectable text, embedded fonts, notice and number on every page."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable, Iterator
from typing import Any

from ...version import __version__
from .drawing_shapes import Drawing, Label, Line
from .pdf_drawings import QUIET, flowable, write_label
from .pdf_fonts import BOLD, PLAIN, Letters
from .report_parts import (
    Block,
    CaseReport,
    Choice,
    Facts,
    Grid,
    Heading,
    Picture,
    Place,
    Signature,
    Text,
)

MM = 72 / 25.4
_PAPERS = {"a4": (210 * MM, 297 * MM), "letter": (612.0, 792.0)}
_SIDE, _TOP, _BOTTOM = 16 * MM, 20 * MM, 19 * MM
_SIZE, _LEADING = 9.0, 12.5
_GAP = 6.0
_COLUMNS = 2
_SOME_ROWS = 110.0
_SHORT = 600
"""Letters of a comment that stays on the page of its finding; longer ones go on over pages."""


def pdf_report(report: CaseReport, paper: str) -> bytes:
    """The document; the same report gives the same bytes. ``paper`` is "a4" or "letter".

    Its metadata hold the language, the title and the program, nothing of the patient and no time.
    """
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    width, height = _PAPERS[paper]
    letters = Letters()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(width, height),
        title=report.document,
        author="GANAnomaly",
        subject=report.notice,
        creator=f"GANAnomaly {__version__}",
        lang=report.language,
        invariant=1,
        displayDocTitle=True,
        initialFontName=PLAIN,
    )
    frame = Frame(_SIDE, _BOTTOM, width - 2 * _SIDE, height - _TOP - _BOTTOM, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    story = _Story(letters, width - 2 * _SIDE)
    followed = zip(report.blocks, [*report.blocks[1:], None], strict=True)
    parts = [[story.title(report.title)], *(story.of(block, after) for block, after in followed)]
    if letters.lacking:
        parts.insert(-1, [story.paragraph(report.unprintable)])
    flowables = [one for part in parts for one in part]
    with _bare_streams():
        document.build(flowables, canvasmaker=functools.partial(_numbered(), report=report, letters=letters))
    return out.getvalue()


@contextlib.contextmanager
def _bare_streams() -> Iterator[None]:
    """Without letters for bytes, which ReportLab writes unless told: a quarter smaller, and quicker by a third."""
    from reportlab import rl_config

    before, rl_config.useA85 = rl_config.useA85, 0
    try:
        yield
    finally:
        rl_config.useA85 = before


class _Story:
    """Blocks as ReportLab's flowables, in letters that the fonts have; ``width`` is what the margins leave."""

    def __init__(self, letters: Letters, width: float) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self._letters, self._width = letters, width
        plain = {"fontName": PLAIN, "fontSize": _SIZE, "leading": _LEADING, "spaceAfter": 3}
        self._body = ParagraphStyle("body", **plain)
        self._small = ParagraphStyle("small", fontName=PLAIN, fontSize=8, leading=10.5)
        self._right = ParagraphStyle("right", fontName=PLAIN, fontSize=8, leading=10.5, alignment=2)
        self._quiet = ParagraphStyle("quiet", fontName=PLAIN, fontSize=8, leading=10.5, textColor=_grey())
        self._heads = {
            level: ParagraphStyle(
                f"h{level}",
                fontName=BOLD,
                fontSize=size,
                leading=size * 1.25,
                spaceBefore=before,
                spaceAfter=after,
                keepWithNext=1,
            )
            for level, size, before, after in ((1, 18, 0, 8), (2, 12, 13, 5), (3, 9.5, 0, 4))
        }

    def of(self, block: Block, after: Block | None = None) -> list[Any]:
        """A block's flowables; ``after`` is the block that follows."""
        if isinstance(block, Heading) and isinstance(after, Grid):
            return self._heading_of_grid(block)
        makers: dict[type, Callable[[Any], list[Any]]] = {
            Heading: lambda one: [self.paragraph(one.text, self._heads[2], bold=True)],
            Text: lambda one: [self.paragraph(one.text, bold=one.strong)],
            Facts: lambda one: [self._facts(one.rows), _space(3)],
            Grid: self._grid,
            Picture: lambda one: [flowable(one.drawing, self._letters, self._width)],
            Place: self._place,
            Choice: self._choice,
            Signature: self._signature,
        }
        return makers[type(block)](block)

    def _heading_of_grid(self, block: Heading) -> list[Any]:
        """A heading with room for some rows below it; kept with the next, it would take the whole table along."""
        from reportlab.platypus import CondPageBreak

        alone = self._heads[2].clone("h2 alone", keepWithNext=0)
        return [CondPageBreak(_SOME_ROWS), self.paragraph(block.text, alone, bold=True)]

    def title(self, text: str) -> Any:
        """The first line."""
        return self.paragraph(text, self._heads[1], bold=True)

    def paragraph(self, text: str, style: Any = None, bold: bool = False) -> Any:
        """Text as it is, its line ends kept."""
        from reportlab.platypus import Paragraph

        style = style or self._body
        if bold and style.fontName != BOLD:
            style = style.clone(f"{style.name} bold", fontName=BOLD)
        return Paragraph(self._letters.markup(text, bold or style.fontName == BOLD), style)

    def _facts(self, rows: list[tuple[str, str]]) -> Any:
        """Names and values, two pairs in a row."""
        cells = [[self.paragraph(name, self._quiet), self.paragraph(value, self._small)] for name, value in rows]
        cells += [[self.paragraph("", self._small)] * 2] * (-len(cells) % _COLUMNS)
        lines = [[cell for pair in cells[n : n + _COLUMNS] for cell in pair] for n in range(0, len(cells), _COLUMNS)]
        pair = self._width / _COLUMNS
        return self._table(lines, [0.3 * pair, 0.7 * pair] * _COLUMNS, [("RIGHTPADDING", (0, 0), (-1, -1), 8)])

    def _grid(self, block: Grid) -> list[Any]:
        style = [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, _grey()),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, _grey(0.7)),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            *(("RIGHTPADDING", (n, 0), (n, -1), 12) for n in block.numeric),
        ]
        aligned = [self._right if n in block.numeric else self._small for n in range(len(block.heads))]
        lines = [[self.paragraph(head, one, bold=True) for head, one in zip(block.heads, aligned, strict=True)]]
        for row in block.rows:
            lines.append([self.paragraph(cell, one) for cell, one in zip(row, aligned, strict=True)])
        return [self._table(lines, self._columns(block), style, repeat=1)]

    def _columns(self, block: Grid) -> list[float]:
        """Widths in the proportion of what stands in the columns, none too narrow for a word of usual length."""
        texts = [[head, *(row[n] for row in block.rows)] for n, head in enumerate(block.heads)]
        room = [14.0 if n in block.numeric else 8.0 for n in range(len(texts))]
        most = self._width / len(texts)

        def widest(parts: list[str], n: int) -> float:
            return max((self._letters.width(part, 8, bold=True) for part in parts), default=0.0) + room[n]

        least = [min(widest([w for text in one for w in text.split()], n), most) for n, one in enumerate(texts)]
        spare = self._width - sum(least)
        wanted = [max(widest(one, n) - need, 0.0) for n, (one, need) in enumerate(zip(texts, least, strict=True))]
        if not sum(wanted):
            return [need + spare / len(least) for need in least]
        return [need + spare * want / sum(wanted) for need, want in zip(least, wanted, strict=True)]

    def _table(self, lines: list[Any], widths: list[float], style: list[Any], repeat: int = 0) -> Any:
        from reportlab.platypus import Table, TableStyle

        usual = [
            ("FONTNAME", (0, 0), (-1, -1), PLAIN),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ]
        return Table(lines, widths, style=TableStyle([*usual, *style]), repeatRows=repeat, splitInRow=1, hAlign="LEFT")

    def _place(self, block: Place) -> list[Any]:
        from reportlab.platypus import HRFlowable, KeepTogether

        whole = [
            HRFlowable(width="100%", thickness=0.4, color=_grey(0.6), spaceBefore=4, spaceAfter=6),
            self.paragraph(block.title, self._heads[3], bold=True),
        ]
        if block.drawings:
            width = (self._width - 3 * _GAP) / 4
            sizes = [width * (1 if drawing.dark else 2) for drawing in block.drawings]
            row = [flowable(one, self._letters, size) for one, size in zip(block.drawings, sizes, strict=True)]
            whole.append(
                self._table([row], [size + _GAP for size in sizes], [("RIGHTPADDING", (0, 0), (-1, -1), _GAP)])
            )
        if block.facts:
            whole.append(self._facts(block.facts))
        comment = [_space(2), self.paragraph(f"{block.comment_name}: {block.comment}")] if block.comment else []
        if len(block.comment) < _SHORT:
            return [KeepTogether([*whole, *comment]), _space(4)]
        return [KeepTogether(whole), *comment, _space(4)]

    def _choice(self, block: Choice) -> list[Any]:
        widths, cells = [], []
        for text, ticked in block.options:
            mark = flowable(_tick_box(ticked), self._letters, 9.0)
            cells += [mark, self.paragraph(text, self._small, bold=ticked)]
            widths += [13.0, self._letters.width(text, 8, bold=True) + 26]
        return [self._table([cells], widths, [])]

    def _signature(self, block: Signature) -> list[Any]:
        from reportlab.platypus import KeepTogether

        nothing, gap = self.paragraph("", self._small), 14.0
        values: list[Any] = []
        names: list[Any] = []
        widths: list[float] = []
        rules: list[Any] = []
        each = (self._width - 20 - gap * (len(block.places) - 1)) / len(block.places)
        for name, value in block.places:
            rules.append(("LINEBELOW", (len(values), 0), (len(values), 0), 0.6, _grey(0.0)))
            values += [self.paragraph(value, self._small), nothing]
            names += [self.paragraph(name, self._quiet), nothing]
            widths += [each, gap]
        style = [("VALIGN", (0, 0), (-1, 0), "BOTTOM"), ("TOPPADDING", (0, 0), (-1, 0), 16), *rules]
        usual = ("RIGHTPADDING", (0, 0), (-1, -1), 0)
        table = self._table([values[:-1], names[:-1]], widths[:-1], [*style, usual])
        framed = self._table(
            [[self.paragraph(block.statement)], [table]],
            [self._width],
            [
                ("BOX", (0, 0), (-1, -1), 0.8, _grey(0.0)),
                ("LEFTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, 0), 8),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 8),
            ],
        )
        return [_space(14), KeepTogether([framed])]


def _space(height: float) -> Any:
    from reportlab.platypus import Spacer

    return Spacer(1, height)


def _tick_box(ticked: bool) -> Drawing:
    shapes: list[Line | Label] = [Line(((0.5, 0.5), (8.5, 0.5), (8.5, 8.5), (0.5, 8.5)), 0.8, closed=True)]
    if ticked:
        shapes += [Line(((2, 2), (7, 7)), 1.3), Line(((7, 2), (2, 7)), 1.3)]
    return Drawing(9.0, 9.0, shapes=shapes)


def _grey(value: float = QUIET) -> Any:
    from reportlab.lib.colors import Color

    return Color(value, value, value)


@functools.lru_cache(maxsize=1)
def _numbered() -> Callable[..., Any]:
    """A canvas that writes head and foot when it knows how many pages there are."""
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]  # ReportLab says no types
        def __init__(self, *arguments: Any, report: CaseReport, letters: Letters, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self._report, self._letters = report, letters
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            count = len(self._pages)
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self._margins(number, count)
                super().showPage()
            super().save()

        def _margins(self, number: int, count: int) -> None:
            width, height = self._pagesize
            report, right = self._report, width - _SIDE
            self.setLineWidth(0.4)
            self.setStrokeGray(0.6)
            self.line(_SIDE, height - 14.5 * MM, right, height - 14.5 * MM)
            self.line(_SIDE, 15 * MM, right, 15 * MM)
            page = report.page_of.format(number=number, count=count)
            case = _fitted(self._letters, f"{report.title} {report.case}", right - _SIDE - 110)
            for label, x, y in (
                (Label(0, 0, case, 7.5, "start", "quiet"), _SIDE, height - 13 * MM),
                (Label(0, 0, f"GANAnomaly {__version__}", 7.5, "end", "quiet"), right, height - 13 * MM),
                (Label(0, 0, report.notice, 7.5, "start", "ink", bold=True), _SIDE, 11.5 * MM),
                (Label(0, 0, page, 7.5, "end", "quiet"), right, 11.5 * MM),
            ):
                write_label(self, self._letters, label, x, y)

    return Numbered


def _fitted(letters: Letters, text: str, width: float) -> str:
    """The text, its end left out where it is wider than ``width`` points."""
    if letters.width(text, 7.5) <= width:
        return text
    while text and letters.width(text + "…", 7.5) > width:
        text = text[:-1]
    return text + "…"
