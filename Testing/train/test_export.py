"""Finding the best snapshot of a run, and making it a model with thresholds."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train import normal_thresholds as thresholds
from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.run_models import best, find_snapshot, higher_is_better, measurements, snapshots
from GANAnomalyLib.analysis.pipeline import run as analyse
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.domain.reference import Reference
from GANAnomalyLib.domain.slice_traits import NUMBERS
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.models import registry
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import list_models
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import CancelToken

SIDE = 16
WIDTHS = {"channel_base": 64, "channel_max": 8}
NETWORK = {"z_dim": 4, "c_dim": 0, "w_dim": 4, "img_resolution": SIDE, "img_channels": 1, "mapping_layers": 1, **WIDTHS}
FRD = {2: 3.0, 4: 1.5, 6: 2.0}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.delenv("GANANOMALY_MODELS", raising=False)
    monkeypatch.setattr(registry, "bundled_folders", lambda: [tmp_path / "bundled"])


def write_snapshot(path: Path, seed: int, channels: int = 1) -> None:
    torch.manual_seed(seed)
    network = {**NETWORK, "img_channels": channels}
    encoder = {"w_dim": 4, "img_resolution": SIDE, "img_channels": channels, **WIDTHS}
    tensors = {f"G_ema.{name}": value for name, value in Generator(**network).state_dict().items()}
    tensors |= {f"encoder.{name}": value for name, value in Encoder(**encoder).state_dict().items()}
    card = ModelCard(path.parent.name, architecture={"generator": network, "encoder": encoder}, resolution=SIDE)
    card.channels = channels
    card.recommended, card.training = {"steps": 0}, {"kimg": seed}
    save_model(path, tensors, card)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run's folder as training writes it."""
    folder = tmp_path / "runs" / "00000-small-auto1"
    folder.mkdir(parents=True)
    for kimg in FRD:
        write_snapshot(folder / f"snapshot-{kimg:06d}.safetensors", kimg)
    write_metric(folder, "frd", {kimg: {"frd": value, "frd_steady": 9.0 - value} for kimg, value in FRD.items()})
    return folder


def write_metric(folder: Path, metric: str, by_kimg: dict[int, dict[str, float]]) -> None:
    rows = [
        {"results": values, "metric": metric, "snapshot": f"snapshot-{kimg:06d}.safetensors", "kimg": float(kimg)}
        for kimg, values in by_kimg.items()
    ]
    (folder / f"metric-{metric}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def normals(patients: int = 6, slices: int = 5, seed: int = 0) -> ImageSet:
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    discs = [
        ((rows - 8) ** 2 + (cols - 8) ** 2 < radius**2) * 150 + rng.integers(0, 40, (SIDE, SIDE))
        for radius in rng.uniform(3, 7, patients * slices)
    ]
    images = np.stack(discs).astype(np.uint8)[:, None]
    return ImageSet.from_array(images, patients=np.arange(patients * slices) // slices, kind="volumes")


def settings(source, **changes) -> ExportSettings:
    return ExportSettings(str(source), **{"name": "mine", "device": "cpu", **changes})


def test_the_lowest_distance_and_the_highest_precision_are_best(run):
    values = {2: {"pr50k3_full_precision": 0.3, "pr50k3_full_recall": 0.5}}
    values[6] = {"pr50k3_full_precision": 0.6, "pr50k3_full_recall": 0.2}
    write_metric(run, "pr50k3_full", values)
    write_metric(run, "is50k", {2: {"is50k_mean": 2.0, "is50k_std": 0.1}, 4: {"is50k_mean": 3.0, "is50k_std": 0.2}})
    found = {item.name: (item.kimg, item.value) for item in best(run)}
    assert found == {
        "frd": (4, 1.5),
        "frd_steady": (2, 6.0),
        "is50k_mean": (4, 3.0),
        "pr50k3_full_precision": (6, 0.6),
        "pr50k3_full_recall": (2, 0.5),
    }
    assert [item.name for item in best(run, "pr50k3_full_recall")] == ["pr50k3_full_recall"]
    assert find_snapshot(run, "best", "frd").name == "snapshot-000004.safetensors"
    with pytest.raises(InputError, match=r"depends on what is asked.*--metric"):
        find_snapshot(run, "best")


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        ("fid50k_full", False),
        ("pr", True),
        ("prism", False),
        ("is50k_mean", True),
        ("ppl2_wend", False),
        ("fd_lite0", False),
        *((f"prdc_lite0_{name}", True) for name in ("precision", "recall", "density", "coverage")),
    ],
)
def test_direction_of_a_number(name, higher):
    assert higher_is_better(name) is higher


def test_snapshots_are_found_by_what_they_are_called(run):
    assert [path.name[9:15] for path in snapshots(run)] == ["000002", "000004", "000006"]
    assert find_snapshot(run) == find_snapshot(run, "6") == find_snapshot(run, "snapshot-000006.safetensors")
    assert find_snapshot(run, "best").name == "snapshot-000004.safetensors"
    for which in ("5", "latest", "-2"):
        with pytest.raises(InputError, match="no snapshot"):
            find_snapshot(run, which)


def test_a_run_that_keeps_none_on_the_way_has_its_finished_model(run, tmp_path):
    """As encoders and PICARD leave it; what has no card is no model."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "half.safetensors").write_bytes(b"no card beside it")
    with pytest.raises(InputError, match="give the folder of a gananomaly train run that has made one"):
        find_snapshot(folder)
    for path in (run / "snapshot-000004.safetensors", run / "snapshot-000004.json"):
        (folder / path.name.replace("snapshot-000004", "mine")).write_bytes(path.read_bytes())
    assert find_snapshot(folder) == folder / "mine.safetensors"
    with pytest.raises(InputError, match=r"no snapshot 4: give newest, best\."):
        find_snapshot(folder, "4")
    path, card = export_model(settings(folder, name="exported"), normals=normals())
    assert (path.stem, card.name) == ("exported", "exported")


def test_broken_lines_and_lost_files_do_not_count(run):
    path = run / "metric-frd.jsonl"
    path.write_text(
        path.read_text()
        + '{"results": {"frd": 0.1}, "snapshot": "snapshot-000099.safetensors", "kimg": 99}\n'
        + '{"results": {"frd": NaN}, "snapshot": "snapshot-000006.safetensors", "kimg": 6}\n'
        + '{"results": {"frd": 0.1}, "snapshot": "../../etc/passwd"}\n[1]\n{"results": 3}\n'
        + '{"results": {"frd": 0.9}, "snapshot": "snapshot-000006.safetensors", "kimg": 6}\n{"resul'
    )
    winner = next(item for item in best(run) if item.name == "frd")
    assert (winner.snapshot, winner.value) == ("snapshot-000006.safetensors", 0.9)  # measured again
    assert {item.kimg for item in measurements(run)} == {2, 4, 6, 99}
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no measured quality"):
        best(run)


def test_what_is_no_run_is_told(tmp_path, run):
    (tmp_path / "empty").mkdir()
    for folder, words in (("nowhere", "check the path"), ("empty", "holds no model")):
        with pytest.raises(InputError, match=words):
            best(tmp_path / folder)
    with pytest.raises(InputError, match="there is frd"):
        best(run, "fid50k")
    (run / "metric-frd.jsonl").unlink()
    with pytest.raises(InputError, match="holds no measured quality"):
        best(run)


def test_find_best_answers_people_and_machines(run):
    done = CliRunner().invoke(app, ["find-best", str(run)])
    assert done.exit_code == 0
    assert "snapshot-000004.safetensors" in done.stdout
    assert "lowest of 3" in done.stdout
    answer = json.loads(CliRunner().invoke(app, ["find-best", str(run), "--metric", "frd", "--json"]).stdout)
    rows = {row["name"]: (row["snapshot"], row["value"], row["higher_is_better"]) for row in answer["best"]}
    assert rows["frd"] == ("snapshot-000004.safetensors", 1.5, False)


def test_an_exported_model_is_among_the_others_with_thresholds(run, tmp_path):
    said: list[str] = []
    chosen = settings(run, snapshot="best", card={"anatomy": "discs", "licence": "CC0"})
    path, card = export_model(chosen, say=said.append, normals=normals())
    assert path.parent.name == "models"
    assert [entry.name for entry in list_models() if not entry.broken] == ["mine"]
    model = load_model("mine")
    assert model.card.to_json() == card.to_json()
    original = load_model(run / "snapshot-000004.safetensors")
    for name in ("generator", "encoder"):
        for key, value in getattr(original, name).state_dict().items():
            assert torch.equal(value, getattr(model, name).state_dict()[key])
    assert (card.anatomy, card.licence, card.title) == ("discs", "CC0", "mine")
    assert card.results["quality"] == {"frd": 1.5, "frd_steady": 7.5}
    assert card.training["snapshot"] == "snapshot-000004.safetensors"
    assert card.training["calibration"]["reference_patients"] == 4
    assert card.training["calibration"]["threshold_patients"] == 2
    assert list(card.thresholds) == ["0.01", "0.02", "0.05"]
    assert card.thresholds["0.01"] >= card.thresholds["0.02"] >= card.thresholds["0.05"] > 0
    assert card.recommended == {**card.recommended, "metric": "wd", "patch_size": 4, "steps": 0}
    pixels = card.recommended["heatmap_thresholds"]
    assert list(pixels) == ["0.01", "0.02", "0.05"]
    assert card.thresholds["0.01"] >= pixels["0.01"] >= pixels["0.02"] >= pixels["0.05"] > 0
    assert set(model.calibration) == {f"differences.{name}" for name in ("version", "pictures", "means")}
    assert any("10 slices of 2 patients" in sentence for sentence in said)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_thresholds_are_the_quantiles_of_what_analysis_scores(tmp_path, channels):
    write_snapshot(tmp_path / "run" / "snapshot-000002.safetensors", 2, channels)
    images = normals(patients=6, slices=3)
    if channels == 3:  # another hue for each patient
        hues = np.random.default_rng(3).uniform(0.2, 1, (6, 3)).repeat(3, 0)[:, :, None, None]
        shown = (images.images * hues).astype(np.uint8)
        images = ImageSet.from_array(shown, patients=images.patients, kind="pictures")
    _, card = export_model(settings(tmp_path / "run", snapshot="2"), normals=images)
    _, judged = thresholds.split_by_patient(images, thresholds.JUDGED_SHARE, 303)
    scores = []
    for number, picture in enumerate(judged.images):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.squeeze(picture.transpose(1, 2, 0))).save(path)
        result = analyse(AnalysisRequest(str(path), "mine", str(tmp_path / f"r{number}"), device="cpu", allow_any=True))
        scores.append(result.scores[0]["patch_score"])
        assert result.manifest["slice_thresholds"] == card.thresholds
    expected = {str(rate): float(np.quantile(scores, 1 - rate)) for rate in (0.01, 0.02, 0.05)}
    for rate, threshold in card.thresholds.items():
        assert threshold == pytest.approx(expected[rate], rel=0.01)


def test_nothing_is_written_when_it_is_cancelled_or_the_disk_is_full(run, tmp_path, monkeypatch):
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        export_model(
            settings(run), lambda fraction, message: fraction > 0.2 and cancel.cancel(), cancel, normals=normals()
        )
    assert not (tmp_path / "data").exists()

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(GANAnomalyError, match="is full"):
        export_model(settings(run), normals=normals())
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_a_name_that_is_taken_needs_force(run):
    export_model(settings(run))
    with pytest.raises(InputError, match="exists already"):
        export_model(settings(run))
    _, card = export_model(settings(run, force=True, snapshot="2"))
    assert load_model("mine").card.training["snapshot"] == card.training["snapshot"] == "snapshot-000002.safetensors"


def test_a_calibrated_model_exported_again_keeps_its_thresholds(run):
    path, card = export_model(settings(run), normals=normals())
    _, again = export_model(settings(path, name="second", card={"anatomy": "x"}))
    assert again.thresholds == card.thresholds
    assert load_model("second").calibration.keys() == load_model("mine").calibration.keys()


def test_what_normals_are_like_goes_with_the_model(run):
    images = normals()
    rng = np.random.default_rng(1)
    images.traits = rng.uniform(0.2, 0.8, (len(images), NUMBERS)).astype(np.float16)
    path, card = export_model(settings(run), normals=images)
    reference = Reference.stored({name: tensor.numpy() for name, tensor in load_model("mine").domain.items()})
    assert np.allclose(reference.rows, images.traits, atol=0.003)
    assert 0 < reference.usual < reference.strange
    assert card.training["domain"] == {"slices": len(images), "patients": 6}
    assert "with 30 slices of 6 normal patients" in CliRunner().invoke(app, ["info", "mine"]).output
    export_model(settings(path, name="second"))
    assert load_model("second").domain.keys() == load_model("mine").domain.keys()
    # Of images that are no CTs nothing is known.
    _, bare = export_model(settings(run, name="bare"), normals=normals())
    assert (load_model("bare").domain, "domain" in bare.training) == ({}, False)
    assert "cannot tell a scan" in " ".join(CliRunner().invoke(app, ["info", "bare"]).output.split())


def test_the_run_s_own_held_out_patients_are_the_default_and_its_training_images_are_refused(run, tmp_path):
    pictures = tmp_path / "pictures"
    for patient in range(8):
        (pictures / str(patient)).mkdir(parents=True)
    for number, image in enumerate(normals(8, 3).images):
        Image.fromarray(image[0]).save(pictures / str(number // 3) / f"{number}.png")
    write_run_options(run, pictures)
    said: list[str] = []
    _, card = export_model(settings(run), say=said.append)
    assert any("patients that the run held out" in sentence for sentence in said)
    assert card.training["calibration"]["reference_slices"] + card.training["calibration"]["threshold_slices"] == 12
    with pytest.raises(InputError, match="trained on some of these normals"):
        export_model(settings(run, name="other", normals=str(pictures), patients="folder"))
    others = tmp_path / "others"
    others.mkdir()
    for number, image in enumerate(normals(4, 1, seed=9).images):
        Image.fromarray(image[0]).save(others / f"{number}.png")
    _, card = export_model(settings(run, name="other", normals=str(others)))
    assert card.thresholds


def write_run_options(run: Path, pictures: Path) -> None:
    from GANAnomalyLab.train.stylegan2.run_folder import write_options
    from GANAnomalyLab.train.stylegan2.stylegan2_config import resolve
    from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions

    options = TrainOptions(
        outdir=str(run.parent), data=str(pictures), resolution=SIDE, patients="folder", validation="0.5", aug="noaug"
    )
    write_options(run, options, resolve(options, SIDE, 1, 0, "pictures", "cpu"), {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../x"}, "cannot be a model's name"),
        ({"name": ""}, "cannot be a model's name"),
        ({"card": {"anatmy": "x"}}, "anatmy"),
        ({"card": {"window": "wide"}}, "window"),
        ({"card": {"sha256": "0"}}, "sha256"),
        ({"metric": "l2"}, "metric must be"),
        ({"patch_size": 17}, "patch_size"),
        ({"steps": -1}, "steps"),
        ({"snapshot": "3"}, "no snapshot"),
        ({"source": "nobody-knows"}, "no model"),
        ({"source": "nobody-knows", "snapshot": "best"}, "--snapshot"),
    ],
)
def test_wrong_requests_are_told(run, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        export_model(settings(changes.pop("source", run), **changes))
    assert not (tmp_path / "data").exists()


def test_normals_that_do_not_do_are_told(run, tmp_path):
    wrong = ImageSet.from_array(np.zeros((4, 1, 32, 32), np.uint8), kind="volumes")
    for images, words in ((normals(1, 6), "two patients"), (wrong, "must be the same")):
        with pytest.raises(InputError, match=words):
            export_model(settings(run), normals=images)
    with pytest.raises(InputError, match="does not exist"):
        export_model(settings(run, normals=str(tmp_path / "nowhere")))


def test_the_command(run, tmp_path):
    folder = tmp_path / "normals"
    folder.mkdir()
    for number, image in enumerate(normals(6, 1).images):
        Image.fromarray(image[0]).save(folder / f"{number}.png")
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"title": "Small", "name": "ignored", "modality": "XR"}))
    command = ["model", "export", str(run), "--name", "liver", "--normals", str(folder), "--card", str(facts)]
    done = CliRunner().invoke(app, [*command, "--set", "anatomy=discs", "--device", "cpu"])
    assert done.exit_code == 0, done.output
    assert "reached in 1 in 20 normal slices" in done.stdout
    card = load_model("liver").card
    assert (card.name, card.title, card.modality, card.anatomy) == ("liver", "Small", "XR", "discs")
    facts.write_text("[]")
    done = CliRunner().invoke(app, [*command, "--force", "--json"])
    assert done.exit_code == 2
    assert "holds no facts" in done.stderr
    assert CliRunner().invoke(app, ["model", "export", "--help"]).exit_code == 0
