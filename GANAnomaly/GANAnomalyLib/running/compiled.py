"""Loops compiled to machine code, where numba can be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def compiled(loop: Callable[..., None], signatures: Callable[[Any], Sequence[Any]]) -> Callable[..., None] | None:
    """A loop over arrays, compiled, or None where numba is not there or does not work with the installed NumPy.

    ``signatures`` makes the loop's signatures of numba's ``types``. The loop releases the GIL, so that plain threads
    can share the work: numba's own threading layers are either not safe to enter from two threads or clash with
    torch's OpenMP. Compiling takes a second or two; the result is kept on disk where a cache folder can be written.
    """
    try:
        import numba
        from numba import types
    except Exception:  # a numba built for another NumPy or LLVM raises many kinds; each means "do without"
        return None
    made: Callable[..., None]
    try:
        made = numba.njit(list(signatures(types)), nogil=True, cache=True)(loop)
    except Exception:  # no folder to write to, a full disk, a damaged cache file: compile in memory instead
        made = numba.njit(list(signatures(types)), nogil=True)(loop)
    return made
