"""Several models on the same scans: the table, the page, and what cannot be compared."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from evaluate.asked import rows_of
from evaluate_normative import made

from GANAnomalyLab.evaluate.evaluation_options import NormativeOptions, NormativeSources
from GANAnomalyLab.evaluate.normative import Scan, normative_indices
from GANAnomalyLab.evaluate.normative.compare_models import choose, key_of, stamps_of
from GANAnomalyLab.evaluate.normative.comparison_tables import Judged
from GANAnomalyLab.evaluate.normative.gallery import chosen_slices, read_shown
from GANAnomalyLab.evaluate.normative.models_report import write_comparison
from GANAnomalyLab.evaluate.normative.normative_report import CASES, FOLDER
from GANAnomalyLab.evaluate.normative.normative_tables import case_data, results_data
from GANAnomalyLab.report import Page
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli import main
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import CancelToken

OPTIONS = NormativeOptions(bootstrap=50)


def run(arguments: list[str]) -> int:
    try:
        return main(arguments) or 0
    except SystemExit as stopped:
        return int(stopped.code or 0)


def judge(folder: Path, name: str, sets: dict[str, list[tuple]], training: list, restores: bool = True) -> Judged:
    """A model's folder as an evaluation leaves it, of scans (name, HU, restoration, mask) by dataset."""
    out = folder / "out" / "models" / name
    found: dict[str, list[Scan]] = {}
    for dataset, scans in sets.items():
        for scan, hu, restore, mask in scans:
            written = made.write_scan(folder / f"cts_{name}" / dataset, scan, hu, restore, mask)
            place = out / "results" / dataset / scan
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(written.result, place)
            found.setdefault(dataset, []).append(Scan(scan, place, written.mask))
    evaluation = normative_indices(found.pop("healthy"), found, training, OPTIONS, restores=restores)
    data, rows = results_data(evaluation, {"model": name}), list(map(case_data, evaluation.cases))
    FOLDER.write(out, data, Page("Its own page"), tables={CASES: rows})
    return Judged(name, "vae", out, json.loads((out / "results.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def compared(tmp_path_factory, study):
    """A healer, one that changes nothing, one without restorations, and one that failed, on two datasets."""
    folder = tmp_path_factory.mktemp("compared")
    normal: list[np.ndarray] = []
    for n in range(2):
        made.write_scan(folder / "probe", f"i{n}", made.body(10 + n), lambda p: normal.append(p) or p)
    judged = []
    for name, heals, restores in (("healer", True, True), ("lazy", False, True), ("memory", True, False)):
        sets: dict[str, list[tuple]] = {"healthy": [(f"h{n}", made.body(n), made.identity, None) for n in range(2)]}
        for dataset, count in (("one", 2), ("two", 1)):
            for n in range(count):
                hu, mask = made.with_lesion(made.body(10 + n))
                if n == 1:
                    mask[2, 24:32, 16:22] = True
                heal = (lambda p, n=n: normal[n]) if heals else made.identity
                sets.setdefault(dataset, []).append((f"i{n}", hu, heal, mask))
        judged.append(judge(folder, name, sets, study.training, restores))
    broken = "It cannot be read: get it again."
    judged.append(Judged("broken", "mae", folder / "out" / "models" / "broken", failure=broken))
    places = folder / "cts_healer"
    masks = {
        name: {f"i{n}": places / name / "masks" / f"i{n}.nii.gz" for n in range(count)}
        for name, count in (("one", 2), ("two", 1))
    }
    data, files = write_comparison(judged, masks, folder / "out", CancelToken())
    return folder / "out", judged, data, files


def test_there_is_a_row_for_each_model_and_dataset(compared):
    folder, _, data, _ = compared
    rows = rows_of(folder / "comparison.csv")
    assert [(row["model"], row["dataset"]) for row in rows] == [
        *((name, dataset) for name in ("healer", "lazy", "memory") for dataset in ("healthy", "one", "two", "all")),
        ("broken", ""),
    ]
    by = {(row["model"], row["dataset"]): row for row in rows}
    assert float(by["healer", "one"]["caci"]) > float(by["lazy", "one"]["caci"]) == 0.0
    assert float(by["healer", "one"]["caci_low"]) <= float(by["healer", "one"]["caci"])
    assert float(by["healer", "one"]["ahi_low"]) <= float(by["healer", "one"]["ahi_high"])
    assert by["healer", "two"]["rqi"] == by["healer", "healthy"]["rqi"] == "1.0"
    assert by["healer", "one"]["found_at_0.01"] == by["healer", "one"]["lesions"] == "2"
    assert by["lazy", "one"]["found_at_0.01"] == "0"
    assert float(by["healer", "all"]["image_auroc"]) == 1.0 > float(by["lazy", "all"]["image_auroc"])
    assert by["healer", "all"]["scans"] == "3"
    assert by["memory", "one"]["rqi"] == by["memory", "one"]["caci"] == by["memory", "one"]["ahi"] == ""
    assert by["memory", "one"]["note"] == "map only: no restoration"
    assert by["memory", "one"]["pixel_auroc"] == by["healer", "one"]["pixel_auroc"] != ""
    assert by["broken", ""]["note"] == "failed: It cannot be read: get it again."
    assert data["failed"] == {"broken": "It cannot be read: get it again."}


def test_the_page_shows_every_dataset_and_says_what_it_stands_on(compared):
    folder, _, data, files = compared
    names = {"one", "two", "all"}
    assert {path.name for path in files} == {
        *("results.json", "comparison.csv", "report.html", "boxes_healthy.png", "gallery_healthy.png"),
        *(f"circle_{name}.png" for name in names),
        *(f"boxes_{name}.png" for name in names - {"all"}),
        *(f"gallery_{name}.png" for name in names - {"all"}),
    }
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 9
    for words in (
        "1 - SSIM, in the place of LPIPS",
        "not to be held against published values",
        "It cannot be read: get it again.",
        "what it remembers",
        "middle slice of the middle one",
        "2 of 2 (+0)",
    ):
        assert words in page
    assert str(folder) not in page
    assert str(folder) not in (folder / "results.json").read_text(encoding="utf-8")
    assert data["rqi_form"] == "ssim"


def test_slices_of_the_gallery_follow_from_the_truth(compared):
    folder, judged, _, _ = compared
    chosen = chosen_slices(judged)
    assert chosen["one"][0] == ("i1", 2, "largest lesion"), "the one with the taller mask, in that slice"
    assert chosen["one"][1][2] == "lesion of median area"
    assert [case for case, _, _ in chosen["two"]] == ["i0"]
    assert [case for case, _, _ in chosen["healthy"]] == ["h1"]
    shown = read_shown(
        judged, "one", *chosen["one"][0], folder.parent / "cts_healer/one/masks/i1.nii.gz", CancelToken()
    )
    assert list(shown.views) == ["healer", "lazy", "memory*"]
    view, top = shown.views["healer"]
    assert view.lesion.sum() == 48
    assert view.heat[view.lesion].mean() > top / 2
    other, _ = shown.views["lazy"]
    healed, kept = (np.abs(one.original[view.lesion].astype(int) - one.restored[view.lesion]) for one in (view, other))
    assert healed.mean() > 40 > 25 > kept.mean(), "softer only, from the CT's grid to the network's and back"


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, Path]:
    """Two small models, one under two names, and one whose weights are not its card's."""
    folder = tmp_path_factory.mktemp("models")
    out = {}
    for n, name in enumerate(("first", "second", "spoilt")):
        import torch

        torch.manual_seed(n)
        network = Generator(8, 0, 8, made.SIZE, 1, 1, channel_base=64, channel_max=8)
        recommended = {"metric": "mse", "patch_size": made.PATCH, "steps": 1}
        out[name] = folder / f"{name}.safetensors"
        card = ModelCard(name, resolution=made.SIZE, recommended=recommended)
        save_model(out[name], {f"G_ema.{key}": value for key, value in network.state_dict().items()}, card)
    card_file = out["spoilt"].with_suffix(".json")
    data = json.loads(card_file.read_text(encoding="utf-8"))
    card_file.write_text(json.dumps(data | {"sha256": "0" * 64}), encoding="utf-8")
    for ending in (".safetensors", ".json"):
        shutil.copy(out["first"].with_suffix(ending), folder / f"again{ending}")
    return out | {"again": folder / "again.safetensors"}


@pytest.fixture
def cts(study, tmp_path) -> Path:
    """Two healthy CTs, one ill one with its mask, two of the training."""
    for source, target, names in (
        ("healthy", "healthy", ("h0", "h1")),
        ("ill", "ill", ("i0",)),
        ("ill/masks", "masks", ("i0",)),
        ("training", "training", ("t0", "t1")),
    ):
        (tmp_path / target).mkdir()
        for name in names:
            shutil.copy(study.folder / source / f"{name}.nii.gz", tmp_path / target)
    return tmp_path


def asked(cts: Path, models: list, **other) -> list[str]:
    given = {"healthy": "healthy", "pathological": "ill", "masks": "masks", "out": "out"} | other
    listed = [word for model in models for word in ("--model", model)]
    listed += [word for name, value in given.items() if value for word in (f"--{name}", cts / value)]
    return ["evaluate", "normative", *map(str, listed), "--bootstrap", "20"]


@pytest.mark.parametrize(
    ("names", "other", "words"),
    [
        (("first", "first"), {}, "is given twice (the first time as first)"),
        (("first", "again"), {}, "is given twice"),
        (("first", "second"), {"healthy": None}, "give some with --healthy"),
        (("first", "second"), {"masks": "healthy"}, "no mask for i0"),
        (("first", "nowhere"), {}, "nowhere"),
        (("first", "second"), {"training": "gone"}, "gone does not exist"),
        (("first", "second"), {"pathological": "healthy"}, "cannot be called healthy or all"),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything_is_analysed(models, cts, capsys, names, other, words):
    assert run(asked(cts, [models.get(name, name) for name in names], **other)) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (cts / "out").exists()


def test_results_of_one_model_are_not_taken_for_several(models, cts, study, capsys):
    results = study.folder / "healthy" / "results"
    assert run(asked(cts, [models["first"], models["second"]], healthy=results)) == 2
    assert "holds results of one model" in " ".join(capsys.readouterr().err.split())


def test_a_model_is_judged_again_only_where_something_changed(models, cts):
    sources = NormativeSources((), str(cts / "healthy"), (str(cts / "ill"),), (str(cts / "masks"),))
    (one,) = choose([str(models["first"])])
    template, options = AnalysisRequest(""), NormativeOptions()

    def key(sources=sources, template=template, options=options) -> str:
        return key_of(one, sources, template, options, stamps_of(sources))

    first = key()
    assert key(dataclasses.replace(sources, workers=3), dataclasses.replace(template, device="cpu")) == first
    others = {
        key(options=NormativeOptions(rates=(0.1,))),
        key(template=dataclasses.replace(template, settings={"steps": 2})),
        key(sources=dataclasses.replace(sources, trunk="ssim")),
        key(sources=dataclasses.replace(sources, training=str(cts / "training"))),
    }
    shutil.copy(cts / "training" / "t0.nii.gz", cts / "healthy" / "h2.nii.gz")
    others.add(key())
    shutil.copy(cts / "masks" / "i0.nii.gz", cts / "masks" / "i1.nii.gz")
    others.add(key())
    assert len(others - {first}) == 6


@pytest.mark.slow
@pytest.mark.minutes
def test_a_model_that_fails_stops_no_other_and_the_same_command_goes_on(models, cts, capsys):
    """The whole way; again, nothing that is finished is done again."""
    command = asked(cts, [models["spoilt"], models["first"]], training="training")
    assert run([*command, "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert list(said["failed"]) == ["spoilt"]
    assert "weights" in said["failed"]["spoilt"]
    assert said["models"]["first"]["perceptual distance"] == "lite0"
    out = cts / "out"
    rows = rows_of(out / "comparison.csv")
    assert [row["model"] for row in rows] == ["spoilt", "first", "first"]
    (finished,) = out.glob("models/first-*/results.json")
    before = finished.stat().st_mtime_ns
    assert run(command) == 1, "without --force, as it is unfinished"
    assert finished.stat().st_mtime_ns == before
    told = " ".join(capsys.readouterr().out.split())
    assert "spoilt failed" in told
    assert "Note: spoilt could not be judged: The weights" in told
