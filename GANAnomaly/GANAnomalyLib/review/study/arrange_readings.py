"""Who reads which case when, under which condition: at random, balanced, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slot:
    """One reading to come: of the case and under the condition of these numbers (from 0), in session ``block`` and
    there at ``place`` (both from 1); ``again``: once more, to compare a reader with himself or herself."""

    block: int
    place: int
    case: int
    condition: int
    again: bool = False


def arrange(
    truths: Sequence[Any], readers: int, conditions: int, order: str, repeat_cases: int, seed: int
) -> list[list[Slot]]:
    """For each reader the readings in their order.

    Cases are dealt into as many groups as there are conditions, those of each truth evenly. In a session "mixed" has
    each group under another condition, "apart" all under one; by session the conditions go round, and different readers
    begin at different ones, as many at each as can be (a Latin square). "once" has the first session of "mixed" alone.
    """
    groups = _dealt(truths, conditions, random.Random(f"groups {seed}"))
    starts = [number % conditions for number in range(readers)]
    random.Random(f"starts {seed}").shuffle(starts)
    repeated = _drawn(truths, repeat_cases, random.Random(f"repeated {seed}"))
    found = []
    for reader, start in enumerate(starts):
        slots: list[Slot] = []
        for block in range(1 if order == "once" else conditions):
            under = [(start + block + (0 if order == "apart" else group)) % conditions for group in groups]
            chosen = list(range(len(truths)))
            random.Random(f"order {seed} {reader} {block}").shuffle(chosen)
            slots += [Slot(block + 1, place, case, under[case]) for place, case in enumerate(chosen, 1)]
        if repeated:
            block = slots[-1].block + 1
            first = {slot.case: slot.condition for slot in reversed(slots)}
            chosen = list(repeated)
            random.Random(f"again {seed} {reader}").shuffle(chosen)
            slots += [Slot(block, place, case, first[case], True) for place, case in enumerate(chosen, 1)]
        found.append(slots)
    return found


def _strata(truths: Sequence[Any], choose: random.Random) -> list[list[int]]:
    """The cases of each truth, at random."""
    found: dict[str, list[int]] = {}
    for number, truth in enumerate(truths):
        found.setdefault(str(truth), []).append(number)
    strata = [found[name] for name in sorted(found)]
    for cases in strata:
        choose.shuffle(cases)
    return strata


def _dealt(truths: Sequence[Any], groups: int, choose: random.Random) -> list[int]:
    """The group of each case."""
    found = [0] * len(truths)
    # What is left over of one truth goes on where the other ended, so that groups differ by one case at most.
    for number, case in enumerate(case for cases in _strata(truths, choose) for case in cases):
        found[case] = number % groups
    return found


def _drawn(truths: Sequence[Any], count: int, choose: random.Random) -> list[int]:
    """So many cases, of each truth its share."""
    strata = _strata(truths, choose)
    ranked = sorted(
        ((place + choose.random()) / len(cases), case) for cases in strata for place, case in enumerate(cases)
    )
    return [case for _rank, case in ranked[:count]]
