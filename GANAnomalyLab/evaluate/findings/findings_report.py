"""The evaluation's folder: results.json, cases.csv, pictures and a page, all of them or none."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult
from GANAnomalyLib.review.decisions import DECISIONS_FILE

from ...report import Page, file_hash, files_hash, froc_figure, leaderboard_figure
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
from ...statistics.froc import RATES, curve_points
from ...tables.write_csv import plain
from ..evaluation_options import REVIEW
from .finding_cases import FindingsCase
from .findings_evaluation import FindingsEvaluation, SetShares, Share, froc_values
from .hits import CaseHits

CASES = "cases.csv"
PICTURES = ("localisation.png", "froc.png")
FOLDER = ReportFolder("localisation evaluation", 1, (CASES, PAGE, *PICTURES))
_SHOWN = 8
_RULES = {
    "patch": "patch covers lesion",
    "finding": "any of its patches covers lesion",
    "centre": "centre of patch on lesion",
    "iou": "patch overlaps lesion by IoU",
    REVIEW: "accepted by the reader",
}


def write_findings(
    evaluation: FindingsEvaluation,
    folder: Path | str,
    force: bool = False,
    inputs: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write the folder, whole or not at all, and return its files; ``inputs`` as :func:`input_hashes` gives them.

    Raises :class:`InputError` as :meth:`ReportFolder.check`, GANAnomalyError when the disk refuses.
    """
    drawn = drawn_if_possible(lambda: _figures(evaluation), evaluation.warnings)
    data = results_data(evaluation) | origin(inputs)
    rows = [case_data(case, hits, evaluation) for case, hits in evaluation.cases]
    return FOLDER.write(folder, data, _page(evaluation, data, rows, drawn), force, {CASES: rows}, drawn)


def input_hashes(evaluation: FindingsEvaluation, truth: Path | str | None) -> dict[str, str | None]:
    """Hashes of the findings and of what they were held against, each over its files in the order of the cases."""
    cases = [case for case, _ in evaluation.cases]
    out = {"findings": files_hash(case.folder / FILES["findings"] for case in cases)}
    if truth is None:
        reviewed = [case.folder / DECISIONS_FILE for case in cases if (case.folder / DECISIONS_FILE).is_file()]
        return out | {"decisions": files_hash(reviewed)}
    masks = [case.mask for case in cases if case.mask is not None]
    return out | {"truth": files_hash(masks) if masks else file_hash(truth)}


def results_data(evaluation: FindingsEvaluation) -> dict[str, Any]:
    """The evaluation in plain values, without its cases; what is not a number becomes None."""
    return plain(
        {
            **FOLDER.heading,
            "settings": dataclasses.asdict(evaluation.options),
            "headline": f"top1_{evaluation.options.rules[0]}",
            "all": _set_data(evaluation.whole),
            "sets": [_set_data(one) for one in evaluation.sets],
            "over_sets": {
                name: {"mean": mean, "sd": spread, "sets": count}
                for name, (mean, spread, count) in evaluation.over_sets.items()
            },
            "froc": _froc_data(evaluation),
            "models": evaluation.models,
            "result_settings": evaluation.settings,
            "warnings": evaluation.warnings,
        }
    )


def case_data(case: FindingsCase, hits: CaseHits, evaluation: FindingsEvaluation) -> dict[str, Any]:
    """One case in plain values: ``hit`` says whether its highest finding hits (1, 0, None where that does not count),
    ``rank_`` columns which finding is the first that does."""
    rules = evaluation.options.rules
    out: dict[str, Any] = {"case": case.name, "set": case.group, "patient": case.patient}
    first = hits.outcome(rules[0], 1)
    out |= {"hit": None if first is None else int(first), "not_counted": hits.skipped or None}
    out |= {f"rank_{rule}": hits.ranks.get(rule) for rule in rules}
    out |= {"findings": hits.findings, "lesions": hits.lesions, "false_positives": hits.false_positives}
    if evaluation.options.reviews:
        out["decision"] = hits.first or None
    return out


def share_words(name: str) -> str:
    """``top1_patch`` in words."""
    top, _, rule = name.partition("_")
    which = "highest finding" if top == "top1" else f"one of {top[3:]} highest"
    return f"{which}: {_RULES[rule]}"


def spread_words(share: Share) -> list[str]:
    """A share as ``9 of 12``, per cent, and its three intervals."""
    if not share.counted:
        return ["0 of 0", "", "", "", ""]
    patients = None if share.patients is None else (share.patients.low, share.patients.high)
    ends = [
        "" if e is None else f"{100 * e[0]:.0f}% to {100 * e[1]:.0f}%" for e in (share.wilson, share.exact, patients)
    ]
    return [f"{share.hits} of {share.counted}", f"{100 * share.value:.0f}%", *ends]


def table_rows(evaluation: FindingsEvaluation) -> list[tuple[str, str, Share]]:
    """(set, what counts, share) for a table: the headline's rule for each set, every rule for all of them together."""
    out = []
    for one in evaluation.shown:
        last = one is evaluation.shown[-1]
        names = [name for name in one.shares if last or name.endswith(f"_{evaluation.options.rules[0]}")]
        out += [(one.name, share_words(name), one.shares[name]) for name in names]
    return out


def over_sets_words(evaluation: FindingsEvaluation, name: str) -> str:
    """``81% ± 13% over 2 sets``, "" where there are fewer than two."""
    mean, spread, count = evaluation.over_sets.get(name, (0.0, 0.0, 0))
    return f"{100 * mean:.0f}% ± {100 * spread:.0f}% over {count} sets" if count > 1 else ""


def _set_data(one: SetShares) -> dict[str, Any]:
    return {
        "name": one.name,
        "cases": one.cases,
        "patients": one.patients,
        "not_counted": one.skipped,
        "measures": {
            name: {
                "value": share.value,
                "hits": share.hits,
                "counted": share.counted,
                "wilson": share.wilson,
                "exact": share.exact,
                "patients": None if share.patients is None else dataclasses.asdict(share.patients),
            }
            for name, share in one.shares.items()
        },
    }


def _froc_data(evaluation: FindingsEvaluation) -> dict[str, Any] | None:
    if evaluation.froc is None:
        return None
    rates, sensitivity, _ = evaluation.froc
    shown = curve_points(rates)
    named = {
        name: {"value": value, **({} if interval is None else dataclasses.asdict(interval))}
        for name, (value, interval) in froc_values(evaluation).items()
    }
    return {
        "false_positives_per": "case",
        "rates": list(RATES),
        "sensitivity_at": named,
        "false_positives": rates[shown].tolist(),
        "sensitivity": sensitivity[shown].tolist(),
    }


def _figures(evaluation: FindingsEvaluation) -> Drawn:
    headline = f"top1_{evaluation.options.rules[0]}"
    rows = []
    for one in evaluation.shown:
        share = one.shares[headline]
        ends = share.wilson or (None, None)
        rows.append((one.name, share.value if share.counted else None, *ends))
    words = share_words(headline)
    out = {
        PICTURES[0]: (
            leaderboard_figure(rows, "share of cases", marked=(evaluation.whole.name,)),
            f"Localised cases by set ({words}), with Wilson's intervals.",
        )
    }
    if evaluation.froc is not None:
        mean, interval = froc_values(evaluation)["mean"]
        said = f"mean of 1/8 to 8: {with_ends(mean, interval)}"
        out[PICTURES[1]] = (
            froc_figure({"lesions": evaluation.froc[:2]}, {"lesions": said}, "case"),
            "The share of lesions that findings cover, against how many findings of a case cover none.",
        )
    return out


def _page(evaluation: FindingsEvaluation, data: dict[str, Any], table: Sequence[dict[str, Any]], drawn: Drawn) -> Page:
    options, headline = evaluation.options, f"top1_{evaluation.options.rules[0]}"
    whole = evaluation.whole.shares[headline]
    page = Page(
        "Localisation",
        f"{whole.hits} of {whole.counted} cases that count: {share_words(headline)}"
        + (f"; {words}" if (words := over_sets_words(evaluation, headline)) else ""),
    )
    level = f"{100 * options.level:g}%"
    page.section("Results")
    heads = ["set", "what counts", "cases", "share", f"Wilson {level}", f"exact {level}", f"patients {level}"]
    rows = [[name, words, *spread_words(share)] for name, words, share in table_rows(evaluation)]
    page.table(heads, rows, _caption(evaluation))
    over = [[share_words(name), over_sets_words(evaluation, name)] for name in evaluation.over_sets]
    if any(words for _, words in over):
        page.table(["what counts", "mean ± standard deviation"], over, "Over sets, each weighing the same (n - 1).")
    show_figures(page, drawn)
    values = froc_values(evaluation)
    if values:
        found = [[_rate_words(name), value, ends_text(interval)] for name, (value, interval) in values.items()]
        page.table(["false positives per case", "lesions found", f"{level} interval"], found)
    read_with_care(page, evaluation.warnings)
    _gallery(page, evaluation)
    page.section("Cases")
    page.table([head.replace("_", " ") for head in table[0]], [list(row.values()) for row in table])
    to_repeat(page, data, Settings=data["settings"], The_results={"models": evaluation.models, **evaluation.settings})
    return page


def _rate_words(name: str) -> str:
    if name == "mean":
        return "mean of these"
    rate = float(name)
    return f"1/{round(1 / rate)}" if rate < 1 else name


def _caption(evaluation: FindingsEvaluation) -> str:
    skipped = ", ".join(f"{count} {why}" for why, count in evaluation.whole.skipped.items())
    left = f" Cases that do not count: {skipped}." if skipped else ""
    what = (
        "An accepted finding is a hit, a rejected one a miss."
        if evaluation.options.reviews
        else f"Overlap is from an intersection over union of {evaluation.options.min_iou:g} on."
    )
    return (
        f"{what} Wilson's and the exact interval (Clopper and Pearson) take cases for independent; the last draws "
        f"patients anew, which cannot tell how sure it is that all cases hit, or none.{left}"
    )


def _gallery(page: Page, evaluation: FindingsEvaluation) -> None:
    """The highest finding of some cases, misses first: original left, what the model made of it right."""
    rule = evaluation.options.rules[0]
    for title, wanted in (("Missed", False), ("Found", True)):
        pictures: list[tuple[Path, str]] = []
        for case, hits in evaluation.cases:
            if hits.outcome(rule, 1) is wanted and len(pictures) < _SHOWN and (path := finding_picture(case.folder)):
                pictures.append((path, f"{case.group}: {case.name}"))
        if pictures:
            page.section(title)
            page.text("The highest finding of each case: the image on the left, the model's version on the right.")
            page.gallery(pictures)


def finding_picture(folder: Path, rank: int | None = None) -> Path | None:
    """The picture of a finding, of the first one without ``rank``; from the result's own folder of patches whatever
    path is written there."""
    if not (folder / MANIFEST).is_file():
        return None
    findings = sorted(AnalysisResult.read(folder).findings, key=lambda finding: finding.rank)
    findings = [finding for finding in findings if rank in (None, finding.rank)]
    if not findings or not findings[0].patch_picture:
        return None
    path = folder / FILES["patches"] / Path(findings[0].patch_picture.replace("\\", "/")).name
    return path if path.is_file() and not path.is_symlink() else None
