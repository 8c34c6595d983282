"""What was probably meant by a name that nothing has."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SAME = (
    ("yse", "yze"),
    ("ise", "ize"),
    ("isa", "iza"),
    ("isi", "izi"),
    ("our", "or"),
    ("tre", "ter"),
    ("grey", "gray"),
)
"""British and American spellings, as parts of words; only ever compared with one another."""


def plain(name: str) -> str:
    """A name without what does not tell words apart: capitals, British or American spelling, - or _."""
    name = name.casefold().replace("_", "-")
    for british, american in _SAME:
        name = name.replace(british, american)
    return re.sub(r"ll(?=ed|ing)", "l", name)


def same_name(name: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that is the same word, however it is spelt; None without any."""
    known = tuple(known)
    if name in known:
        return name
    return next((one for one in known if plain(one) == plain(name)), None)


def closest(name: str, known: Iterable[str], most: int = 2) -> list[str]:
    """Those of ``known`` that a mistyped ``name`` may stand for, the nearest first; none when none is near."""
    from difflib import get_close_matches

    by_spelling = {plain(one): one for one in known}
    return [by_spelling[one] for one in get_close_matches(plain(name)[:80], by_spelling, most)]


def meant(name: object, known: Iterable[str]) -> str:
    """The words to put behind a name in a sentence, as in " (did you mean demo?)"; none when nothing is near."""
    found = closest(name, known) if isinstance(name, str) else []
    return f" (did you mean {' or '.join(found)}?)" if found else ""
