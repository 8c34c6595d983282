"""Which completions are made: all of them, or only those that can decide which windows rank highest."""

from __future__ import annotations

import numpy as np

from .work import Task, Work


def exact(work: Work, windows: list[int], completions: int) -> None:
    """Every completion of every window, a few windows at a time."""
    todo = list(windows)
    while todo:
        group, todo = todo[: work.batch], todo[work.batch :]
        work.run([(window, number) for window in group for number in range(completions)])
        work.forget()


def adaptive(work: Work, windows: list[int], completions: int, top: int) -> None:
    """One completion a window, then more for whichever windows are highest, until the ``top`` highest have them all.

    A window's minimum only falls. So in the end every other window's minimum so far, and its final one all the more,
    is at most that of the ``top`` windows, whose minima are final: their ranks are those of the exact mode.
    """
    work.run([(window, 0) for window in windows])
    numbers = np.asarray(windows, dtype=int)
    while len(numbers):
        distances = work.distances[work.spaces[0]][numbers]
        counts = (~np.isnan(distances)).sum(1)
        leaders = np.argsort(-np.nanmin(distances, 1), kind="stable")[:top]
        unfinished = [int(place) for place in leaders if counts[place] < completions]
        if not unfinished:
            return
        # A large batch is not left empty when few windows are in question.
        each = max(work.batch // len(unfinished), 1)
        tasks: list[Task] = []
        for place in unfinished:
            last = min(int(counts[place]) + each, completions)
            tasks.extend((int(numbers[place]), number) for number in range(int(counts[place]), last))
        work.run(tasks)
