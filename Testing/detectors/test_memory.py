"""The memory of normal slices: its codes, its search, and models that do not fit together."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import memory_small
from detectors.memory_small import PARTS, REMEMBERED
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.memory import search
from GANAnomalyLib.detectors.memory.bank import FINE, Bank
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.store import save_model


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(2, 5), st.integers(0, 1000))
def test_the_compiled_search_and_the_plain_one_are_one(parts, count, places, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 50, (places, places, parts, 256)).astype(np.int32)
    memory = rng.integers(0, 256, (count, places, places, parts)).astype(np.uint8)
    rows = rng.permutation(count)
    found = search.nearest(table, memory, rows)
    distance, where = np.empty_like(found[0]), np.empty_like(found[1])
    search._in_numpy(table, memory, rows, distance, where)
    np.testing.assert_array_equal(found[0], distance)
    np.testing.assert_array_equal(found[1], where)
    # Each distance is that of the place which is named for it.
    for y, x in np.ndindex(distance.shape):
        row, v, u = where[y, x]
        assert max(abs(v - y), abs(u - x)) <= search.REACH
        assert distance[y, x] == table[y, x, range(parts), memory[row, v, u]].sum()


def test_the_search_works_without_numba(monkeypatch):
    monkeypatch.setattr(search, "kernel", lambda: None)
    table = np.arange(2 * 2 * 1 * 256, dtype=np.int32).reshape(2, 2, 1, 256)
    distance, where = search.nearest(table, np.full((1, 2, 2, 1), 3, np.uint8), np.array([0]))
    np.testing.assert_array_equal(distance, table[..., 0, 3])
    assert (where[..., 0] == 0).all()


def test_codes_are_remembered_nearly_as_they_were():
    codes = torch.randn(4000, 10, generator=torch.Generator().manual_seed(0)) * torch.linspace(3, 0.1, 10)
    bank = Bank(1, 1, 10, 4)
    bank.learn(codes, 0)
    kept = bank.kept(codes.view(40, 10, 10, 10))
    again = bank.remembered(kept).view(-1, 10)
    assert ((again - codes) ** 2).sum() < 0.1 * ((codes - codes.mean(0)) ** 2).sum()
    # The table adds up to the squared distance to what is remembered.
    table = bank.table(codes[:5])
    parts = np.arange(4)
    told = np.array([table[n, parts, kept.view(-1, 4)[n].numpy()].sum() for n in range(5)]) / FINE
    np.testing.assert_allclose(told, ((codes - again)[:5] ** 2).sum(1), atol=1e-3)


def test_every_number_of_a_code_has_its_place_in_one_part():
    bank = Bank(1, 1, 10, 4)
    bank.learn(torch.randn(500, 10), 0)
    dealt = bank.order.flatten()
    assert sorted(dealt[dealt >= 0].tolist()) == list(range(10))


def test_fewer_codes_than_centres_suffice():
    bank = Bank(1, 1, 6, 3)
    codes = torch.randn(30, 6)
    bank.learn(codes, 0)
    np.testing.assert_allclose(bank.remembered(bank.kept(codes[None, None]))[0, 0], codes, atol=1e-5)


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


def broken(**changes):
    def change(model):
        model.card.architecture.update(changes)

    return change


def no_codes(model):
    model.bank.codes = model.bank.codes[:0]


def wrong_places(model):
    model.bank.codes = model.bank.codes[:, :4]


def wrong_order(model):
    model.bank.order[0, 0] = 99


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
        broken(parts=0),
        broken(parts=PARTS + 1),
        broken(intensity=None),
        broken(candidates=True),
        no_codes,
        wrong_places,
        wrong_order,
        wrong_numbers,
        upside_down,
    ],
)
def test_a_file_that_does_not_fit_its_card_is_refused_in_a_sentence(change, tmp_path):
    model = memory_small.model()
    change(model)
    path = tmp_path / "broken.safetensors"
    save_model(path, {name: value.contiguous() for name, value in model.tensors().items()}, model.card)
    with pytest.raises(InputError, match=r"(does not describe its memory|not those its card describes).*\."):
        load_model(path)
