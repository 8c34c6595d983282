"""The leaderboard: one row a model and metric, over all anomalies, by kind and by level; CSV, JSON and Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ..evaluate.evaluation_options import Settings
from ..evaluate.study import BASELINE, MEAN, StudyTables, summarise
from ..evaluate.study.study_summary import froc_cases
from ..simulate.anomalies import LEVELS
from ..statistics.froc import froc, rate_at
from .benchmark_plan import BENCHMARK_VERSION, UNSEEN
from .configurations import Entry
from .paired import Difference, Differences

BOARD, TABLE, MARKDOWN = "leaderboard.json", "leaderboard.csv", "leaderboard.md"
ALL = "anomaly"
MOST_PAIRED = 12
"""So many rows from the best are compared each with each."""
SENSITIVITY = 0.5
"""Share of the abnormal cases found at which false positives are told: weak models reach no higher one."""
FACTS = ("configuration", "title", "kind", "metric", "baseline", "model_hash", "unit", "patch_size")
NUMBERS = (
    "slice_auroc",
    "slice_auroc_low",
    "slice_auroc_high",
    "volume_auroc",
    "volume_auroc_low",
    "volume_auroc_high",
    "located",
    "located_cases",
    "found_3d",
    "froc_3d",
    "pixel_auroc",
    "pixel_ap",
    "sensitivity",
    "fp_per_slice",
    "seconds_per_slice",
    "peak_mib",
    "cases",
    "abnormal_slices",
    "normal_slices",
    "failed",
)


@dataclass
class Leaderboard:
    """What the benchmark says.

    ``rows``: best first, means over the kinds of anomaly, with :data:`FACTS` and :data:`NUMBERS`; ``kinds`` and
    ``levels``: the same numbers by ``group`` ("needle", ...; "subtle", "moderate", "obvious", all kinds together).
    ``entries`` are the rows as they were asked for, ``facts`` what was run. ``paired`` compares the best model with the
    best simple baseline on the same patients, ``pairs`` each row with each below it (of the best :data:`MOST_PAIRED`)
    and those asked for.
    """

    rows: list[dict[str, Any]]
    kinds: list[dict[str, Any]]
    levels: list[dict[str, Any]]
    entries: list[Entry]
    facts: dict[str, Any] = field(default_factory=dict)
    paired: Difference | None = None
    pairs: list[Difference] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        tables: StudyTables,
        chosen: Sequence[Entry],
        facts: dict[str, Any],
        progress: ProgressCallback,
        cancel: CancelToken,
        compare: Sequence[tuple[str, str]] = (),
    ) -> Leaderboard:
        """From a study's tables; raises :class:`~GANAnomalyLib.errors.InputError` when nothing has a result."""
        progress(0.0, Message("areas_by_kind"))
        by_kind = summarise(tables, Settings(sensitivity=SENSITIVITY), cancel)
        progress(0.7, Message("areas_by_level"))
        by_level = summarise(by_levels(tables), Settings(sensitivity=SENSITIVITY), cancel)
        named = {entry.name: entry for entry in chosen}
        rows = [_row(row, named, tables) for row in by_kind if row["group"] == MEAN]
        whole = together(tables)
        for row in rows:
            # Of all anomalies together: some kinds alone never reach the sensitivity, and then the mean has no value.
            row |= {"sensitivity": SENSITIVITY, "fp_per_slice": _false_positives(whole, row["configuration"])}
        rows.sort(key=lambda row: -1.0 if row["slice_auroc"] is None else row["slice_auroc"], reverse=True)
        order = {row["configuration"]: place for place, row in enumerate(rows)}

        def groups(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
            kept = [{"group": row["group"], **_row(row, named, tables)} for row in given if row["group"] != MEAN]
            return sorted(kept, key=lambda row: order[row["configuration"]])

        progress(1.0, Message("areas_are_there"))
        known = {"benchmark_version": BENCHMARK_VERSION, **facts, "scoring": vars(tables.scoring)}
        board = cls(rows, groups(by_kind), groups(by_level), list(chosen), known)
        differences = Differences(tables, cancel)
        names = [row["configuration"] for row in rows]
        for first, second in dict.fromkeys([*combinations(names[:MOST_PAIRED], 2), *compare]):
            found = differences.between(first, second)
            board.pairs += [found] if found is not None else []
        if board.best_model and board.best_baseline:
            two = board.best_model["configuration"], board.best_baseline["configuration"]
            board.paired = differences.between(*two)
        return board

    def between(self, first: str, second: str) -> Difference | None:
        """The difference of two rows, either way round; None where it was not computed or cannot be told."""
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair
            if (pair.first, pair.second) == (second, first):
                return Difference(first, second, -pair.value, -pair.high, -pair.low)
        return None

    def left_out(self) -> list[dict[str, Any]]:
        """By configuration the mean slice AUROC over the kinds ("all"), over those that choices may have seen and those
        that none has ("seen", "unseen", and "difference", unseen less seen), and without each kind ("without")."""
        held: dict[str, dict[str, float | None]] = {}
        for row in self.kinds:
            held.setdefault(row["configuration"], {})[row["group"]] = row["slice_auroc"]
        out = []
        for row in self.rows:
            areas = held.get(row["configuration"], {})
            seen, unseen = (_mean_of(areas, [k for k in areas if (k in UNSEEN) == hidden]) for hidden in (False, True))
            out.append(
                {
                    "configuration": row["configuration"],
                    "all": _mean_of(areas, areas),
                    "seen": seen,
                    "unseen": unseen,
                    "difference": None if seen is None or unseen is None else round(unseen - seen, 4),
                    "without": {kind: _mean_of(areas, [k for k in areas if k != kind]) for kind in areas},
                }
            )
        return out

    @property
    def best_baseline(self) -> dict[str, Any] | None:
        """The first row of a simple baseline."""
        return next((row for row in self.rows if row["baseline"]), None)

    @property
    def best_model(self) -> dict[str, Any] | None:
        """The first row that is no simple baseline."""
        return next((row for row in self.rows if not row["baseline"]), None)

    def verdict(self) -> str:
        """One sentence: whether a model beats every simple baseline by slice AUROC; "" without both."""
        model, baseline = self.best_model, self.best_baseline
        if not model or not baseline or model["slice_auroc"] is None or baseline["slice_auroc"] is None:
            return ""
        values = f"{model['slice_auroc']:.3f} against {baseline['slice_auroc']:.3f}"
        if self.paired is not None:
            values += f", on the same patients {self.paired}"
        if model["slice_auroc"] > baseline["slice_auroc"]:
            clear = self.paired is not None and self.paired.low > 0
            note = "" if clear else ", which may be chance"
            return (
                f"The best model, {model['configuration']}, has a higher slice AUROC than the best simple baseline, "
                f"{baseline['configuration']}: {values}{note}."
            )
        return (
            f"The best model, {model['configuration']}, does not beat the simple baseline "
            f"{baseline['configuration']}: slice AUROC {values}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            **self.facts,
            "verdict": self.verdict(),
            "paired": None if self.paired is None else vars(self.paired),
            "leaderboard": self.rows,
            "by_kind": self.kinds,
            "by_level": self.levels,
            "left_out": self.left_out(),
            "pairs": [vars(pair) for pair in self.pairs],
            "entries": [entry.to_dict() for entry in self.entries],
        }


def _mean_of(areas: Mapping[str, float | None], kinds: Iterable[str]) -> float | None:
    """The mean over some kinds, each counting once; None without any, or where one is not known."""
    values = [areas[kind] for kind in kinds]
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known and len(known) == len(values) else None


def by_levels(tables: StudyTables) -> StudyTables:
    """The same tables with anomalies grouped by how obvious they are instead of by kind."""
    level = {row["case"]: LEVELS.get(row["level"], "") for row in tables.cases}
    return _regrouped(tables, level)


def together(tables: StudyTables) -> StudyTables:
    """The same tables with all anomalies in one group, :data:`ALL`."""
    return _regrouped(tables, {row["case"]: ALL for row in tables.cases})


def _regrouped(tables: StudyTables, groups: dict[str, str]) -> StudyTables:
    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row if row["group"] == BASELINE else {**row, "group": groups[row["case"]]} for row in rows]

    parts = (change(tables.slices), change(tables.cases), change(tables.findings))
    return StudyTables(*parts, scoring=tables.scoring)


def _row(row: dict[str, Any], named: dict[str, Entry], tables: StudyTables) -> dict[str, Any]:
    entry = named[row["configuration"]]
    case = next((one for one in tables.cases if one["configuration"] == entry.name and one["model_hash"]), {})
    facts = {
        "configuration": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "metric": entry.metric,
        "baseline": entry.baseline,
        **{name: case.get(name) for name in ("model_hash", "unit", "patch_size")},
    }
    return {**facts, **{name: _rounded(row[name]) for name in NUMBERS}}


def _false_positives(tables: StudyTables, configuration: str) -> float | None:
    """Findings off the anomaly, a slice, where :data:`SENSITIVITY` of the cases are found; None where never so many."""
    known = froc_cases(tables, configuration, ALL)
    if not any(case.lesions for case in known):
        return None
    rates, found, _ = froc(known)
    value = float(rate_at(rates, found, SENSITIVITY))
    return round(value, 4) if math.isfinite(value) else None


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
