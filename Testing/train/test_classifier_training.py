"""Classifiers from labelled sets: what they learn, from what, where they begin, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from analysis import small
from click.testing import CliRunner
from evaluate.quality_sets import need_torchvision
from train import classifier_small
from train.classifier_small import CLASSES, SIDE, write_folders, write_set

from GANAnomalyLab.train.classifier.first_weights import take_first_weights
from GANAnomalyLab.train.classifier.settings import RECIPES
from GANAnomalyLab.train.classifier.views import Views
from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.loop.train_on_images import read_images, train
from GANAnomalyLab.train.memory.trainer import published_weights
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.classifiers.architecture import ClassifierArchitecture
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.classifiers.network import build
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress

KIND = find_trainer("classifier")


def settings(tmp_path: Path, **changes):
    return KIND.settings.read({**classifier_small.SETTINGS, "out": str(tmp_path / "run"), **changes})


def images_of(made, tmp_path, say=lambda sentence: None):
    return read_images(made, tmp_path / "store", no_progress, CancelToken(), say)


@pytest.fixture
def data(tmp_path):
    return str(write_set(tmp_path / "set", 48))


def test_it_learns_and_says_how_well(tmp_path, data):
    asked = settings(tmp_path, data=data, epochs=12, flip=0.0, rotation=0.0, crop=1.0)
    path = train(KIND, asked)
    card = ModelCard.read(path.with_suffix(".json"))
    told = card.results["held_out"]
    assert told["auroc"] > 0.9
    assert told["images"] == {"disc": 6, "ring": 6}
    assert card.training["classes"] == {"disc": 18, "ring": 18}
    assert card.architecture["classes"] == list(CLASSES)
    assert len(told["auroc_interval"]) == 2
    model = load_classifier(path)
    # What the card says is what the file does.
    _, held_out = images_of(asked, tmp_path)
    found = model.probabilities(torch.from_numpy(held_out.batch(np.arange(len(held_out)))))
    truth = torch.from_numpy(held_out.labels.argmax(1))
    assert (found.argmax(1) == truth).float().mean().item() == pytest.approx(told["accuracy"], abs=1e-4)
    assert list((tmp_path / "run" / "samples").iterdir())
    assert any("held_out_auroc" in row for row in read_log(tmp_path / "run" / "log.jsonl"))


def test_training_ends_where_nothing_gets_better_and_keeps_the_best(tmp_path, data):
    train(KIND, settings(tmp_path, data=data, epochs=60, learning_rate=1e-9, patience=2, judged_by="loss", wait=0))
    rows = [row for row in read_log(tmp_path / "run" / "log.jsonl") if "held_out_loss" in row]
    card = ModelCard.read(next((tmp_path / "run").glob("snapshot-*.json")))
    assert len(rows) < 60
    best = min(rows, key=lambda row: row["held_out_loss"])
    assert card.training["best_step"] == best["step"]
    assert card.results["held_out"]["loss"] == pytest.approx(best["held_out_loss"], abs=1e-3)


def test_the_rate_falls_where_nothing_gets_better(tmp_path, data):
    made = settings(tmp_path, data=data, epochs=6, learning_rate=0.3, patience=0, wait=0, judged_by="loss")
    train(KIND, made)
    state = torch.load(next((tmp_path / "run").glob("state-*.pt")), weights_only=True)
    (rate,) = {group["lr"] for group in state["optimisers"]["main"]["param_groups"]}
    times = round(np.log(rate / 0.3) / np.log(0.2))
    assert times >= 1
    assert rate == pytest.approx(0.3 * 0.2**times)


def test_recipes_are_the_published_ones(tmp_path):
    """Of the skin lesions' EfficientNet-B2 and SpineGAN's DenseNet-121, as their descriptions give them."""
    b2, dense = (KIND.settings.read({"network": name, "out": "x"}) for name in ("efficientnet_b2", "densenet121"))
    assert (b2.side, b2.rotation, b2.flip, b2.flip_vertical, b2.learning_rate, b2.batch) == (
        256,
        30,
        0.5,
        0.5,
        5e-4,
        32,
    )
    assert (b2.reduce, b2.patience, b2.held_out, b2.judged_by, b2.epochs) == (0.2, 3, 0.2, "accuracy", 30)
    assert (dense.side, dense.flip, dense.rotation, dense.crop, dense.learning_rate) == (224, 0.3, 5, 0.8, 1e-3)
    assert dense.class_weights
    assert dense.flip_vertical == 0
    assert KIND.settings.read({"network": "densenet121", "flip": 0.1, "out": "x"}).flip == 0.1
    assert set(RECIPES) == {"small", "lite0", "efficientnet_b2", "densenet121", "resnet50"}


def test_views_are_flips_turns_and_parts():
    pictures = torch.rand(4, 3, 8, 8)
    torch.testing.assert_close(Views(0, 0, 0, 1).of(pictures), pictures)
    torch.testing.assert_close(Views(1, 0, 0, 1).of(pictures), pictures.flip(3))
    torch.testing.assert_close(Views(0, 1, 0, 1).of(pictures), pictures.flip(2))
    ramp = torch.linspace(-1, 1, 32).expand(1, 1, 32, 32).repeat(64, 1, 1, 1)
    part = Views(0, 0, 0, 0.25).of(ramp)
    assert (part.amax((1, 2, 3)) - part.amin((1, 2, 3))).min() >= 0.9  # at least half of the width
    assert 1.0 < (part.amax((1, 2, 3)) - part.amin((1, 2, 3))).mean() < 1.95
    turned = Views(0, 0, 30, 1).of(ramp)[:, 0, 10:22, 10:22]
    angle = torch.rad2deg(torch.atan2(turned.diff(dim=1).mean((1, 2)), turned.diff(dim=2).mean((1, 2))))
    assert angle.abs().max() <= 30.5
    assert angle.max() > 15
    assert angle.min() < -15


def test_lite0_begins_from_its_imagenet_weights(tmp_path):
    made = settings(tmp_path, network="lite0", width=16, side=32)
    task = KIND.task(made, classifier_small.image_set(8), None, "cpu", Team())
    first = published_weights()
    body = task.networks["network"].body.state_dict()
    assert all(torch.equal(body[name], value.float()) for name, value in first.items())


def test_torchvisions_weights_come_from_a_file(tmp_path):
    """Published DenseNets call their layers otherwise than torchvision does today."""
    need_torchvision()
    import torchvision

    own = torchvision.models.densenet121().state_dict()
    published = {re.sub(r"(denselayer\d+\.\w+)([12])\.", r"\1.\2.", name): value for name, value in own.items()}
    assert set(published) != set(own)
    torch.save(published, tmp_path / "densenet.pth")
    made = settings(tmp_path, network="densenet121", side=32, weights=str(tmp_path / "densenet.pth"))
    network, said = build(ClassifierArchitecture("densenet121", ("a", "b"), 32)), []
    last = network.body.classifier.weight.clone()
    take_first_weights(network, made, said.append)
    taken = network.body.state_dict()
    assert all(torch.equal(taken[name], value) for name, value in own.items() if not name.startswith("classifier."))
    assert torch.equal(network.body.classifier.weight, last)  # of other classes
    assert any("SHA-256" in sentence for sentence in said)
    torch.save({"classifier.weight": torch.zeros(2, 2)}, tmp_path / "densenet.pth")
    with pytest.raises(InputError, match="does not hold the weights of DenseNet-121"):
        KIND.task(made, classifier_small.image_set(8), None, "cpu", Team())


def test_synthetic_images_join_what_is_learnt_and_nothing_that_is_held_out(tmp_path, data):
    folders = write_folders(tmp_path / "synthetic", {"0": 12, "ring": 20})
    asked = settings(tmp_path, data=data, synthetic=(0.004, 0.015), synthetic_from=str(folders))
    learnt, held_out = images_of(asked, tmp_path)
    real, same = images_of(settings(tmp_path, data=data), tmp_path)
    assert learnt.labels.sum(0).tolist() == (real.labels.sum(0) + np.array([4, 15])).tolist()
    assert held_out.mark() == same.mark()
    alone, _ = images_of(
        settings(tmp_path, data=data, synthetic=(0.004, 0.015), synthetic_from=str(folders), only_synthetic=True),
        tmp_path,
    )
    assert alone.labels.sum(0).tolist() == [4, 15]
    assert alone.label_names == list(CLASSES)
    assert not set(alone.hashes) & set(real.hashes)


def test_synthetic_images_of_a_conditional_model(tmp_path):
    names = ("one", "two", "three")
    folder = write_set(tmp_path / "set", 24, names=names)
    content = json.loads((folder / "dataset.json").read_text())
    content["labels"] = [[name, number % 3] for number, (name, _) in enumerate(content["labels"])]
    (folder / "dataset.json").write_text(json.dumps(content))
    models = small.write_models(tmp_path / "models")
    asked = settings(
        tmp_path, data=str(folder), synthetic=(0.003, 0, 0.002), synthetic_from=str(models / "rgb.safetensors")
    )
    learnt, _ = images_of(asked, tmp_path)
    real, _ = images_of(settings(tmp_path, data=str(folder)), tmp_path)
    assert (learnt.labels.sum(0) - real.labels.sum(0)).tolist() == [3, 0, 2]
    again, _ = images_of(asked, tmp_path)
    assert again.mark() == learnt.mark()
    shown = learnt.batch(np.arange(len(real), len(learnt)))
    assert shown.shape == (5, 3, SIDE, SIDE)
    assert shown.std() > 0.05
    with pytest.raises(InputError, match="has no classes and the images have 3"):
        images_of(
            settings(tmp_path, data=str(folder), synthetic=(1, 1, 1), synthetic_from=str(models / "full.safetensors")),
            tmp_path,
        )


REFUSED = {
    "no more numbers than classes": ({"synthetic": (1.0,)}, r"gives 1 numbers and there are 2 classes \(disc, ring\)"),
    "fewer than asked for": ({"synthetic": (1.0, 0.001)}, "holds 6 images of the class disc and 1,000 were asked for"),
    "other classes": ({"names": ("disc", "square")}, "of the class 'square', and the real ones of disc, ring"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_synthetic_images_that_cannot_be_used(tmp_path, data, case):
    changes, said = REFUSED[case]
    changes = dict(changes)
    names = changes.pop("names", CLASSES)
    folders = write_folders(tmp_path / "synthetic", dict.fromkeys(names, 6))
    made = settings(tmp_path, data=data, synthetic_from=str(folders), **{"synthetic": (0.001, 0.001), **changes})
    with pytest.raises(InputError, match=said):
        images_of(made, tmp_path)


def test_more_images_than_the_disk_has_room_for(tmp_path, data, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 0, 10**6))
    folders = write_folders(tmp_path / "synthetic", {"disc": 2, "ring": 2})
    made = settings(tmp_path, data=data, synthetic=(500.0, 1.0), synthetic_from=str(folders))
    with pytest.raises(InputError, match=r"501,000 synthetic images take 0\.4 GB and the disk has 0\.0 GB free"):
        images_of(made, tmp_path)
    assert not list((tmp_path / "store").glob("*.part"))


def test_classes_that_cannot_be_learnt(tmp_path):
    one = write_set(tmp_path / "one", 8)
    content = json.loads((one / "dataset.json").read_text())
    for labels, names, said in (
        ([0] * 8, ["disc", "ring"], r"All images are of one class \(disc\)"),
        ([0, 2] * 4, ["a", "b", "c"], "No images are of the class b"),
        ([[0.5, 0.2]] * 8, ["a", "b"], "of one class|lists of numbers"),
    ):
        content["labels"] = [[name, label] for (name, _), label in zip(content["labels"], labels, strict=True)]
        content["label_names"] = names
        (one / "dataset.json").write_text(json.dumps(content))
        with pytest.raises(InputError, match=said):
            train(KIND, settings(tmp_path, data=str(one)))
    (one / "dataset.json").unlink()
    with pytest.raises(InputError, match="add one, name a CSV"):
        train(KIND, settings(tmp_path, data=str(one)))
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"synthetic": (1.0, 1.0)}, "need both --synthetic"),
        ({"only_synthetic": True}, "no synthetic images to learn from"),
        ({"weights": "x.pth"}, "takes no weights of torchvision"),
        ({"held_out": 0.0}, "only end early by what is held out"),
        ({"batch": 8, "gpus": 2}, "trained by one process"),
    ],
)
def test_settings_that_contradict_each_other(tmp_path, data, changes, said):
    with pytest.raises(InputError, match=said):
        train(KIND, settings(tmp_path, data=data, **changes))


def test_thousands_must_be_numbers(tmp_path):
    with pytest.raises(InputError, match="thousands of each class"):
        settings(tmp_path, synthetic=(0.0, 0.0), synthetic_from="x")


def test_the_command(tmp_path, data):
    options = ["--epochs", "1", "--batch", "8", "--width", "4", "--side", "16", "--held-out", "0.25", "--json"]
    done = CliRunner().invoke(app, ["train", "classifier", "--data", data, "--out", str(tmp_path / "run"), *options])
    assert done.exit_code == 0, done.output
    model = Path(json.loads(done.stdout)["model"])
    assert str(tmp_path) not in model.with_suffix(".json").read_text()
    assert load_classifier(model).classes == CLASSES
    assert load_classifier(model).architecture.fit == "pad"
    wrong = CliRunner().invoke(app, ["train", "classifier", "--data", data, "--synthetic", "0,x", "--out", "y"])
    assert wrong.exit_code == 2
    assert "--synthetic" in wrong.output


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_a_graphics_card_learns_as_well(tmp_path, data, card, precision):
    plain = {"epochs": 12, "flip": 0.0, "rotation": 0.0, "crop": 1.0}
    asked = settings(tmp_path, data=data, device=card, precision=precision, **plain)
    path = train(KIND, asked)
    assert ModelCard.read(path.with_suffix(".json")).results["held_out"]["auroc"] > 0.9
    pictures = torch.from_numpy(classifier_small.image_set(4).batch(np.arange(4)))
    on_card, on_processor = (load_classifier(path, device) for device in (card, "cpu"))
    torch.testing.assert_close(
        on_card.probabilities(pictures).cpu(), on_processor.probabilities(pictures), atol=1e-3, rtol=0
    )
    seen = on_card.looked_at(pictures, torch.zeros(4, dtype=torch.long))
    assert 0 <= seen.min() <= seen.max() <= 1
