"""``gananomaly review study``: studies of several readers and cases."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import folder_group

from .. import review_study


@click.group(
    "study",
    cls=folder_group(review_study),
    short_help="Studies of readers: from design to analysis.",
)
def command() -> None:
    """Studies of readers: whether they read better one way than another, how far they agree, how many are needed.

    create, assign, next, rate, amend, status, finish, adjudicate and export are of studies that the review database
    keeps; the others take a table from anywhere.

    \b
    Example:
      gananomaly review study create design.yaml
      gananomaly review study analyse --ratings ratings.csv --out study
      gananomaly review study agreement --ratings ratings.csv --threshold 3
      gananomaly review study power --ratings pilot.csv --difference 0.05

    \b
    What comes out:
      tables, and with --out a folder with report.html, one page that opens anywhere; --json answers in JSON

    Research use only.
    """
