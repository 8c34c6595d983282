"""``gananomaly curate threshold``: the score from which on images are left."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options


@click.command("threshold", short_help="The score that a share of a baseline exceeds.")
@click.argument("store", metavar="STORE")
@click.option(
    "--baseline", metavar="STORE", help="A store of images that belong, made with the same model.  [default: STORE]"
)
@click.option("--rate", type=float, default=0.05, show_default=True, help="The share of the baseline above it.")
@standard_options
def command(session: Session, store: str, baseline: str | None, rate: float) -> None:
    """Say which score a share of a baseline exceeds, with a 95 % interval, and how many images of STORE do.

    \b
    Example:
      gananomaly curate threshold store --baseline trained_on --rate 0.05
      gananomaly curate export store --above 4.2 --reject rejected.csv

    Research use only.
    """
    from ...curate.score_threshold import score_threshold

    found = score_threshold(store, rate, baseline)
    if session.json:
        session.emit(vars(found))
        return
    interval = "" if found.low is None or found.high is None else f" (95 %: {found.low:.4g} to {found.high:.4g})"
    session.say(f"{100 * rate:g} % of {found.baseline:,} baseline images score above {found.value:.4g}{interval}.")
    session.say(f"{found.above:,} of {found.count:,} images of the store do: {100 * found.above / found.count:.1f} %.")
