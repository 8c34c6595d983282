"""Decides on findings as fast as it can and says so after each, in a process of its own: for tests and the benchmark.

    python store_writer.py DATABASE READER FIRST_CASE CASES FINDINGS [ROUNDS]

A line "case rank round" on stdout stands for a decision that was kept; its comment holds the same words.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from GANAnomalyLib.review.store.case_facts import CaseFacts, PlacedFinding
from GANAnomalyLib.review.store.judgements import Judged
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.record_decisions import record_decision
from GANAnomalyLib.review.store.review_database import ReviewDatabase

WORDS = ("accepted", "rejected", "unsure")


def made_case(number: int, findings: int) -> CaseFacts:
    """A case that nobody analysed."""
    places = [
        PlacedFinding(
            rank, 5.0 - rank / 10, 3 * rank, (3 * rank - 1, 3 * rank + 1), (1.0, 2.0, 9.0 * rank), (12, 12, 9)
        )
        for rank in range(1, findings + 1)
    ]
    known = CaseFacts(f"{number:064x}", places, input_hash=f"{number:064x}", model="demo", folder=f"/results/{number}")
    return replace(known, modality="CT", version="0.0", unit="times usual")


def main() -> None:
    place, reader, *numbers = sys.argv[1:]
    first, cases, findings, rounds = (*map(int, numbers), 1)[:4]
    who = ReaderName(reader)
    with ReviewDatabase.open(place) as database:
        for round_ in range(rounds):
            for number in range(first, first + cases):
                case = made_case(number, findings)
                for rank in range(1, findings + 1):
                    said = f"{number} {rank} {round_}"
                    word = WORDS[(number + rank + round_) % 3]
                    record_decision(database, case, rank, word, who, Judged(said))
                    print(said, flush=True)


if __name__ == "__main__":
    main()
