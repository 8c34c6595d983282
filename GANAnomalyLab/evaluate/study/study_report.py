"""The study as one page."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from GANAnomalyLib.files import hash_json
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...report import Page, froc_figure, provenance, roc_figure, score_figure
from ...report.cell_text import ends_text, with_ends
from ...statistics.froc import froc
from ...statistics.permutation import DIFFERENCE, OF_DRAWS
from ..evaluation_options import Settings
from .study_cases import BASELINE, MEAN, Configuration
from .study_conclusions import Conclusions, hashes
from .study_summary import Sides, anomaly_sets, froc_cases, slice_sides, volume_sides
from .study_tables import StudyTables

SHOWN = 6
"""Configurations with curves of their own; of more, those with the highest mean AUROC."""


def study_page(
    tables: StudyTables,
    configurations: Sequence[Configuration],
    found: Conclusions,
    settings: Settings,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Page:
    """The page, not written yet. Without matplotlib it has no figures, and says so."""
    cancel = cancel or CancelToken()
    page = Page("Detection study", f"{_count(tables)}; {len(configurations)} configurations")
    page.section("Detection")
    page.text(tables.scoring.words + " High scores mean abnormal. Intervals draw whole patients anew.")
    for note in found.notes:
        page.text(note)
    page.table(*detection_table(found.rows), caption=_caption(settings))
    if importlib.util.find_spec("matplotlib") is None:
        page.text("No figures were drawn: install matplotlib (the extra 'pictures') for them.")
    else:
        _figures(page, tables, found, progress, cancel)
    if any(row["located"] is not None or row["located_cases"] is not None for row in found.rows):
        page.section("Localisation")
        page.text(
            "A patch is on the lesion when it covers a pixel of it; a finding, when one of its patches does. Slices "
            "count by their highest patch, cases by their first finding. Pixel values are means over cases, of what "
            "the network saw."
        )
        page.table(*localisation_table(found.rows, settings.sensitivity))
    if found.comparisons:
        _compared(page, found.comparisons)
    page.section("Time and memory")
    page.table(*cost_table(found.rows))
    if tables.failed:
        page.section("Failed analyses")
        rows = [(row["case"], row["configuration"], row["message"]) for row in tables.failed]
        page.table(["case", "configuration", "why"], rows)
    add_facts(page, tables, configurations, settings)
    return page


def detection_table(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """AUROCs of slices and volumes: headers and rows."""
    heads = [
        *("configuration", "set", "cases", "abnormal slices", "normal slices"),
        *("slice AUROC", "DeLong", "as published"),
        *("volume AUROC", "DeLong (volumes)"),
    ]
    out = [
        [
            *(row["configuration"], row["group"], row["cases"], row["abnormal_slices"], row["normal_slices"]),
            within(row, "slice_auroc"),
            ends_text((row["slice_delong_low"], row["slice_delong_high"])),
            plus_minus(row["slice_published_mean"], row["slice_published_sd"]),
            within(row, "volume_auroc"),
            ends_text((row["volume_delong_low"], row["volume_delong_high"])),
        ]
        for row in rows
    ]
    return heads, out


def localisation_table(rows: Sequence[dict[str, Any]], sensitivity: float) -> tuple[list[str], list[list[Any]]]:
    """Shares located, pixel values and false positives: headers and rows."""
    rate = f"false positives a slice at {sensitivity:.0%} of cases found"
    heads = ["configuration", "set", "slices located", "cases located", "pixel AUROC", "pixel AP", rate]
    out = [
        [
            *(row["configuration"], row["group"], within(row, "located"), within(row, "located_cases")),
            *(row["pixel_auroc"], row["pixel_ap"], row["fp_per_slice"]),
        ]
        for row in rows
    ]
    return heads, out


def cost_table(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Seconds and memory, a row a configuration."""
    means = [row for row in rows if row["group"] == MEAN]
    heads = ["configuration", "seconds per slice (median)", "memory at most (MiB)", "failed"]
    return heads, [[row["configuration"], row["seconds_per_slice"], row["peak_mib"], row["failed"]] for row in means]


def within(row: dict[str, Any], name: str) -> str | None:
    """A value and its interval as text; None where it is not known."""
    return None if row[name] is None else with_ends(row[name], (row.get(f"{name}_low"), row.get(f"{name}_high")))


def plus_minus(mean: float | None, sd: float | None) -> str | None:
    """A mean and its deviation as text."""
    return None if mean is None or sd is None else f"{mean:.3f} ± {sd:.3f}"


def _figures(
    page: Page, tables: StudyTables, found: Conclusions, progress: ProgressCallback, cancel: CancelToken
) -> None:
    shown = _shown(found.rows)
    for number, configuration in enumerate(shown):
        cancel.check()
        progress(number / len(shown), Message("drawing_configuration", configuration=configuration))
        for what, sides_of in (("slices", slice_sides), ("volumes", volume_sides)):
            sides = dict(_both(tables, configuration, sides_of))
            if not sides:
                continue
            curves = {group: (side.normal.scores, side.abnormal.scores) for group, side in sides.items()}
            page.figure(
                roc_figure(curves, title=f"{configuration}: {what}"),
                f"ROC of {what}, each set against the normal ones.",
                f"ROC curves of {', '.join(curves)}",
            )
            spread = {BASELINE: next(iter(sides.values())).normal.scores}
            spread |= {group: side.abnormal.scores for group, side in sides.items()}
            page.figure(score_figure(spread, _unit(tables, configuration)), f"Scores of {what} by set.")
        free = {}
        for group in anomaly_sets(tables):
            cases = froc_cases(tables, configuration, group)
            if any(case.lesions for case in cases):
                free[group] = froc(cases)[:2]
        if free:
            page.figure(
                froc_figure(free, image="slice", title=f"{configuration}: FROC"), "All of a case's lesion is one."
            )


def _both(tables: StudyTables, configuration: str, sides_of: Any) -> Iterator[tuple[str, Sides]]:
    for group in anomaly_sets(tables):
        sides = sides_of(tables, configuration, group)
        if sides.both:
            yield group, sides


def _shown(rows: Sequence[dict[str, Any]]) -> list[str]:
    means = [row for row in rows if row["group"] == MEAN]
    best = sorted(means, key=lambda row: -(row["slice_auroc"] or row["volume_auroc"] or 0.0))[:SHOWN]
    return [row["configuration"] for row in means if row in best]


def _compared(page: Page, comparisons: Sequence[dict[str, Any]]) -> None:
    page.section("Configurations compared")
    page.text(
        "The difference is the first's AUROC minus the second's, on the same items; its interval and the two p-values "
        "beside it are two-sided and take patients whole."
    )
    heads = ["first", "second", "set", "of", "difference", "DeLong p", "permutation p", "one-sided p", "as published p"]
    rows = []
    for row in comparisons:
        between = ends_text((row["low"], row["high"]))
        difference = f"{row['difference']:+.3f}" + (f" ({between})" if between else "")
        names = (row["first"], row["second"], row["group"], row["of"])
        ps = (row[name] for name in ("delong_p", "permutation_p", "one_sided_p", "as_published_p"))
        rows.append([*names, difference, *map(probability, ps)])
    page.table(heads, rows)
    page.text(f"The last two are of the published design. {OF_DRAWS} {DIFFERENCE}")


def probability(p: float | None) -> str | None:
    """A p-value as text."""
    if p is None:
        return None
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def add_facts(page: Page, tables: StudyTables, configurations: Sequence[Configuration], settings: Settings) -> None:
    """Add a section of all that is needed to repeat the study: versions, hashes, settings."""
    page.section("To repeat it")
    held = hashes(tables)
    inputs = hash_json(held["inputs"])
    least = sorted({row["lesion_pixels_needed"] for row in tables.cases if row["lesion_pixels_needed"] is not None})
    needed = None if not least else f"{least[0]}" + (f" to {least[-1]}" if least[-1] != least[0] else "")
    page.facts(
        provenance(
            models=", ".join(held["models"]) or None,
            all_inputs_together=f"sha256:{inputs}",
            pixels_of_a_slice_that_make_it_abnormal=needed,
        )
    )
    page.facts({**vars(settings), "slice score": tables.scoring.slice, "volume score": tables.scoring.volume})
    for item in configurations:
        page.facts(_without_folders(item.request), caption=item.name)


def _without_folders(request: Any) -> dict[str, Any]:
    """Settings as they were given, paths by their names only: a page is passed on, and folders may name people."""
    out = {}
    for name, value in request.items():
        if isinstance(value, dict):
            value = _without_folders(value)
        elif isinstance(value, str):
            value = value.replace("\\", "/").rsplit("/", 1)[-1]
        out[name] = value
    return out or {"settings": "the model's own"}


def _caption(settings: Settings) -> str:
    return (
        f"{settings.level:.0%} intervals from {settings.draws:,} draws of patients; as published: mean ± sd of draws."
    )


def _unit(tables: StudyTables, configuration: str) -> str:
    units = {row["unit"] for row in tables.cases if row["configuration"] == configuration and row["unit"]}
    return f"score ({units.pop()})" if len(units) == 1 and tables.scoring.slice == "patch" else "score"


def _count(tables: StudyTables) -> str:
    first = tables.configurations[0]
    groups: dict[str, int] = {}
    for row in tables.cases:
        if row["configuration"] == first:
            groups[row["group"]] = groups.get(row["group"], 0) + 1
    return ", ".join(f"{count} {group}" for group, count in groups.items()) + " cases"
