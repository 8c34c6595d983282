"""The folder of a study of readers: results.json, tables, figures and one page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ...report import Page
from ...report.cell_text import with_ends
from ...report.report_folder import (
    PAGE,
    Drawn,
    ReportFolder,
    drawn_if_possible,
    origin,
    read_with_care,
    show_figures,
    to_repeat,
)
from ...statistics.readers.reader_anova import Estimate
from ...statistics.readers.reader_study import WORDS, StudyAnalysis
from ...statistics.readers.readings import Readings
from ..reader_options import ReaderStudyOptions
from .reading_times import ReadingTimes
from .study_data import NextStudy, planned, power_data, study_data
from .study_figures import called, curves_figure, intervals_figure, power_figure

READERS, DIFFERENCES, POWER = "readers.csv", "differences.csv", "power.csv"
PICTURES = ("curves.png", "treatments.png", "differences.png", "power.png")
STUDY_FOLDER = ReportFolder("reader study", 1, (READERS, DIFFERENCES, POWER, PAGE, *PICTURES))
_MOST_ROWS = 60
_FIXED = {
    None: "Conclusions are to hold for readers and cases like these.",
    "readers": "Conclusions hold for these very readers, and cases like these.",
    "cases": "Conclusions hold for these very cases, and readers like these.",
}


def write_study(
    analysis: StudyAnalysis,
    readings: Readings,
    options: ReaderStudyOptions,
    hashes: dict[str, str],
    title: str,
    folder: Path | str,
    force: bool = False,
    times: ReadingTimes | None = None,
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; with reading ``times`` where they are known.

    Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the disk refuses.
    """
    coming, warnings = planned(analysis, options), list(analysis.notes)
    drawn = drawn_if_possible(lambda: _figures(analysis, readings, options, coming), warnings)
    data = STUDY_FOLDER.heading | study_data(analysis, options, hashes) | {"notes": warnings}
    data |= {"next_study": None if coming is None else power_data(coming)} | origin({"ratings": hashes["data"]})
    data |= {} if times is None else times.to_dict()
    tables = {
        READERS: data["readers"],
        DIFFERENCES: [*data["reader_differences"], *({"reader": "all", **one} for one in data["difference"])],
        POWER: [] if coming is None else data["next_study"]["power"],
    }
    page = _page(analysis, options, data, title, drawn, coming, warnings, times)
    return STUDY_FOLDER.write(folder, data, page, force, tables, drawn)


def difference_rows(analysis: StudyAnalysis) -> list[list[str]]:
    """(difference, estimate, interval, standard error, degrees of freedom, p) in words."""
    return [_row(f"{one.a} - {one.b}", one.estimate, True) for one in analysis.differences]


def treatment_rows(analysis: StudyAnalysis) -> list[list[str]]:
    """(treatment, figure, interval, standard error, degrees of freedom) in words."""
    return [_row(name, found, False) for name, found in analysis.treatments.items()]


def p_text(p: float | None) -> str:
    """A p as papers print it."""
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def summary(analysis: StudyAnalysis) -> list[str]:
    """What was analysed and what came out, in sentences."""
    normal, abnormal = analysis.cases
    counted = " and ".join(f"{count} {kind}" for count, kind in ((abnormal, "abnormal"), (normal, "normal")) if count)
    readers = len({one.reader for one in analysis.readers if one.used})
    out = [
        f"{readers} reader{'s' if readers > 1 else ''}, {len(analysis.treatments)} treatment"
        f"{'s' if len(analysis.treatments) > 1 else ''}, {counted} cases. Design: {analysis.design}. "
        f"{_FIXED[analysis.fixed]}"
    ]
    for one in analysis.differences:
        found = one.estimate
        if found.p is not None and found.se:
            side = "above" if found.estimate > 0 else "below"
            out.append(
                f"The {WORDS[analysis.metric]} of {one.a!r} is {abs(found.estimate):.3f} {side} that of {one.b!r}: "
                f"difference {with_ends(found.estimate, found)}, p {p_text(found.p)}."
            )
    return out


def power_rows(found: NextStudy) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows: readers, power with each number of cases, and the fewest cases."""
    cases = list(dict.fromkeys(one.cases for one in found.table))
    by = {(one.readers, one.cases): one.power for one in found.table}
    rows = [
        [readers, *(f"{by[readers, count]:.2f}" for count in cases), "> 10,000" if one is None else one.cases]
        for readers, one in found.needed.items()
    ]
    return ["readers", *(f"{count} cases" for count in cases), "cases needed"], rows


def _row(name: str, found: Estimate, tested: bool) -> list[str]:
    digits = 4 if tested else 3  # a difference is small, and its interval may end near 0
    ends = "" if found.low is None else f"{found.low:.{digits}f} to {found.high:.{digits}f}"
    se = "" if found.se is None else f"{found.se:.4f}"
    df = "" if found.df is None else f"{found.df:.2f}"
    return [name, f"{found.estimate:.{digits}f}", ends, se, df, *([p_text(found.p)] if tested else [])]


def _figures(
    analysis: StudyAnalysis, readings: Readings, options: ReaderStudyOptions, coming: NextStudy | None
) -> Drawn:
    unit, drawn = WORDS[analysis.metric], {}
    curves = curves_figure(readings, analysis.metric, analysis.threshold)
    if curves is not None:
        what = "share of lesions marked over marks on no lesion" if analysis.metric == "jafroc" else "ROC"
        point = ", and the threshold's place on it" if analysis.threshold is not None else ""
        drawn[PICTURES[0]] = curves, f"Each reader's curve under each treatment ({what}){point}."
    rows = []
    for name, found in analysis.treatments.items():
        under = called(name, "treatment")
        held = [one for one in analysis.readers if one.treatment == name and not math.isnan(one.figure.estimate)]
        if len(analysis.readers) <= _MOST_ROWS:
            rows += [(f"{called(one.reader, 'reader')}, {under}", one.figure, False) for one in held]
        rows.append((f"all, {under}", found, True))
    drawn[PICTURES[1]] = (
        intervals_figure(rows, unit, "Readers and treatments"),
        f"The {unit} of each reader, its interval over drawn cases, and the mean of each treatment's readers.",
    )
    if analysis.differences:
        own = analysis.reader_differences if len(analysis.treatments) == 2 else []
        apart = [(called(one.reader, "reader"), one.estimate, False) for one in own[:_MOST_ROWS]]
        apart += [(f"{one.a} - {one.b}" if not own else "all", one.estimate, True) for one in analysis.differences]
        named = f", {analysis.differences[0].a} - {analysis.differences[0].b}" if own else ""
        drawn[PICTURES[2]] = (
            intervals_figure(apart, f"difference of {unit}", f"Differences{named}", zero=True),
            "Each reader's difference with its interval over drawn cases, and their mean with its own.",
        )
    if coming is not None:
        readers = list(coming.needed)
        lines = [(n, [one.cases for one in coming.table if one.readers == n],
                  [one.power for one in coming.table if one.readers == n]) for n in readers]  # fmt: skip
        drawn[PICTURES[3]] = (
            power_figure(lines, options.power),
            f"How probably a study of two treatments finds a difference of {coming.difference:.3f}.",
        )
    return drawn


def _page(
    analysis: StudyAnalysis,
    options: ReaderStudyOptions,
    data: dict[str, Any],
    title: str,
    drawn: Drawn,
    coming: NextStudy | None,
    warnings: list[str],
    times: ReadingTimes | None,
) -> Page:
    unit, percent = WORDS[analysis.metric], f"{100 * analysis.level:g}% interval"
    page = Page(title or "Reader study", summary(analysis)[0])
    page.section("Results")
    page.text("\n\n".join(summary(analysis)[1:]))
    if analysis.differences:
        heads = ["difference", unit, percent, "standard error", "df", "p"]
        page.table(heads, difference_rows(analysis), _test_words(analysis))
    page.table(["treatment", unit, percent, "standard error", "df"], treatment_rows(analysis), "Means over readers.")
    read_with_care(page, warnings)
    if drawn:
        page.section("Curves and intervals")
        show_figures(page, {name: value for name, value in drawn.items() if name != PICTURES[3]})
    page.section("Readers")
    page.table(
        ["reader", "treatment", unit, percent, "normal", "abnormal", "compared"],
        [
            [one.reader, one.treatment, *_row("", one.figure, False)[1:3], one.normal, one.abnormal, one.used]
            for one in analysis.readers
        ],
    )
    if analysis.reader_differences:
        page.table(
            ["reader", "difference", unit, percent, "p"],
            [
                [one.reader, f"{one.a} - {one.b}", *_row("", one.estimate, True)[1:3], p_text(one.estimate.p)]
                for one in analysis.reader_differences
            ],
        )
    if times is not None:
        page.section("Reading time")
        page.table(["reader", "treatment", "readings", "mean time"], times.rows())
        if times.differences:
            page.table(["difference", "mean", percent], times.difference_rows(), "Over readers, as drawn from many.")
    page.section("Where the variance comes from")
    page.table(
        ["component", "estimate", "what it is"],
        [[name, _component(data["components"][name]), words] for name, words in _COMPONENTS.items()],
        "As estimated, also where that is below 0.",
    )
    if coming is not None:
        _next_study(page, options, coming, drawn)
    page.section("How it was analysed").text(_method(analysis))
    to_repeat(page, data, Settings=data["settings"], Hashes=data["hashes"])
    return page


def _component(value: float | None) -> str | None:
    return None if value is None else f"{value:.10f}"


_COMPONENTS = {
    "reader": "readers differ",
    "treatment_reader": "treatments differ otherwise for each reader",
    "error": "one reader's figure under one treatment, over drawn cases",
    "cov1": "of that shared by one reader's two treatments",
    "cov2": "of that shared by two readers under one treatment",
    "cov3": "of that shared by two readers under two treatments",
}


def _next_study(page: Page, options: ReaderStudyOptions, coming: NextStudy, drawn: Drawn) -> None:
    page.section("The next study")
    observed = (
        " It is the difference found here, which small studies overrate: plan with the smallest one that matters "
        "(--difference)."
        if coming.observed
        else ""
    )
    page.text(
        "How probably a study of two treatments, in which every reader reads every case under both, finds a "
        f"difference of {coming.difference:.3f} at a two-sided level of {options.alpha:g}, with readers and "
        f"{coming.counted} like these.{observed}"
    )
    heads, rows = power_rows(coming)
    page.table(heads, rows, f"The last column: the fewest cases for a power of {options.power:g}.")
    show_figures(page, {name: value for name, value in drawn.items() if name == PICTURES[3]})


def _test_words(analysis: StudyAnalysis) -> str:
    test = analysis.test
    if test is None or test.f is None:
        return ""
    if test.df2 is None:
        return f"All treatments alike: chi-square {test.f * test.df1:.3f} on {test.df1} df, p {p_text(test.p)}."
    return f"All treatments alike: F {test.f:.3f} on {test.df1} and {test.df2:.2f} df, p {p_text(test.p)}."


def _method(analysis: StudyAnalysis) -> str:
    what = {
        "auc": "The figure of merit is the area under the empirical ROC curve, ties counting half.",
        "jafroc": "The figure of merit is the weighted one of located findings: how often a lesion is rated above the "
        "highest mark on a normal case, lesions of a case sharing one weight.",
    }.get(analysis.metric, f"Rated {analysis.threshold:g} or more counts as abnormal." if analysis.threshold else "")
    covariance = {"jackknife": "the jackknife", "delong": "DeLong's method", "unbiased": "unbiased estimates"}
    return (
        f"{what} Treatments were compared after Obuchowski and Rockette (1995) with the degrees of freedom of Hillis "
        f"(2007, 2014); the covariance of errors is by {covariance[analysis.covariance]}. Intervals of single "
        "treatments rest on their own readings alone, those of single readers on drawn cases. Power after Hillis, "
        "Obuchowski and Berbaum (2011)."
    )
