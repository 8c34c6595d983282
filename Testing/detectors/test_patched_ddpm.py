"""The patched diffusion model: equal to the published network, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored

from GANAnomalyLib.detectors.convert_checkpoint import convert
from GANAnomalyLib.detectors.diffusion.schedule import Schedule
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.patched_ddpm.architecture import PatchedArchitecture
from GANAnomalyLib.detectors.patched_ddpm.boxes import boxes, put
from GANAnomalyLib.detectors.patched_ddpm.load import PART, build, converted

SMALL = {"width": 8, "times": [1, 2], "blocks": 1, "attention": 1, "head": 8, "groups": 4, "box": 6}
AS_PUBLISHED = {"width": 32, "times": [1, 2], "blocks": 1, "attention": 1}


class TestPatchedDdpm(RestorerConformance):
    kind, architecture, published = "patched_ddpm", SMALL, "patched_ddpm"

    def published_state(self):
        held = made("patched_ddpm", 128, 1, AS_PUBLISHED).tensors()
        own = {f"diffusion.model.{name.partition('.')[2]}": value for name, value in held.items()}
        return {**own, "diffusion.betas": torch.zeros(1000)}

    def test_a_published_checkpoint_is_read_and_converted(self, tmp_path):
        path = self.published_file(tmp_path)
        model = load_model(path)
        assert (model.card.kind, model.card.resolution, model.channels) == ("patched_ddpm", 128, 1)
        assert convert(path, tmp_path / "mine.safetensors").kind == "patched_ddpm"
        read = load_model(tmp_path / "mine.safetensors").tensors()
        known = made("patched_ddpm", 128, 1, AS_PUBLISHED).tensors()
        assert list(read) == list(known)
        assert all(torch.equal(value, known[name]) for name, value in read.items())


@pytest.mark.slow
def test_it_computes_what_the_published_network_does():
    network = build(PatchedArchitecture(), 128, 1)[PART]
    held = converted(published_networks.weights("patched_ddpm"))
    network.load_state_dict({name.partition(".")[2]: value for name, value in held.items()})
    network.eval().requires_grad_(False)
    shown, steps = 2 * published_networks.image() - 1, torch.full((2,), 499)
    published_networks.check("patched_ddpm", "network", network(shown, steps))
    box = boxes(128, 48)[4]
    noisy = Schedule("cosine").noised(shown, published_networks.noise(), 499)
    made = put(shown, network(put(shown, noisy, box), steps), box)
    published_networks.check("patched_ddpm", "restored_box4", (made + 1) / 2)
    published_networks.check("patched_ddpm", "loss_box4", (made - shown).abs().mean())


def test_boxes_are_the_published_ones_but_for_what_lies_beyond_the_border():
    ours = boxes(128, 48)
    theirs = published_networks.published("patched_ddpm")["boxes"]
    cut = [[min(place, 128) for place in box] for box in theirs]
    found = [[columns.start, rows.start, columns.stop, rows.stop] for rows, columns in ours]
    assert found == cut


def test_every_box_is_predicted_from_its_surroundings_and_its_own_noisy_self():
    model = made("patched_ddpm", 16, 1, SMALL)
    shown, given = np.random.default_rng(2).uniform(-1, 1, (1, 16, 16)).astype(np.float32), []

    def network(images: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        given.append(images.clone())
        assert (steps == 499).all()
        return torch.full_like(images, len(given) / 10)

    detector = make_detector(model)
    detector.network = network
    item = next(iter(detector.explain(shown, [0])))
    places = boxes(16, 6)
    assert len(given) == len(places) == 9
    for number, (images, (rows, columns)) in enumerate(zip(given, places, strict=True), 1):
        changed = images[0, 0].numpy() != shown[0]
        assert changed[rows, columns].all()
        changed[rows, columns] = False
        # The images were brought to [0, 1] and back.
        np.testing.assert_allclose(images[0, 0].numpy()[changed], shown[0][changed], atol=1e-6)
        np.testing.assert_allclose(item.reconstruction[rows, columns], number / 10, atol=1e-6)


def test_equal_slices_are_restored_alike_where_they_share_their_noise():
    model = made("patched_ddpm", 16, 1, SMALL)
    torch.nn.init.normal_(model.parts[PART].out[2].weight, std=0.1, generator=torch.Generator().manual_seed(1))
    pair = np.repeat(np.random.default_rng(1).uniform(-1, 1, (1, 16, 16)).astype(np.float32), 2, axis=0)
    pair[1, 0, 0] += 1e-4
    near, far = (
        np.ptp([item.reconstruction for item in restored(model, pair, shared_noise=shared)], axis=0).max()
        for shared in (True, False)
    )
    assert near < 1e-3 < 0.02 < far
