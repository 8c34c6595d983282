"""``gananomaly evaluate failure``: whether the anomaly in and around an organ tells where its segmentation fails."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, given, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import FailureOptions
from ._command import Table, answer, in_folder


@click.command("failure", short_help="Where an organ's segmentation fails, or is likely to.")
@click.argument("results", nargs=-1, required=True, metavar="RESULTS...")
@click.option("--segmentation", required=True, metavar="PATH", help="Label maps to judge: a folder, or one file.")
@click.option("--truth", metavar="PATH", help="Label maps that are right, likewise.")
@click.option("--predict", metavar="PATH", help="A rule learnt before: results.json of a run with --truth.")
@click.option("--cases", "table", metavar="CSV", help="Which set (group) and patient each case is of.")
@click.option("--partial", is_flag=True, help="Leave out results and label maps without a counterpart.")
@click_options(FailureOptions)
@in_folder("failure")
def command(
    session: Session,
    results: tuple[str, ...],
    segmentation: str,
    truth: str | None,
    predict: str | None,
    table: str | None,
    partial: bool,
    output: str,
    force: bool,
    **options: Any,
) -> None:
    """Whether anomaly scores tell where the segmentation of an organ fails.

    RESULTS are results of gananomaly analyze or the folder of a batch; label maps belong to them by name and lie on the
    CT's grid. A case's score is the highest heat (or what --score says) in the segmented organ and --margin around it.
    With --truth it is held against the Dice, and a rule is learnt that warns of most failures. With --predict that rule
    warns of cases likely to fail whose truth nobody knows; with both it is tried on cases that it was not learnt from.

    \b
    Example:
      gananomaly evaluate failure --segmentation livers/ --truth experts/ --label 5 results/ --out failure
      gananomaly evaluate failure --segmentation new/ --predict failure/results.json new_results/ --out warnings

    \b
    What comes out, in FOLDER:
      report.html           one page that shows it all, with what is needed to repeat it
      results.json          AUROC for a Dice under --dice, Spearman's correlation, risk over coverage, with
                            intervals over patients; the rule
      cases.csv             scores, likely_to_fail, Dice, surface distance, the findings that explain a failure
      findings.csv          the findings that lie on what segmentation and truth tell apart
      risk_coverage.csv     the curve
      score_dice.png, roc.png, risk_coverage.png; scores.png without a truth

    Only slices that were analysed count. Research use only.
    """
    from GANAnomalyLib.errors import InputError

    from ...evaluate.failure import evaluate_failure, match_segmentations, read_rule, write_failure
    from ...evaluate.failure.failure_report import FOLDER, case_rows, input_hashes, results_data, rule_words

    if truth is None and predict is None:
        raise InputError("Say what is known: --truth with label maps, or --predict with a rule learnt before.")
    rule = None if predict is None else read_rule(predict)
    chosen = taken(FailureOptions, options) if rule is None else rule.options(given(options))
    FOLDER.check(output, force)
    with at_work() as (bar, cancel):
        cases, notes = match_segmentations(results, segmentation, truth, table, partial)
        evaluation = evaluate_failure(cases, chosen, rule, notes, bar, cancel)
        hashes = input_hashes(evaluation)
    paths = write_failure(evaluation, output, force, hashes)
    data = {**results_data(evaluation), "per_case": case_rows(evaluation)}
    answer(session, data, _tables(evaluation), rule_words(evaluation), evaluation.warnings, paths)


def _tables(evaluation: Any) -> list[Table]:
    from ...evaluate.failure.failure_report import case_rows, measure_rows

    tables: list[Table] = []
    if rows := measure_rows(evaluation):
        tables.append(("Failures", ["measure", "value", f"{100 * evaluation.options.level:g}% interval"], rows))
    warned = [row for row in case_rows(evaluation) if row["likely_to_fail"]]
    if evaluation.statistics is None and warned:
        score = {row["case"]: "empty" if row["score"] is None else f"{row['score']:.3g}" for row in warned}
        tables.append(("Likely to fail", ["case", "score"], [[name, words] for name, words in score.items()]))
    return tables
