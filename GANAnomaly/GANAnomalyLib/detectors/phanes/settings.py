"""The settings of PHANES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...errors import InputError
from ..settings import Settings, setting

OWN = -1.0
"""The threshold that each slice finds for itself."""
MOST = 4.0


@dataclass
class PhanesSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "phanes"

    mask_threshold: float | None = setting(
        "where the coarse map is above it, a slice is filled in anew: decisive, and another one for other images; -1 "
        "takes each slice's own 95th percentile, so that a twentieth of any slice is filled in; if not given, as the "
        "model's card says, else -1",
        low=OWN,
        high=MOST,
    )
    as_published: bool = setting(
        "masks with the first slice's percentile for its whole batch, and blurred along with what lies below and into "
        "the next slice, as published",
        default=False,
    )

    def check_together(self) -> None:
        """See :class:`Settings`."""
        super().check_together()
        if self.mask_threshold is not None and OWN < self.mask_threshold < 0:
            raise InputError("mask_threshold is 0 or more, or -1.", field="settings.mask_threshold")


SETTINGS = PhanesSettings
