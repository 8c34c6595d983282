"""The design of a study of readers, recognised from who read what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FACTORIAL = "factorial"
IN_READERS = "cases nested in readers"
IN_GROUPS = "cases nested in groups of readers"
IN_TREATMENTS = "cases nested in treatments"
IN_BOTH = "cases nested in readers and treatments"
COUNTERBALANCED = "counterbalanced: each reader reads a case under one treatment only"
PARTLY_PAIRED = "partly paired"
SPLIT_PLOT = "readers nested in treatments (split plot)"


@dataclass(frozen=True)
class Design:
    """``name`` in words; whether each reader reads under one treatment only (``split``); how many readings the design
    would have that are ``missing``."""

    name: str
    split: bool
    missing: int


def design_of(read: np.ndarray, reader: np.ndarray, treatment: np.ndarray) -> Design:
    """The design of cells (c,) that read (c, n) cases.

    Either every reader reads under every treatment, or every reader under one only; see :func:`crossed_readers`.
    """
    read = read[:, read.any(0)]
    treatments = len(np.unique(treatment))
    same_reader, same_treatment = reader[:, None] == reader, treatment[:, None] == treatment
    common = read.astype(np.float64) @ read.T > 0

    def shared(pairs: np.ndarray) -> bool:
        return bool((common & pairs).any())

    between_readers = shared(same_treatment & ~same_reader)
    between_treatments = shared(same_reader & ~same_treatment)
    across = shared(~same_reader & ~same_treatment)
    if treatments > 1 and len(np.unique(reader)) == len(reader):
        alone = "" if across else f", {IN_TREATMENTS}" if between_readers else f", {IN_READERS}"
        return Design(SPLIT_PLOT + alone, True, _missing(read, treatment) if between_readers and across else 0)
    name = _crossed(read, reader, treatment, between_readers, between_treatments, across)
    gaps = {FACTORIAL: None, IN_READERS: reader, IN_TREATMENTS: treatment}
    missing = _missing(read, gaps[name]) if name in gaps else 0
    if len(np.unique(reader)) == 1:
        paired = {FACTORIAL: "the same cases", IN_READERS: "the same cases", IN_TREATMENTS: "other cases"}
        paired |= {IN_BOTH: "other cases"}
        if treatments > 1:
            words = f"{paired[name]} under each treatment" if name in paired else name
            return Design(f"one reader, {words}", False, missing)
        return Design("one reader, one treatment", False, 0)
    return Design(name if treatments > 1 else f"one treatment, {name}", False, missing)


def crossed_readers(reader: np.ndarray, treatment: np.ndarray) -> np.ndarray | None:
    """The readers of cells (c,) who read under every treatment; None where each reads under one only."""
    treatments = len(np.unique(treatment))
    names, counts = np.unique(reader, return_counts=True)
    if treatments > 1 and counts.max() == 1:
        return None
    return names[counts == treatments]


def _crossed(
    read: np.ndarray,
    reader: np.ndarray,
    treatment: np.ndarray,
    between_readers: bool,
    between_treatments: bool,
    across: bool,
) -> str:
    one_reader, one_treatment = len(np.unique(reader)) == 1, len(np.unique(treatment)) == 1
    if one_treatment and one_reader:
        return FACTORIAL
    if not (between_readers or between_treatments or across):
        return IN_READERS if one_treatment else IN_TREATMENTS if one_reader else IN_BOTH
    if not between_readers and not across and not one_reader:
        return IN_READERS
    if not between_treatments and not one_treatment:
        return COUNTERBALANCED if across else IN_TREATMENTS
    if (read == read[0]).all():
        return FACTORIAL
    under = np.stack([read[treatment == one].any(0) for one in np.unique(treatment)])
    if not under.all():
        return PARTLY_PAIRED
    return IN_GROUPS if _groups(read, reader) > 1 else FACTORIAL


def _groups(read: np.ndarray, reader: np.ndarray) -> int:
    """How many groups of readers there are that have no case in common."""
    from scipy.sparse.csgraph import connected_components

    of_reader = np.stack([read[reader == one].any(0) for one in np.unique(reader)]).astype(np.float64)
    return int(connected_components(of_reader @ of_reader.T > 0, directed=False)[0])


def _missing(read: np.ndarray, group: np.ndarray | None) -> int:
    """How many readings are not there, if every cell of a ``group`` (c,), or of all, was to read the same cases."""
    groups = np.zeros(len(read), int) if group is None else group
    found = 0
    for one in np.unique(groups):
        held = read[groups == one]
        found += int(held.any(0).sum()) * len(held) - int(held.sum())
    return found
