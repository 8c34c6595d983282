"""All judgements as one table, for a statistician: a row each, those that were taken back or changed too."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...files import write_bytes
from ..export import cell
from .review_database import ReviewDatabase
from .review_tables import analysis, decision, decision_now, finding, reader, series, site, study

COLUMNS = (
    *("case", "patient", "modality", "model", "model hash", "rank", "score", "slice", "R (mm)", "A (mm)", "S (mm)"),
    *("site", "reader", "reading", "decision", "confidence", "label scheme", "label code", "label", "comment"),
    *("seconds", "decided (UTC)", "recorded (UTC)", "source", "counts"),
)


def write_decisions_csv(database: ReviewDatabase, path: Path | str, history: bool = False) -> int:
    """Write the decisions that count, or with ``history`` all that were ever made; returns how many rows there are.

    UTF-8 with a byte order mark, as :func:`..export.write_findings_csv`; ``patient`` is the hash. Raises as that does.
    """
    table = decision if history else decision_now
    joined = (
        table.join(finding, finding.c.id == table.c.finding_id)
        .join(analysis, analysis.c.id == finding.c.analysis_id)
        .join(series, series.c.id == analysis.c.series_id)
        .join(study, study.c.id == series.c.study_id)
        .join(reader, reader.c.id == table.c.reader_id)
        .join(site, site.c.id == reader.c.site_id)
    )
    columns = (
        *(analysis.c.fingerprint, study.c.patient_hash, series.c.modality, analysis.c.model, analysis.c.model_hash),
        *(finding.c.rank, finding.c.score, finding.c.slice, finding.c.r, finding.c.a, finding.c.s),
        *(site.c.name, reader.c.name, table.c.reading, table.c.decision, table.c.confidence, table.c.label_scheme),
        *(table.c.label_code, table.c.label_meaning, table.c.comment, table.c.seconds, table.c.decided),
        *(table.c.recorded, table.c.source, table.c.id),
    )
    text, count = io.StringIO(newline=""), 0
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    order = (analysis.c.fingerprint, finding.c.rank, site.c.name, reader.c.name, table.c.reading, table.c.decided)
    with database.reading() as connection:
        counting = set(connection.execute(sa.select(decision_now.c.id)).scalars()) if history else None
        for row in connection.execute(sa.select(*columns).select_from(joined).order_by(*order)):
            counts = counting is None or row[-1] in counting
            writer.writerow([cell(_plain(value)) for value in (*row[:-1], "yes" if counts else "no")])
            count += 1
    write_bytes(path, text.getvalue().encode("utf-8-sig", "replace"), "the table", folders=False)
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else value
