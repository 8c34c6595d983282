"""A result on A4 pages: the summary picture and a table of its findings."""

from __future__ import annotations

import datetime
import io
from html import escape
from typing import Any

from PIL import Image

from ..models.score_units import score_text, short_unit
from ..results.result import AnalysisResult, Finding, notes_of
from ..review.result_facts import RESEARCH_ONLY

_HEAD = ("", "score", "slice", "slices", "R, A, S (mm)", "size (mm)", "why")


def summary_pdf(result: AnalysisResult, picture: Image.Image | None, made: datetime.datetime) -> bytes:
    """The document; the same result gives the same bytes. It names no patient. Research-use notice on every page."""
    from reportlab.lib import colors, pagesizes, units
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Image as Picture
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    margin, styles = 15 * units.mm, getSampleStyleSheet()
    width = pagesizes.A4[0] - 2 * margin
    model = result.manifest.get("model") or {}
    unit = str((result.manifest.get("settings") or {}).get("score_unit") or "")
    story: list[Any] = [
        Paragraph("GANAnomaly: where the scan is not normal", styles["Title"]),
        Paragraph(
            escape(
                f"Model: {model.get('title') or model.get('name') or 'unknown'}. "
                f"Made {made:%Y-%m-%d %H:%M}. {len(result.findings)} findings"
                + (f", scores in {short_unit(unit)}." if unit else ".")
            ),
            styles["Normal"],
        ),
        Spacer(1, 4 * units.mm),
    ]
    if picture is not None:
        data = io.BytesIO()
        picture.convert("RGB").save(data, "PNG")
        story += [Picture(data, width, width * picture.height / picture.width), Spacer(1, 4 * units.mm)]
    rows = [list(_HEAD), *(_row(finding, unit) for finding in result.findings)]
    line = TableStyle(
        [
            ("FONTSIZE", (0, 0), (-1, -1), 8),
            ("LINEBELOW", (0, 0), (-1, 0), 0.7, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.grey),
        ]
    )
    story.append(Table(rows, repeatRows=1, style=line))
    story += [Paragraph(escape(f"Note: {note}"), styles["Normal"]) for note in notes_of(result.manifest)]

    def notice(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawCentredString(pagesizes.A4[0] / 2, 8 * units.mm, f"{RESEARCH_ONLY}   Page {document.page}")

    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=pagesizes.A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title="GANAnomaly summary",
        author="GANAnomaly",
        invariant=1,
    )
    document.build(story, onFirstPage=notice, onLaterPages=notice)
    return out.getvalue()


def _row(finding: Finding, unit: str) -> list[str]:
    return [
        str(finding.rank),
        str(score_text(finding.score, unit)),
        str(finding.slice),
        f"{finding.slices[0]} to {finding.slices[1]}",
        ", ".join(f"{value:.0f}" for value in finding.centre_ras),
        " x ".join(f"{value:.0f}" for value in finding.size_mm),
        "" if finding.why is None else str(finding.why.words()),
    ]
