"""How long it still takes, from how far it is."""

from __future__ import annotations

STARTED_AT = 0.03
"""The pipeline's fraction when the slices begin. What comes before (reading, loading libraries) tells nothing of the
pace of what follows."""
_LEAST_WORK, _LEAST_SECONDS = 0.02, 1.0
_LONG_SECONDS = 20.0
"""After so long even less work tells: two percent of a night are minutes."""
_PACE_SECONDS = 20.0
_AVERAGE_SHARE = 0.3
_SETTLE_SECONDS = 4.0


class RemainingTime:
    """Seconds left, from reports of the fraction done.

    The pace is that of the whole time since the slices began, with the last half minute counting more. Between reports
    the time runs down like a clock, but never by more than the longest wait seen so far, so that a slow step neither
    reaches zero too early nor lets the number jump; what is shown follows within a few seconds.

    Where reports say what is being done, work that begins is measured from there on: images that were read in a second
    tell nothing of the training that follows.
    """

    def __init__(self, started_at: float = STARTED_AT) -> None:
        """Reports below the fraction ``started_at`` are of preparations and tell nothing."""
        self._started_at = started_at
        self._known: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last = (0.0, 0.0)
        self._longest = 0.0
        self._pace: float | None = None
        self._shown: float | None = None
        self._shown_at = 0.0

    def update(self, fraction: float, now: float, work: str = "") -> None:
        """Take a report: ``fraction`` 0..1 at ``now`` (seconds of any steady clock); one that goes back is ignored.

        ``work`` says what is being done; the first report of each begins anew.
        """
        if fraction < self._started_at:
            return
        if work not in self._known:
            self._known.add(work)
            self._forget()
        if self._first is None:
            self._first = self._last = (fraction, now)
            return
        before, then = self._last
        if fraction <= before:
            return
        waited = max(now - then, 1e-6)
        self._longest = max(self._longest, waited)
        self._last = (fraction, now)
        recent = (fraction - before) / waited
        if self._pace is None:
            self._pace = recent
        else:
            share = min(waited / _PACE_SECONDS, 0.5)
            self._pace += share * (recent - self._pace)

    def seconds(self, now: float) -> float | None:
        """Seconds left at ``now``, zero or more; None while that cannot be told."""
        wanted = self._estimate(now)
        if wanted is None:
            return None
        if self._shown is None:
            self._shown = wanted
        else:
            passed = max(now - self._shown_at, 0.0)
            running = max(self._shown - passed, 0.0)
            self._shown = running + (wanted - running) * min(passed / _SETTLE_SECONDS, 1.0)
        self._shown_at = now
        return self._shown

    def _estimate(self, now: float) -> float | None:
        if self._first is None or self._pace is None:
            return None
        (begin, since), (fraction, at) = self._first, self._last
        done, took = fraction - begin, at - since
        if now - since < _LEAST_SECONDS or took <= 0 or (done < _LEAST_WORK and took < _LONG_SECONDS):
            return None
        # One odd step must not tell the future: the average over everything keeps a say.
        pace = (1 - _AVERAGE_SHARE) * self._pace + _AVERAGE_SHARE * done / took
        left = (1.0 - fraction) / pace
        return max(left - min(now - at, self._longest), 0.0)
