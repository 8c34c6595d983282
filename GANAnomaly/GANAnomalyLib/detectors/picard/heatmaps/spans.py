"""Stretches of pixels along one axis: what a convolution needs of its input, and how far a change reaches.

Windows and holes are squares on the diagonal, so that one stretch tells both rows and columns.
"""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Pixels ``first`` to ``stop``, the latter not included."""

    first: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.first

    def within(self, size: int) -> Span:
        """The part of it that lies in an image of ``size`` pixels."""
        return Span(max(self.first, 0), min(self.stop, size))

    def meet(self, other: Span) -> Span:
        """The part common to both."""
        return Span(max(self.first, other.first), min(self.stop, other.stop))

    def of(self, other: Span) -> slice:
        """Where this stretch lies in an array that holds ``other``."""
        if self.first < other.first or self.stop > other.stop:
            raise ValueError(f"{self} is not inside {other}")
        return slice(self.first - other.first, self.stop - other.first)


def inputs(out: Span, kernel: int, stride: int = 1, dilation: int = 1) -> Span:
    """What a convolution with centred padding reads for the outputs ``out``; may exceed the image on both sides."""
    reach = dilation * (kernel // 2)
    return Span(out.first * stride - reach, (out.stop - 1) * stride + reach + 1)


def outputs(changed: Span, kernel: int, stride: int = 1, dilation: int = 1) -> Span:
    """The outputs that read any of the inputs ``changed``."""
    reach = dilation * (kernel // 2)
    return Span(-((reach - changed.first) // stride), (changed.stop - 1 + reach) // stride + 1)
