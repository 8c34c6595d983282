"""The data sheet of generated pictures: what it says, what it never says, and what it refuses to speak of."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from evaluate.asked import gananomaly
from PIL import Image

from GANAnomalyLab.evaluate.authenticity.picture_sets import REAL, SYNTHETIC, open_picture_sets
from GANAnomalyLab.evaluate.downstream.class_evaluation import Judge, evaluate_judges
from GANAnomalyLab.evaluate.downstream.downstream_report import downstream_data
from GANAnomalyLab.evaluate.downstream.synthetic_source import synthetic_hashes
from GANAnomalyLab.evaluate.evaluation_options import DownstreamOptions, SourceOptions
from GANAnomalyLab.evaluate.quality.quality_report import report_data
from GANAnomalyLab.evaluate.quality.quality_sources import open_sets, pictures_hash
from GANAnomalyLab.evaluate.sheet.card_facts import privacy_facts
from GANAnomalyLab.evaluate.sheet.measured_results import read_found
from GANAnomalyLab.evaluate.sheet.plain_words import LONGEST, shown
from GANAnomalyLab.evaluate.sheet.sheet_rows import rows
from GANAnomalyLab.report import files_hash
from GANAnomalyLab.tables.write_csv import plain
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import CancelToken, no_progress

DP = {"kind": "DP-SGD of the discriminator", "unit": "patient", "epsilon": 2.0, "delta": 1e-5, "accountant": "rdp"}
KNOWN = {"images": 320, "patients": 80, "kind": "pictures", "label_names": ["benign", "malignant"], "kimg": 12.5}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("GANANOMALY_MODELS", str(tmp_path / "nobody"))


def write_model(path: Path, seed: int = 5, **card) -> Path:
    torch.manual_seed(seed)
    network = Generator(8, 2, 8, 16, 1, 1, channel_base=64, channel_max=8)
    card = {"training": KNOWN, "licence": "CC-BY-4.0", "training_data_licence": "CC0", **card}
    tensors = {f"G_ema.{name}": tensor for name, tensor in network.state_dict().items()}
    save_model(path, tensors, ModelCard("lesions", resolution=16, **card))
    return path


def generate(model: Path, folder: Path, *more, seeds: str = "0-11"):
    arguments = ["generate", "--model", model, "--seeds", seeds, "--class", 1, "--outdir", folder, "--device", "cpu"]
    return CliRunner().invoke(app, [*map(str, arguments), *map(str, more)])


def sheet(folder: Path) -> dict:
    return json.loads((folder / "sheet.json").read_text(encoding="utf-8"))


@pytest.fixture
def model(tmp_path) -> Path:
    return write_model(tmp_path / "lesions.safetensors")


@pytest.fixture
def made(model, tmp_path) -> Path:
    done = generate(model, tmp_path / "synthetic")
    assert done.exit_code == 0, done.output
    return tmp_path / "synthetic"


def test_quality_without_downloaded_weights_is_precision_and_recall_but_no_fid(tmp_path):
    found = {"fd_lite0": 3.5, "prdc_lite0_precision": 0.5, "prdc_lite0_recall": 0.25, "prdc_lite0_coverage": 0.75}
    counts = {name: {"real": 320, "generated": 12} for name in ("fd_lite0", "prdc_lite0")}
    data = report_data(found, "fd_lite0,prdc_lite0", SourceOptions(), counts, [])
    (tmp_path / "quality.json").write_text(json.dumps(data))
    ((_, held),) = read_found([tmp_path / "quality.json"])
    said = {row.measure: row.value for row in rows([(held, "this model")], 1.0) if row.group == "quality"}
    assert said == {
        "Frechet distance of EfficientNet-Lite0 features (not the FID)": "3.500",
        "EfficientNet-Lite0, precision: generated images near a real one": "0.500",
        "EfficientNet-Lite0, recall: real images near a generated one": "0.250",
        "EfficientNet-Lite0, coverage: real images with a generated one near them": "0.750",
        "Frechet distance of Inception features (FID)": "not measured",
    }


def quality(path: Path, **hashes) -> Path:
    found = {"fid": 31.25, "fid_floor": 22.5, "pr_precision": 0.71, "pr_recall": 0.42}
    counts = {name: {"real": 320, "generated": 12} for name in ("fid", "pr")}
    data = report_data(found, "fid,pr", SourceOptions(), counts, ["REAL: p7/ann_smith.png was left out"], **hashes)
    path.write_text(json.dumps(data))
    return path


def coloured(folder: Path) -> Path:
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def authenticity(folder: Path, real: Path, synthetic: Path, **more) -> Path:
    """Results with the mark that the command gives these pictures, in three channels where real ones have colours."""
    with TemporaryDirectory() as store:
        sets = open_picture_sets(
            {REAL: real, SYNTHETIC: synthetic}, "auto", Path(store), no_progress, CancelToken()
        )  # fmt: skip
        mark = sets[SYNTHETIC].images.mark()
        del sets
    data = {"schema_version": 1, "kind": "authenticity", "images": {REAL: 3, SYNTHETIC: 12}, "copies": [], **more}
    data |= {"coverage": {}, "membership": data.get("membership"), "inputs": {SYNTHETIC: mark}}
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(data))
    return folder


def downstream(folder: Path, hashes: list[str]) -> Path:
    truth = np.arange(40) % 2
    rng = np.random.default_rng(1)
    judges = []
    for name in ("real", "0,0.1 thousand synthetic"):
        values = rng.random((40, 2)) + np.eye(2)[truth]
        judges.append(Judge(name, values / values.sum(1, keepdims=True)))
    found = evaluate_judges(
        judges, truth, np.arange(40), ("benign", "malignant"), DownstreamOptions(draws=20, permutations=20)
    )
    data = downstream_data(found, {"synthetic_from": "/data/ward3/anna", "synthetic_sha256": hashes})
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(plain(data)))
    return folder


def test_pictures_and_their_sheet(model, tmp_path):
    out = tmp_path / "out"
    done = generate(model, out, "--sheet", "--trunc", "0.8")
    assert done.exit_code == 0, done.output
    data = sheet(out)
    pictures = data["pictures"]
    assert (pictures["count"], pictures["class"], pictures["seeds"]) == (12, "malignant", "0-11")
    assert (pictures["truncation_psi"], pictures["made_again_and_alike"]) == (0.8, None)
    assert pictures["sha256"] == files_hash(sorted(out.glob("*.png")))
    assert (data["training_data"]["images"], data["training_data"]["patients"]) == (320, 80)
    assert data["model"]["thousand_images_seen"] == 12.5
    assert not data["measured"]
    # Nothing that was not measured is left out, in the file and on the page.
    lacking = {row["measure"]: row["command"] for row in data["not_measured"]}
    page = (out / "sheet.html").read_text(encoding="utf-8")
    assert len(lacking) == 5
    for measure, command in lacking.items():
        assert command.startswith("gananomaly ")
        assert command in page
        assert measure in page
    assert page.count("<td>not measured</td>") == 5
    assert "may have memorised training images" in page
    assert "Research use only" in page
    assert "Signature" in page


def test_a_sheet_takes_up_what_was_measured(model, made, tmp_path):
    generate(model, tmp_path / "real", seeds="100-115")
    done = gananomaly(
        "evaluate", "authenticity", tmp_path / "real", made, "--patients", "file", "--out", tmp_path / "authenticity"
    )
    assert done.exit_code == 0, done.output
    mine = files_hash(sorted(made.glob("*.png")))
    sources = [
        tmp_path / "authenticity",
        quality(tmp_path / "quality.json", generated=mine),
        downstream(tmp_path / "downstream", synthetic_hashes(str(made))),
    ]
    before = {path.name: path.stat().st_mtime_ns for path in made.iterdir()}
    done = generate(model, made, "--sheet-only", *(f"--sheet-from={source}" for source in sources))
    assert done.exit_code == 0, done.output
    assert {path.name: path.stat().st_mtime_ns for path in made.glob("*.png")} == before
    data = sheet(made)
    assert data["pictures"]["made_again_and_alike"] == 8
    rows = {row["measure"]: row for row in data["measured"]}
    assert {row["about"] for row in rows.values()} == {"these pictures"}
    assert rows["Frechet distance of Inception features (FID)"]["value"] == "31.25"
    assert "real halves 22.50" in rows["Frechet distance of Inception features (FID)"]["against"]
    assert re.fullmatch(r"\d+ of 12", rows["copies of real images"]["value"])
    assert "against real" in rows["AUROC of a classifier: 0,0.1 thousand synthetic"]["against"]
    assert [row["measure"] for row in data["not_measured"]] == ["membership attack"]
    assert any("remark" in text for text in data["before_signing"])
    # A sheet that is there may be signed already.
    again = generate(model, made, "--sheet-only")
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert generate(model, made, "--sheet-only", "--force").exit_code == 0


def test_results_of_others_are_refused(model, made, tmp_path):
    other = write_model(tmp_path / "other.safetensors", seed=6)
    generate(other, tmp_path / "strange")
    strange = synthetic_hashes(str(tmp_path / "strange"))
    sources = [
        authenticity(tmp_path / "authenticity", coloured(tmp_path / "real"), tmp_path / "strange"),
        quality(tmp_path / "pictures.json", generated=strange[0]),
        quality(tmp_path / "model.json", model="ab" * 32),
        downstream(tmp_path / "downstream", strange),
    ]
    for source in sources:
        done = generate(model, made, "--sheet-only", "--sheet-from", source)
        assert done.exit_code == 2, done.output
        assert f"{source.name} is of other pictures or of another model" in done.stderr
    assert not list(made.glob("sheet.*"))


def test_what_must_not_be_missed_stands_on_top(model, made, tmp_path):
    over = {"difference": 0.3, "low": 0.1, "high": 0.5}
    areas = {"near": {"auroc": 0.9, "low": 0.8, "high": 0.95}, "plain": {"auroc": 0.6}}
    attacks = {"strongest": "near", "baseline": "plain", "attacks": areas, "over_baseline": over}
    found = {
        "copies": [{"synthetic": "seed0003.png", "real": "p6/s1.png", "similarity": 1.0, "pose": "as it is"}],
        "membership": {**attacks, "training": 3, "control": 3},
    }
    source = authenticity(tmp_path / "authenticity", coloured(tmp_path / "real"), made, **found)
    assert generate(model, made, "--sheet-only", "--sheet-from", source).exit_code == 0
    data = sheet(made)
    assert "1 of the pictures is a copy of real ones: not to be shared." in data["before_signing"]
    assert any("tell who was trained on" in text for text in data["before_signing"])
    assert "p6/s1" not in (made / "sheet.json").read_text(encoding="utf-8")
    rows = {row["measure"]: row for row in data["measured"]}
    assert rows["membership attack, AUROC of the strongest"]["value"] == "0.900 (0.800 to 0.950)"
    over |= {"low": -0.1}
    source = authenticity(tmp_path / "unclear", tmp_path / "real", made, membership=found["membership"])
    assert generate(model, made, "--sheet-only", "--force", "--sheet-from", source).exit_code == 0
    assert any("the real sets differ" in text for text in sheet(made)["before_signing"])
    found["membership"]["strongest"] = "nobody"
    source = authenticity(tmp_path / "damaged", tmp_path / "real", made, membership=found["membership"])
    assert "does not hold" in generate(model, made, "--sheet-only", "--force", "--sheet-from", source).stderr


def test_results_of_the_model_and_of_nobody_knows_what(model, tmp_path):
    (mine,) = synthetic_hashes(str(model))
    done = generate(
        model, tmp_path / "out", "--sheet", "--trunc", "0.7", "--sheet-from", quality(tmp_path / "q.json", model=mine),
        "--sheet-from", downstream(tmp_path / "downstream", []),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    data = sheet(tmp_path / "out")
    about = {row["group"]: row["about"] for row in data["measured"]}
    assert about == {"quality": "this model, at psi 1", "downstream value": "not said"}
    assert any("evaluate downstream tells whether they are of these" in text for text in data["before_signing"])


def test_no_identifiers_and_no_paths(tmp_path):
    title = "Lesions <script>alert(1)</script> & /home/anna/patients/p7"
    training = {
        **KNOWN,
        "data": "/data/hospital/patients",
        "label_names": ["benign", "<b>C:\\cases\\anna\\x</b>"],
        "encoder_checkpoint": "ann_smith.pt",
    }
    model = write_model(
        tmp_path / "lesions.safetensors", title=title, training=training, training_data="From ann_smith_0001.dcm on."
    )
    source = tmp_path / "ward3"
    source.mkdir()
    downstream(source / "down", [])
    sources = quality(tmp_path / "q.json"), source / "down"
    done = generate(model, tmp_path / "out", "--sheet", *(f"--sheet-from={source}" for source in sources))
    assert done.exit_code == 0, done.output
    page, text = ((tmp_path / "out" / name).read_text(encoding="utf-8") for name in ("sheet.html", "sheet.json"))
    for told in (page, text):
        for word in ("anna", "ann_smith", "hospital", "ward3", str(tmp_path), "C:\\"):
            assert word not in told
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; (a path)" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--sheet", "--sheet-from", "nowhere"], "nowhere holds no results"),
        (["--sheet", "--sheet-from", "real"], "real holds no results"),
        (["--sheet", "--sheet-from", "other"], "a data sheet takes up these"),
        (["--sheet", "--sheet-from", "newer"], "another version"),
        (["--sheet", "--sheet-from", "wrong"], "wrong cannot be used: its copies must be a list"),
        (["--sheet", "--sheet-from", "q.json", "--sheet-from", "q.json"], "give each once"),
        (["--sheet", "--sheet-from", "model.json"], "of another model"),
        (["--sheet", "--grid"], "leave --grid or --sheet out"),
        (["--sheet-only"], "lacks seed0000.png and 11 more"),
        (["--sheet-from", "q.json"], "add --sheet"),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_made(model, tmp_path, monkeypatch, more, words):
    monkeypatch.chdir(tmp_path)
    quality(tmp_path / "q.json")
    quality(tmp_path / "model.json", model="ab" * 32)
    kinds = {
        "real": None,
        "other": {"kind": "normative evaluation", "schema_version": 2},
        "newer": {"kind": "authenticity", "schema_version": 99},
        "wrong": {"kind": "authenticity", "schema_version": 1, "images": {}, "copies": 3, "coverage": {}}
        | {"membership": None, "inputs": {}},
    }
    for name, data in kinds.items():
        (tmp_path / name).mkdir()
        if data is not None:
            (tmp_path / name / "results.json").write_text(json.dumps(data))
    done = generate(model, tmp_path / "out", *more)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_a_sheet_is_of_all_that_is_there_and_of_nothing_else(model, made, tmp_path):
    other = write_model(tmp_path / "other.safetensors", seed=6)
    for done, words in (
        (generate(other, made, "--sheet-only"), "seed0000.png is not what the model 'lesions' makes"),
        (generate(model, made, "--sheet-only", "--trunc", "0.5"), "is not what"),
        (generate(model, made, "--sheet-only", seeds="0-9"), "holds seed0010.png and 1 more"),
        (generate(model, made, "--sheet-only", seeds="0-12"), "lacks seed0012.png, which"),
        (generate(model, made, "--sheet", "--force", seeds="0-9"), "a folder of its own"),
    ):
        assert done.exit_code == 2, done.output
        assert words in done.stderr
    (made / "seed0000.png").write_bytes(b"\x89PNG")
    assert "seed0000.png is no PNG" in generate(model, made, "--sheet-only").stderr
    assert not list(made.glob("sheet.*"))


@pytest.mark.parametrize("form", ["npy", "nifti"])
def test_other_formats(model, tmp_path, form):
    assert generate(model, tmp_path / "out", "--format", form, seeds="0-2").exit_code == 0
    done = generate(model, tmp_path / "out", "--format", form, "--sheet-only", seeds="0-2")
    assert done.exit_code == 0, done.output
    assert sheet(tmp_path / "out")["pictures"]["made_again_and_alike"] == 3
    assert generate(model, tmp_path / "out", "--format", form, "--sheet-only", "--trunc", 0, seeds="0-2").exit_code == 2


def test_stored_latents_may_be_patients(model, tmp_path):
    np.savez(tmp_path / "projected_w.npz", w=np.random.default_rng(0).standard_normal((1, 6, 8)).astype(np.float32))
    arguments = ["generate", "--model", model, "--projected-w", tmp_path / "projected_w.npz", "--sheet"]
    done = CliRunner().invoke(app, [*map(str, arguments), "--outdir", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    data = sheet(tmp_path / "out")
    assert (data["pictures"]["seeds"], data["pictures"]["class"]) == (None, None)
    assert any("each shows a patient's" in text for text in data["before_signing"])


@pytest.mark.parametrize(
    ("privacy", "words"),
    [
        (None, "may have memorised"),
        ({"kind": "as-published", "guarantee": "no guarantee", "noise": 0.02, "clip": 1.5}, "bounds nobody's share"),
        ({**DP, "epsilon": None}, "bound nothing"),
        ({**DP, "epsilon": float("inf")}, "bound nothing"),
        ({**DP, "epsilon": -1}, "bound nothing"),
        ({**DP, "epsilon": True}, "bound nothing"),
        ({**DP, "epsilon": "0.1"}, "bound nothing"),
        ({**DP, "delta": 0}, "bound nothing"),
        ({**DP, "delta": 1.5}, "bound nothing"),
        ("dp", "bounds nobody's share"),
    ],
)
def test_no_guarantee(privacy, words):
    found = privacy_facts(ModelCard("m", training={} if privacy is None else {"privacy": privacy}))
    assert not found["guarantee"]
    assert found["words"].startswith("No guarantee.")
    assert words in found["words"]


def test_a_guarantee_in_words():
    found = partial(lambda patients, **privacy: privacy_facts(
        ModelCard("m", training={"patients": patients, "privacy": {**DP, **privacy}})
    ))  # fmt: skip
    plain = found(80)
    assert (plain["guarantee"], plain["epsilon"], plain["unit"]) == (True, 2.0, "patient")
    assert "epsilon 2 at delta 1e-05 for each patient" in plain["words"]
    assert "at most 7.39 times" in plain["words"]
    assert "too large" not in plain["words"]
    assert "promises little" not in plain["words"]
    assert "too large for 200,000 patients" in found(200_000)["words"]
    assert "promises little" in found(80, epsilon=11)["words"]
    assert "more than 1,202,604 times" in found(80, epsilon=1e9)["words"]
    assert "measured on 4 other patients" in found(80, beside="thresholds were measured on 4 other patients")["words"]


def test_texts_of_others():
    assert shown("CC BY 4.0, https://creativecommons.org/licenses/by/4.0/ 350/50 HU and/or/not") == (
        "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/ 350/50 HU and/or/not"
    )
    assert shown("see /mnt/x/y, ~/a/b/, ..\\up\\there and \\\\server\\share\\anna") == (
        "see (a path), (a path), (a path) and (a path)"
    )
    assert shown("Anna Smith.nii.gz, x.PNG") == "Anna (a file), (a file)"
    assert shown({"a": 1}) == ""
    assert len(shown("word " * 1000)) <= LONGEST + 3


def test_results_say_which_pictures_they_are_of(model, made, tmp_path):
    with open_sets(None, str(made), SourceOptions(count=5), None, "cpu", no_progress, CancelToken(), print) as sets:
        assert pictures_hash(sets[1]) == files_hash(sorted(made.glob("*.png")))
    both = tmp_path / "both"
    both.mkdir()
    made.rename(both / "malignant")
    generate(model, both / "benign", seeds="20-31")
    found = synthetic_hashes(str(both))
    assert len(found) == 3
    assert {files_hash(sorted((both / name).glob("*.png"))) for name in ("benign", "malignant")} < set(found)
