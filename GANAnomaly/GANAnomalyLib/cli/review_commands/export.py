"""``gananomaly review export``: decisions.json for result folders, or all decisions as a table."""

from __future__ import annotations

from pathlib import Path

import click

from ..session import Session, standard_options
from ._shared import database_option, opened, reader_keys, reader_option


@click.command("export", short_help="Write decisions.json into result folders, or all decisions as a table.")
@click.argument("folders", nargs=-1, metavar="[FOLDER]...")
@click.option("--table", type=click.Path(dir_okay=False), help="Write the decisions of all readers to this CSV file.")
@click.option("--history", is_flag=True, help="In the table also what was changed or taken back later.")
@click.option("--force", is_flag=True, help="Write over decisions that the database does not have.")
@click.option(
    "--reading", type=click.IntRange(1, 1000), default=1, show_default=True, help="Which of the reader's readings."
)
@reader_option
@database_option
@standard_options
def command(
    session: Session,
    folders: tuple[str, ...],
    table: str | None,
    history: bool,
    force: bool,
    reading: int,
    reader: str | None,
    database: str | None,
) -> None:
    """Write a reader's decisions as decisions.json into result folders, or those of all readers as one table.

    \b
    Example:
      gananomaly review export chest_result --reader "Dr. Müller"
      gananomaly review export --table decisions.csv --history

    What comes out: files that the panel, a spreadsheet or a statistician opens.
    """
    if not folders and table is None:
        raise click.UsageError("Give result folders, or --table FILE.", click.get_current_context())
    with opened(database) as store:
        from ...review.store.decision_table import write_decisions_csv
        from ...review.store.exchange_results import export_result, find_results
        from ...review.store.reader_name import ReaderName

        who = ReaderName.of(reader)
        if table is not None:
            with store.reading() as connection:
                reader_keys(connection, reader, all_readers=True)
        written = [export_result(store, folder, who, force, reading) for folder in find_results(map(Path, folders))]
        rows = None if table is None else write_decisions_csv(store, table, history)
    if session.json:
        session.emit({"files": [str(path) for path in written], "table": table, "rows": rows})
        return
    for path in written:
        session.say(str(path))
    if table is not None:
        session.say(f"{table}: {rows} rows")
