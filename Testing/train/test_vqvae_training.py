"""Training VQ-VAEs: losses worked by hand, and what every restorer's training does."""

from __future__ import annotations

import pytest
import torch
from detectors.restorers import made
from train.restorers import RestorerTraining

from GANAnomalyLab.train.vqvae.trainer import learning, reconstruction
from GANAnomalyLib.detectors.vqvae.network import COMMITMENT, DECAY

SMALL = {"width": 4, "levels": 1, "residual": 0, "codes": 2, "code_width": 2}


class TestVqvaeTraining(RestorerTraining):
    kind, steps = "vqvae", 300
    quick = {  # noqa: RUF012
        **{"width": 16, "levels": 3, "residual": 1, "codes": 16, "code_width": 8},
        **{"learning_rate": 3e-3},
    }


def test_reconstruction_is_the_mean_absolute_difference():
    assert reconstruction(torch.tensor([0.0, 1.0, 0.5]), torch.tensor([1.0, 1.0, 0.75])) == pytest.approx(1.25 / 3)


def test_commitment_and_codebook_are_as_worked_by_hand():
    """Two entries, three answers: the first is nearest to one entry, the others to the other."""
    network = made("vqvae", 16, 1, SMALL).parts["network"].train()
    quantizer = network.quantizer.quantizer
    quantizer.embedding.weight.data = torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    quantizer.ema_w.copy_(quantizer.embedding.weight)
    quantizer.ema_cluster_size.fill_(1.0)
    answers = torch.tensor([[0.0, 1.0], [2.0, 3.0], [2.0, 1.0]]).T[None, :, :, None]
    found, loss = network.quantize(answers)
    torch.testing.assert_close(found[0, :, :, 0].T, torch.tensor([[0.0, 0.0], [2.0, 2.0], [2.0, 2.0]]))
    assert loss.item() == pytest.approx(COMMITMENT * 3 / 6)
    # Each entry: the kept sum and the new one, by the kept count and the new one.
    sums = DECAY * torch.tensor([[0.0, 0.0], [2.0, 2.0]]) + (1 - DECAY) * torch.tensor([[0.0, 1.0], [4.0, 4.0]])
    counts = DECAY * torch.tensor([1.0, 1.0]) + (1 - DECAY) * torch.tensor([1.0, 2.0])
    torch.testing.assert_close(quantizer.embedding.weight, sums / counts[:, None], rtol=0, atol=1e-4)


def test_the_codebook_learns_without_gradients():
    network = made("vqvae", 16, 1, SMALL).parts["network"].requires_grad_(True)
    network.quantizer.quantizer.embedding.weight.requires_grad = False
    assert len(learning(network)) == len(list(network.parameters())) - 1
