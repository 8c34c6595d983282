"""Training latent transformers: two stages in one run or two, and what every restorer's training does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from detectors.restorers import made
from train.restorers import RestorerTraining, silent
from train.test_vqvae_training import TestVqvaeTraining as VqvaeTraining

from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.ltm.healing import log_likelihood
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.store import save_model


class TestLtmTraining(RestorerTraining):
    kind, steps = "ltm", 600
    quick = {  # noqa: RUF012
        **VqvaeTraining.quick,
        **{"token_width": 16, "depth": 2, "heads": 2},
        **{"learning_rate": 3e-3, "vqvae_learning_rate": 3e-3},
    }
    analysis = {"share": 0.1}  # noqa: RUF012

    def test_the_vq_vae_stays_as_it_is_once_the_transformer_learns(self, tmp_path):
        often = {"log_every": 1, "snapshot_every": 4, "ema": 20.0, "first": 0.5}
        self.start(tmp_path / "run", 8, **often)
        rows = [row for row in read_log(tmp_path / "run" / "log.jsonl") if "l1" in row or "cross_entropy" in row]
        assert ["l1" in row for row in rows] == [True] * 4 + [False] * 4
        half, whole = (load_model(path).tensors() for path in snapshots(tmp_path / "run"))
        for name, value in whole.items():
            same = torch.equal(half[name], value)
            assert same or not name.startswith("vqvae."), name
        assert not torch.equal(half["transformer.to_logits.weight"], whole["transformer.to_logits.weight"])

    def test_a_vq_vae_that_is_given_is_taken(self, tmp_path):
        VqvaeTraining.start(tmp_path / "first", 3)
        self.start(tmp_path / "run", 3, log_every=1, width=999, codes=7, vqvae=str(tmp_path / "first"))
        given = load_model(snapshots(tmp_path / "first")[-1])
        model = self.model(tmp_path / "run")
        assert model.card.architecture["codes"] == given.card.architecture["codes"] == 16
        for name, value in given.parts["network"].state_dict().items():
            assert torch.equal(model.parts["vqvae"].state_dict()[name], value), name
        rows = read_log(tmp_path / "run" / "log.jsonl")
        assert any("cross_entropy" in row for row in rows)
        assert not any("l1" in row for row in rows)

    @pytest.mark.parametrize(("side", "kind", "words"), [(16, "vqvae", "pixels 16"), (32, "mae", "is a mae model")])
    def test_a_model_that_cannot_be_the_vq_vae_is_refused(self, tmp_path, side, kind, words):
        small: dict[str, Any] = {"vqvae": {"width": 4}, "mae": {"patch": 4, "width": 8, "heads": 2}}[kind]
        model = made(kind, side, 1, small)
        path = tmp_path / "other.safetensors"
        save_model(path, model.tensors(), model.card)
        with pytest.raises(InputError, match=words):
            self.start(tmp_path / "run", 3, vqvae=str(path))

    def test_training_ends_early_in_the_second_stage_only(self, tmp_path):
        settings = {"sample_every": 1, "patience": 1, "held_out": 0.25, "learning_rate": 1e-12, "first": 0.5}
        self._start_apart(tmp_path / "run", 16, **settings)
        judged = [row["step"] for row in read_log(tmp_path / "run" / "log.jsonl") if "judged" in row]
        assert judged
        assert min(judged) > 8
        assert max(judged) < 16

    def _start_apart(self, folder: Path, steps: int, **changes: Any) -> None:
        """With images of other people to judge by."""
        from train.restorers import discs

        from GANAnomalyLab.train.loop.train_on_images import train
        from GANAnomalyLab.train.trainer_kinds import find_trainer

        kind = find_trainer(self.kind)
        usual = {"device": "cpu", "threads": 1, "batch": 8, "workers": 0, "resolution": self.side, "log_every": 10**6}
        given = {**usual, **self.quick, "steps": steps, "out": str(folder), **changes}
        train(kind, kind.settings.read(given), say=silent, images=discs(), held_out=discs(2, 4, seed=1))


def test_likelihood_is_as_worked_by_hand():
    logits = torch.log(torch.tensor([[[1.0, 3.0], [2.0, 2.0]]]))
    found = log_likelihood(logits, torch.tensor([[1, 0]]))
    np.testing.assert_allclose(found.numpy(), [[np.log(0.75), np.log(0.5)]], rtol=1e-6)
