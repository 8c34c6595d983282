"""Why an archive did not take an object: its numbers in words (PS3.18 table 10.5.3-1 and PS3.4 annex B.2.3)."""

from __future__ import annotations

from typing import Any

DUPLICATE = 0x0111
ALREADY_THERE = "the archive has one of this UID already"
_WORDS = {
    0x0106: "the archive finds one of its values wrong",
    0x0110: "the archive could not process it",
    0x0117: "the archive finds its UID wrong",
    0x0122: "the archive does not take objects of this kind",
    0x0124: "the archive does not allow us to send",
    0x0131: "the archive does not allow us to send",
    0xA700: "the archive has no room",
    0xA900: "the archive finds that its content does not fit its kind",
    0xC000: "the archive cannot understand it",
    0xC122: "the archive does not take its compression",
}


def reason_in_words(status: Any) -> str:
    """A sentence's end for a failure reason or a status of C-STORE, with its number."""
    try:
        number = int(status)
    except (TypeError, ValueError):
        return "the archive refused it and does not say why"
    if number == DUPLICATE:
        return ALREADY_THERE
    general = {0xA700: 0xA700, 0xA900: 0xA900, 0xC000: 0xC000}
    words = _WORDS.get(number) or _WORDS.get(general.get(number & 0xFF00, 0) or general.get(number & 0xF000, 0), "")
    return f"{words or 'the archive refused it'} ({number:#06x})"
