"""The path length penalty of a whole generator: its gradient against finite differences in float64."""

from __future__ import annotations

import torch
from torch.autograd import gradcheck
from torch.func import functional_call

from GANAnomalyLib.detectors.stylegan2.network import Generator


def test_the_gradient_of_path_length_is_that_of_finite_differences():
    torch.manual_seed(0)
    generator = Generator(4, 0, 4, 8, 1, 2, 16, 3)
    for name, value in generator.named_parameters():
        if "noise_strength" in name:
            torch.nn.init.constant_(value, 0.2)
    generator = generator.double()
    parameters = dict(generator.synthesis.named_parameters())
    ws = torch.randn(2, generator.num_ws, 4, dtype=torch.float64, requires_grad=True)
    noise = torch.randn(2, 1, 8, 8, dtype=torch.float64) / 8

    def penalty(*values):
        image = functional_call(generator.synthesis, dict(zip(parameters, values, strict=True)), (ws, "const"))
        assert image.dtype == torch.float64
        (gradient,) = torch.autograd.grad((image * noise).sum(), ws, create_graph=True)
        return (gradient.square().sum(2).mean(1).sqrt() - 0.7).square().mean()

    assert gradcheck(penalty, tuple(parameters.values()), fast_mode=True)
