"""Films through virtual patients: repeatable, and different where their findings are, by the box."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.simulate.virtual_films import COLLAPSE, IMPLANT, KINDS, NOTHING, FilmSource
from GANAnomalyLib.data import DEMO_CT, bundled_file
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import Volume, read_volume


@pytest.fixture(scope="module")
def source() -> FilmSource:
    return FilmSource(read_volume(bundled_file(DEMO_CT)))


@pytest.fixture(scope="module")
def films(source):
    return {kind: source.take(3, kind, 96) for kind in KINDS}


def test_the_same_arguments_give_the_same_film(source, films):
    again, other = source.take(3, IMPLANT, 96), source.take(3, IMPLANT, 96, shot=1)
    np.testing.assert_array_equal(again.pixels, films[IMPLANT].pixels)
    assert not np.array_equal(other.pixels, again.pixels)
    assert films[NOTHING].box is None
    for film in films.values():
        assert film.pixels.dtype == np.uint16
        assert 3000 < film.pixels.max() < 4096


def change(films, kind: str) -> tuple[float, float]:
    """How much a film of a kind differs from that without, in its box and in the outermost quarter beside it."""
    box = films[kind].box
    left, top, right, bottom = box
    pair = [films[name].pixels.astype(float) for name in (kind, NOTHING)]
    # The two are exposed by their own ranges: what is compared is their shape.
    one, two = ((film - film.mean()) / film.std() for film in pair)
    apart = np.abs(one - two)
    return apart[top : bottom + 1, left : right + 1].mean(), np.median(apart[:, : left // 2])


@pytest.mark.parametrize("kind", [IMPLANT, COLLAPSE])
def test_what_was_put_in_shows_in_its_box(films, kind):
    inside, beside = change(films, kind)
    assert inside > 2 * beside


def test_what_cannot_be_taken_is_refused(source):
    with pytest.raises(InputError, match="No finding, Surgical implant"):
        source.take(0, "Fracture", 96)
    with pytest.raises(InputError, match="pixels a side"):
        source.take(0, NOTHING, 8)
    with pytest.raises(InputError, match="No body"):
        FilmSource(Volume(np.full((8, 32, 32), -1000, np.int16), np.eye(4), "CT"))
