"""The settings of PHANES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..restorer.mask_threshold import check_mask_threshold, mask_setting
from ..settings import Settings, setting


@dataclass
class PhanesSettings(Settings):
    """Settings of one run."""

    detector: ClassVar[str] = "phanes"

    mask_threshold: float | None = mask_setting(
        "where the coarse map is above this (0 to 4; the pixels' difference, times how unlike the pair looks)", high=4
    )
    as_published: bool = setting(
        "masks with the first slice's percentile for its whole batch, and blurred along with what lies below and into "
        "the next slice, as published",
        default=False,
    )

    def check_together(self) -> None:
        """See :class:`Settings`."""
        super().check_together()
        check_mask_threshold(self.mask_threshold)


SETTINGS = PhanesSettings
