"""Work that takes longer than a glance, done a step at a time between the window's other events.

Not in a thread: what is read belongs to the scene, which anything may change between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import qt


class InSteps:
    """Runs one generator at a time, the last one that was started."""

    def __init__(self) -> None:
        self._steps: Iterator[None] | None = None
        self._on_end: Callable[[Any], None] = lambda error: None
        self._timer = qt.QTimer()
        self._timer.setInterval(0)
        self._timer.connect("timeout()", self._step)

    @property
    def running(self) -> bool:
        """Whether there is a step left to do."""
        return self._steps is not None

    def start(self, steps: Iterator[None], on_end: Callable[[Any], None]) -> None:
        """Run a generator; ``on_end(error)`` is told, with the engine's error (a GANAnomalyError) or None."""
        self._steps, self._on_end = steps, on_end
        self._timer.start()

    def stop(self) -> None:
        """Do no further step, and tell nobody."""
        self._timer.stop()
        self._steps = None

    def _step(self) -> None:
        from GANAnomalyLib.errors import GANAnomalyError

        if self._steps is None:
            return
        try:
            next(self._steps)
        except StopIteration:
            self._end(None)
        except GANAnomalyError as error:
            self._end(error)
        except BaseException:
            self.stop()
            raise

    def _end(self, error: Any) -> None:
        self.stop()
        self._on_end(error)
