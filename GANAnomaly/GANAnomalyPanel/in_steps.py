"""Work that takes longer than a glance, done a step at a time between the window's other events.

Not in a thread: what is read belongs to the scene, which anything may change between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import qt

Steps = Generator[None, None, Any]
OnEnd = Callable[[Any, "Exception | None"], None]


class InSteps:
    """Runs one generator at a time, the last one that was started."""

    def __init__(self) -> None:
        self._steps: Steps | None = None
        self._on_end: OnEnd | None = None
        self._busy: Steps | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._step)

    @property
    def running(self) -> bool:
        """Whether there is a step left to do."""
        return self._steps is not None

    def start(self, steps: Steps, on_end: OnEnd) -> None:
        """Run a generator instead of what ran; ``on_end(value, error)`` is told what it returns or raises."""
        self.stop()
        self._steps, self._on_end = steps, on_end
        self._timer.start()

    def cancel(self) -> None:
        """Do no further step, and tell so (:class:`GANAnomalyLib.errors.Cancelled`)."""
        from GANAnomalyLib.errors import Cancelled

        if self._steps is not None:
            self._end(None, Cancelled())

    def stop(self) -> None:
        """Do no further step, and tell nobody."""
        self._timer.stop()
        steps, self._steps, self._on_end = self._steps, None, None
        if steps is not None and steps is not self._busy:  # one within a step cannot be closed; it is let go
            steps.close()

    def _step(self) -> None:
        steps = self._steps
        if steps is None or self._busy is not None:  # what a step changes may make Slicer look after its events
            return
        value, error = None, None
        self._busy = steps
        try:
            next(steps)
            return
        except StopIteration as end:
            value = end.value
        except Exception as raised:
            error = raised
        finally:
            self._busy = None
        if self._steps is steps:
            self._end(value, error)

    def _end(self, value: Any, error: Exception | None) -> None:
        on_end = self._on_end
        self.stop()
        if on_end is not None:
            on_end(value, error)
