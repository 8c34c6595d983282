"""A published study of readers, for the tests of its analysis."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from GANAnomalyLab.statistics.readers.reader_study import StudyAnalysis, analyse_readings
from GANAnomalyLab.statistics.readers.readings import Readings

TABLE = Path(__file__).with_name("data") / "reader_study_vandyke.csv"
COLUMNS = ("reader", "treatment", "case", "truth")

Row = dict[str, str]


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Van Dyke 1993: 5 readers, 2 treatments, 45 abnormal and 69 normal cases."""
    with open(TABLE, encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def readings_of(table: Sequence[Row], case: str = "case") -> Readings:
    columns = ["reader", "treatment", case, "truth"]
    lesions = [row["lesion"] for row in table] if "lesion" in table[0] else None
    return Readings.of(
        *([row[name] for row in table] for name in columns), [float(row["rating"]) for row in table], lesions
    )


def analysed(table: Sequence[Row], case: str = "case", **settings: object) -> StudyAnalysis:
    return analyse_readings(readings_of(table, case), **settings)
