"""``gananomaly evaluate localisation``: whether the highest findings lie where the anomaly is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.files import locked


@click.command("localisation", short_help="Findings against masks, boxes or readers' decisions.")
@click.option(
    "--results",
    required=True,
    multiple=True,
    metavar="FOLDER",
    help="Results of one set, or a folder of such sets; may be given several times.",
)
@click.option("--truth", metavar="PATH", help="A folder of lesion masks; or boxes as CSV or COCO JSON.")
@click.option("--reviews", is_flag=True, help="Readers' decisions in the result folders are the truth.")
@click.option("--cases", "table", metavar="CSV", help="Which set (group) and patient each case is of.")
@click.option("--partial", is_flag=True, help="Leave out cases with a truth but no result.")
@click.option("--top", type=int, default=5, show_default=True, help="How many findings of a case may be the hit.")
@click.option("--min-iou", type=float, default=0.1, show_default=True, help="Overlap that is a hit, by overlap.")
@click.option(
    "--bootstrap", type=int, default=2000, show_default=True, help="Draws of patients for intervals; 0: none."
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Level of the intervals.")
@click.option("--seed", type=int, default=303, show_default=True, help="The same seed gives the same intervals.")
@click.option("--out", "output", required=True, metavar="FOLDER", help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace an earlier evaluation there.")
@standard_options
@locked("output", "gananomaly evaluate localisation")
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
    from GANAnomalyLib.running.progress import CancelToken

    from ...evaluate.findings import FindingsOptions, evaluate_findings, match_results, write_findings
    from ...evaluate.findings.findings_report import FOLDER, case_data, input_hashes, results_data

    chosen = FindingsOptions(**options)
    chosen.validate()
    if (truth is None) != chosen.reviews:
        raise InputError("Say what is known: --truth with masks or boxes, or --reviews; one of the two.")
    FOLDER.check(output, force)
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        cases, notes = match_results(results, truth, table, partial)
        evaluation = evaluate_findings(cases, chosen, notes, bar, cancel)
        hashes = input_hashes(evaluation, truth)
    paths = write_findings(evaluation, Path(output), force, hashes)
    if session.json:
        rows = [case_data(case, hits, evaluation) for case, hits in evaluation.cases]
        data = json.loads(json.dumps(results_data(evaluation)))
        session.emit({**data, "per_case": rows, "files": [str(path) for path in paths]})
        return
    _say(session, evaluation)
    for path in paths:
        session.say(f"  {path}")


def _say(session: Session, evaluation: Any) -> None:
    from ...evaluate.findings.findings_evaluation import froc_values
    from ...evaluate.findings.findings_report import (
        interval_words,
        over_sets_words,
        share_words,
        spread_words,
        table_rows,
    )

    level = f"{100 * evaluation.options.level:g}%"
    rows = []
    for name, words, share in table_rows(evaluation):
        count, value, wilson, _, patients = spread_words(share)
        rows.append([name, words, count, value, wilson, patients])
    print_table("Localisation", ["set", "what counts", "cases", "share", f"Wilson {level}", f"patients {level}"], rows)
    headline = f"top1_{evaluation.options.rules[0]}"
    if words := over_sets_words(evaluation, headline):
        session.say(f"{share_words(headline)}: {words}, each weighing the same.")
    for name, (found, interval) in froc_values(evaluation).items():
        if name in ("1", "mean"):
            said = "at one false positive a case" if name == "1" else "mean over 1/8 to 8 false positives a case"
            session.say(f"Lesions found, {said}: {found:.3f}{interval_words(interval)}.")
    if evaluation.whole.skipped:
        left = ", ".join(f"{count} {why}" for why, count in evaluation.whole.skipped.items())
        session.say(f"Cases that do not count: {left}.")
    for warning in evaluation.warnings:
        session.say(f"Note: {warning}")
