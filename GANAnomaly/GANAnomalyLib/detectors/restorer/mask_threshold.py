"""The setting of restorers that look twice: above which value of a map of their own a slice is made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import InputError
from ..settings import setting

NAME = "mask_threshold"
"""What settings and cards call it."""
OWN = -1.0
"""The threshold that each slice finds for itself: its 95th percentile."""


def mask_setting(what: str, high: float) -> Any:
    """The field: ``what`` says of what the threshold is ("where ... is above it"), ``high`` is the most that can be."""
    return setting(
        f"{what}, a slice is filled in anew: decisive, and another one for other images. -1 takes each slice's own "
        "95th percentile, so that a twentieth of any slice is filled in, a normal one's too. If not given, as the "
        "model's card says (gananomaly evaluate threshold writes it), else -1",
        label="Masking threshold",
        low=OWN,
        high=high,
    )


def check_mask_threshold(value: float | None) -> None:
    """Raise :class:`InputError` for a value between those that can be."""
    if value is not None and OWN < value < 0:
        raise InputError(f"{NAME} is 0 or more, or -1.", field=f"settings.{NAME}")


def recommended_by(recommended: Mapping[str, Any], most: float, model: str) -> float | None:
    """What a card recommends, None where it says nothing; raises :class:`InputError` for what cannot be."""
    said = recommended.get(NAME)
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float) or not (said == OWN or 0 <= said <= most):
        raise InputError(f"The card of {model} recommends a {NAME} that cannot be: get it again.")
    return float(said)
