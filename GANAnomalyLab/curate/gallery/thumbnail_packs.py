"""Thumbnails in the order of rank, so many to a script: the JPEG bytes of the store as they are.

Sheets of many pictures in one JPEG would have to be decoded whole for each thumbnail of another order, and encoded anew
here; as bytes of their own the page decodes only what it shows, and a hundred thousand are packed in seconds.
"""

from __future__ import annotations

import base64

from ..judged_rows import Judged
from ..thumbnails import thumbnail_bytes

PACK = 64
"""Thumbnails of a script."""


def count_packs(judged: Judged) -> int:
    """How many packs a store has."""
    return -(-len(judged) // PACK)


def thumbnail_pack(judged: Judged, number: int) -> list[str]:
    """Base64 of the JPEGs of ranks ``64 number`` on; "" where a row has none, or the store's file is damaged."""
    rows = judged.order[number * PACK : (number + 1) * PACK]
    found = (thumbnail_bytes(judged.store.folder, judged.table, int(row)) for row in rows)
    return [base64.b64encode(jpeg or b"").decode("ascii") for jpeg in found]
