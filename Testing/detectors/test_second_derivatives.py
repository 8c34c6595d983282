"""Derivatives of derivatives, which R1 and path length penalties train by, against finite differences in float64."""

from __future__ import annotations

import copy

import pytest
import torch
from benchmarks import plain_stylegan2 as plain
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from GANAnomalyLib.detectors.stylegan2.network.convolution import convolve, convolve_transposed
from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator, minibatch_std
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator, StyleLayer
from GANAnomalyLib.detectors.stylegan2.network.layers import (
    Conv,
    fir_down,
    fir_smooth,
    modulated_conv,
    resample_filter,
    upsample_image,
)
from GANAnomalyLib.detectors.stylegan2.network.mapping import MappingNetwork


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=random, dtype=torch.float64).requires_grad_()


def parameters_of(module: torch.nn.Module) -> tuple[list[str], list[torch.Tensor]]:
    named = dict(module.named_parameters())
    return list(named), [value.detach().clone().requires_grad_() for value in named.values()]


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: fir_smooth(x, 2),
        lambda x: fir_smooth(x, 1, 4.0),
        fir_down,
        lambda x: upsample_image(x, resample_filter()),
        lambda x: minibatch_std(x, 2),
    ],
    ids=["smooth 2", "smooth 1", "down", "up", "minibatch"],
)
def test_resampling_and_minibatch_statistic(operation):
    # The filters are linear: their second derivative is zero, so a nonlinear function of them is checked.
    x = randn(4, 1, 6, 4)
    assert gradcheck(operation, (x,))
    assert gradgradcheck(lambda x: operation(x).sin() + 0.1 * operation(x * x), (x,), fast_mode=True)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("groups", "size", "padding"), [(1, 3, 1), (1, 3, 0), (1, 1, 0), (3, 4, 1), (3, 3, 2)])
def test_convolutions_and_their_second_derivatives(stride, groups, size, padding):
    x, bias = randn(1, 3, 5, 6), randn(3, seed=2)
    weight = randn(3, 3 // groups, size, size, seed=1)
    settings = {"stride": stride, "padding": padding, "groups": groups}
    torch.testing.assert_close(convolve(x, weight, bias, **settings), functional.conv2d(x, weight, bias, **settings))
    assert gradgradcheck(lambda *a: convolve(*a, **settings), (x, weight, bias), fast_mode=True)
    found = convolve_transposed(x, weight, **settings)
    torch.testing.assert_close(found, functional.conv_transpose2d(x, weight, **settings))
    assert gradcheck(lambda *a: convolve_transposed(*a, **settings), (x, weight))
    assert gradgradcheck(lambda *a: convolve_transposed(*a, **settings), (x, weight), fast_mode=True)


@pytest.mark.parametrize("settings", [{"down": True}, {"down": True, "bias": False, "lrelu": False}, {}])
@pytest.mark.parametrize("size", [1, 3])
def test_layers_of_the_discriminator(size, settings):
    layer = Conv(3, 2, size, conv_clamp=2.0, **settings).double()
    names, values = parameters_of(layer)

    def run(x, *values):
        return functional_call(layer, dict(zip(names, values, strict=True)), (x, 0.7))

    assert gradcheck(run, (randn(2, 3, 4, 4), *values))
    assert gradgradcheck(run, (randn(2, 3, 4, 4), *values), fast_mode=True)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize(("size", "up"), [(3, True), (3, False), (1, False)])
def test_modulated_convolution(size, up, demodulate):
    x, weight, style = randn(2, 3, 3, 3), randn(2, 3, size, size, seed=1), randn(2, 3, seed=2)
    run = lambda *a: modulated_conv(*a, demodulate=demodulate, up=up)  # noqa: E731
    assert gradcheck(run, (x, weight, style))
    assert gradgradcheck(run, (x, weight, style), fast_mode=True)
    torch.testing.assert_close(run(x, weight, style), plain.modulated(x, weight, style, demodulate, up))


def test_only_3x3_kernels_double_the_size():
    with pytest.raises(ValueError, match="3x3"):
        modulated_conv(randn(1, 2, 4, 4), randn(2, 2, 1, 1), randn(1, 2), up=True)


def test_style_layer_and_mapping():
    torch.manual_seed(0)
    layer, mapping = StyleLayer(2, 3, 4, 6, up=True).double(), MappingNetwork(3, 2, 4, None, 2).double()
    torch.nn.init.constant_(layer.noise_strength, 0.3)
    label = torch.eye(2, dtype=torch.float64)

    def run(z, x):
        return layer(x, mapping(z, label), "const")

    assert run(randn(2, 3), randn(2, 2, 3, 3)).dtype == torch.float64
    assert gradgradcheck(run, (randn(2, 3), randn(2, 2, 3, 3, seed=1)), fast_mode=True)


@pytest.mark.parametrize("labels", [0, 2])
def test_the_gradient_of_r1_is_that_of_finite_differences(labels):
    torch.manual_seed(0)
    network = Discriminator(labels, 8, 1, 32, 3, mbstd_group_size=2, mapping_layers=1).double()
    names, values = parameters_of(network)
    real = randn(4, 1, 8, 8)
    label = torch.eye(2, dtype=torch.float64).repeat(2, 1) if labels else None

    def penalty(*values):
        logits = functional_call(network, dict(zip(names, values, strict=False)), (real, label))
        assert logits.dtype == torch.float64
        (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        return gradient.square().sum((1, 2, 3)).mean()

    assert gradcheck(penalty, values, fast_mode=True)


def tiny() -> tuple[Generator, Discriminator]:
    torch.manual_seed(1)
    generator = Generator(8, 0, 8, 16, 1, 2, 64, 6)
    discriminator = Discriminator(0, 16, 1, 64, 6, mbstd_group_size=2)
    for name, value in generator.named_parameters():
        if "noise_strength" in name:
            torch.nn.init.constant_(value, 0.2)
    return generator, discriminator


def own_and_plain(module: torch.nn.Module):
    """The module, and copies in float64 of all its tensors, whose gradients the plain networks fill."""
    reference = copy.deepcopy(module).double()
    return module, dict(reference.named_parameters()) | dict(reference.named_buffers())


def assert_gradients_agree(module: torch.nn.Module, tensors: dict[str, torch.Tensor], tolerance: float) -> None:
    checked = 0
    for name, value in module.named_parameters():
        expected = tensors[name].grad
        assert (value.grad is None) == (expected is None), name
        if expected is not None and expected.abs().max() > 0:
            assert float((value.grad - expected).norm() / expected.norm()) < tolerance, name
            checked += 1
    assert checked > 10


def test_path_length_of_a_whole_generator_equals_the_plain_network_in_float64():
    generator, tensors = own_and_plain(tiny()[0])
    z, noise = randn(3, 8).detach(), randn(3, 1, 16, 16, seed=1).detach() / 16

    def penalty(mapped, synthesis):
        ws = mapped[:, None].repeat(1, generator.num_ws, 1)
        image = synthesis(ws)
        (gradient,) = torch.autograd.grad((image * noise.to(image.dtype)).sum(), ws, create_graph=True)
        return (gradient.square().sum(2).mean(1).sqrt() - 0.3).square().mean()

    ours = penalty(generator.mapping(z.float())[:, 0], generator.synthesis)
    theirs = penalty(plain.mapping(tensors, z), lambda ws: plain.synthesis(tensors, ws))
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-4)
    ours.backward()
    theirs.backward()
    assert_gradients_agree(generator, tensors, 1e-3)


def test_losses_and_r1_of_whole_networks_equal_the_plain_ones_in_float64():
    generator, discriminator = tiny()
    (_, g), (_, d) = own_and_plain(generator), own_and_plain(discriminator)
    z, real = randn(4, 8).detach(), randn(4, 1, 16, 16, seed=1)

    def losses(images, discriminate, real):
        (gradient,) = torch.autograd.grad(discriminate(real).sum(), real, create_graph=True)
        return functional.softplus(-discriminate(images)).mean() + gradient.square().sum((1, 2, 3)).mean()

    ws = plain.mapping(g, z)[:, None].repeat(1, generator.num_ws, 1)
    theirs = losses(plain.synthesis(g, ws), lambda x: plain.discriminator(d, x, 2), real)
    mapped = generator.mapping(z.float())
    ours = losses(generator.synthesis(mapped), discriminator, real.detach().float().requires_grad_())
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-4)
    ours.backward()
    theirs.backward()
    assert_gradients_agree(generator, g, 1e-3)
    assert_gradients_agree(discriminator, d, 1e-3)


def test_gradients_of_every_sample_by_themselves():
    """torch.func's way, which differentially private training needs."""
    torch.manual_seed(0)
    network = Discriminator(0, 8, 1, 32, 4, mbstd_group_size=1)
    values, buffers = dict(network.named_parameters()), dict(network.named_buffers())
    images = torch.randn(3, 1, 8, 8)

    def loss(values, image):
        return functional.softplus(functional_call(network, (values, buffers), (image[None],))).sum()

    together = vmap(grad(loss), (None, 0))(values, images)
    for index, image in enumerate(images):
        for name, alone in grad(loss)(values, image).items():
            torch.testing.assert_close(together[name][index], alone, atol=1e-5, rtol=1e-4)


def test_a_network_first_used_for_inference_can_be_trained():
    fir_down.__globals__["_kept"].cache_clear()
    network = tiny()[1]
    images = torch.randn(2, 1, 16, 16)
    with torch.inference_mode():
        before = network(images)
    after = network(images)
    after.sum().backward()
    torch.testing.assert_close(before, after, atol=1e-5, rtol=1e-5)


def test_autocast_reaches_our_convolutions_with_and_without_gradients():
    layer = Conv(2, 2, 3, down=True)
    x = torch.randn(1, 2, 8, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        learnt = layer(x)
        with torch.no_grad():
            used = layer(x)
    assert learnt.dtype == used.dtype == torch.bfloat16
    torch.testing.assert_close(learnt, used)
    learnt.sum().backward()
    assert layer.weight.grad.dtype == torch.float32
