"""The masked autoencoder: equal to the published one, what its maskings promise, and a detector."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import explain, make_detector
from GANAnomalyLib.detectors.mae.architecture import MaeArchitecture
from GANAnomalyLib.detectors.mae.load import recognise
from GANAnomalyLib.detectors.mae.maskings import complementary, independent, restored
from GANAnomalyLib.detectors.mae.network import MaskedAutoencoder, hidden, masked_error
from GANAnomalyLib.errors import InputError

SMALL = {
    **{"patch": 4, "width": 16, "depth": 1, "heads": 2},
    **{"decoder_width": 16, "decoder_depth": 1, "decoder_heads": 2},
}


class TestMae(RestorerConformance):
    kind, architecture, published = "mae", SMALL, "mae"

    def published_state(self):
        names = (
            ("patch_embedding.patch_embeddings.", "patch_embed.proj."),
            ("decoder_blocks.1.", "decoder_norm."),
            ("blocks.1.", "norm."),
            ("mask_tokens", "mask_token"),
            (".attn.out_proj.", ".attn.proj."),
            (".mlp.linear", ".mlp.fc"),
        )
        held = {}
        for name, value in super().published_state().items():
            for ours, theirs in names:
                name = name.replace(ours, theirs)
            held[name.removeprefix("vit.")] = value
        return {**held, "pos_embed": torch.zeros(1, 17, 16), "decoder_pos_embed": torch.zeros(1, 17, 16)}


@pytest.fixture(scope="module")
def published() -> MaskedAutoencoder:
    network = MaskedAutoencoder(MaeArchitecture(), 128, 1)
    known = recognise(published_networks.shapes("mae"))
    held = known.converted(published_networks.weights("mae"))
    network.load_state_dict({name.removeprefix("network."): value for name, value in held.items()})
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def small() -> MaskedAutoencoder:
    network = made("mae", 16, 1, SMALL).parts["network"]
    assert isinstance(network, MaskedAutoencoder)
    return network


def test_it_gives_the_published_numbers(published):
    images = published_networks.image()
    order = (37 * torch.arange(64) + 11 * torch.arange(2)[:, None]) % 64
    shown = order.argsort(1)[:, :16]
    predicted, patches, mask = published(images, shown), published.cut(images), hidden(64, shown)
    published_networks.check("mae", "patches", patches)
    published_networks.check("mae", "mask", mask)
    published_networks.check("mae", "predicted", published.joined(predicted))
    published_networks.check("mae", "loss", masked_error(predicted, patches, mask))


def test_places_are_told_as_published(published):
    held = published.vit.patch_embedding.position_embeddings
    published_networks.check("mae", "pos_embed", torch.cat([torch.zeros(1, 1, 512), held], 1))


def test_a_published_file_tells_its_sizes():
    known = recognise(published_networks.shapes("mae"))
    assert known.resolution == 128
    assert MaeArchitecture(**known.architecture) == MaeArchitecture()


def test_the_error_counts_hidden_patches_only():
    predicted, patches = torch.tensor([[[1.0, 3.0], [5.0, 5.0]]]), torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])
    assert float(masked_error(predicted, patches, torch.tensor([[1.0, 0.0]]))) == 2.5


def test_mode_reference_draws_maskings_as_published():
    slices = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16)).astype(np.float32)
    model = made("mae", 16, 1, SMALL)
    ours, theirs = (
        explain(model, slices, DetectorOptions(mode=mode))[0].reconstruction for mode in ("fast", "reference")
    )
    assert 0 < np.abs(ours - theirs).max() < 0.5
    with pytest.raises(InputError, match="30 maskings"):
        make_detector(model, DetectorOptions(mode="reference", settings={"rounds": 2}))


def test_colours_of_a_pixel_stay_together():
    network = made("mae", 16, 3, SMALL).parts["network"]
    images = torch.arange(768.0).reshape(1, 3, 16, 16)
    assert torch.equal(network.cut(images)[0, 0, :4], torch.tensor([0.0, 256, 512, 1]))
    assert torch.equal(network.joined(network.cut(images)), images)


def test_cutting_and_joining_are_inverse(small):
    images = torch.arange(512.0).reshape(2, 1, 16, 16)
    assert torch.equal(small.cut(images)[0, 1, :6], torch.tensor([4.0, 5, 6, 7, 20, 21]))
    assert torch.equal(small.joined(small.cut(images)), images)


@pytest.mark.parametrize(("groups", "rounds"), [(4, 1), (4, 3), (2, 2)])
def test_complementary_maskings_show_each_patch_equally_often(groups, rounds):
    shown = complementary(16, groups, rounds, 5)
    assert shown.shape == (groups * rounds, 16 // groups)
    assert (np.bincount(shown.ravel(), minlength=16) == rounds).all()
    assert not np.array_equal(shown, complementary(16, groups, rounds, 6))


def test_independent_maskings_show_no_patch_twice():
    shown = independent(64, 4, 30, 5)
    assert shown.shape == (30, 16)
    assert all(len(set(row)) == 16 for row in shown)


def test_a_patch_is_restored_from_where_it_is_hidden(small):
    """Each of two maskings shows half: what is restored of a patch does not depend on the patch."""
    images = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    shown = np.arange(16).reshape(2, 8)
    first = restored(small, images, shown)
    changed = images.clone()
    changed[..., :4, :4] += 0.5  # patch 0, hidden by the second masking only
    again = restored(small, changed, shown)
    assert torch.equal(again[..., :8, :], first[..., :8, :])
    assert not torch.allclose(again[..., 8:, :], first[..., 8:, :])


def test_the_restored_is_the_mean_over_the_maskings_that_hide(small):
    images = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    shown = independent(16, 4, 5, 0)
    found = small.cut(restored(small, images, shown))
    for patch in range(16):
        answers = [
            small(images, torch.from_numpy(row).expand(2, -1))[:, patch] for row in shown if patch not in row.tolist()
        ]
        torch.testing.assert_close(found[:, patch], torch.stack(answers).mean(0))


def test_a_patch_that_is_never_hidden_stays(small):
    images = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    found = restored(small, images, np.array([[0, 3, 5, 6]]))
    assert torch.equal(small.cut(found)[:, 3], small.cut(images)[:, 3])
