"""Which settings to choose: quality against time of every combination, and the page that shows it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...report import Page, tradeoff_figure
from ...report.comparisons import pareto_front
from ...tables.write_csv import write_table
from ..evaluation_options import Settings
from .configuration_grid import axis_value
from .study_cases import MEAN, Configuration
from .study_conclusions import study_facts
from .study_report import add_facts, detection_table, localisation_table, within
from .study_store import write_json
from .study_summary import COLUMNS, summarise
from .study_tables import StudyTables
from .write_conclusions import DATA, REPORT, SUMMARY, notes

SWEEP = "sweep.csv"
QUALITIES = {
    "slice_auroc": "mean slice AUROC",
    "volume_auroc": "mean volume AUROC",
    "located": "share of slices located",
    "located_cases": "share of cases located",
    "pixel_auroc": "pixel AUROC",
    "pixel_ap": "pixel average precision",
}
"""What combinations can be judged by, each the mean over the anomaly sets."""
_AREAS = ("slice_auroc", "slice_auroc_low", "slice_auroc_high", "volume_auroc", "volume_auroc_low", "volume_auroc_high")
_MORE = (
    "located",
    "located_cases",
    "pixel_auroc",
    "pixel_ap",
    "fp_per_slice",
    "seconds_per_slice",
    "peak_mib",
    "failed",
)


@dataclass
class Sweep:
    """Every combination, the best first: ``rows`` hold the axes' values, the means over the sets and ``pareto`` (1
    where no other is both faster and as good). ``quality`` is what they are judged by, of :data:`QUALITIES`."""

    rows: list[dict[str, Any]]
    quality: str
    axes: list[str]
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def conclude_sweep(
    tables: StudyTables,
    configurations: Sequence[Configuration],
    axes: Sequence[str],
    out: Path,
    quality: str = "slice_auroc",
    settings: Settings | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Sweep:
    """Judge the combinations and write sweep.csv, summary.csv, results.json and report.html into ``out``.

    Where ``quality`` is not known for any (slices, without masks), volumes are judged instead, and a note says so.
    Raises :class:`InputError` for an unknown quality or when no case has a result.
    """
    if quality not in QUALITIES:
        raise InputError(f"Combinations can be judged by {', '.join(QUALITIES)}, not {quality!r}.")
    settings, cancel = settings or Settings(), cancel or CancelToken()
    progress(0.0, Message("summarising"))
    rows = summarise(tables, settings, cancel)
    means = [row for row in rows if row["group"] == MEAN]
    warnings = notes(tables, rows)
    if all(row[quality] is None for row in means) and any(row["volume_auroc"] is not None for row in means):
        warnings.append(f"The {QUALITIES[quality]} is not known here: combinations are judged by volumes.")
        quality = "volume_auroc"
    found = Sweep(_rows(means, configurations, axes, quality), quality, list(axes), warnings)
    progress(0.7, Message("writing_tables"))
    columns = ("configuration", *axes, "pareto", *_AREAS, *_MORE)
    write_table(out / SWEEP, columns, found.rows)
    write_table(out / SUMMARY, COLUMNS, rows)
    write_json(out / DATA, _data(tables, configurations, found, rows, settings))
    progress(0.85, Message("writing_report"))
    page = _page(tables, configurations, found, rows, settings)
    found.files = [out / SWEEP, out / SUMMARY, out / DATA, page.write(out / REPORT)]
    progress(1.0, Message("done"))
    return found


def _rows(
    means: Sequence[dict[str, Any]], configurations: Sequence[Configuration], axes: Sequence[str], quality: str
) -> list[dict[str, Any]]:
    by_name = {row["configuration"]: row for row in means}
    out = []
    for item in configurations:
        mean = by_name.get(item.name, {})
        row = {"configuration": item.name, **{axis: axis_value(item, axis) for axis in axes}, "pareto": 0}
        out.append({**row, **{name: mean.get(name) for name in (*_AREAS, *_MORE)}})
    known = [row for row in out if row[quality] is not None and row["seconds_per_slice"]]
    for n in pareto_front([(row["seconds_per_slice"], row[quality]) for row in known]):
        known[n]["pareto"] = 1
    return sorted(out, key=lambda row: -1.0 if row[quality] is None else row[quality], reverse=True)


def _data(
    tables: StudyTables,
    configurations: Sequence[Configuration],
    found: Sweep,
    rows: Sequence[dict[str, Any]],
    settings: Settings,
) -> dict[str, Any]:
    return {
        **study_facts("sweep", tables, configurations, settings),
        "quality": found.quality,
        "axes": found.axes,
        "sweep": found.rows,
        "summary": list(rows),
        "notes": found.notes,
    }


def _page(
    tables: StudyTables,
    configurations: Sequence[Configuration],
    found: Sweep,
    rows: Sequence[dict[str, Any]],
    settings: Settings,
) -> Page:
    page = Page("Choosing settings", f"{len(configurations)} combinations, judged by {QUALITIES[found.quality]}")
    page.section("Quality against time")
    for note in found.notes:
        page.text(note)
    page.text(
        "Of many combinations the best looks better than it is: confirm the choice on patients that were not in this "
        "sweep. " + tables.scoring.words
    )
    points = [(row["configuration"], row["seconds_per_slice"], row[found.quality]) for row in found.rows]
    points = [point for point in points if point[1] and point[2] is not None]
    if points and importlib.util.find_spec("matplotlib") is not None:
        page.figure(
            tradeoff_figure(points, QUALITIES[found.quality]),
            "Each dot is a combination; the line joins those that no other beats in both quality and time.",
            "Quality against seconds per slice",
        )
    heads = [
        "configuration",
        *(axis.removeprefix("settings.").replace("_", " ") for axis in found.axes),
        *("on the line", "slice AUROC", "volume AUROC", "slices located", "cases located", "pixel AP"),
        *("seconds per slice", "MiB"),
    ]
    table = [
        [
            row["configuration"],
            *("the model's" if row[axis] is None else str(row[axis]) for axis in found.axes),
            bool(row["pareto"]),
            *(within(row, "slice_auroc"), within(row, "volume_auroc"), row["located"], row["located_cases"]),
            *(row["pixel_ap"], row["seconds_per_slice"], row["peak_mib"]),
        ]
        for row in found.rows
    ]
    page.table(heads, table)
    page.section("By anomaly set")
    page.table(*detection_table(rows))
    page.table(*localisation_table(rows, settings.sensitivity))
    add_facts(page, tables, configurations, settings)
    return page
