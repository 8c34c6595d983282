"""For each image the one of another set that it is most likely a copy of, and how like it that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ...statistics.neighbours import NONE, most_alike
from .picture_sets import PictureSet
from .poses import POSES, SPECTRA, posed, spectrum
from .same_picture import Structure, similarity

CANDIDATES = 8
"""Images that are laid over each other, of those with the most alike spectra."""
_KEPT = 512
"""Structures in memory: 80 KiB each."""


@dataclass(frozen=True)
class Likeness:
    """The image of the other set that is most like it (-1: none could be), 0 to 1, and how it lies against it."""

    index: int
    similarity: float
    pose: str = ""


def spectra(pictures: PictureSet, cancel: CancelToken, pose: str = "", rows: np.ndarray | None = None) -> np.ndarray:
    """(N, 861) float32 of every image, or of those at ``rows``."""
    chosen = range(len(pictures)) if rows is None else rows.tolist()
    out = []
    for number in chosen:
        cancel.check()
        out.append(spectrum(posed(pictures.grey(number), pose)))
    return np.stack(out)


def likenesses(
    asked: PictureSet,
    rows: np.ndarray,
    known: PictureSet,
    known_spectra: np.ndarray,
    also: np.ndarray | None,
    own: bool,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> list[Likeness]:
    """What each image of ``asked`` at ``rows`` is most like among ``known``, in any of eight poses.

    Parameters
    ----------
    known_spectra: :func:`spectra` of ``known``.
    also: (len(rows),) a further candidate for each, such as its nearest in features; -1 for none.
    own: the two sets are one: images of one patient are not held against each other.
    """
    groups = (asked.patients[rows], known.patients) if own else None
    alike, places = [], []
    for poses in SPECTRA:
        found = most_alike(spectra(asked, cancel, poses[0], rows), known_spectra, CANDIDATES, groups, cancel)
        alike.append(found[0])
        places.append(found[1])
    together, where = np.concatenate(alike, 1), np.concatenate(places, 1)
    order = np.argsort(-together, axis=1, kind="stable")[:, :CANDIDATES]

    @lru_cache(_KEPT)
    def structure(index: int) -> Structure:
        return Structure.of(known.grey(index))

    out = []
    for n, row in enumerate(rows.tolist()):
        cancel.check()
        progress(n / len(rows), Message("looking_for_copies", number=n, count=len(rows)))
        shown = Structure.of(asked.grey(row))
        pairs = [(int(where[n, at]), pose) for at in order[n] for pose in SPECTRA[at // CANDIDATES]]
        if also is not None:
            pairs.append((int(also[n]), ""))
        lying = {
            pose: Structure(posed(shown.coarse, pose), posed(shown.fine, pose)) for pose in {pose for _, pose in pairs}
        }
        best = Likeness(NONE, 0.0)
        for index, pose in sorted(set(pairs), key=lambda pair: list(POSES).index(pair[1])):
            if index != NONE and (found_here := similarity(structure(index), lying[pose])) > best.similarity + 1e-6:
                best = Likeness(index, found_here, pose)
        out.append(best)
    return out
