"""Networks told from the shapes of their tensors."""

from __future__ import annotations

import pytest
import torch
from detectors.published_pickles import network_tensors

from GANAnomalyLib.detectors.stylegan2.network import Discriminator, Generator
from GANAnomalyLib.detectors.stylegan2.network.architecture import infer_architecture, stored_settings
from GANAnomalyLib.errors import InputError


def test_the_fixtures():
    assert infer_architecture(network_tensors("stylegan2_r32_gray", "G")) == {
        "z_dim": 32,
        "c_dim": 0,
        "w_dim": 32,
        "img_resolution": 32,
        "img_channels": 1,
        "mapping_layers": 2,
        "channel_base": 512,
        "channel_max": 32,
    }
    found = infer_architecture(network_tensors("stylegan2_r64_rgb_cond3", "D"))
    assert (found["c_dim"], found["img_channels"], found["mapping_layers"], found["cmap_dim"]) == (3, 3, 8, 32)


@pytest.mark.parametrize(
    "made",
    [
        {"z_dim": 16, "c_dim": 0, "w_dim": 24, "img_resolution": 8, "img_channels": 1, "mapping_layers": 1},
        {"z_dim": 16, "c_dim": 5, "w_dim": 24, "img_resolution": 32, "img_channels": 3, "mapping_layers": 3},
    ],
)
@pytest.mark.parametrize(
    "widths", [{"channel_base": 128, "channel_max": 64}, {"channel_base": 64, "channel_max": 8}, {"channels": None}]
)
def test_what_is_inferred_builds_the_same_network(made, widths):
    if "channels" in widths:
        widths = {"channels": {4: 12, 8: 7, 16: 9, 32: 3}}
    generator = Generator(**made, **widths)
    tensors = generator.state_dict()
    again = Generator(**infer_architecture(tensors))
    assert {k: v.shape for k, v in again.state_dict().items()} == {k: v.shape for k, v in tensors.items()}
    kept = ("c_dim", "img_resolution", "img_channels")
    for group in (0, 4):
        discriminator = Discriminator(**{key: made[key] for key in kept}, mbstd_group_size=group, **widths)
        tensors = discriminator.state_dict()
        again = Discriminator(**infer_architecture(tensors))
        assert {k: v.shape for k, v in again.state_dict().items()} == {k: v.shape for k, v in tensors.items()}


@pytest.mark.parametrize("gone", ["mapping.w_avg", "mapping.fc0.weight", "synthesis.b8.conv1.weight"])
def test_tensors_of_something_else_are_refused(gone):
    tensors = network_tensors("stylegan2_r32_gray", "G")
    with pytest.raises(InputError, match="not those of a StyleGAN2 network"):
        infer_architecture({key: value for key, value in tensors.items() if key != gone})
    with pytest.raises(InputError):
        infer_architecture({"synthesis.b3000.conv1.weight": torch.zeros(1)})
    with pytest.raises(InputError):
        infer_architecture({})


def test_settings_that_shapes_do_not_show():
    kwargs = {"synthesis_kwargs": {"num_fp16_res": 4, "conv_clamp": 256}, "mapping_kwargs": {"num_layers": 2}}
    assert stored_settings(kwargs) == {"num_fp16_res": 4, "conv_clamp": 256.0}
    assert stored_settings({"epilogue_kwargs": {"mbstd_group_size": 8}}, discriminator=True) == {"mbstd_group_size": 8}
    for wrong in ({"synthesis_kwargs": {"architecture": "orig"}}, {"mapping_kwargs": {"lr_multiplier": 0.1}}):
        with pytest.raises(InputError, match="supported"):
            stored_settings(wrong)
