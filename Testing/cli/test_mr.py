"""Commands that know CT only say so of an MR, in one sentence and before anything is written."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from detectors import restorers
from heads import head, write_mr

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.volume import Volume, write_volume


def refused(*arguments: object) -> str:
    """What a command said that refused its work."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 2, done.output
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture
def model(tmp_path):
    """A model of MR."""
    small = restorers.made("vae", 16, 1, {"widths": [2, 4]})
    card = ModelCard("heads", "vae", resolution=16, architecture=small.card.architecture, modality="MR")
    save_model(tmp_path / "heads.safetensors", small.tensors(), card)
    return tmp_path / "heads.safetensors"


def test_simulate_puts_nothing_into_an_mr(tmp_path):
    out = tmp_path / "out"
    said = refused("simulate", write_mr(head(1), tmp_path / "series"), "--out", out)
    assert "simulated in CTs only, and this is an MR: give a CT." in said
    said = refused("simulate", write_volume(head(2), tmp_path / "head.nii.gz"), "--out", out)
    assert "these values are not Hounsfield units (those of an MR are none): give a CT" in said
    assert "allow" not in said, "there is no such option"
    assert not out.exists()


def test_simulate_tells_how_to_mend_a_ct_without_its_intercept(tmp_path):
    voxels = np.zeros((4, 40, 40), np.int16)
    voxels[:, 8:32, 8:32] = 1060
    path = write_volume(Volume(voxels, np.eye(4)), tmp_path / "shifted.nii.gz")
    assert "or add --hu-offset -1024" in refused("simulate", path, "--out", tmp_path / "out")


@pytest.mark.parametrize("command", ["demo", "benchmark"])
def test_models_of_mr_have_no_demo_and_no_benchmark(tmp_path, model, command):
    assert "heads was made for MR" in refused(command, "--model", model, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
