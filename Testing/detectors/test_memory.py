"""The memory of normal slices: its codes, its search, and models that do not fit together."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import memory_small
from detectors.memory_small import REMEMBERED
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.memory import search
from GANAnomalyLib.detectors.memory.bank import FINER, TOP, Bank
from GANAnomalyLib.detectors.memory.load import build
from GANAnomalyLib.detectors.memory.packed import pack, unpack
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.store import save_model


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 5), st.integers(2, 5), st.integers(0, 1000))
def test_the_compiled_search_and_the_plain_one_are_one(numbers, count, places, seed):
    rng = np.random.default_rng(seed)
    asked = rng.integers(-20, 20, (places, places, numbers)).astype(np.int16)
    memory = rng.integers(-3, 3, (count, places, places, numbers)).astype(np.int8)
    rows = rng.permutation(count)
    found = search.nearest(asked, memory, rows)
    distance, where = np.empty_like(found[0]), np.empty_like(found[1])
    search._in_numpy(asked, memory, rows, distance, where)
    np.testing.assert_array_equal(found[0], distance)
    np.testing.assert_array_equal(found[1], where)
    # Each distance is that of the place which is named for it.
    for y, x in np.ndindex(distance.shape):
        row, v, u = where[y, x]
        assert max(abs(v - y), abs(u - x)) <= search.REACH
        assert distance[y, x] == ((asked[y, x] - FINER * memory[row, v, u].astype(int)) ** 2).sum()


def test_the_farthest_codes_still_fit_the_numbers():
    asked = np.full((1, 1, 182), 2 * FINER * TOP, np.int16)
    distance, _ = search.nearest(asked, np.full((1, 1, 1, 182), -TOP, np.int8), np.array([0]))
    assert distance[0, 0] == 182 * (3 * FINER * TOP) ** 2


def test_the_search_works_without_numba(monkeypatch):
    monkeypatch.setattr(search, "kernel", lambda: None)
    distance, where = search.nearest(
        np.arange(8, dtype=np.int16).reshape(2, 2, 2), np.zeros((1, 2, 2, 2), np.int8), np.array([0])
    )
    np.testing.assert_array_equal(distance, [[1, 13], [41, 85]])
    assert (where[..., 0] == 0).all()


def test_codes_are_remembered_to_half_a_step():
    bank = Bank(1, 1, 10)
    bank.step.fill_(0.05)
    codes = torch.randn(400, 10, generator=torch.Generator().manual_seed(0))
    assert (bank.remembered(bank.kept(codes)) - codes).abs().max() <= 0.0251
    np.testing.assert_allclose(bank.asked(codes) * 0.05 / FINER, codes, atol=0.0032)
    assert bank.kept(torch.tensor([100.0, -100.0])).tolist() == [TOP, -TOP]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 4), st.integers(1, 5), st.integers(0, 1000))
def test_codes_come_out_of_their_package_as_they_went_in(count, places, numbers, seed):
    codes = np.random.default_rng(seed).integers(-128, 128, (count, places, places, numbers)).astype(np.int8)
    packed = pack(torch.from_numpy(codes))
    np.testing.assert_array_equal(unpack(packed, codes.shape), codes)
    for wrong, words in (((count + 1, *codes.shape[1:]), "cut short"), ((count - 1, *codes.shape[1:]), "more than")):
        if wrong[0]:
            with pytest.raises(InputError, match=words):
                unpack(packed, wrong)


def test_a_damaged_package_is_refused_in_a_sentence():
    packed = pack(torch.zeros(20, 4, 4, 3, dtype=torch.int8))
    for damaged in (packed[:-7], packed[5:], torch.zeros(40, dtype=torch.uint8), packed[:0]):
        with pytest.raises(InputError, match="get the model again"):
            unpack(damaged, (20, 4, 4, 3))


def test_a_slice_that_is_remembered_is_found_again_and_scores_least():
    model = memory_small.model()
    for row in range(REMEMBERED):
        assert model.bank.resembling(model.coder(memory_small.slices())[row], 1)[0] == row
    known, strange = memory_small.slices()[:1], memory_small.slices()[:1].clone()
    strange[:, :, 8:16, 8:16] = 1.0
    whole = explain(model, torch.cat([known, strange])[:, 0].numpy())
    heat = whole[1].anomaly
    assert heat.max() > 1.5 * whole[0].anomaly.max()
    row, col = np.unravel_index(heat.argmax(), heat.shape)
    assert 4 <= row < 20
    assert 4 <= col < 20


def test_where_normals_are_alike_a_distance_counts_for_more():
    bank = memory_small.model().bank
    bank.apart[0], bank.apart[1] = 0, 40
    squared = np.full((bank.codes.shape[1],) * 2, 90_000, np.int32)
    rows, cols = np.indices(squared.shape)
    alike, unlike = (bank.odd(squared, np.stack([np.full_like(rows, row), rows, cols], -1)) for row in (0, 1))
    np.testing.assert_allclose(alike, bank.distance(squared), rtol=1e-6)
    np.testing.assert_allclose(alike - unlike, 0.5 * 40 * float(bank.step) / 4, rtol=1e-5)


def test_scores_are_averaged_over_neighbouring_places():
    bank = memory_small.model().bank
    bank.apart.zero_()
    squared = np.zeros(bank.codes.shape[1:3], np.int32)
    squared[4, 4] = 10_000
    where = np.zeros((*squared.shape, 3), np.int32)
    odd = bank.odd(squared, where)
    np.testing.assert_allclose(odd.sum(), bank.distance(squared).sum(), rtol=1e-3)
    assert odd.argmax() == np.ravel_multi_index((4, 4), odd.shape)
    assert 0.2 < odd.max() / bank.distance(squared).max() < 0.5


def test_a_memory_made_before_scores_by_distance_alone(tmp_path):
    model = memory_small.model()
    for name in ("share", "smooth"):
        del model.card.architecture[name]
    tensors = {name: value for name, value in model.tensors().items() if not name.endswith("packed_apart")}
    _, bank = build(model.card, tensors)
    assert (bank.share, bank.smooth, int(bank.apart.max())) == (0, 0, 0)
    squared = np.full(bank.codes.shape[1:3], 90_000, np.int32)
    np.testing.assert_array_equal(bank.odd(squared, np.zeros((*squared.shape, 3), np.int32)), bank.distance(squared))


def test_what_a_memory_knows_comes_back_from_its_file():
    model = memory_small.model()
    _, bank = build(model.card, model.tensors())
    assert (bank.share, bank.smooth) == (0.5, 0.7)
    for name, value in model.bank.state_dict().items():
        torch.testing.assert_close(bank.state_dict()[name], value)


def no_numbers_apart(model):
    held = model.tensors
    model.tensors = lambda: held() | {"bank.packed_apart": torch.zeros(3)}


def broken(**changes):
    def change(model):
        model.card.architecture.update(changes)

    return change


def no_step(model):
    model.bank.step.fill_(0.0)


def wrong_numbers(model):
    model.bank.usual = model.bank.usual.double()


def upside_down(model):
    model.bank.common.fill_(9.0)


@pytest.mark.parametrize(
    "change",
    [
        broken(side=63),
        broken(side=1 << 20),
        broken(side="64"),
        broken(components=7),
        broken(remembered=0),
        broken(remembered=None),
        broken(remembered=1 << 40),
        broken(intensity=None),
        broken(share=True),
        broken(smooth=float("nan")),
        broken(smooth=-1),
        no_numbers_apart,
        broken(candidates=True),
        no_step,
        wrong_numbers,
        upside_down,
    ],
)
def test_a_file_that_does_not_fit_its_card_is_refused_in_a_sentence(change, tmp_path):
    model = memory_small.model()
    change(model)
    path = tmp_path / "broken.safetensors"
    save_model(path, {name: value.contiguous() for name, value in model.tensors().items()}, model.card)
    with pytest.raises(InputError, match=r"get the model again\."):
        load_model(path)
