"""The demo model's training, in small: two stages, the second from the model of the first, and what comes out."""

from __future__ import annotations

import pytest
import torch

from GANAnomalyLab.demo_models import demo_cohort as cohort
from GANAnomalyLab.demo_models.__main__ import export
from GANAnomalyLab.demo_models.training import STAGES, demo_options, how_far, train_demo, trained_models
from GANAnomalyLab.simulate.virtual_cohort import CohortSettings
from GANAnomalyLab.train.loop.run_files import models
from GANAnomalyLab.train.stylegan2.run_folder import read_options
from GANAnomalyLab.train.stylegan2.stylegan2_config import resolve
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

SMALL = {"z_dim": 8, "w_dim": 8, "fmaps": 256 / 32768, "channel_max": 8, "tensorboard": False, "workers": 0, "grid": 2}
SIDE = 32
TWO = ((2, CohortSettings(), 0.024), (1, cohort.NEAR, 0.016))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(cohort, "RESOLUTION", SIDE)
    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.joint.MASKS_AT_128", 10)


def test_the_demo_trains_as_its_card_says(monkeypatch, tmp_path):
    monkeypatch.undo()
    config = resolve(demo_options(tmp_path, 400.0, 60.0, 1), 128, 1, 0, "volumes", "cpu")
    said = {
        **{"resolution": 128, "z_dim": 64, "w_dim": 64, "mapping_layers": 2, "channel_base": 1024, "channel_max": 128},
        **{"batch": 8, "lr": 0.002, "encoder_lr": 0.002, "gamma": 1.0, "r1_every": 8, "adversarial_every": 4},
        **{"encoder_reconstruction": 20.0, "encoder_latent": 0.5, "ema_kimg": 4.0, "ema_rampup": 0.05},
        **{"decay_from": 0.6, "precision": "bf16", "seed": 0, "augpipe": None, "pl_weight": 0.0, "style_mixing": 0.0},
    }
    assert {name: getattr(config, name) for name in said} == said
    stored = load_model("demo").card.training
    renamed = {"lr": "learning_rate", "encoder_lr": "encoder_learning_rate", "gamma": "r1_gamma"}
    renamed |= {"encoder_reconstruction": "reconstruction_weight", "encoder_latent": "latent_weight"}
    shared = {name: renamed.get(name, name) for name in said if renamed.get(name, name) in stored}
    assert len(shared) >= 14
    assert {name: stored[other] for name, other in shared.items()} == {name: said[name] for name in shared}
    assert [patients for patients, _, _ in STAGES] == [patients for patients, _ in stored["stages"]]


@pytest.mark.slow
def test_two_stages_and_the_model_that_comes_out(tmp_path):
    said, seen = [], []
    last = train_demo(
        tmp_path / "run", 60, 1, lambda fraction, message: seen.append(fraction), None, said.append, TWO, SMALL
    )
    first, second = trained_models(tmp_path / "run")
    assert models(last)[-1] == second
    assert second.parent.parent.name == "stage2"
    assert read_options(second.parent)[0].resume == str(first)
    assert read_options(first.parent)[2]["patients"] == 2
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert [sentence for sentence in said if sentence.startswith("Stage")] == [
        "Stage 1 of 2: making 2 virtual patients.",
        "Stage 2 of 2: making 1 virtual patients.",
    ]
    # Again: nothing is left to do, and nothing is done.
    before = sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "run").rglob("*.safetensors"))
    assert train_demo(tmp_path / "run", 60, 1, say=said.append, stages=TWO, changes=SMALL) == last
    assert sorted((path, path.stat().st_mtime_ns) for path in (tmp_path / "run").rglob("*.safetensors")) == before

    card = export(tmp_path / "run", tmp_path / "demo.safetensors", normals=1)
    model = load_model(tmp_path / "demo.safetensors")
    assert model.card.to_json() == card.to_json()
    assert model.card.training["kimg"] == pytest.approx(0.04)
    assert model.card.training["stages"] == [[280, 0.024], [120, 0.016]]
    assert model.card.training["script"] == "python -m GANAnomalyLab.demo_models train RUN"
    assert str(tmp_path) not in model.card.to_json()
    assert set(model.card.thresholds) == {"0.01", "0.02", "0.05"}
    assert model.calibration
    trained = load_model(second)
    for part in ("generator", "encoder"):
        for name, value in getattr(trained, part).state_dict().items():
            assert torch.equal(getattr(model, part).state_dict()[name], value), name


@pytest.mark.slow
def test_a_stopped_training_goes_on(tmp_path):
    cancel = CancelToken()

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.15:
            cancel.cancel()

    with pytest.raises(Cancelled, match="go on with"):
        train_demo(tmp_path, 60, 1, stop, cancel, stages=TWO, changes=SMALL)
    with pytest.raises(InputError, match="holds no model of a training yet"):
        trained_models(tmp_path)
    train_demo(tmp_path, 60, 1, stages=TWO, changes=SMALL)
    assert [how_far(path.parent)[0] for path in trained_models(tmp_path)] == [24, 16]
    assert len(list((tmp_path / "stage1").glob("0*"))) == 1


def test_time_is_for_all_stages_together(tmp_path):
    last = train_demo(tmp_path, 0.02, 1, stages=((2, CohortSettings(), 1000.0), TWO[1]), changes=SMALL)
    assert last.parent.name == "stage1"
    seen, seconds = how_far(last)
    assert 0 < seen < 1_000_000
    assert seconds >= 1.2
    with pytest.raises(InputError, match="more --minutes"):
        train_demo(tmp_path / "other", 0, 1, stages=TWO, changes=SMALL)


def test_a_run_alone_is_exported_too(tmp_path):
    last = train_demo(tmp_path / "run", 60, 1, stages=TWO[:1], changes=SMALL)
    card = export(last, tmp_path / "alone.safetensors", normals=1)
    assert card.training["kimg"] == pytest.approx(0.024)
    assert "stages" not in card.training
