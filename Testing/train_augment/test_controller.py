"""How r moves p: numbers by hand."""

from __future__ import annotations

import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.train.augment import PIPELINES, AdaController, AugmentPipe
from GANAnomalyLib.errors import InputError


def controller(p: float = 0.0, **settings: float) -> AdaController:
    pipe = AugmentPipe(PIPELINES["bgc"])
    pipe.p.fill_(p)
    return AdaController(pipe, **settings)


def test_r_is_the_mean_sign_since_the_last_update():
    ada = controller()
    ada.observe(torch.tensor([3.0, 0.2, -1.0, 7.0]))
    ada.observe(torch.tensor([[-0.5], [0.0], [9.0], [1.0]]))
    assert ada.sums.tolist() == [3.0, 8.0]  # 5 above 0, 2 below, 1 at 0
    assert ada.update(4) == 3 / 8
    assert ada.r == 3 / 8
    ada.observe(torch.tensor([-1.0, -1.0]))
    assert ada.update(4) == -1.0


def test_p_rises_by_the_published_step():
    ada = controller()
    ada.observe(torch.ones(64))
    ada.update(64)
    assert float(ada.pipe.p) == pytest.approx(64 * 4 / 500_000)
    ada.observe(torch.ones(64))
    ada.update(64)
    assert float(ada.pipe.p) == pytest.approx(2 * 64 * 4 / 500_000)


def test_p_falls_by_the_same_step_and_stops_at_0():
    ada = controller(p=0.0011)
    for expected in (0.0011 - 0.001024, 0.0, 0.0):
        ada.observe(torch.tensor([1.0] * 7 + [-1.0] * 3))  # r = 0.4
        ada.update(128)
        assert float(ada.pipe.p) == pytest.approx(expected, abs=1e-7)


def test_at_the_target_p_stays():
    ada = controller(p=0.5, target=0.5)
    ada.observe(torch.tensor([1.0, 1.0, 1.0, -1.0]))
    ada.update(64)
    assert float(ada.pipe.p) == 0.5


def test_settings_are_followed():
    ada = controller(p=0.5, target=0.2, interval=10, kimg=100)
    ada.observe(torch.tensor([1.0, 0.0]))
    ada.update(32)
    assert float(ada.pipe.p) == pytest.approx(0.5 + 32 * 10 / 100_000)


def test_half_a_million_images_take_p_from_0_to_1():
    ada = controller()
    for _ in range(500_000 // (500 * 4)):
        ada.observe(torch.ones(8))
        ada.update(500)
    assert float(ada.pipe.p) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("logits", [None, torch.empty(0), torch.tensor([1.0, float("nan")])])
def test_without_a_usable_r_p_stays(logits):
    ada = controller(p=0.3)
    if logits is not None:
        ada.observe(logits)
    ada.update(64)
    assert float(ada.pipe.p) == pytest.approx(0.3)
    ada.observe(torch.ones(4))
    assert ada.update(64) == 1.0


def test_half_precision_logits_are_counted_exactly():
    ada = controller()
    for _ in range(50):
        ada.observe(torch.ones(101, dtype=torch.float16))
    assert ada.sums.tolist() == [5050.0, 5050.0]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=40), st.data())
def test_two_processes_that_add_their_sums_move_p_as_one(logits, data):
    cut = data.draw(st.integers(0, len(logits)))
    whole, first, second = controller(0.4), controller(0.4), controller(0.4)
    whole.observe(torch.tensor(logits))
    first.observe(torch.tensor(logits[:cut]))
    second.observe(torch.tensor(logits[cut:]))
    total = first.sums + second.sums
    for ada in (first, second):
        ada.sums.copy_(total)
    assert whole.update(16) == first.update(16) == second.update(16)
    assert torch.equal(whole.pipe.p, first.pipe.p)
    assert torch.equal(whole.pipe.p, second.pipe.p)


def test_it_goes_on_in_the_middle_of_an_interval():
    ada = controller(p=0.2)
    ada.observe(torch.tensor([1.0, -1.0, -1.0]))
    ada.update(8)
    ada.observe(torch.tensor([1.0, 1.0]))
    kept = io.BytesIO()
    torch.save({"ada": ada.state_dict(), "pipe": ada.pipe.state_dict()}, kept)
    kept.seek(0)
    state = torch.load(kept, weights_only=True)
    other = controller()
    other.pipe.load_state_dict(state["pipe"])
    other.load_state_dict(state["ada"])
    assert other.r == ada.r
    for one in (ada, other):
        one.observe(torch.tensor([-1.0]))
        one.update(8)
    assert other.r == ada.r == 1 / 3
    assert torch.equal(other.pipe.p, ada.pipe.p)


def test_observing_keeps_no_graph():
    ada = controller()
    logits = torch.ones(4, requires_grad=True)
    ada.observe(logits * 2)
    assert not ada.sums.requires_grad


@pytest.mark.parametrize(("setting", "value"), [("target", 1.5), ("interval", 0), ("kimg", 0), ("kimg", -1)])
def test_impossible_settings_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        controller(**{setting: value})
