"""UIDs that are the same for the same content, so that an object sent twice is one object in an archive."""

from __future__ import annotations

import hashlib
import json
import re

from ..errors import InputError, option

_ROOT = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
_LONGEST, _LONGEST_ROOT = 64, 40
ANY = "2.25"
"""Where everybody may make UIDs, of 128 random bits (PS3.5 B.2)."""


def check_root(root: str) -> str:
    """A site's root without a dot at its end; raises :class:`InputError` unless UIDs can be made below it."""
    plain = root.strip().rstrip(".")
    if not _ROOT.fullmatch(plain) or len(plain) > _LONGEST_ROOT:
        raise InputError(
            f"{root[:80]!r} is no root of UIDs: give numbers with dots between them, at most {_LONGEST_ROOT} "
            f"characters, as in {option('uid_root', '1.2.826.0.1.3680043.8.1')}.",
            field="uid_root",
        )
    return plain


def stable_uid(root: str, *parts: object) -> str:
    """A UID below ``root`` (:data:`ANY`, or one that :func:`check_root` gave) that stands for ``parts`` (plain data).

    128 bits of a SHA-256; where a long root leaves no place for them, as many digits as do fit.
    """
    said = json.dumps(parts, sort_keys=True, default=str).encode()
    number = int.from_bytes(hashlib.sha256(said).digest()[:16], "big")
    return f"{root}.{number % 10 ** min(39, _LONGEST - len(root) - 1)}"
