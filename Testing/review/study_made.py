"""Designs of a study of readers, and readers who read all of it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from review.conftest import write_result

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")


from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.study.take_readings import (  # noqa: E402
    close_reading,
    open_reading,
)

START = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.timezone.utc)
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
ONE, TWO, HEAD = ReaderName('Dr. "J" Müßig'), ReaderName("O'Neil"), ReaderName("Head")
COUNT = 4


def plain_design(folder: Path, **more) -> dict:
    for number in range(COUNT):
        write_result(folder / f"r{number}", f"{number + 1:064x}")
    return {
        "name": "heat",
        "cases": [{"result": f"r{number}", "truth": number % 2} for number in range(COUNT)],
        "readers": [ONE.name, TWO.name],
        "conditions": [{"name": "without", "heatmap": False}, {"name": "with", "heatmap": True}],
        "washout_days": 28,
        "seed": 5,
        "plan": {"title": "Heat", "metric": "auc", "treatments": ["with", "without"]},
        **more,
    }


def written(folder: Path, **more) -> Path:
    path = folder / "design.json"
    path.write_text(json.dumps(plain_design(folder, **more)), encoding="utf-8")
    return path


def rows_of(database, table) -> list:
    with database.reading() as connection:
        return list(connection.execute(sa.select(table)).mappings())


def read_all(database, who, start, rate=lambda reading: 3.0, sessions=2):
    """A reader reads everything, a minute a case and a month between sessions; what was opened."""
    seen, now = [], start
    for _ in range(COUNT * sessions):
        if seen and len(seen) % COUNT == 0:
            now += 30 * DAY
        reading = open_reading(database, "heat", who, now)
        close_reading(database, reading, rate(reading), now=now + MINUTE)
        seen.append(reading)
        now += 2 * MINUTE
    return seen
