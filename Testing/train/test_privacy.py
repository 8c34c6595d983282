"""Private training: nobody's share is longer than the bound, the noise is what was asked for, the account is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn
from train.stylegan2_small import config, image_set, means, options, trainer

from GANAnomalyLab.train.loop.reals import Reals
from GANAnomalyLab.train.privacy.private_gradients import add_noise, clipped_sum, disturb
from GANAnomalyLab.train.stylegan2.private_plan import card_facts, last_step, private, spent
from GANAnomalyLab.train.stylegan2.stylegan2_plan import make_plan
from GANAnomalyLab.train.stylegan2.stylegan2_trainer import Trainer
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.errors import InputError

DP = {"privacy": "dp", "noise": 1.5, "clip": 0.5, "aug": "noaug"}


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return nn.Sequential(nn.Conv2d(1, 3, 3), nn.LeakyReLU(), nn.Flatten(), nn.Linear(3 * 36, 1))


def squared(judge, image, label):
    return judge(image).square()[0, 0] * (1.0 if label is None else label[0, 0])


@pytest.mark.parametrize("at_once", [2, 16])
def test_each_images_gradient_is_cut_to_the_bound(at_once):
    random = torch.Generator().manual_seed(4)
    judge, images = network(), torch.randn(5, 1, 8, 8, generator=random)
    labels = torch.linspace(0.1, 1, 5)[:, None]
    wanted = {name: torch.zeros_like(value) for name, value in judge.named_parameters()}
    lengths = []
    for image, label in zip(images, labels, strict=True):
        judge.zero_grad()
        (judge(image[None]).square()[0, 0] * label[0]).backward()
        length = torch.cat([one.grad.flatten() for one in judge.parameters()]).norm()
        lengths.append(length)
        for name, one in judge.named_parameters():
            wanted[name] += one.grad * min(1.0, 2 / float(length))
    assert min(lengths) < 2 < max(lengths)
    found, told = clipped_sum(judge, squared, images, labels, 2.0, at_once)
    torch.testing.assert_close(told, torch.stack(lengths))
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value)


def test_no_image_gives_no_gradient_and_what_is_frozen_has_none():
    judge = network()
    judge[0].requires_grad_(False)
    found, lengths = clipped_sum(judge, squared, torch.zeros(0, 1, 8, 8), None, 1.0)
    assert sorted(found) == ["3.bias", "3.weight"]
    assert all(not value.any() for value in found.values())
    assert len(lengths) == 0


def test_noise_has_its_deviation():
    gradients = {"a": torch.zeros(40_000)}
    add_noise(gradients, 0.7, torch.Generator().manual_seed(1))
    assert gradients["a"].std().item() == pytest.approx(0.7, rel=0.02)
    assert gradients["a"].mean().item() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(("noise", "clip"), [(0.02, 0.0), (0.0, 1.5), (0.02, 1.5)])
def test_as_published_noise_comes_first_and_the_whole_is_cut(noise, clip):
    ones = [nn.Parameter(torch.zeros(30, 30)), nn.Parameter(torch.zeros(5))]
    for one in ones:
        one.grad = torch.ones_like(one)
    disturb(ones, noise, clip, torch.Generator().manual_seed(0))
    whole = torch.cat([one.grad.flatten() for one in ones])
    length = 905**0.5
    assert whole.norm().item() == pytest.approx(clip or length, rel=1e-2)
    assert (whole.std().item() > 0.005 * (clip or length) / length) == bool(noise)


def made(patients: int = 24, seed: int = 0, **changes) -> Trainer:
    images = image_set(24, patients=np.arange(24) % patients)
    asked = options(**{**DP, **changes})
    chosen = private(config(images.classes, **{**DP, **changes}), asked, patients)
    with torch.random.fork_rng():
        return Trainer(chosen, Reals(images, chosen.batch, chosen.seed), "cpu")


def test_patients_are_drawn_on_their_own_and_give_one_image_each():
    one = made(12, batch=6).private
    drawn = [one.draw(number) for number in range(400)]
    patients = [np.sort(places % 12) for places in drawn]
    assert all(len(set(who)) == len(who) for who in patients)
    counts = np.bincount(np.concatenate(patients), minlength=12) / 400
    assert one.config.sample_rate == 0.5
    assert np.abs(counts - 0.5).max() < 0.12
    assert {len(who) for who in patients} >= {4, 5, 6, 7, 8}
    assert set(np.concatenate(drawn).tolist()) == set(range(24))


def test_what_hides_people_does_not_follow_from_the_seed():
    first, second = made(), made()
    assert first.private.secret != second.private.secret
    second.private.load_state(first.private.state())
    for one in (first, second):
        one.step()
    for (name, one), other in zip(first.networks.D.named_parameters(), second.networks.D.parameters(), strict=True):
        torch.testing.assert_close(one, other, msg=name)


def test_how_real_images_are_augmented_does_not_follow_from_the_seed(monkeypatch):
    """Else one patient more, which changes it for everybody, would have a share without a bound."""
    shown: list[torch.Tensor] = []

    def kept(network, loss, images, *rest):
        shown.append(images)
        return clipped_sum(network, loss, images, *rest)

    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.private_steps.clipped_sum", kept)
    trainings = [made(batch=24, aug="fixed", p=0.8) for _ in range(3)]
    trainings[1].private.load_state(trainings[0].private.state())
    for one in trainings:
        one.step()
    assert all(len(images) == 24 for images in shown), "everybody is drawn, in the same order"
    assert torch.equal(shown[0], shown[1])
    assert not torch.equal(shown[0], shown[2])


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_one_persons_share_of_a_step_is_bounded(gamma):
    """Gradients of two trainings that differ in one patient's image are no farther apart than the bound says."""
    one, other = made(batch=24, gamma=gamma), made(batch=24, gamma=gamma)
    other.private.secret = one.private.secret
    pixels = one.reals.images.pixels.array.copy()
    pixels[7] = 255 - pixels[7]
    other.reals.images.pixels._array = pixels
    found = []
    for made_one in (one, other):
        made_one.networks.train_only("D")
        made_one.private.add_gradients(made_one.networks.D, 0, bool(gamma), lambda images: images, {})
        found.append(torch.cat([p.grad.flatten() for p in made_one.networks.D.parameters()]))
    apart = (found[0] - found[1]).norm().item() * 24
    assert 1e-4 < apart <= 2 * 0.5 * 1.001


def test_nothing_of_real_images_is_told_unprotected():
    one = made(gamma=1.0)
    told = means(one.step())
    assert not any(name.startswith("real") or name == "r1_penalty" for name in told)
    assert one.networks.D.b4.group == 0
    assert one.pipe is None


def test_epsilon_is_opacus_own():
    pytest.importorskip("opacus")
    from opacus.accountants import RDPAccountant

    one = made(24, batch=6).config
    theirs = RDPAccountant()
    theirs.history = [(1.5, 0.25, 40)]
    assert spent(one, 40) == pytest.approx(theirs.get_epsilon(1e-5), abs=1e-6)
    assert spent(one, 0) == 0
    facts = card_facts(one, 40)["privacy"]
    assert (facts["unit"], facts["steps"], facts["delta"]) == ("patient", 40, 1e-5)


def test_training_ends_when_it_is_spent_and_goes_on_counting(tmp_path):
    pytest.importorskip("opacus")
    asked = {**DP, "batch": 4, "noise": 2.0, "target_epsilon": 3.0, "kimg": 10.0, "snap": 1, "tick": 0.04}
    images = image_set(24)
    said: list[str] = []
    folder = train(options(tmp_path, **asked), say=said.append, images=images)
    rows = [json.loads(line) for line in (folder / "stats.jsonl").read_text().splitlines()]
    spending = [row["epsilon"] for row in rows]
    assert spending == sorted(spending)
    assert 0 < spending[0] < spending[-1] <= 3.0
    steps = round(rows[-1]["kimg"] * 1000 / 4)
    fixed = private(config(**asked), options(**asked), 24)
    assert steps == last_step(fixed)
    assert spent(fixed, steps + 1) > 3.0
    card = json.loads(next(folder.glob(f"*{4 * steps // 1000:06d}.json")).read_text())
    assert card["training"]["privacy"]["epsilon"] == pytest.approx(rows[-1]["epsilon"])
    assert any("epsilon" in line for line in said)


def test_the_noise_follows_from_the_target():
    pytest.importorskip("opacus")
    asked = {"privacy": "dp", "target_epsilon": 8.0, "kimg": 0.4, "aug": "noaug"}
    chosen = private(config(**asked), options(**asked), 100)
    assert 7.9 < spent(chosen, 50) <= 8.0


def test_it_goes_on_for_some_minutes_with_the_noise_it_began_with(tmp_path):
    pytest.importorskip("opacus")
    asked = {"privacy": "dp", "target_epsilon": 8.0, "kimg": 0.008, "aug": "noaug"}
    folder = train(options(tmp_path, **asked), images=image_set(24))
    began = json.loads((folder / "options.json").read_text())["resolved"]["noise"]
    again = make_plan(options(tmp_path, **asked, minutes=1.0), folder, image_set(24))
    assert again.config.noise == began > 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"noise": 1.0}, "--noise belongs to --privacy"),
        ({"privacy": "as-published", "target_epsilon": 3.0}, "guarantees nothing that has an epsilon"),
        ({"privacy": "as-published", "noise": 0.0, "clip": 0.0}, "Neither noise nor clipping"),
        ({**DP, "clip": 0.0}, "--clip above 0"),
        ({**DP, "noise": 0.0}, "Without noise nothing is private"),
        ({"privacy": "dp"}, "needs --noise, or --target-epsilon"),
        ({"privacy": "dp", "target_epsilon": 3.0, "minutes": 5.0}, "leave --minutes out"),
        ({**DP, "encoder": "joint"}, "--encoder joint learns from every image"),
        ({**DP, "gpus": 2}, "on one device"),
        ({**DP, "metrics": "fid50k_full"}, "compares with real images"),
        ({**DP, "batch": 32}, "needs as many patients, and the data has 24"),
    ],
)
def test_what_cannot_be_private_is_said(asked, words):
    with pytest.raises(InputError, match=words):
        private(config(**asked), options(**asked), 24)


def test_a_large_delta_is_warned_of_and_as_published_is_named():
    said: list[str] = []
    private(config(**DP), options(**{**DP, "delta": 0.5}), 24, said.append)
    assert "allows giving away a patient" in said[0]
    asked = {"privacy": "as-published"}
    chosen = private(config(**asked), options(**asked), 24, said.append)
    assert (chosen.noise, chosen.clip) == (0.02, 1.5)
    assert "guarantees nothing" in said[1]
    assert card_facts(chosen, 5)["privacy"]["guarantee"] == "no guarantee"


def test_as_published_changes_what_is_learnt():
    plain, theirs = trainer(), trainer()
    theirs.config = private(theirs.config, options(privacy="as-published"), 24)
    for one in (plain, theirs):
        one.step()
    apart = [
        (a - b).abs().max() for a, b in zip(plain.networks.D.parameters(), theirs.networks.D.parameters(), strict=True)
    ]
    assert max(apart) > 0


def test_what_normals_tell_of_a_private_model_is_said():
    from GANAnomalyLab.train.export_model import _tell_unprotected
    from GANAnomalyLib.models.card import ModelCard

    card = ModelCard("private", "stylegan2", resolution=16, channels=1, architecture={})
    said: list[str] = []
    _tell_unprotected(card, 3, said.append)
    assert not said
    card.training = {"privacy": {"epsilon": 3.0}}
    _tell_unprotected(card, 3, said.append)
    assert "3 other patients, unprotected" in said[0]
    assert card.training["privacy"]["beside"] in said[0]
