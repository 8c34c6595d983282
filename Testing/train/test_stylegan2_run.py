"""A whole run: what it leaves behind, how it stops and goes on, and what happens when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from places import PACKAGES
from train.stylegan2_small import SETTINGS, SIDE, image_set, options, write_discs
from waiting import until

from GANAnomalyLab.train.loop.run_files import models, states
from GANAnomalyLab.train.loop.run_state import load_state
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.stylegan2.stylegan2_plan import read_request
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.load import load_network
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard

ROOT = Path(__file__).resolve().parents[2]
TIMES = ("seconds", "s_per_kimg", "memory_gb", "gpu_gb")


def rows(folder: Path) -> list[dict]:
    """The log without what depends on the clock."""
    return [{k: v for k, v in row.items() if k not in TIMES} for row in read_log(folder / "stats.jsonl")]


def go_on(folder: Path, **changes) -> Path:
    chosen, found = read_request({"resume": str(folder), **changes})
    assert found == folder
    return train(chosen, found, images=image_set())


def test_a_run_leaves_models_states_a_log_and_pictures(tmp_path):
    seen, said = [], []
    chosen = options(tmp_path, kimg=2.4, tick=0.4, snap=3, name="discs", anatomy="discs", batch=400, validation=None)
    folder = train(chosen, None, lambda f, m: seen.append((f, m)), say=said.append, images=image_set(mirror=True))
    assert folder.name == "00000-data-auto1-kimg2.4-batch400-fmaps0.00391"
    assert [path.name for path in models(folder)] == ["snapshot-000001.safetensors", "snapshot-000002.safetensors"]
    assert [path.name for path in states(folder)] == ["state-000001.pt", "state-000002.pt"]
    assert len([path for path in folder.iterdir() if path.suffix == ".part"]) == 0

    loaded = load_model(models(folder)[-1])
    card = loaded.card
    assert (card.name, card.anatomy, card.resolution, card.channels, card.framing) == (
        "discs",
        "discs",
        SIDE,
        1,
        "full",
    )
    assert card.training["kimg"] == 2.4
    assert card.training["images"] == 24
    assert str(tmp_path) not in card.to_json()
    with torch.no_grad():
        assert loaded.generator(torch.zeros(1, 8)).shape == (1, 1, SIDE, SIDE)
    assert load_network(models(folder)[-1], "D").img_resolution == SIDE
    state = load_state(states(folder)[-1])
    for name, tensor in loaded.generator.state_dict().items():
        assert torch.equal(tensor, state["G_ema"][name])

    log = rows(folder)
    assert [row["kimg"] for row in log] == [0.4, 0.8, 1.2, 1.6, 2.0, 2.4]
    wanted = {"generator_loss", "discriminator_loss", "real_logit", "fake_logit", "real_sign", "path_length"}
    assert wanted | {"r1_penalty", "augment_p", "augment_r"} <= set(log[0])
    lines = [sentence for sentence in said if sentence.startswith("kimg")]
    assert len(lines) == 6
    for word in ("s/kimg", "memory", " p ", " r ", "left"):
        assert word in lines[0]
    assert (folder / "log.txt").read_text().splitlines() == said
    for name in ("reals", "fakes000000", "fakes000001", "fakes000002"):
        with Image.open(folder / f"{name}.png") as picture:
            assert (picture.size, picture.mode) == ((2 * SIDE, 2 * SIDE), "L")
            assert np.asarray(picture).std() > 1
    stored = json.loads((folder / "options.json").read_text())
    assert (stored["options"]["kimg"], stored["resolved"]["mbstd"]) == (2.4, 4)
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_the_next_run_gets_the_next_number(tmp_path):
    names = [train(options(tmp_path, kimg=0.008, mirror=True), images=image_set()).name for _ in range(2)]
    assert [name[:5] for name in names] == ["00000", "00001"]
    assert names[0].startswith("00000-data-mirror-auto1")


def command(data: Path, outdir: Path, **changes) -> list[str]:
    settings = {
        **SETTINGS,
        "kimg": 0.2,
        "tick": 0.008,
        "snap": 4,
        "state_minutes": 0.0001,
        "resolution": 16,
        **changes,
    }
    found = [sys.executable, "-m", "GANAnomalyLib", "train", "stylegan2", f"--data={data}", f"--outdir={outdir}"]
    return found + [f"--set={name}={json.dumps(value)}" for name, value in settings.items()]


@pytest.mark.slow
@pytest.mark.parametrize("gpus", [1, pytest.param(2, marks=pytest.mark.minutes)])
def test_ctrl_c_saves_first(tmp_path, gpus):
    """To all processes at once, as a terminal sends it."""
    data = write_discs(tmp_path / "discs")
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    changes = {"kimg": 1000, "state_minutes": 30.0, "snap": 1000, "gpus": gpus}
    stopped = subprocess.Popen(
        command(data, tmp_path / "runs", **changes),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: stopped.poll() is not None or list((tmp_path / "runs").glob("0*/stats.jsonl")))
    assert stopped.poll() is None, stopped.stderr.read()
    time.sleep(0.5)
    os.killpg(stopped.pid, signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130, told
    assert "thousand images: go on with --resume" in told
    assert "Traceback" not in told
    (folder,) = (tmp_path / "runs").glob("0*")
    assert load_state(states(folder)[-1])["seen"] > 0


def test_a_run_without_any_state_begins_again_in_its_folder(tmp_path):
    folder = train(options(tmp_path), images=image_set())
    before = rows(folder)
    for path in [*states(folder), *models(folder)]:
        path.unlink()
    assert go_on(folder) == folder
    assert rows(folder) == before


def test_a_run_that_stopped_at_its_end_still_gets_its_model(tmp_path):
    """Killed between the last state and the last model, or saved by the clock just then."""
    folder = train(options(tmp_path), images=image_set())
    expected = ModelCard.read(models(folder)[-1].with_suffix(".json")).sha256
    for missing in (".json", ".safetensors"):
        models(folder)[-1].with_suffix(missing).unlink()
        go_on(folder)
        assert ModelCard.read(models(folder)[-1].with_suffix(".json")).sha256 == expected


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path):
    """The operating system's own refusal, through torch's writer: a process that may not write large files."""
    resource = pytest.importorskip("resource")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({60_000}, resource.RLIM_INFINITY))\n"
        "from train.stylegan2_small import options, image_set\n"
        "from GANAnomalyLab.train.stylegan2.train_stylegan2 import train\n"
        "from GANAnomalyLib.errors import GANAnomalyError\n"
        "try:\n    train(options(sys.argv[1]), images=image_set())\n"
        "except GANAnomalyError as error:\n    print(error.message)\n"
    )
    paths = os.pathsep.join([PACKAGES, str(ROOT / "Testing")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    assert resource.RLIMIT_FSIZE
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert "cannot be written" in done.stdout, done.stderr
    assert "make room and go on with --resume" in done.stdout
    (folder,) = tmp_path.iterdir()
    assert not list(folder.glob("*.part"))
    assert not [path for path in [*states(folder), *models(folder)] if path.stat().st_size >= 60_000]


def test_a_graphics_card_that_is_too_small_is_told(tmp_path, monkeypatch):
    def step(self):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.stylegan2_trainer.Trainer.step", step)
    with pytest.raises(GANAnomalyError, match="not enough memory for 8 images at a time: give a smaller --batch-gpu"):
        train(options(tmp_path), images=image_set())


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="No run can be written"):
        train(options(tmp_path / "file"), images=image_set())
    with pytest.raises(InputError, match="--outdir"):
        train(options("", data=str(write_discs(tmp_path / "discs"))))


def test_damaged_options_are_told(tmp_path):
    folder = train(options(tmp_path, kimg=0.008), images=image_set())
    (folder / "options.json").write_text('{"options": {}}')
    with pytest.raises(InputError, match="begin another run"):
        read_request({"resume": str(folder)})


def test_watching_other_patients(tmp_path):
    images = image_set(24, patients=np.arange(24) // 4)
    folder = train(options(tmp_path), images=images, validation=image_set(6, seed=3))
    log = rows(folder)
    assert all("validation_logit" in row and "training_logit" in row for row in log)
    assert json.loads((folder / "options.json").read_text())["data"]["validation_images"] == 6


def test_a_share_of_the_patients_is_kept_apart(tmp_path):
    data = write_discs(tmp_path / "discs")
    chosen = options(tmp_path / "runs", data=str(data), resolution=SIDE, validation="0.25", patients="file", kimg=0.008)
    folder = train(chosen)
    facts = json.loads((folder / "options.json").read_text())["data"]
    assert (facts["images"], facts["validation_images"], facts["validation_patients"]) == (18, 6, 6)
    same = options(tmp_path / "runs", data=str(data), resolution=SIDE, validation=str(data), patients="file")
    with pytest.raises(InputError, match="both in the training and in the validation data"):
        train(same)


@pytest.mark.slow
def test_metrics_are_appended_and_refused_at_the_start(tmp_path, monkeypatch):
    """With numbers made up in place of the measurement, which is slow; the next test measures."""
    from GANAnomalyLab.evaluate import quality

    asked = []

    def measured(names, real, fake, **more):
        asked.append((list(names), len(real), fake.generator.img_resolution))
        return {key: 3.0 + len(asked) for key in quality.METRICS["frd"].keys}

    monkeypatch.setattr("GANAnomalyLab.evaluate.quality.radiomics.check_package", lambda: None)
    monkeypatch.setattr(quality, "measure", measured)
    chosen = options(tmp_path / "runs", metrics="frd", kimg=2.4, tick=0.8, batch=400)
    folder = train(chosen, images=image_set())
    lines = [json.loads(line) for line in (folder / "metric-frd.jsonl").read_text().splitlines()]
    assert [line["results"]["frd"] for line in lines] == [4.0, 5.0, 6.0]
    assert [line["kimg"] for line in lines] == [0.8, 1.6, 2.4]
    assert lines[-1]["snapshot"] == "snapshot-000002.safetensors"
    assert asked[0] == (["frd"], 24, SIDE)
    states(folder)[-1].unlink()
    go_on(folder)  # what comes after the state is measured again, and stands there once
    again = [json.loads(line) for line in (folder / "metric-frd.jsonl").read_text().splitlines()]
    assert [line["kimg"] for line in again] == [0.8, 1.6, 2.4]
    assert again[-1]["results"]["frd"] == 7.0
    monkeypatch.undo()
    for metrics, words in (("fid50k_full", "weights of Inception"), ("nonsense", "no metric")):
        with pytest.raises(InputError, match=words):
            train(options(tmp_path / "other", metrics=metrics), images=image_set())
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_a_metric_is_measured_at_a_snapshot(tmp_path):
    pytest.importorskip("frd_score")
    pytest.importorskip("radiomics")
    said = []
    torso = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
    chosen = options(tmp_path, data=str(torso), resolution=32, subset=12, metrics="frd", kimg=0.016, patients="file")
    folder = train(chosen, say=said.append)
    (line,) = [json.loads(line) for line in (folder / "metric-frd.jsonl").read_text().splitlines()]
    assert np.isfinite(line["results"]["frd"])
    assert any("snapshot-000000.safetensors: frd" in sentence for sentence in said)


def test_tensorboard_where_it_is_installed(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = train(options(tmp_path, tensorboard=True), images=image_set())
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("generator_loss")] == [16, 32, 48]
    assert len(events.Images("samples")) == 4
