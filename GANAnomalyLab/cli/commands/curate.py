"""``gananomaly curate``: a whole repository looked through, scored, and asked."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.folder_group import folder_group
from GANAnomalyLib.cli.session import Session, standard_options

from .. import curation

_RUN = "run"
_OWN = ("--help", "-h")


class CurateGroup(folder_group(curation)):  # type: ignore[misc]
    """``gananomaly curate SOURCE ...`` is ``gananomaly curate run SOURCE ...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._with_run(ctx, args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, self._with_run(ctx, args))

    def _with_run(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = not args or args[0] in _OWN or self.get_command(ctx, args[0]) is not None
        return args if plain else [_RUN, *args]


@click.group("curate", cls=CurateGroup, short_help="Look through 100,000 images: what does not belong, and why.")
@standard_options
def command(session: Session) -> None:
    """Look through a repository: what does not belong, why, with pictures, and as a list for the next program.

    Every image is read once, checked for what needs no model (blank, blurred, inverted, cut off, letters burnt in, ...)
    and, with --model, scored; next month only the new ones. Answers read the store alone.

    \b
    Example:
      gananomaly curate radiographs/ --model mine --out store
      gananomaly curate radiographs/ more.csv --out store --workers 8
      gananomaly curate rank store --csv ranked.csv
      gananomaly curate report store --out gallery
      gananomaly curate duplicates store
      gananomaly curate export store --reject rejected.csv --accept accepted.csv

    \b
    What comes out:
      a store: rows/*.parquet, a row an image; thumbnails/*.bin; listing.parquet, store.json
      ranked.csv, rejected.csv, ...: a line an image with path, sha256 and score, for the next program
      gallery/index.html, which opens from the disk

    Without another word it is  gananomaly curate run. Nothing is ever deleted or moved. Research use only.
    """
