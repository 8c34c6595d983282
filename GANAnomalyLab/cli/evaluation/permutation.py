"""``gananomaly evaluate permutation``: is one population of AUROCs above another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import PermutationOptions
from ._command import answer, in_folder
from ._scores import hashes, read, source_options


@click.command("permutation", short_help="Is one population of AUROCs above another: p and power.")
@click.option("--first", metavar="CSV", help="AUROCs of the first, as aurocs.csv of evaluate detection.")
@click.option("--second", metavar="CSV", help="AUROCs of the second.")
@click.option("--first-column", help="The column of --first.  [default: auroc, or the only one]")
@click.option("--second-column", help="The column of --second.  [default: as --first-column]")
@click.option(
    "--first-scores",
    nargs=2,
    metavar="BASELINE ANOMALY",
    help="Instead of --first: two sets of scores, whose published AUROCs are drawn.",
)
@click.option("--second-scores", nargs=2, metavar="BASELINE ANOMALY", help="Instead of --second, likewise.")
@source_options
@click_options(PermutationOptions)
@in_folder("permutation", required=False, out="A folder to write.", force="Replace an earlier test there.")
def command(session: Session, output: str | None, force: bool, **options: Any) -> None:
    """One-sided permutation test, H1: the first mean is above the second.

    The published script counts in both directions and simulates its power on populations that it does not test;
    --as-published shows what it would say. Both are always written.

    \b
    Example:
      gananomaly evaluate permutation --first wd/aurocs.csv --second mse/aurocs.csv --first-column needle
      gananomaly evaluate permutation --first-scores base_wd.csv needle_wd.csv
        --second-scores base_mse.csv needle_mse.csv --out test

    \b
    What comes out:
      the means, p-values and powers in a table; with --out also results.json and report.html

    Draws of AUROCs from the same cases tell of the draws, not of patients: see gananomaly evaluate compare.
    Research use only.
    """
    from GANAnomalyLib.running.progress import part

    from ...evaluate.detection.permutation_report import FOLDER, TwoPopulations, write_permutation
    from ...statistics import permutation_test, power, power_published

    if output is not None:
        FOLDER.check(output, force)
    chosen = taken(PermutationOptions, options)
    alpha, simulations, seed = chosen.alpha, chosen.simulations, chosen.seed
    names, populations, paths = _populations(options, chosen)
    with at_work() as (bar, cancel):
        result = permutation_test(*populations, chosen.permutations, seed, part(bar, 0, 0.6), cancel)
        found, published = None, None
        if simulations:
            found = power(*populations, alpha, simulations, seed=seed, progress=part(bar, 0.6, 1), cancel=cancel)
            published = power_published(result.published_p, alpha, simulations, chosen.permutations, seed)
    of_draws = options["first_scores"] is not None or any(Path(path).name == "aurocs.csv" for path in paths.values())
    test = TwoPopulations(*names, result, found, published, chosen.as_published, of_draws, seed)
    inputs = hashes(paths)
    files = [] if output is None else write_permutation(test, output, force, inputs)
    table = ("Permutation test", ["measure", "value"], test.rows())
    answer(session, test.data(inputs), [table], [test.sentence()], test.notes, files)


def _populations(
    options: dict[str, Any], chosen: PermutationOptions
) -> tuple[tuple[str, str], tuple[np.ndarray, np.ndarray], dict[str, str]]:
    """Names and AUROCs of both, and the files by what they are."""
    from ...statistics import auroc_published

    names, populations = [], []
    paths: dict[str, str] = {}
    for number, which in enumerate(("first", "second")):
        aurocs, scores = options[which], options[f"{which}_scores"]
        if (aurocs is None) == (scores is None):
            raise click.UsageError(f"Give --{which} or --{which}-scores, one of them.")
        if aurocs is None:
            pair = [read(path, options[f"{which}_column"] or options["first_column"], options) for path in scores]
            # A seed of their own, as the test takes the two populations to be independent.
            drawn = auroc_published(pair[0].values, pair[1].values, chosen.draws, chosen.seed + number)
            names.append(f"{Path(scores[1]).resolve().stem} ({pair[1].column})")
            populations.append(drawn.draws)
            paths |= {f"{which} baseline": scores[0], f"{which} anomaly": scores[1]}
            continue
        column, values = _aurocs(aurocs, options[f"{which}_column"] or options["first_column"])
        names.append(f"{Path(aurocs).resolve().parent.name}/{Path(aurocs).name} ({column})")
        populations.append(values)
        paths[which] = aurocs
    return (names[0], names[1]), (populations[0], populations[1]), paths


def _aurocs(path: str, column: str | None) -> tuple[str, np.ndarray]:
    from ...tables.csv_table import read_csv

    table = read_csv(path)
    others = [head for head in table.heading if head.casefold() not in ("draw", "")]
    wanted = ("auroc", "auc") if column is None and len(others) != 1 else (column or others[0],)
    place = table.need(*wanted, option="--first-column or --second-column")
    return table.heading[place], np.array(table.numbers(place))
