"""The two commands and the folder that one of them writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from evaluate.asked import rows_of
from evaluate_normative import made

from GANAnomalyLab.evaluate.normative import normative_indices
from GANAnomalyLab.evaluate.normative.normative_report import write_report
from GANAnomalyLib.cli import main
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model

FILES = {"results.json", "cases.csv", "objects.csv", "report.html", "boxes.png", "circle.png"}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A model of the study's image size; its results are not looked at, as the study's are given."""
    network = Generator(8, 0, 8, made.SIZE, 1, 1, channel_base=64, channel_max=8)
    path = tmp_path_factory.mktemp("models") / "made.safetensors"
    card = ModelCard("made", resolution=made.SIZE, recommended={"metric": "mse", "patch_size": made.PATCH, "steps": 1})
    save_model(path, {f"G_ema.{key}": value for key, value in network.state_dict().items()}, card)
    return path


def arguments(study, model, out, *more) -> list[str]:
    ill = study.folder / "ill"
    given = ["--healthy", study.folder / "healthy" / "results", "--pathological", ill / "results"]
    given += ["--masks", ill / "masks", "--model", model, "--out", out, "--bootstrap", 50, *more]
    return ["evaluate", "normative", *map(str, given)]


def run(arguments: list[str]) -> int:
    try:
        return main(arguments) or 0
    except SystemExit as stopped:
        return int(stopped.code or 0)


def test_the_folder_holds_a_page_numbers_and_tables(study, model, tmp_path, capsys):
    training = study.folder / "training"
    kept = tmp_path / "training"
    kept.mkdir()
    for n in range(3):
        shutil.copy(training / f"t{n}.nii.gz", kept)
    out = tmp_path / "out"
    assert run(arguments(study, model, out, "--training", kept, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert {path.name for path in out.iterdir()} == FILES
    data = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert data["kind"] == "normative evaluation"
    assert data["rqi_form"] == data["made_with"]["perceptual distance"] == "lite0"
    assert said["datasets"] == data["datasets"]
    ill = data["datasets"]["results"]
    assert ill["scans"] == 2
    assert 0.5 < ill["ahi"] <= 1
    assert set(ill["frechet"]) == {"F_P", "F_RP", "F_UN", "F_RUN", "slices"}
    assert ill["caci"]["low"] <= ill["caci"]["value"] <= ill["caci"]["high"]
    assert ill["objects"]["0.05"]["recall"] == 1.0
    assert {"mae", "ssim", "ssim_in", "ssim_out", "conservation", "correction"} <= set(ill["ingredients"])
    assert len(data["made_with"]["model hash"]) == 64
    rows = rows_of(out / "cases.csv")
    assert [row["case"] for row in rows] == ["h0", "h1", "h2", "i0", "i1"]
    assert rows[0]["caci"] == "" != rows[0]["rqi"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Research use only" in page
    assert page.count("data:image/png") == 2
    assert "not to be held against published values" in page
    assert str(tmp_path) not in page
    assert str(tmp_path) not in (out / "results.json").read_text(encoding="utf-8")


def test_another_evaluation_is_not_replaced(study, model, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(arguments(study, model, out)) == 0
    assert "CACI" in capsys.readouterr().out
    before = (out / "results.json").read_bytes()
    assert run(arguments(study, model, out)) == 2
    assert "already holds an evaluation" in capsys.readouterr().err
    assert (out / "results.json").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--masks", "other"], "as often as --pathological"),
        (["--weights", "resnet=x"], "not for 'resnet'"),
        (["--weights", "alexnet=gone.pth"], "no weight file gone.pth"),
        (["--lpips", "vgg16", "--weights", "vgg16=gone.pth"], "no weight file gone.pth"),
        (["--least-share", "2"], "--least-share must be"),
        (["--training", "nowhere"], "nowhere does not exist"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(study, model, tmp_path, capsys, more, words):
    assert run(arguments(study, model, tmp_path / "out", *more)) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_two_datasets_and_what_stands_for_both(study, tmp_path):
    """By the interface: each dataset on its own, and all together."""
    evaluation = normative_indices(study.healthy, {"one": study.ill[:1], "two": study.ill[1:]}, study.training)
    assert list(evaluation.caci) == ["one", "two", "all"] == list(evaluation.ahi)
    assert evaluation.distances["all"].slices[1] == sum(evaluation.distances[n].slices[1] for n in ("one", "two"))
    write_report(evaluation, tmp_path / "out")
    data = json.loads((tmp_path / "out" / "results.json").read_text())
    assert data["datasets"]["all"]["scans"] == 2
    assert data["datasets"]["all"]["objects"]["0.05"]["lesions"] == 2


def test_thresholds_from_results(study, model, capsys):
    normals = str(study.folder / "healthy" / "results")
    assert run(["evaluate", "threshold", "--model", str(model), "--normals", normals, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["thresholds"]) == ["0.01", "0.02", "0.05"]
    assert said["card"] is None
    assert run(["evaluate", "threshold", "--model", str(model), "--normals", normals, "--rate", "0.1"]) == 0
    assert "10 %" in capsys.readouterr().out
    assert run(["evaluate", "threshold", "--model", str(model), "--normals", normals, "--write-card"]) == 2
    assert "made with another model" in " ".join(capsys.readouterr().err.split())
    assert "heatmap_thresholds" not in ModelCard.read(model.with_suffix(".json")).recommended


def test_cts_need_a_place_for_their_results(study, model, capsys):
    assert (
        run(["evaluate", "threshold", "--model", str(model), "--normals", str(study.folder / "healthy" / "h0.nii.gz")])
        == 2
    )
    assert "say with --out" in capsys.readouterr().err


@pytest.mark.minutes
@pytest.mark.slow
def test_cts_are_analysed_and_the_card_gets_the_thresholds(study, model, tmp_path, capsys):
    """The whole way: analyses in processes of their own, thresholds, card; a second time nothing is analysed again."""
    healthy = tmp_path / "healthy"
    healthy.mkdir()
    for n in range(2):
        shutil.copy(study.folder / "healthy" / f"h{n}.nii.gz", healthy)
    given = ["evaluate", "threshold", "--model", str(model), "--normals", str(healthy), "--out", str(tmp_path / "out")]
    assert run([*given, "--write-card", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    held = ModelCard.read(model.with_suffix(".json")).recommended["heatmap_thresholds"]
    assert all(said["thresholds"][rate] <= held[rate] <= said["thresholds"][rate] * 1.001 for rate in held)
    from GANAnomalyLib import AnalysisRequest
    from GANAnomalyLib import run as analyse

    request = AnalysisRequest(str(healthy / "h0.nii.gz"), model=str(model), output=str(tmp_path / "again"))
    assert analyse(request).manifest["heatmap_thresholds"] == held
    raw = AnalysisRequest(request.input, model=str(model), output=str(tmp_path / "wd"), metric="wd")
    assert analyse(raw).manifest["heatmap_thresholds"] == {}, "they are of another metric"
