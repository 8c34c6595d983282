"""Drawn lesions: repeatable, of their kind, and no two kinds alike."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.simulate.virtual_lesions import BENIGN, KINDS, MELANOMA, virtual_lesion
from GANAnomalyLib.errors import InputError


def test_the_same_seed_draws_the_same_and_another_another():
    first = virtual_lesion(4, MELANOMA, 48)
    assert first.shape == (48, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, virtual_lesion(4, MELANOMA, 48))
    for other in (virtual_lesion(5, MELANOMA, 48), virtual_lesion(4, BENIGN, 48)):
        assert np.abs(first.astype(int) - other).mean() > 1


def spread(kind: str) -> list[float]:
    """How much colours differ within the middle of the lesions of a kind."""
    found = []
    for seed in range(12):
        middle = virtual_lesion(seed, kind, 64)[24:40, 24:40].astype(float)
        share = middle / middle.sum(-1, keepdims=True)  # darker of the same colour is no other colour
        found.append(share.std((0, 1)).sum())
    return found


def test_a_melanoma_has_more_colours():
    assert np.median(spread(MELANOMA)) > 1.5 * np.median(spread(BENIGN))


def test_pictures_of_a_person_share_the_skin():
    corners = [virtual_lesion(seed, BENIGN, 48, patient=7)[:6, :6].mean((0, 1)) for seed in (1, 2)]
    others = [virtual_lesion(1, BENIGN, 48, patient=person)[:6, :6].mean((0, 1)) for person in range(8)]
    assert np.abs(corners[0] - corners[1]).max() < np.std(others, axis=0).max()


@pytest.mark.parametrize(("kind", "side"), [("mole", 64), (BENIGN, 8), (BENIGN, 10**6)])
def test_what_cannot_be_drawn_is_refused(kind, side):
    with pytest.raises(InputError, match=KINDS[0] if kind == "mole" else "pixels a side"):
        virtual_lesion(0, kind, side)
