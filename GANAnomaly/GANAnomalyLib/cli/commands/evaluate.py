"""``gananomaly evaluate``: how good results are, against what is known."""

from __future__ import annotations

import click

from .. import evaluation
from ..folder_group import folder_group


@click.group("evaluate", cls=folder_group(evaluation), short_help="How good heatmaps are, against known lesions.")
def command() -> None:
    """How good results are, against what is known.

    \b
    Example:
      gananomaly evaluate heatmap --heatmaps results/ --truth masks/ --out evaluation
      gananomaly evaluate heatmap --help

    \b
    What comes out:
      a folder with the numbers (results.json), a table of cases and pictures; --json answers in JSON
    """
