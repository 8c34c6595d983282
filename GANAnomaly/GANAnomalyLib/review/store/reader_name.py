"""Who reads: what was asked for, else GANANOMALY_READER, else the name of the account."""

from __future__ import annotations

import getpass
import os
import unicodedata
from dataclasses import dataclass

from ...errors import InputError

NAME = 200
"""Characters of the longest name."""
ENVIRONMENT, SITE = "GANANOMALY_READER", "GANANOMALY_SITE"


@dataclass(frozen=True)
class ReaderName:
    """A reader of a site, whose name is empty where nobody gave one."""

    name: str
    site: str = ""

    @classmethod
    def of(cls, name: str | None = None, site: str | None = None) -> ReaderName:
        """Any name that people have, in one line: quotes, umlauts and other scripts stay as they are.

        Raises :class:`InputError` for one that is empty, too long, or holds invisible characters.
        """
        if name is None:
            name = os.environ.get(ENVIRONMENT) or _account()
        site = os.environ.get(SITE, "") if site is None else site
        kept = _clean(name, "The reader's name")
        if not kept:
            raise InputError("The reader's name is empty: give one, or set GANANOMALY_READER.")
        return cls(kept, _clean(site, "The site's name"))


def _clean(text: str, what: str) -> str:
    # The same letters may be typed as one character or as two.
    kept = " ".join(unicodedata.normalize("NFC", text).split())
    if len(kept) > NAME:
        raise InputError.of("{what} has more than {most} characters: shorten it.", what=what, most=NAME)
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Cn") for sign in kept):
        raise InputError.of("{what} holds characters that no name has: correct it.", what=what)
    return kept


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as containers have them
        return "reader"
