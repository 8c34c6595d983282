"""Scans that wait for their analysis, and the highest score of a case without reading its findings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from GANAnomalyLib.review.store.review_tables import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them. Scans are no judgements, but their rows stay as well."""
    stamp: list[tuple[str, Any]] = [("recorded", Moment), ("recorded_by", sa.String(200))]
    op.create_table(
        "scan",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("path", sa.Text, nullable=False, server_default=""),
        sa.Column("name", sa.String(200), nullable=False, server_default=""),
        *[sa.Column(name, kind, nullable=False) for name, kind in stamp],
    )
    op.create_table(
        "analysed_scan",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("scan_id", sa.Uuid, sa.ForeignKey("scan.id"), nullable=False),
        sa.Column("analysis_id", sa.Uuid, sa.ForeignKey("analysis.id")),
        *[sa.Column(name, kind, nullable=False) for name, kind in stamp],
        sa.UniqueConstraint("scan_id", "analysis_id", name="analysed_scan_once"),
    )
    op.create_index("analysed_scan_by_analysis_id", "analysed_scan", ["analysis_id"])
    op.create_index("finding_by_score", "finding", ["analysis_id", "score", "id"])
