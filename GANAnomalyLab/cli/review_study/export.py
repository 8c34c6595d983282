"""``gananomaly review study export``: what was read, as tables."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, interim_option, kept_options


@click.command("export", short_help="Write what was read in a study as tables, with its plan and hashes.")
@click.option("--out", "output", required=True, metavar="FOLDER", help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace an earlier export there.")
@interim_option
@kept_options
@standard_options
def command(
    session: Session,
    output: str,
    force: bool,
    interim: bool,
    study: str | None,
    reader: str | None,
    database: str | None,
) -> None:
    """Write what was read in a finished study, for  gananomaly review study analyse  or anybody else.

    \b
    Example:
      gananomaly review study export --study heatmap --out heatmap_study
      gananomaly review study analyse --ratings heatmap_study/ratings.csv --plan heatmap_study/plan.json

    \b
    What comes out, in FOLDER:
      ratings.csv (reader, treatment, case, truth, rating), readings.csv (all, with verdicts and times), plan.json,
      study.json (design, hashes, mean times), to_settle.csv where cases were to adjudicate
    """
    with at_study(database, study, reader) as (store, name, who):
        from ...evaluate.reader_study.kept_study import read_study, write_export

        found = read_study(store, name, who, interim)
        files = write_export(store, found, output, force)
    if session.json:
        session.emit({"study": name, "files": [str(path) for path in files], "notes": found.notes})
        return
    for path in files:
        session.say(str(path))
    for note in found.notes:
        session.say(f"Note: {note}")
