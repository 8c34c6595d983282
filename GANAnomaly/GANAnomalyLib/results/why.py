"""Why a finding was marked, in words: how its place differs from the closest normal one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from ..files.typed_values import at_least
from ..running.messages import Message

Kind = Literal["brighter", "darker", "smoother", "rougher", "displaced"]


@dataclass(frozen=True)
class Why:
    """What differs most in a finding's patches from what is usual there.

    Attributes
    ----------
    code: "brighter" or "darker"; "smoother" or "rougher" where the texture differs and the brightness hardly; and
        "displaced" where what the slice shows lies elsewhere in the closest normal slice.
    hu: by how many Hounsfield units it is brighter or darker; None for other codes, and where the values are none
        (MR, pictures).
    or_more: the difference may be larger, since the closest normal slice ends with the window there.
    mm: how far it is displaced; None for other codes.
    """

    code: Kind
    hu: Annotated[int, at_least(0)] | None = None
    or_more: bool = False
    mm: Annotated[int, at_least(0)] | None = None

    def words(self) -> Message:
        """As the reader is told: "brighter by 120 HU"."""
        if self.code == "displaced":
            return Message("why_displaced", mm=self.mm or 0)
        if self.code in ("smoother", "rougher"):
            return Message("why_smoother" if self.code == "smoother" else "why_rougher")
        bright = self.code == "brighter"
        if self.hu is None:
            return Message("why_brighter" if bright else "why_darker")
        if self.or_more:
            return Message("why_brighter_over" if bright else "why_darker_over", hu=self.hu)
        return Message("why_brighter_by" if bright else "why_darker_by", hu=self.hu)

    def cell(self) -> str:
        """For a table, as :meth:`of_cell` reads it: "brighter 120 HU", "darker >=300 HU", "displaced 9 mm"."""
        hu = "" if self.hu is None else f" {'>=' * self.or_more}{self.hu} HU"
        return f"{self.code}{hu}{'' if self.mm is None else f' {self.mm} mm'}"

    @classmethod
    def of_cell(cls, text: str) -> Why | None:
        """The inverse of :meth:`cell`; None for any other text."""
        found = _CELL.fullmatch(text)
        if found is None:
            return None
        hu, mm = (None if found[name] is None else int(found[name]) for name in ("hu", "mm"))
        code: Kind = found["code"]  # type: ignore[assignment]  # the pattern holds no other words
        return cls(code, hu, found["more"] is not None, mm)


_CELL = re.compile(
    r"(?P<code>brighter|darker|smoother|rougher|displaced)( (?P<more>>=)?(?P<hu>\d{1,9}) HU)?( (?P<mm>\d{1,9}) mm)?"
)
