"""``gananomaly evaluate localisation``: whether the highest findings lie where the anomaly is."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import FindingsOptions
from ._command import Table, answer, in_folder


@click.command("localisation", short_help="Findings against masks, boxes or readers' decisions.")
@click.option(
    "--results",
    required=True,
    multiple=True,
    metavar="FOLDER",
    help="Results of one set, or a folder of such sets; may be given several times.",
)
@click.option("--truth", metavar="PATH", help="A folder of lesion masks; or boxes as CSV or COCO JSON.")
@click.option("--cases", "table", metavar="CSV", help="Which set (group) and patient each case is of.")
@click.option("--partial", is_flag=True, help="Leave out cases with a truth but no result.")
@click_options(FindingsOptions)
@in_folder("localisation")
def command(
    session: Session,
    results: tuple[str, ...],
    truth: str | None,
    table: str | None,
    partial: bool,
    output: str,
    force: bool,
    **options: Any,
) -> None:
    """The share of cases whose highest finding lies on the anomaly.

    What is known is a mask of the lesion on the CT's grid, a table of boxes (as for evaluate heatmap), or what readers
    decided in the review: an accepted finding is a hit, a rejected one a miss, one that is unsure or was not looked at
    does not count. A hit by mask or box: the finding's highest patch covers lesion; three other rules stand beside it.
    Cases without a lesion do not count. Results and truths belong together by name.

    \b
    Example:
      gananomaly evaluate localisation --results needles/ --results ascites/ --truth masks/ --out located
      gananomaly evaluate localisation --results results/ --reviews --cases cases.csv --out located

    \b
    What comes out, in FOLDER:
      report.html           one page that shows it all, with what is needed to repeat it
      results.json          shares by set and over all cases with Wilson's, exact and bootstrap intervals (by
                            patient), mean and standard deviation over sets, FROC
      cases.csv             the same for each case
      localisation.png, froc.png
    """
    from GANAnomalyLib.errors import InputError

    from ...evaluate.findings import evaluate_findings, match_results, write_findings
    from ...evaluate.findings.findings_report import FOLDER, case_data, input_hashes, results_data

    chosen = taken(FindingsOptions, options)
    if (truth is None) != chosen.reviews:
        raise InputError("Say what is known: --truth with masks or boxes, or --reviews; one of the two.")
    FOLDER.check(output, force)
    with at_work() as (bar, cancel):
        cases, notes = match_results(results, truth, table, partial)
        evaluation = evaluate_findings(cases, chosen, notes, bar, cancel)
        hashes = input_hashes(evaluation, truth)
    paths = write_findings(evaluation, output, force, hashes)
    rows = [case_data(case, hits, evaluation) for case, hits in evaluation.cases]
    data = {**results_data(evaluation), "per_case": rows}
    answer(session, data, [_table(evaluation)], _words(evaluation), evaluation.warnings, paths)


def _table(evaluation: Any) -> Table:
    from ...evaluate.findings.findings_report import spread_words, table_rows

    level = f"{100 * evaluation.options.level:g}%"
    rows = []
    for name, words, share in table_rows(evaluation):
        count, value, wilson, _, patients = spread_words(share)
        rows.append([name, words, count, value, wilson, patients])
    return "Localisation", ["set", "what counts", "cases", "share", f"Wilson {level}", f"patients {level}"], rows


def _words(evaluation: Any) -> list[str]:
    from ...evaluate.findings.findings_evaluation import froc_values
    from ...evaluate.findings.findings_report import over_sets_words, share_words
    from ...report.cell_text import with_ends

    out = []
    headline = f"top1_{evaluation.options.rules[0]}"
    if words := over_sets_words(evaluation, headline):
        out.append(f"{share_words(headline)}: {words}, each weighing the same.")
    for name, (found, interval) in froc_values(evaluation).items():
        if name in ("1", "mean"):
            said = "at one false positive a case" if name == "1" else "mean over 1/8 to 8 false positives a case"
            out.append(f"Lesions found, {said}: {with_ends(found, interval)}.")
    if evaluation.whole.skipped:
        left = ", ".join(f"{count} {why}" for why, count in evaluation.whole.skipped.items())
        out.append(f"Cases that do not count: {left}.")
    return out
