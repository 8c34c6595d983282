"""The scorer: what it shows its network, how its scores are put together, and which files it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import memory_small, scorer_small
from detectors.scorer_small import SIDE, slices

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.scorer import planes
from GANAnomalyLib.detectors.scorer.energy import Energy
from GANAnomalyLib.detectors.scorer.network import ScorerNetwork, slice_logit
from GANAnomalyLib.detectors.scorer.planes import Planes
from GANAnomalyLib.detectors.scorer.scales import Scales, scale_of
from GANAnomalyLib.detectors.scorer.settings import ScorerSettings, Shares
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, save_model
from GANAnomalyLib.score import to_gray8


def heat(model, images: np.ndarray, indices=None, **settings) -> list[np.ndarray]:
    return [item.anomaly for item in explain(model, images, DetectorOptions(settings=settings), indices)]


def test_by_itself_the_bases_score_is_the_bases():
    base, scorer = memory_small.model(), scorer_small.model()
    images = slices()
    for own, passed in zip(heat(base, images), heat(scorer, images, learned=0, energy=0), strict=True):
        np.testing.assert_allclose(own, passed, atol=1e-6)


def test_shares_add_up():
    scorer, images = scorer_small.model(), slices(3)
    own, learned, energy = (heat(scorer, images, learned=float(n == 1), energy=float(n == 2))[1] for n in range(3))
    assert not np.allclose(own, learned)
    assert not np.allclose(learned, energy)
    np.testing.assert_allclose(heat(scorer, images)[1], 0.4 * own + 0.4 * learned + 0.2 * energy, atol=1e-5)


@pytest.mark.parametrize(
    ("said", "learnt", "scores", "wanted"),
    [
        ({}, True, True, (0.4, 0.4, 0.2)),
        ({"learned": 1.0}, True, True, (0, 1, 0)),
        ({"energy": 0.9}, True, True, (0, 0.1, 0.9)),
        ({}, False, True, (0.8, 0, 0.2)),
        ({}, True, False, (0, 0.4, 0.6)),
        ({}, False, False, (0, 0, 1)),
    ],
)
def test_what_counts_for_how_much(said, learnt, scores, wanted):
    card = {"learned": 0.4, "energy": 0.2}
    shares = Shares.of(ScorerSettings(**said), card, learnt, scores)
    assert (shares.own, shares.learned, shares.energy) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("said", "card", "learnt", "words"),
    [
        ({"learned": 0.7, "energy": 0.7}, {}, True, "together they are 1 at most"),
        ({"learned": 0.5}, {}, False, "has learnt nothing"),
        ({}, {"learned": 3}, True, "learned must be a number from 0 to 1"),
        ({}, {"energy": "much"}, True, "energy must be a number from 0 to 1"),
    ],
)
def test_shares_that_cannot_be(said, card, learnt, words):
    with pytest.raises(InputError, match=words):
        Shares.of(ScorerSettings(**said), card, learnt, True)


def test_a_neighbour_counts_and_a_farther_slice_does_not():
    scorer, images = scorer_small.model(), slices(5)
    before = heat(scorer, images, learned=1)
    changed = images.copy()
    changed[0] += 0.5
    after = heat(scorer, changed, learned=1)
    same = [np.array_equal(*pair) for pair in zip(before, after, strict=True)]
    assert same == [False, False, True, True, True]


def test_what_is_not_beside_it_is_no_neighbour():
    scorer, images = scorer_small.model(), slices(3)
    apart = heat(scorer, images, [2, 5, 9], learned=1)
    for place, image in enumerate(images):
        np.testing.assert_array_equal(apart[place], heat(scorer, image[None], learned=1)[0])
    assert not np.array_equal(apart[1], heat(scorer, images, [4, 5, 6], learned=1)[1])


def test_energy_sees_too_little_as_well_as_too_much():
    model = scorer_small.made_of(scorer_small.mean_base(), learnt=False)
    assert model.restores
    usual, smooth, rough = (slices(1, 50) for _ in range(3))
    smooth[0, 12:20, 12:20] = 0.1
    rough[0, 12:20, 12:20] += np.random.default_rng(3).normal(0, 0.3, (8, 8))
    middle = np.s_[14:18, 14:18]
    common, flat, loud = (float(heat(model, one)[0][middle].mean()) for one in (usual, smooth, rough))
    assert flat > common + 1
    assert loud > common + 1


def test_planes_tell_what_they_are_made_of():
    card = ModelCard("wide", window=4000.0, level=1000.0, recommended={"shown": [350, 50]})
    hu = np.full((SIDE, SIDE), 50.0, np.float32)
    around = [(hu + plus - 1000) / 2000 for plus in (-175, 0, 175)]
    said = Planes(card).said(around, around[0], np.full((SIDE, SIDE), 3.0, np.float32))
    assert [int(layer[0, 0]) for layer in said[:3]] == [0, 128, 255]
    assert int(said[planes.WIDE][0, 0]) == round(127.5 + 127.5 * 50 / 1000)
    assert int(said[planes.RESTORED][0, 0]) == 0
    assert planes.heat_of(said)[0, 0] == pytest.approx(3, rel=0.02)


def test_the_network_takes_any_size_and_tells_finest_first():
    for size in (24, 33):
        made = ScorerNetwork(planes.COUNT, (4, 8, 8, 8), 2)
        logits = made(torch.zeros(2, planes.COUNT, size, size))
        assert [level.shape[-1] for level in logits] == [size // 2, size // 4, size // 8]
        assert made.logits(torch.zeros(2, planes.COUNT, size, size)).shape == (2, size, size)


def test_a_slices_logit_is_that_of_its_highest_places():
    logits = torch.zeros(1, 1, 20, 20)
    logits[0, 0, 3, 3:7] = torch.tensor([4.0, 6.0, 8.0, 10.0])
    assert slice_logit(logits).tolist() == [7.0]


def test_scales_say_what_normals_show():
    maps = [np.linspace(0, top, 101).astype(np.float32) for top in (2, 4, 6)]
    common, usual = scale_of(maps)
    assert (common, usual) == pytest.approx((2, 4))
    scales = Scales(np.array([[common, usual], [0, 1], [0, 1]], np.float32))
    assert scales.score("own", np.array([[1, 2, 4, 6]], np.float32)).tolist() == [[0, 0, 1, 2]]
    assert scale_of([]) == (0, 1)


def test_energy_is_stored_and_read():
    energy = scorer_small.model().energy
    again = Energy.stored(energy.tensors(), SIDE)
    pair = to_gray8(slices(1, 4))[0], to_gray8(slices(1, 5))[0]
    for left, right in zip(energy.of(*pair), again.of(*pair), strict=True):
        np.testing.assert_array_equal(left, right)


def written(folder, change=lambda card, tensors: None):
    model = scorer_small.model()
    tensors = {name: value.clone() for name, value in model.tensors().items()}
    change(model.card, tensors)
    path = folder / "scored.safetensors"
    save_model(path, tensors, model.card)
    return path


def test_its_file_holds_its_base(tmp_path):
    read = load_model(written(tmp_path))
    assert read.base.card.kind == "memory"
    assert not read.restores, "as its base does not"
    assert any(name.startswith("base.bank.") for name in read.tensors())
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".safetensors"] == ["scored.safetensors"]
    images = slices(2)
    for left, right in zip(heat(read, images), heat(scorer_small.model(), images), strict=True):
        np.testing.assert_array_equal(left, right)


def without(start):
    def change(card, tensors):
        for name in [name for name in tensors if name.startswith(start)]:
            del tensors[name]

    return change


def on_card(**facts):
    return lambda card, tensors: card.architecture.update(facts)


def of_base(**facts):
    return lambda card, tensors: card.architecture["base"].update(facts)


def set_tensor(name, value):
    return lambda card, tensors: tensors.update({name: value})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (on_card(base=None), "base on the card"),
        (on_card(base={"kind": "memory"}), "base on the card"),
        (of_base(kind="scorer"), "is a scorer already"),
        (of_base(kind="oracle"), "kind 'oracle', which this version cannot load"),
        (of_base(resolution=64), "and that of its base differ"),
        (of_base(architecture={}), "does not describe its memory"),
        (of_base(channels=3), "explains pictures in colours, and a scorer looks at grey ones"),
        (without("base."), "memory|not a whole safetensors file"),
        (without("energy."), "normal remainders cannot be read"),
        (without("scales"), "normal scores cannot be read"),
        (without("network."), "not those its card describes"),
        (on_card(widths=[4, 10**9]), "does not describe its network"),
        (on_card(widths="wide"), "does not describe its network"),
        (on_card(shrink=True), "does not describe its network"),
        (on_card(widths=[4, 8]), "not those its card describes"),
        (set_tensor("energy.spread", torch.zeros(SIDE, SIDE)), "normal remainders cannot be read"),
        (set_tensor("energy.usual", torch.full((SIDE, SIDE), float("nan"))), "normal remainders cannot be read"),
        (set_tensor("scales", torch.tensor([[0.0, 1.0]] * 2 + [[1.0, 1.0]])), "normal scores cannot be read"),
    ],
)
def test_files_that_are_not_whole_are_refused(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        load_model(written(tmp_path, change))


def test_a_scorer_without_a_network_has_no_tensors_of_one(tmp_path):
    model = scorer_small.model(learnt=False)
    path = tmp_path / "energy.safetensors"
    save_model(path, model.tensors(), model.card)
    assert load_model(path).network is None
    assert "widths" not in ModelCard.read(card_path(path)).architecture
