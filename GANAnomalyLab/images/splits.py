"""Training and validation apart: no patient, and no picture, in both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from GANAnomalyLib.errors import InputError

from .image_set import ImageSet


def split_by_patient(
    image_set: ImageSet, share: float = 0.1, seed: int = 0, say: Callable[[str], None] = lambda sentence: None
) -> tuple[ImageSet, ImageSet]:
    """(training, validation): ``share`` of the patients at random, at least one on either side, all images of each.

    Patients who share an identical image (a file copied) stay together. Raises :class:`InputError` for a share that is
    not between 0 and 1, and where all images are of one patient. ``say`` is told when patients are not really known.
    """
    if not 0 < share < 1:
        raise InputError(f"The share for validation must lie between 0 and 1, not {share}.")
    people = _joined(image_set)
    codes = np.unique(people)
    if len(codes) < 2:
        raise InputError(
            "All images are of one patient, so none can be kept apart for validation: give data of more patients, or "
            "say which files are whose (by folder, a pattern or a CSV)."
        )
    if image_set.kind == "pictures" and len(np.unique(image_set.patients)) == len(image_set) > 1:
        say("Nothing says which pictures are of one patient, so each counts as its own: name them, if several are.")
    order = np.random.default_rng([seed, 13]).permutation(codes)
    count = min(max(round(share * len(codes)), 1), len(codes) - 1)
    apart = np.isin(people, order[:count])
    return image_set.take(np.flatnonzero(~apart)), image_set.take(np.flatnonzero(apart))


def split_by_class(
    image_set: ImageSet, share: float = 0.2, seed: int = 0, say: Callable[[str], None] = lambda sentence: None
) -> tuple[ImageSet, ImageSet]:
    """As :func:`split_by_patient`, with ``share`` of the patients of each class on the other side.

    A patient with images of several classes counts for the rarest of them. Raises :class:`InputError` also where a
    class has images of one patient only: it would be on one side.
    """
    if not 0 < share < 1:
        raise InputError(f"The share for validation must lie between 0 and 1, not {share}.")
    classes, people = image_set.labels.argmax(1), _joined(image_set)
    order = np.argsort(np.bincount(classes, minlength=image_set.classes), kind="stable")
    left, apart = set(np.unique(people).tolist()), np.zeros(len(image_set), bool)
    for number in order.tolist():
        mine = np.unique(people[classes == number])
        if not len(mine):
            continue
        if len(mine) < 2:
            raise InputError(
                f"All images of the class {image_set.label_names[number]} are of one patient, and would be on one "
                "side: give images of more patients."
            )
        # Those with images of a rarer class are on a side already.
        free = [code for code in mine.tolist() if code in left]
        taken = len(np.unique(people[apart & (classes == number)]))
        wanted = min(max(round(share * len(mine)), 1), len(mine) - 1) - taken
        drawn = np.random.default_rng([seed, 17, number]).permutation(free)[: max(wanted, 0)]
        apart |= np.isin(people, drawn)
        left -= set(free)
    sides = [image_set.take(np.flatnonzero(side)) for side in (~apart, apart)]
    for number in np.unique(classes).tolist():
        if any(not side.labels[:, number].any() for side in sides):
            raise InputError(
                f"The class {image_set.label_names[number]} has too few patients to be on both sides: hold out "
                "another share, or give more images."
            )
    if image_set.kind == "pictures" and len(np.unique(image_set.patients)) == len(image_set) > 1:
        say("Nothing says which pictures are of one patient, so each counts as its own: name them, if several are.")
    return sides[0], sides[1]


def check_apart(training: ImageSet, validation: ImageSet) -> None:
    """Raise :class:`InputError` when a patient, or an identical image, is in both sets.

    Patients of different files are told apart by hashes of their identifiers, made for this question only.
    """
    known = training.hashes[training.hashes != 0]
    common = np.intersect1d(known, validation.hashes)
    if len(common):
        raise InputError(
            f"{len(common)} images are both in the training and in the validation data: take them out of one."
        )
    if training.pixels is validation.pixels:
        both = len(np.intersect1d(training.patients, validation.patients))
    else:
        ours, theirs = training.people(), validation.people()
        both = 0 if ours is None or theirs is None else len(ours & theirs)
    if both:
        raise InputError(
            f"{both} {'patient is' if both == 1 else 'patients are'} both in the training and in the validation data: "
            "split them by patient."
        )


def _joined(image_set: ImageSet) -> np.ndarray:
    """(N,) a code for each image, equal for patients whom an identical image joins (directly or through others)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    patients, who = np.unique(image_set.patients, return_inverse=True)
    pictures, which = np.unique(image_set.hashes, return_inverse=True)
    real = image_set.hashes != 0
    size = len(patients) + len(pictures)
    edges = (np.ones(int(real.sum()), bool), (who[real], len(patients) + which[real]))
    _, group = connected_components(coo_matrix(edges, shape=(size, size)), directed=False)
    return group[: len(patients)][who]
