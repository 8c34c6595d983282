"""How long a reading took, from the signs that a reader gave meanwhile."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

OPENED, AT_WORK, AWAY = "opened", "at work", "away"
Moment = tuple[str, datetime.datetime]


def reading_seconds(moments: Sequence[Moment], end: datetime.datetime, pause_limit_s: float) -> float:
    """Seconds from the first of ``moments`` (in order of time) to the ``end``.

    Of the time between two signs at most ``pause_limit_s`` counts: for longer the reader was interrupted, or the
    program was killed. After "away" nothing counts until the next sign.
    """
    total = 0.0
    ends = [at for _sign, at in moments[1:]] + [end]
    for (sign, at), until in zip(moments, ends, strict=True):
        if sign != AWAY:
            total += min(max((until - at).total_seconds(), 0.0), pause_limit_s)
    return total
