"""The domain-relevant loss: cross entropy of a frozen classifier, in the labels' order, and it moves the generator."""

from __future__ import annotations

import json
import math

import pytest
import torch
from classifiers.small_classifier import write_classifier
from torch import nn
from torch.nn import functional
from train.stylegan2_small import config, image_set, means, options

from GANAnomalyLab.train.loop.reals import Reals
from GANAnomalyLab.train.stylegan2.domain_loss import DomainLoss, load_domain_loss
from GANAnomalyLab.train.stylegan2.stylegan2_trainer import Trainer
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.errors import InputError

CPU = torch.device("cpu")


class Bright(nn.Module):
    """One number: how much brighter than a threshold the red channel is."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 40 * images[:, :1].mean((1, 2, 3))[:, None]


def script(path):
    torch.jit.script(Bright()).save(str(path))
    return path


def one_hot(*classes: int) -> torch.Tensor:
    return torch.eye(2)[list(classes)]


def test_it_is_the_cross_entropy_of_what_the_classifier_says_in_the_labels_order(tmp_path):
    path = write_classifier(tmp_path / "c.safetensors", ("sick", "well"))
    images, labels = torch.rand(3, 1, 16, 16) * 2 - 1, one_hot(0, 1, 1)
    straight, crossed = (load_domain_loss(str(path), names, CPU) for names in (["sick", "well"], ["well", "sick"]))
    torch.testing.assert_close(crossed.losses(images, labels.flip(1)), straight.losses(images, labels))
    logits = straight.logits(images)
    wanted = functional.cross_entropy(logits, labels.argmax(1), reduction="none")
    torch.testing.assert_close(straight.losses(images, labels), wanted)


def test_one_number_counts_for_class_one(tmp_path):
    found = load_domain_loss(str(script(tmp_path / "bright.ts")), ["0", "1"], CPU)
    dark, bright = torch.full((1, 1, 16, 16), -0.8), torch.full((1, 1, 16, 16), 0.8)
    losses = found.losses(torch.cat([dark, bright, dark]), one_hot(0, 1, 1))
    assert losses[0] < 0.01
    assert losses[1] < 0.01
    assert losses[2] > 5


def test_as_published_it_sees_the_middle_and_the_wrong_range():
    class Seen(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.images = images
            return images.mean((2, 3))[:, :2]

    judge = Seen()
    picture = torch.zeros(1, 1, 32, 32)
    DomainLoss(judge, [0, 1]).logits(picture)
    assert judge.images.shape == (1, 3, 32, 32)
    assert judge.images[0, 0].mean().item() == pytest.approx((0.5 - 0.485) / 0.229, abs=1e-5)
    DomainLoss(judge, [0, 1], as_published=True).logits(picture)
    assert judge.images.shape == (1, 3, 28, 28)
    assert judge.images[0, 0].mean().item() == pytest.approx(-0.485 / 0.229, abs=1e-5)


def trainer(domain, **changes) -> Trainer:
    images = image_set(classes=2)
    chosen = config(2, cond=True, **changes)
    return Trainer(chosen, Reals(images, chosen.batch, chosen.seed, True), "cpu", domain=domain)


def test_the_generator_follows_it_and_the_classifier_does_not_change(tmp_path):
    """With nothing else to please, images of class 1 become brighter than those of class 0."""
    domain = load_domain_loss(str(script(tmp_path / "bright.ts")), ["0", "1"], CPU)
    asked = {"aug": "noaug", "lr": 0.01, "style_mixing": 0.0, "domain_loss": "bright.ts", "domain_weight": 50.0}
    made = trainer(domain, **asked)
    first = means(made.step())["domain_loss"]
    for _ in range(25):
        last = means(made.step())["domain_loss"]
    assert last < 0.7 * first
    with torch.no_grad():
        noise = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))
        light = [made.networks.G(noise, one_hot(*[label] * 32)).mean().item() for label in (0, 1)]
    assert light[1] > light[0] + 0.02


def test_a_run_with_it_tells_it_and_its_card_knows(tmp_path):
    path = write_classifier(tmp_path / "c.safetensors", ("0", "1"), channels=1)
    asked = {"cond": True, "domain_loss": str(path), "domain_weight": 0.2}
    folder = train(options(tmp_path / "runs", **asked), images=image_set(classes=2))
    assert "domain" in folder.name
    rows = [json.loads(line) for line in (folder / "stats.jsonl").read_text().splitlines()]
    assert all(row["domain_loss"] > 0 for row in rows)
    card = json.loads(next(folder.glob("snapshot-*.json")).read_text())
    assert card["training"]["domain_weight"] == 0.2


def test_what_the_classifier_does_not_see_changes_nothing():
    """Its loss is told, and moves the generator only where it depends on the image."""

    class Undecided(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(images), 2)

    plain, judged = trainer(None), trainer(DomainLoss(Undecided(), [0, 1]), domain_loss="c.ts", domain_weight=5.0)
    assert plain.config.domain_weight == 0
    for _ in range(2):
        without, found = means(plain.step()), means(judged.step())
        assert found.pop("domain_loss") == pytest.approx(math.log(2))
        assert found == without


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"domain_weight": 0.5}, "belong to --domain-loss"),
        ({"domain_as_published": True}, "belong to --domain-loss"),
        ({"domain_loss": "c.ts"}, "add --cond"),
    ],
)
def test_options_that_do_not_fit_are_said(change, words):
    with pytest.raises(InputError, match=words):
        options(**change).check()


def test_a_classifier_that_does_not_fit_is_said(tmp_path):
    path = write_classifier(tmp_path / "c.safetensors", ("sick", "well"))
    with pytest.raises(InputError, match=r"tells sick, well apart, and the training images are 0, 1"):
        load_domain_loss(str(path), ["0", "1"], CPU)
    with pytest.raises(InputError, match=r"no classifier gone\.ts"):
        load_domain_loss(str(tmp_path / "gone.ts"), ["0", "1"], CPU)
    (tmp_path / "bad.ts").write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match="cannot be read as TorchScript"):
        load_domain_loss(str(tmp_path / "bad.ts"), ["0", "1"], CPU)
    three = load_domain_loss(str(script(tmp_path / "b.ts")), ["0", "1", "2"], CPU)
    with pytest.raises(InputError, match="tells 2 classes apart, and the images have 3"):
        three.logits(torch.zeros(1, 1, 16, 16))
