"""Second opinions put on findings that are in the scene already."""

from __future__ import annotations

from ..review.opinions import Opinions
from .finding_nodes import OPINION_COLUMN
from .result_nodes import ReviewNodes, facts_of, keep_facts
from .table_nodes import put_column, read_rows, whole


def give_opinions(nodes: ReviewNodes, opinions: Opinions) -> None:
    """Write opinions, in the place of earlier ones, into the table of findings, and who gave them into the facts.

    Rows are known by their ranks, however they were sorted; one without an opinion has an empty number. Nothing else
    changes. Raises :class:`InputError` when all nodes of the result were deleted.
    """
    facts = facts_of(nodes)
    if nodes.findings_table is not None:
        given = opinions.by_rank()
        ranks = [whole(cells.get("rank")) for cells in read_rows(nodes.findings_table)]
        put_column(nodes.findings_table, OPINION_COLUMN, [None if rank is None else given.get(rank) for rank in ranks])
    facts.opinions = opinions.source if opinions.opinions else None
    keep_facts(nodes, facts)
