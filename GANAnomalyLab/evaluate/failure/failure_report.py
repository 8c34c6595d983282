"""The evaluation's folder: results.json with the rule, tables, pictures and a page, all of them or none."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from GANAnomalyLib.results.result import FILES

from ...report import Page, files_hash, roc_figure, score_figure
from ...report.cell_text import ends_text, with_ends
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
from ...statistics.auroc import AurocEstimate
from ...tables.write_csv import plain
from ..findings.findings_report import finding_picture
from .failure_cases import SegmentedCase
from .failure_evaluation import FailureEvaluation, FailureStatistics
from .failure_pictures import coverage_figure, dice_figure
from .failure_rule import KIND, rule_data
from .organ_measures import OrganMeasures

CASES, FINDINGS, COVERAGE = "cases.csv", "findings.csv", "risk_coverage.csv"
PICTURES = ("score_dice.png", "roc.png", "risk_coverage.png", "scores.png")
FOLDER = ReportFolder(KIND, 1, (CASES, FINDINGS, COVERAGE, PAGE, *PICTURES))
_SHOWN = 8
_WORDS = {"highest": "highest heat", "mean": "mean heat", "finding": "highest finding"}


def write_failure(
    evaluation: FailureEvaluation, folder: Path | str, force: bool = False, inputs: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; ``inputs`` as :func:`input_hashes` gives them.

    Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the disk refuses.
    """
    drawn = drawn_if_possible(lambda: _figures(evaluation), evaluation.warnings)
    data = results_data(evaluation) | origin(inputs)
    tables = {CASES: case_rows(evaluation), FINDINGS: _finding_rows(evaluation), COVERAGE: _coverage_rows(evaluation)}
    return FOLDER.write(folder, data, _page(evaluation, data, drawn), force, tables, drawn)


def input_hashes(evaluation: FailureEvaluation) -> dict[str, str | None]:
    """Hashes of heatmaps, findings and label maps, each over its files in the order of the cases."""
    cases = [case for case, _ in evaluation.cases]
    out = {name: files_hash(case.result.folder / FILES[name] for case in cases) for name in ("heatmap", "findings")}
    out["segmentation"] = files_hash(case.segmentation for case in cases)
    truths = [case.truth for case in cases if case.truth is not None]
    return out | ({"truth": files_hash(truths)} if truths else {})


def results_data(evaluation: FailureEvaluation) -> dict[str, Any]:
    """The evaluation in plain values, without its cases; what is not a number becomes None."""
    statistics = evaluation.statistics
    return plain(
        {
            **FOLDER.heading,
            "settings": dataclasses.asdict(evaluation.options),
            "cases": len(evaluation.cases),
            "likely_to_fail": sum(row["likely_to_fail"] for row in case_rows(evaluation)),
            **({} if statistics is None else _statistics_data(evaluation, statistics)),
            "rule": rule_data(evaluation.rule),
            "rule_learnt_here": evaluation.learnt,
            "models": evaluation.models,
            "result_settings": evaluation.settings,
            "warnings": evaluation.warnings,
        }
    )


def case_rows(evaluation: FailureEvaluation) -> list[dict[str, Any]]:
    """One row a case; what is not a number becomes None."""
    return [_case_row(evaluation, case, measures) for case, measures in evaluation.cases]


def measure_rows(evaluation: FailureEvaluation) -> list[list[str]]:
    """(measure, value, interval) in words, of the cases with a truth."""
    statistics, options = evaluation.statistics, evaluation.options
    if statistics is None:
        return []
    rows = []
    for name in (options.score, *(name for name in _WORDS if name != options.score)):
        estimate, rho = statistics.aurocs[name], statistics.correlations[name]
        rows.append(
            [f"AUROC of {_WORDS[name]} for a Dice under {options.dice:g}", f"{estimate.value:.3f}", _ends(estimate)]
        )
        rows.append([f"Spearman's correlation of {_WORDS[name]} and Dice", _three(rho.value), ends_text(rho.interval)])
    risk, gained = statistics.area, statistics.gained
    rows.append(["Risk (1 - Dice), mean over coverage", _three(risk.value), ends_text(risk.interval)])
    rows.append(["the same by chance", _three(statistics.chance), ""])
    rows.append(["the same of a score that knows the Dice", _three(statistics.best), ""])
    rows.append(["less than by chance", _three(gained.value), ends_text(gained.interval)])
    explained = explained_means(evaluation)
    if explained is not None:
        rows.append(["Failures: share of what went wrong that lies in findings", _three(explained[0]), ""])
        rows.append(["the same by chance: of the organ with its margin", _three(explained[1]), ""])
    return rows


def explained_means(evaluation: FailureEvaluation) -> tuple[float, float] | None:
    """Over the failures: the mean shares of the difference, and of the organ with its margin, in findings' boxes."""
    held = [one for _, one in evaluation.cases if evaluation.failed(one) and not math.isnan(one.explained)]
    if not held:
        return None
    return sum(one.explained for one in held) / len(held), sum(one.expected for one in held) / len(held)


def rule_words(evaluation: FailureEvaluation) -> list[str]:
    """What the rule is, and what it did, in sentences."""
    rule, counts = evaluation.rule, evaluation.counts()
    reach = f"{_WORDS[rule.score]} in the organ and {rule.margin:g} mm around it is {rule.threshold:.3g} or more"
    out = [f"Warned of where the {reach}, or where the segmentation is empty."]
    if counts:
        failures = counts["warned_failures"] + counts["missed_failures"]
        others = counts["false_warnings"] + counts["passed"]
        out.append(
            f"It warns of {counts['warned_failures']} of {failures} failures (Dice under {rule.dice:g}) and of "
            f"{counts['false_warnings']} of {others} others."
        )
    else:
        out.append(
            f"Where it was learnt it warned of {100 * rule.warned:.0f}% of {rule.failures} failures (Dice under "
            f"{rule.dice:g}) and of {100 * rule.false_warnings:.0f}% of {rule.others} others."
        )
    return out


def _case_row(evaluation: FailureEvaluation, case: SegmentedCase, measures: OrganMeasures) -> dict[str, Any]:
    result = case.result
    row: dict[str, Any] = {
        "case": result.name,
        "set": result.group,
        "patient": result.patient,
        "score": getattr(measures, evaluation.options.score),
        "likely_to_fail": int(evaluation.rule.likely_to_fail(measures)),
        "highest_heat": measures.highest,
        "mean_heat": measures.mean,
        "highest_finding": measures.finding,
        "findings_there": measures.findings,
        "organ_ml": measures.organ_ml,
    }
    if evaluation.statistics is not None:
        row |= {
            "truth_ml": measures.truth_ml,
            "dice": measures.dice,
            "failed": int(bool(evaluation.failed(measures))),
            "surface_mm": measures.surface_mm,
            "difference_ml": measures.difference_ml,
            "explained": measures.explained,
            "expected": measures.expected,
            "explained_by": " ".join(f"F{one.rank}" for one in measures.explanations),
        }
    return plain(row)


def _finding_rows(evaluation: FailureEvaluation) -> list[dict[str, Any]]:
    """One row a finding that lies on what segmentation and truth tell apart."""
    return [
        {
            "case": case.result.name,
            "failed": int(bool(evaluation.failed(measures))),
            "finding": one.rank,
            "score": one.score,
            "difference_ml": one.ml,
            "share_of_difference": one.share,
        }
        for case, measures in evaluation.cases
        for one in measures.explanations
    ]


def _coverage_rows(evaluation: FailureEvaluation) -> list[dict[str, Any]]:
    statistics = evaluation.statistics
    if statistics is None:
        return []
    count = len(statistics.scores)
    return [
        {"coverage": (n + 1) / count, "highest_score": score, "risk": risk, "best_risk": best}
        for n, (score, risk, best) in enumerate(
            zip(statistics.scores, statistics.risk, statistics.best_risk, strict=True)
        )
    ]


def _statistics_data(evaluation: FailureEvaluation, statistics: FailureStatistics) -> dict[str, Any]:
    explained = explained_means(evaluation)
    return {
        "failures": statistics.failures,
        "others": statistics.others,
        "measures": {
            name: {
                "auroc": {
                    "value": estimate.value,
                    **dict(zip(("low", "high"), estimate.percentile or (None, None), strict=True)),
                    "delong_logit": estimate.delong_logit,
                    "delong": estimate.delong,
                },
                "spearman": _value_data(statistics.correlations[name]),
            }
            for name, estimate in statistics.aurocs.items()
        },
        "risk_coverage": {
            "area": _value_data(statistics.area),
            "gained": _value_data(statistics.gained),
            "chance": statistics.chance,
            "best": statistics.best,
        },
        "explained": None if explained is None else dict(zip(("difference", "organ"), explained, strict=True)),
        "rule_counts": evaluation.counts(),
    }


def _value_data(value: Any) -> dict[str, Any]:
    return {"value": value.value, **({} if value.interval is None else dataclasses.asdict(value.interval))}


def _figures(evaluation: FailureEvaluation) -> Drawn:
    options, statistics = evaluation.options, evaluation.statistics
    unit = _WORDS[options.score]
    if statistics is None:
        scores = [getattr(one, options.score) for _, one in evaluation.cases if not math.isnan(one.highest)]
        figure = score_figure({"cases": scores}, unit, evaluation.rule.threshold)
        return {PICTURES[3]: (figure, "How the cases' scores are spread, and where the rule begins to warn.")}
    known = [(case, one) for case, one in evaluation.cases if not math.isnan(one.highest)]
    pairs, said = {}, {}
    for name, estimate in statistics.aurocs.items():
        values = {failed: [getattr(one, name) for _, one in known if evaluation.failed(one) is failed] for failed in
                  (False, True)}  # fmt: skip
        pairs[_WORDS[name]] = values[False], values[True]
        said[_WORDS[name]] = f"AUROC {with_ends(estimate.value, estimate.percentile)}"
    points = [(case.result.group, getattr(one, options.score), one.dice) for case, one in known]
    return {
        PICTURES[0]: (
            dice_figure(points, unit, options.dice, evaluation.rule.threshold),
            "Each case's score and Dice. Failures lie below the line across, warnings to the right of the other.",
        ),
        PICTURES[1]: (roc_figure(pairs, said), "How well each score tells failures from other segmentations."),
        PICTURES[2]: (
            coverage_figure(statistics.risk, statistics.best_risk),
            "The mean of 1 - Dice of the cases that are kept, those with the highest scores being left out first.",
        ),
    }


def _page(evaluation: FailureEvaluation, data: dict[str, Any], drawn: Drawn) -> Page:
    options, statistics = evaluation.options, evaluation.statistics
    count = len(evaluation.cases)
    organ = "the organ" if options.label is None else f"label {options.label}"
    said = "" if statistics is None else f", {sum(bool(evaluation.failed(one)) for _, one in evaluation.cases)} failed"
    page = Page("Where segmentation fails", f"{organ} in {count} cases{said}")
    if statistics is not None:
        page.section("Results")
        page.table(
            ["measure", "value", f"{100 * options.level:g}% interval"], measure_rows(evaluation), _caption(options)
        )
    page.section("The rule").text("\n\n".join(rule_words(evaluation)))
    read_with_care(page, evaluation.warnings)
    if drawn:
        page.section("Curves" if statistics is not None else "Scores")
        show_figures(page, drawn)
    _gallery(page, evaluation)
    rows = sorted(case_rows(evaluation), key=lambda row: -math.inf if row["score"] is None else -row["score"])
    page.section("Cases")
    page.table([head.replace("_", " ") for head in rows[0]], [list(row.values()) for row in rows])
    to_repeat(
        page, data, Settings=data["settings"], The_rule=data["rule"],
        The_results={"models": evaluation.models, **evaluation.settings},
    )  # fmt: skip
    return page


def _caption(options: Any) -> str:
    return (
        f"AUROCs with percentile intervals, the others likewise, of {options.bootstrap} draws of patients. "
        "A negative correlation says that a high score goes with a bad segmentation. Findings explain failures as far "
        "as their boxes hold more of what segmentation and truth tell apart than of the organ as a whole."
    )


def _gallery(page: Page, evaluation: FailureEvaluation) -> None:
    """The finding that holds most of a failure's difference, the worst cases first."""
    failures = [(case, one) for case, one in evaluation.cases if evaluation.failed(one) and one.explanations]
    pictures: list[tuple[Path, str]] = []
    for case, one in sorted(failures, key=lambda row: row[1].dice):
        most = one.explanations[0]
        if len(pictures) < _SHOWN and (path := finding_picture(case.result.folder, most.rank)):
            words = (
                f"{case.result.name}: Dice {one.dice:.2f}, F{most.rank} on {100 * most.share:.0f}% of the difference"
            )
            pictures.append((path, words))
    if pictures:
        page.section("Failures and the findings on them")
        page.text("Of each the finding that holds most: the image on the left, the model's version on the right.")
        page.gallery(pictures)


def _ends(estimate: AurocEstimate) -> str:
    return ends_text(estimate.percentile or (None, None))


def _three(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"
