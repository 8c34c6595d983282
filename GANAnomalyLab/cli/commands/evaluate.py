"""``gananomaly evaluate``: how good results are, against what is known."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import folder_group

from .. import evaluation


@click.group(
    "evaluate", cls=folder_group(evaluation), short_help="How good detection is: studies, AUROC, findings, heatmaps."
)
def command() -> None:
    """How good results are, against what is known.

    \b
    Example:
      gananomaly evaluate study --model demo --baseline normals/ --anomaly needle=needles/ --out study
      gananomaly evaluate detection --baseline normal.csv --anomaly needle=needle.csv --out detection
      gananomaly evaluate compare --study study --configurations wd mse --out compared
      gananomaly evaluate localisation --results results/ --truth masks/ --out found
      gananomaly evaluate heatmap --heatmaps results/ --truth masks/ --out heatmaps
      gananomaly evaluate failure --segmentation livers/ --truth experts/ results/ --out failure
      gananomaly evaluate authenticity trained_on/ synthetic/ --out authenticity
      gananomaly evaluate threshold --model mine --normals normals/

    \b
    What comes out:
      a folder with the numbers (results.json), tables, pictures and report.html, one page that opens anywhere and
      names the settings, versions and hashes that repeat it; --json answers in JSON

    To try models on bundled data, see gananomaly benchmark. Research use only.
    """
