"""``gananomaly review``: what readers decided."""

from __future__ import annotations

import click

from .. import review_commands
from ..folder_group import folder_group


@click.group("review", cls=folder_group(review_commands), short_help="What readers decided, and studies of readers.")
def command() -> None:
    """What readers decided, and studies of readers.

    \b
    Example:
      gananomaly review study analyse --ratings ratings.csv --out study

    \b
    What comes out:
      tables, files and pages, as each command says; --json answers in JSON

    Research use only.
    """
