"""``gananomaly dataset window``: Hounsfield units to grey levels."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import hu_offset_option
from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import numbered_option, output_options, run, source_argument


@click.command("window", short_help="Volumes from Hounsfield units to 8 or 16 bits.")
@source_argument
@output_options
@hu_offset_option
@click.option("--window", type=float, default=350, show_default=True, help="Window width in HU.")
@click.option("--level", type=float, default=50, show_default=True, help="Window level in HU.")
@click.option("--bits", type=click.Choice(["8", "16"]), default="8", show_default=True, help="Depth.")
@numbered_option
@standard_options
def command(session: Session, source: str, window: float, level: float, bits: str, **options: Any) -> None:
    """Window volumes: below is 0, above is 255 (or 65535).

    \b
    Example:
      gananomaly dataset window ct/ --out windowed --window 350 --level 50

    What comes out: NIfTI volumes on their own grid.
    """
    from ...datasets.dataset_options import GreyWindow
    from ...datasets.window_set import window_dataset

    numbered = options.pop("numbered")
    run(session, options, lambda job: window_dataset(source, job, GreyWindow(window, level), int(bits), numbered))
