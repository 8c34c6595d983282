"""Tables from outside: CSV as scripts, Excel and R write it, in whatever encoding and with whatever separator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_csv as read_rows

_NAMED = 12
_MISSING = ("", "nan", "na", "n/a", "null", "none", "#n/a", "#num!", "#div/0!", "#value!")


@dataclass(frozen=True)
class Table:
    """A CSV's heading and rows as texts without outer spaces; ``lines`` are the rows' places in the file, from 1."""

    path: Path
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    comma_decimals: bool = False

    def find(self, *names: str) -> int | None:
        """The place of the first of these columns that is there, whatever its case; None without any.

        Raises :class:`InputError` when a column is there twice.
        """
        for name in names:
            places = [n for n, head in enumerate(self.heading) if head.casefold() == name.strip().casefold()]
            if len(places) > 1:
                raise InputError(f"{self.path.name} has {len(places)} columns called {name!r}: keep one.")
            if places:
                return places[0]
        return None

    def need(self, *names: str, option: str = "--column") -> int:
        """As :meth:`find`; :class:`InputError` with the columns there are when none is found."""
        place = self.find(*names)
        if place is None:
            raise InputError(
                f"{self.path.name} has no column {' or '.join(map(repr, names))}; it has {self.columns()}: name one "
                f"with {option}."
            )
        return place

    def columns(self) -> str:
        """The headings in words, the first twelve of them."""
        shown = ", ".join(repr(head[:40]) for head in self.heading[:_NAMED])
        return shown + (f" and {len(self.heading) - _NAMED} more" if len(self.heading) > _NAMED else "")

    def texts(self, place: int) -> list[str]:
        """A column as it is written."""
        return [row[place] for row in self.rows]

    def numbers(self, place: int, missing: bool = False) -> list[float]:
        """A column as finite numbers; :class:`InputError` names the first row where there is none.

        With ``missing`` a cell that holds nothing, or a word for it, is NaN.
        """
        found = [_number(text, self.comma_decimals) for text in self.texts(place)]
        allowed = _MISSING if missing else ()
        wrong = [
            n
            for n, value in enumerate(found)
            if value is None or not (math.isfinite(value) or self.rows[n][place].casefold() in allowed)
        ]
        if wrong:
            text = self.rows[wrong[0]][place]
            said = "nothing" if text == "" else repr(text[:40])
            missing = all(self.rows[n][place].casefold() in _MISSING or found[n] is not None for n in wrong)
            what = "no finite number" if missing else "no number"
            raise InputError(
                f"{len(wrong)} of {len(found)} rows of {self.path.name} hold {what} in the column "
                f"{self.heading[place]!r} (line {self.lines[wrong[0]]} holds {said}): correct or remove them."
            )
        return [value for value in found if value is not None]


def read_csv(path: Path | str) -> Table:
    """Read a CSV with a heading: comma, semicolon or tab; UTF-8, UTF-16 or Windows' own encoding; decimal commas.

    Raises :class:`InputError` when it is missing, too large, no text, empty, or a row has too few or too many cells.
    """
    path = Path(path)
    found = read_rows(path)
    if not found.rows:
        heads = ", ".join(found.heading)[:80]
        raise InputError(f"{path.name} has a heading ({heads}) but no rows: add one for each case.")
    return Table(path, found.heading, found.rows, found.lines, found.comma_decimals)


def _number(text: str, comma_decimals: bool) -> float | None:
    """NaN for a missing value, None for what is no number at all."""
    if text.casefold() in _MISSING:
        return math.nan
    if comma_decimals and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    # float() also takes 1_000, which no table means.
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None
