"""Small jobs on all of a computer's cores: each core works on its own slice.

Operators of torch that share one small image among threads spend most of their time waiting for each other: on two
cores they were slower than on one. A slice a core keeps all of them busy, and each slice's numbers are those of one
thread whatever the machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def on_cores(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield ``work(item)`` in the order of the items, as many at a time as torch has threads, each with one thread.

    The number of threads is torch's (the machine's cores, or OMP_NUM_THREADS). Only a few more items are begun than
    are asked for, so that results do not pile up. An error of the work is raised in its place; what was not begun
    then is not begun any more. Work that should stop early has to check that itself.
    """
    import torch

    threads = torch.get_num_threads()
    if threads == 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # The number is partly the whole process's: threads that start later would have one.
        torch.set_num_threads(threads)
