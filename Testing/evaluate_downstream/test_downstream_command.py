"""``gananomaly evaluate downstream`` with real trainings of seconds: arms alike but for what they learn from."""

from __future__ import annotations

import json

import numpy as np
import pytest
from classifiers.small_classifier import write_classifier
from click.testing import CliRunner
from train.classifier_small import CLASSES, write_folders, write_set

from GANAnomalyLab.evaluate.downstream.synthetic_source import synthetic_hashes
from GANAnomalyLab.train.classifier.arms import Arm, train_arms
from GANAnomalyLab.train.classifier.settings import ClassifierSettings
from GANAnomalyLab.train.loop.train_on_images import read_run
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture(autouse=True)
def no_pictures(without_matplotlib) -> None:
    """They take longer than the trainings; test_class_evaluation.py draws them."""


def run(*arguments):
    return CliRunner().invoke(app, ["evaluate", "downstream", *map(str, arguments)])


@pytest.fixture
def data(tmp_path):
    return write_set(tmp_path / "set", 60)


@pytest.fixture
def synthetic(tmp_path):
    return write_folders(tmp_path / "synthetic", {"disc": 10, "ring": 10})


QUICK = ["--epochs", 2, "--batch", 8, "--threads", 1, "--draws", 20, "--permutations", 50]


def test_real_mixed_and_synthetic_on_the_same_images(data, synthetic, tmp_path):
    mixes = ["--mix", "0,0.01", "--only", "0.01,0.01"]
    out = ["--out", tmp_path / "out"]
    done = run("--data", data, "--synthetic-from", synthetic, *mixes, *QUICK, *out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["settings"]["synthetic_sha256"] == synthetic_hashes(str(synthetic))
    names = [one["classifier"] for one in told["classifiers"]]
    assert names == ["real", "real + 0,0.01 thousand", "0.01,0.01 thousand synthetic"]
    learnt = [one["learnt_from"]["classes"] for one in told["classifiers"]]
    assert learnt[1]["ring"] == learnt[0]["ring"] + 10
    assert learnt[1]["disc"] == learnt[0]["disc"]
    assert learnt[2] == {"disc": 10, "ring": 10}
    assert sum(told["images"].values()) == 18
    assert [one["classifier"] for one in told["comparisons"]] == names[1:]
    cards = [ModelCard.read(path) for path in sorted((tmp_path / "out" / "runs").glob("*/snapshot-*.json"))]
    assert len({json.dumps(card.results["held_out"]["images"]) for card in cards}) == 1
    assert not any(str(tmp_path) in card.to_json() for card in cards)
    assert ["patients" in card.training for card in cards] == [True, False, False]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").rglob("*.safetensors")}
    again = run("--data", data, "--synthetic-from", synthetic, *mixes, *QUICK, *out, "--json", "--force")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["classifiers"] == told["classifiers"]
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "runs").rglob("*.safetensors")}


def test_nobody_learns_from_what_is_tested(data, synthetic, tmp_path):
    settings = ClassifierSettings.from_dict(
        {"data": str(data), "synthetic_from": str(synthetic), "epochs": 1.0, "batch": 8, "threads": 1, "out": "x"}
    )
    arms = [Arm(), Arm((0.01, 0.0))]
    models, unseen = train_arms(
        settings, arms, tmp_path / "out", None, 0.3, no_progress, CancelToken(), lambda sentence: None
    )
    assert list(models) == [arm.name for arm in arms]
    marks = [read_run(path.parent)[2] for path in models.values()]
    assert len(set(marks)) == 2
    assert unseen.labels.sum(0).tolist() == [9, 9]
    learnt = [ModelCard.read(path.with_suffix(".json")).training["classes"] for path in models.values()]
    held = ModelCard.read(models["real"].with_suffix(".json")).results["held_out"]["images"]
    assert sum(learnt[0].values()) + sum(held.values()) + len(unseen) == 60


def test_a_test_set_of_its_own(data, tmp_path):
    other = write_set(tmp_path / "other", 16, seed=9)
    done = run("--data", data, "--test", other, *QUICK, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["images"] == {"disc": 8, "ring": 8}
    same = run("--data", data, "--test", write_set(tmp_path / "same", 60), *QUICK, "--out", tmp_path / "two")
    assert same.exit_code == 2
    assert "both in the training and in the validation data" in same.output
    strange = write_set(tmp_path / "strange", 16, seed=9, names=("cat", "dog"))
    wrong = run("--data", data, "--test", strange, *QUICK, "--out", tmp_path / "three")
    assert wrong.exit_code == 2
    assert "of the classes cat, dog" in wrong.output


def test_trained_classifiers(tmp_path):
    test = write_set(tmp_path / "test", 16, seed=4)
    models = [write_classifier(tmp_path / f"{name}.safetensors", CLASSES, seed) for seed, name in enumerate("ab")]
    given = ["--model", f"first={models[0]}", "--model", f"second={models[1]}", "--draws", 20, "--permutations", 50]
    done = run(*given, "--test", test, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [one["classifier"] for one in told["classifiers"]] == ["first", "second"]
    other = write_classifier(tmp_path / "c.safetensors", ("benign", "malignant"))
    wrong = run("--model", f"first={other}", "--test", test, "--out", tmp_path / "two")
    assert wrong.exit_code == 2
    assert "tells benign, malignant apart" in wrong.output
    assert not (tmp_path / "two" / "results.json").exists()


def test_a_run_that_has_seen_the_test_images(data, tmp_path):
    asked = ["train", "classifier", "--data", data, "--out", tmp_path / "run", "--epochs", 1, "--batch", 8]
    assert CliRunner().invoke(app, [*map(str, asked), "--width", "4"]).exit_code == 0
    done = run("--model", f"a={tmp_path / 'run'}", "--test", data, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "both in the training" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Give the real images with --data"),
        (["--data", "x", "--mix", "0,y"], "no thousands of each class"),
        (["--data", "x", "--mix", "1,1"], "say where they are with --synthetic-from"),
        (["--data", "x", "--synthetic-from", "y", "--mix", "1,1", "--mix", "1,1"], "Two mixes are the same"),
        (["--model", "a=b"], "on --test"),
    ],
)
def test_what_is_asked_wrongly(arguments, said, tmp_path):
    done = run(*arguments, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not (tmp_path / "out" / "results.json").exists()


def test_names_of_arms():
    assert [Arm().folder, Arm((0, 1.5)).folder, Arm((1, 1), True).folder] == ["real", "real_0_1.5", "synthetic_1_1"]
    assert np.unique([Arm().name, Arm((1, 1)).name, Arm((1, 1), True).name]).size == 3
    with pytest.raises(InputError):
        ClassifierSettings.from_dict({"out": "x", "synthetic": (0.0, 0.0)})
