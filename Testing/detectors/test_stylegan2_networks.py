"""The networks against reference numbers: outputs and gradients of the published layout, to 1e-4."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.detectors.stylegan2.network.layers import (
    fir_down,
    fir_smooth,
    modulated_conv,
    resample_filter,
    upsample_image,
)

DATA = Path(__file__).parents[1] / "data"
CASES = {
    "stylegan2_r32_gray": {
        "G": {"z_dim": 32, "w_dim": 32, "img_resolution": 32, "mapping_layers": 2},
        "widths": {"channel_base": 512, "channel_max": 32},
        "group": 4,
    },
    "stylegan2_r64_rgb_cond3": {
        "G": {"z_dim": 32, "c_dim": 3, "w_dim": 48, "img_resolution": 64, "img_channels": 3, "mapping_layers": 8},
        "widths": {},
        "group": 2,
    },
}


@pytest.fixture(params=sorted(CASES), scope="module")
def reference(request):
    arrays = np.load(DATA / f"{request.param}.npz")
    tensors = {key: torch.from_numpy(np.array(arrays[key])) for key in arrays}
    case = CASES[request.param]
    widths = case["widths"]
    if not widths:
        sizes = [4, 8, 16, 32, 64]
        widths = {"channels": {res: tensors[f"G.synthesis.b{res}.conv1.weight"].shape[0] for res in sizes}}
    generator = Generator(**{**case["G"], "z_dim": tensors["z"].shape[1]}, **widths)
    generator.load_state_dict({key[2:]: value for key, value in tensors.items() if key.startswith("G.")})
    discriminator = Discriminator(
        c_dim=case["G"].get("c_dim", 0),
        img_resolution=case["G"]["img_resolution"],
        img_channels=case["G"].get("img_channels", 1),
        mbstd_group_size=case["group"],
        **widths,
    )
    discriminator.load_state_dict({key[2:]: value for key, value in tensors.items() if key.startswith("D.")})
    return tensors, generator.eval(), discriminator.eval()


def close(got: torch.Tensor, expected: torch.Tensor) -> None:
    assert got.shape == expected.shape
    assert (got - expected).abs().max().item() < 1e-4


def test_mapping_and_truncation(reference):
    tensors, generator, _ = reference
    z, c = tensors["z"], tensors.get("c")
    close(generator.mapping(z, c), tensors["ws_psi1"])
    close(generator.mapping(z, c, truncation_psi=0.7), tensors["ws_psi07"])
    close(generator.mapping(z, c, truncation_psi=0.5, truncation_cutoff=4), tensors["ws_psi05_cutoff4"])


def test_synthesis_with_and_without_noise(reference):
    tensors, generator, _ = reference
    close(generator.synthesis(tensors["ws_psi1"], noise_mode="const"), tensors["img_noise_const"])
    close(generator.synthesis(tensors["ws_psi1"], noise_mode="none"), tensors["img_noise_none"])


def test_random_noise_is_fresh_and_matters(reference):
    tensors, generator, _ = reference
    first = generator.synthesis(tensors["ws_psi1"], noise_mode="random")
    assert not torch.equal(first, generator.synthesis(tensors["ws_psi1"], noise_mode="random"))


def test_given_noise_maps_replace_the_stored_ones(reference):
    tensors, generator, _ = reference
    ws = tensors["ws_psi1"]
    stored = {
        name: generator.get_buffer(f"synthesis.{name}.noise_const")[None, None].repeat(len(ws), 1, 1, 1)
        for name in generator.synthesis.noise_shapes()
    }
    close(generator.synthesis(ws, noises=stored), tensors["img_noise_const"])
    silent = {name: torch.zeros_like(value) for name, value in stored.items()}
    close(generator.synthesis(ws, noises=silent), tensors["img_noise_none"])


def test_discriminator_logits(reference):
    tensors, _, discriminator = reference
    close(discriminator(tensors["D_input"], tensors.get("c")), tensors["D_logits"])


def test_gradient_of_the_latent(reference):
    tensors, generator, _ = reference
    ws = tensors["ws_psi1"].clone().requires_grad_(True)
    generator.synthesis(ws, noise_mode="const").square().mean().backward()
    expected = tensors["grad_ws_of_mean_square"]
    assert float((ws.grad - expected).abs().max() / expected.abs().max()) < 1e-4


def test_a_sample_does_not_depend_on_its_batch(reference):
    tensors, generator, _ = reference
    alone = generator.synthesis(tensors["ws_psi1"][2:3])
    close(alone, tensors["img_noise_const"][2:3])


def test_filters_equal_the_direct_form():
    x = torch.randn(2, 3, 12, 10, dtype=torch.float64)
    kernel = resample_filter().double()
    depthwise = kernel[None, None].repeat(3, 1, 1, 1)
    smooth = functional.conv2d(functional.pad(x, (2, 2, 2, 2)), depthwise, groups=3)
    torch.testing.assert_close(fir_smooth(x, 2), smooth)
    down = functional.conv2d(functional.pad(x, (1, 1, 1, 1)), depthwise, groups=3)[:, :, ::2, ::2]
    torch.testing.assert_close(fir_down(x), down)
    spread = torch.zeros(2, 3, 24, 20, dtype=torch.float64)
    spread[:, :, ::2, ::2] = x
    up = functional.conv2d(functional.pad(spread, (2, 1, 2, 1)), depthwise * 4, groups=3)
    torch.testing.assert_close(upsample_image(x, kernel), up)


def test_half_precision_scaling_changes_nothing_but_rounding():
    torch.manual_seed(0)
    x, weight, style = torch.randn(2, 8, 6, 6), 300 * torch.randn(4, 8, 3, 3), 50 * torch.randn(2, 8)
    exact = modulated_conv(x, weight, style)
    half = modulated_conv(x.bfloat16(), weight, style).float()
    assert torch.isfinite(half).all()
    assert float((half - exact).abs().max()) < 0.05 * float(exact.abs().max())


def test_conditional_network_asks_for_its_label():
    generator = Generator(8, 3, 8, 8, 1, 2, channel_base=64, channel_max=8)
    with pytest.raises(ValueError, match="conditional"):
        generator.mapping(torch.randn(1, 8), None)


@pytest.mark.slow
@pytest.mark.minutes
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a compiler")
def test_compiling_takes_the_networks_whole_and_warns_of_nothing_of_ours():
    torch.manual_seed(0)
    generator, discriminator = Generator(8, 0, 8, 16, 1, 2, 128, 16), Discriminator(0, 16, 1, 128, 16)
    ws = torch.randn(4, generator.num_ws, 8)

    def run(synthesis, judge) -> tuple[torch.Tensor, torch.Tensor]:
        generator.zero_grad()
        logits = judge(synthesis(ws))
        logits.sum().backward()
        return logits.detach(), generator.synthesis.b4.const.grad.clone()

    expected = run(generator.synthesis, discriminator)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = run(*(torch.compile(part, fullgraph=True) for part in (generator.synthesis, discriminator)))
    assert not [warning for warning in caught if "cache" in str(warning.message)]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
