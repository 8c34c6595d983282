"""Analyses and the worklist: what waits there is analysed, and each result is put on it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import GANAnomalyError
from .review_commands._shared import opened
from .session import Session

if TYPE_CHECKING:
    from ..batch.batch_summary import CaseRow
    from ..batch.find_cases import Case


def waiting_cases(session: Session) -> list[Case]:
    """The scans that wait for their analysis and are on this computer, the first come first.

    Their results' names hold a part of the path's hash: with every further batch into the same folder others come.
    """
    from ..batch.find_cases import Case

    with opened(None, create=True) as store, store.reading() as connection:
        from ..review.store.reader_name import ReaderName
        from ..review.worklist import TO_ANALYSE, Wanted, worklist

        found = worklist(connection, ReaderName.of(), Wanted(TO_ANALYSE, "time")).cases
    there = [one for one in found if Path(one.scan).exists()]
    if len(there) < len(found):
        session.say(
            f"{len(found) - len(there)} scans that wait are not where they were: bring them back, or take them off "
            "with  gananomaly worklist remove."
        )
    return [Case(f"{one.name}_{_mark(one.scan)}", Path(one.scan)) for one in there]


def keeping_results(session: Session, out: Path, scans: dict[str, Path]) -> Callable[[CaseRow], None]:
    """What puts each finished case of a batch into the review database; ``scans`` are the cases' paths by name.

    One that the database does not take is told, and stays in its folder.
    """

    def keep(row: CaseRow) -> None:
        if row.status not in ("done", "reused"):
            return
        try:
            put_on_worklist(out / row.result, scans[row.case])
        except GANAnomalyError as error:
            session.say(f"{row.case} is not on the worklist: {error.message}")

    return keep


def put_on_worklist(result: Path, scan: Path) -> None:
    """Put a result of a scan into the review database; the same again adds nothing.

    Raises :class:`InputError` or :class:`GANAnomalyError` where it does not take it.
    """
    from ..review.store.exchange_results import import_result

    with opened(None, create=True) as store:
        import_result(store, result, scan=scan)


def check_worklist() -> None:
    """Raise as :func:`put_on_worklist` would, before an analysis is made in vain."""
    opened(None, create=True).close()


def _mark(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:6]
