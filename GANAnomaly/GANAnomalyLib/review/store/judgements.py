"""What a judgement says of itself, whatever it is on."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Annotated

from ...files.typed_values import at_least, at_most
from ..coded_labels import Label
from .review_ids import new_id

__all__ = ["LONGEST_S", "Judged", "Label", "Sitting", "time_of"]

LONGEST_S = 7 * 24 * 3600.0


@dataclass(frozen=True)
class Judged:
    """What every judgement says of itself.

    ``confidence`` from 1 to 5, None where nobody asked; ``reading`` 1 for the first time that this reader reads the
    case; ``seconds`` of looking; ``decided`` None for now; ``source`` where it was made; ``id`` its key.
    """

    comment: str = ""
    confidence: Annotated[int, at_least(1), at_most(5)] | None = None
    seconds: Annotated[float, at_least(0), at_most(LONGEST_S)] | None = None
    reading: Annotated[int, at_least(1), at_most(1000)] = 1
    decided: datetime.datetime | None = None
    source: str = ""
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Sitting:
    """One sitting of a reader at a program; its key is made once, when it begins."""

    program: str = ""
    id: uuid.UUID = field(default_factory=new_id)


def time_of(text: str) -> datetime.datetime | None:
    """What a file says of when; None where that is no time."""
    try:
        found = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return found.astimezone(datetime.timezone.utc) if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
    except (ValueError, OverflowError):
        return None
