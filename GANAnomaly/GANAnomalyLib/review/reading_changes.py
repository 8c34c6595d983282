"""What became different between two states of a reader's reading."""

from __future__ import annotations

from dataclasses import dataclass

from .added_findings import CaseVerdict, ReaderFinding
from .decisions import Decision, Reading


@dataclass(frozen=True)
class Withdrawn:
    """A place that a reader had marked and took away, as it was last."""

    finding: ReaderFinding


Change = Decision | ReaderFinding | Withdrawn | CaseVerdict


def changes(before: Reading, now: Reading) -> list[Change]:
    """Decisions, findings and the verdict as they are now where they were others before; what went is withdrawn."""
    said = {one.rank: one for one in before.decisions}
    there, left = {one.mark: one for one in before.added}, {one.mark for one in now.added}
    found: list[Change] = [one for one in now.decisions if said.get(one.rank, Decision(one.rank)) != one]
    found += [one for one in now.added if there.get(one.mark) != one]
    found += [Withdrawn(one) for one in before.added if one.mark not in left]
    return [*found, now.verdict] if now.verdict != before.verdict else found
