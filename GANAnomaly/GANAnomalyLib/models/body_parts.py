"""Which regions of the body a free text or a DICOM BodyPartExamined names."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Beginnings of words, as DICOM's terms run together (CHESTABDPELVIS, CSPINE; PS3.16, annex L).
_STEMS = {
    "head": ("HEAD", "BRAIN", "SKULL", "CRANI", "CEREBR", "ORBIT", "SINUS", "MAXILL", "MANDIB", "TEMPORAL BONE"),
    "neck": ("NECK", "CERVICAL", "CSPINE", "C SPINE", "THYROID", "LARYN", "PHARYN"),
    "chest": ("CHEST", "THORA", "TSPINE", "T SPINE", "LUNG", "PULMON", "MEDIAST", "HEART", "CARDI", "CORONAR"),
    "abdomen": (
        "ABD",
        "LSPINE",
        "L SPINE",
        "LUMBAR",
        "LIVER",
        "HEPAT",
        "KIDNEY",
        "RENAL",
        "PANCREA",
        "SPLEEN",
        "BOWEL",
    ),
    "pelvis": ("PELV", "BLADDER", "PROSTAT", "SACR", "SSPINE", "UTERUS", "UTERINE"),
    "arms": ("FOREARM", "ELBOW", "WRIST", "SHOULDER", "HUMER", "UPPER LIMB", "UPPER EXTREM"),
    "legs": ("KNEE", "ANKLE", "THIGH", "FEMUR", "TIBIA", "CALCAN", "LOWER LIMB", "LOWER EXTREM"),
}
# Too short to be looked for inside other words.
_WORDS = {
    "HIP": ("pelvis",),
    "ARM": ("arms",),
    "HAND": ("arms",),
    "LEG": ("legs",),
    "FOOT": ("legs",),
    "CAP": ("chest", "abdomen", "pelvis"),
    "TAP": ("chest", "abdomen", "pelvis"),
}
_GROUPS = {
    "TRUNK": ("chest", "abdomen", "pelvis"),
    "TORSO": ("chest", "abdomen", "pelvis"),
    "WHOLEBODY": tuple(_STEMS),
    "WHOLE BODY": tuple(_STEMS),
    "TOTAL BODY": tuple(_STEMS),
}
_LONGEST = 1000


def regions_in(text: str) -> frozenset[str]:
    """The regions a text names, of head, neck, chest, abdomen, pelvis, arms and legs; none where it names none.

    A region of the spine counts as the part of the body it lies in.
    """
    spaced = " ".join(re.findall(r"[A-Z]+", text[:_LONGEST].upper()))
    words = set(spaced.split())
    found = {region for region, stems in _STEMS.items() if any(stem in spaced for stem in stems)}
    found.update(region for word, regions in _WORDS.items() if words & {word, word + "S"} for region in regions)
    found.update(region for group, regions in _GROUPS.items() if group in spaced for region in regions)
    return frozenset(found)


def regions_in_words(regions: Iterable[str]) -> str:
    """Regions in words, from head to foot: "chest", "chest and neck"."""
    chosen = set(regions)
    ordered = [region for region in _STEMS if region in chosen]
    return " and ".join([", ".join(ordered[:-1]), ordered[-1]] if len(ordered) > 1 else ordered)
