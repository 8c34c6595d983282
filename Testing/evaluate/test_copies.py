"""Copies are told from alike slices of other people, whatever was done to them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from evaluate.alike_slices import LEVELS, framed, grainy, lit, moved, slice_of
from PIL import Image

from GANAnomalyLab.evaluate.authenticity.authenticity_evaluation import USUAL_BAR
from GANAnomalyLab.evaluate.authenticity.poses import POSES, SPECTRA, posed, spectrum
from GANAnomalyLab.evaluate.authenticity.same_picture import Structure, similarity

BAR = USUAL_BAR
PATIENTS = range(10)

DONE = {
    "nothing": lambda picture: picture,
    "brighter": lambda picture: lit(picture, 1.3),
    "brighter until white is cut": lambda picture: lit(picture, 1.5, 20),
    "darker": lambda picture: lit(picture, 0.5),
    "less contrast": lambda picture: lit(picture, 0.6, 60),
    "a little grain": lambda picture: grainy(picture, 10),
    "much grain": lambda picture: grainy(picture, 30),
    **{
        f"moved {down:+.0%} down, {right:+.0%} right": lambda picture, d=down, r=right: moved(picture, d, r)
        for down, right in ((0.05, 0.05), (-0.05, 0.05), (0.05, -0.03), (0.0, -0.05), (-0.013, 0.021))
    },
    "all at once": lambda picture: grainy(lit(moved(picture, 0.04, -0.045), 1.2, 10), 15),
}


def structure(picture: np.ndarray) -> Structure:
    return Structure.of(framed(picture))


@pytest.mark.parametrize("done", DONE.values(), ids=DONE)
@pytest.mark.parametrize("level", LEVELS)
def test_a_copy_is_one_after_all_that_was_done_to_it(done, level) -> None:
    for patient in (0, 3):
        picture = slice_of(patient, level)
        assert similarity(structure(picture), structure(done(picture))) > BAR + 0.01


@pytest.mark.parametrize("level", LEVELS)
def test_slices_of_different_patients_are_no_copies(level) -> None:
    structures = [structure(slice_of(patient, level)) for patient in PATIENTS]
    assert max(similarity(one, other) for one, other in combinations(structures, 2)) < BAR - 0.03


def test_other_patients_are_none_after_all_that_was_done_to_them_either() -> None:
    known = [structure(slice_of(patient)) for patient in range(1, 5)]
    for done in DONE.values():
        asked = structure(done(slice_of(0)))
        assert max(similarity(one, asked) for one in known) < BAR - 0.03


@pytest.mark.parametrize("side", [64, 96])
def test_small_pictures_and_copies_of_them(side) -> None:
    """The same grain is coarser in a smaller picture, and takes more of what tells copies."""
    known = [reduced(slice_of(patient), side) for patient in range(6)]
    structures = [structure(picture) for picture in known]
    assert max(similarity(one, other) for one, other in combinations(structures, 2)) < BAR - 0.03
    for name in ("brighter", "much grain", "all at once", "moved +5% down, +5% right"):
        for number in (0, 3):
            assert similarity(structures[number], structure(DONE[name](known[number]))) > BAR


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    width = round(side * picture.shape[1] / max(picture.shape)), round(side * picture.shape[0] / max(picture.shape))
    return np.asarray(Image.fromarray(picture).resize(width, Image.Resampling.BOX))


def test_what_shows_nothing_is_no_copy_of_what_shows_nothing() -> None:
    blank = Structure.of(np.full((128, 128), 90, np.float32))
    assert similarity(blank, blank) == 0
    assert similarity(structure(slice_of(0)), blank) == 0
    assert similarity(blank, structure(slice_of(0))) == 0


def test_a_shift_out_of_reach_is_not_found() -> None:
    picture = slice_of(0)
    assert similarity(structure(picture), structure(moved(picture, 0.12, 0))) < BAR


def test_poses_are_eight_and_each_is_another() -> None:
    picture = np.arange(12.0).reshape(1, 3, 4)
    lying = [posed(picture, pose) for pose in POSES]
    assert len({one.tobytes() + bytes(one.shape) for one in lying}) == 8
    assert np.array_equal(posed(picture, "mirrored"), picture[..., ::-1])
    assert np.array_equal(posed(picture, "upside down"), picture[:, ::-1])
    assert np.array_equal(posed(picture, "turned by 180 degrees"), picture[:, ::-1, ::-1])
    assert sorted(pose for poses in SPECTRA for pose in poses) == sorted(POSES)


@pytest.mark.parametrize("poses", SPECTRA)
def test_half_a_turn_leaves_the_spectrum(poses) -> None:
    image = framed(slice_of(1))
    one, other = (spectrum(posed(image, pose)) for pose in poses)
    assert one @ other == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("done", DONE.values(), ids=DONE)
def test_the_spectrum_finds_what_a_copy_was_made_of(done) -> None:
    known = np.stack([spectrum(framed(slice_of(patient))) for patient in PATIENTS])
    for patient in (2, 7):
        assert np.argmax(known @ spectrum(framed(done(slice_of(patient))))) == patient
