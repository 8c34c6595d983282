"""``gananomaly review study create``: keep a study's design in the review database."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.review_commands._shared import database_option, opened, reader_option
from GANAnomalyLib.cli.session import Session, standard_options


@click.command("create", short_help="Keep a study's design and its cases in the review database.")
@click.argument("design", metavar="DESIGN")
@reader_option
@database_option
@standard_options
def command(session: Session, design: str, reader: str | None, database: str | None) -> None:
    """Keep a study of readers: DESIGN is a YAML or JSON file that says its cases, readers, conditions and plan.

    Cases are result folders, which are brought into the database, or cases that it has. The truth is kept apart from
    what readers see. The design cannot be changed afterwards; the same again does no harm.

    \b
    Example:
      gananomaly review study create design.yaml

    \b
    What comes out:
      the study's hash, and that of its plan, to be published before anybody reads
    """
    with opened(database, create=True) as store:
        from GANAnomalyLib.review.store.reader_name import ReaderName
        from GANAnomalyLib.review.study.study_design import read_design

        from ...evaluate.reader_study.kept_study import keep_study

        asked = read_design(design)
        kept = keep_study(store, asked, ReaderName.of(reader))
    hashes = {"design": f"sha256:{kept.design_hash}", "plan": kept.plan_hash}
    if session.json:
        session.emit({"study": kept.design.name, "cases": len(asked.cases), "hashes": hashes})
        return
    session.say(
        f"Study {kept.design.name}: {len(asked.cases)} cases, {len(kept.design.readers)} readers, "
        f"{len(kept.design.conditions)} conditions, {kept.design.sessions} sessions."
    )
    for name, value in hashes.items():
        session.say(f"{name}: {value}")
