"""AnoDDPM: equal to the published network and its steps, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored

from GANAnomalyLib.detectors.convert_checkpoint import convert
from GANAnomalyLib.detectors.diffusion.architecture import UNetArchitecture
from GANAnomalyLib.detectors.diffusion.restore import descend
from GANAnomalyLib.detectors.diffusion.schedule import Schedule, way_down
from GANAnomalyLib.detectors.diffusion.unet import PART, build, converted
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError

SMALL = {"widths": [8, 16], "attention": 1, "head": 8, "groups": 4}
AS_PUBLISHED = {"widths": [32, 32], "attention": 1, "head": 32}
FLOAT = 3e-4
"""Published levels of noise are in single precision, in which the first of them, and so the last steps, are off."""


def published_unet() -> torch.nn.Module:
    """The published network, filled by the rule."""
    network = build(UNetArchitecture(), 128, 1)[PART]
    held = {name.partition(".")[2]: value for name, value in converted(published_networks.weights("ddpm")).items()}
    network.load_state_dict(held)
    return network.eval().requires_grad_(False)


class TestAnoDdpm(RestorerConformance):
    kind, architecture, published = "anoddpm", SMALL, "ddpm"

    def published_state(self):
        held = made("anoddpm", 128, 1, AS_PUBLISHED).tensors()
        return {
            name.replace(".attn.to_", ".to_").replace(".upsampler.postconv.", ".upsampler.conv."): value
            for name, value in held.items()
        }

    def test_a_published_checkpoint_is_read_and_converted(self, tmp_path):
        path = self.published_file(tmp_path)
        model = load_model(path)
        assert (model.card.kind, model.card.resolution, model.channels) == ("anoddpm", 128, 1)
        assert convert(path, tmp_path / "mine.safetensors").kind == "anoddpm"
        read = load_model(tmp_path / "mine.safetensors").tensors()
        known = made("anoddpm", 128, 1, AS_PUBLISHED).tensors()
        assert list(read) == list(known)
        assert all(torch.equal(value, known[name]) for name, value in read.items())


@pytest.mark.slow
def test_it_finds_the_noise_that_the_published_network_finds():
    network, schedule = published_unet(), Schedule("linear")
    noisy = schedule.noised(published_networks.image(), published_networks.noise(), 250)
    published_networks.check("ddpm", "noisy", noisy)
    found = network(noisy, torch.full((2,), 250))
    published_networks.check("ddpm", "predicted", found)
    clean = schedule.clean(noisy, found, 250)
    published_networks.check("ddpm", "x0", clean)
    silence = torch.zeros_like(noisy)
    published_networks.check("ddpm", "step", schedule.earlier(noisy, clean, 250, 249, silence))


@pytest.mark.slow
@pytest.mark.minutes
def test_it_restores_as_the_published_steps_do():
    network, schedule = published_unet(), Schedule("linear")
    images = published_networks.image()
    steps = way_down(20)
    assert steps == published_networks.published("ddpm")["timesteps_of_20"]
    noisy = schedule.noised(images, published_networks.noise(), 20)
    made = descend(
        lambda noisy, step: network(noisy, torch.full((2,), step)),
        schedule,
        noisy,
        steps,
        lambda step: torch.zeros_like(images),
    )
    published_networks.check("ddpm", "restored_20", made, FLOAT)


def slices(count: int = 3) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (count, 16, 16)).astype(np.float32)


def untaught(**architecture):
    """A model whose last layer is not 0, as it is before training."""
    model = made("anoddpm", 16, 1, {**SMALL, **architecture})
    torch.nn.init.normal_(model.parts[PART].out[2].conv.weight, std=0.1, generator=torch.Generator().manual_seed(1))
    return model


def test_equal_slices_are_restored_alike_where_they_share_their_noise():
    pair = np.repeat(slices(1), 2, axis=0)
    pair[1, 0, 0] += 1e-4
    for noise in ("gaussian", "simplex"):
        model = untaught(noise=noise)
        near, far = (
            np.ptp([item.reconstruction for item in restored(model, pair, shared_noise=shared)], axis=0).max()
            for shared in (True, False)
        )
        assert near < 1e-3 < 0.05 < far


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sampler": "ddpm", "sampling_steps": 5}, "every step"),
        ({"sampler": "euler"}, "ddim"),
        ({"noise_level": 400}, "up to step 299: noise_level cannot be 400"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        restored(untaught(learnt=300), slices(), **settings)


def test_a_model_that_learnt_less_noise_hides_slices_in_less():
    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import make_detector

    assert make_detector(untaught(learnt=100)).level == 99
    reference = make_detector(untaught(), DetectorOptions(mode="reference"))
    assert (reference.level, reference.every, reference.looks) == (250, True, None)
    fast = make_detector(untaught(), DetectorOptions(settings={"sampling_steps": 7}))
    assert (fast.every, fast.looks) == (False, 7)


def test_the_reference_mode_takes_every_step(monkeypatch):
    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import make_detector

    detector = make_detector(untaught(), DetectorOptions(mode="reference", settings={"noise_level": 12}))
    seen, find = [], detector.find
    monkeypatch.setattr(detector, "find", lambda noisy, step: (seen.append(step), find(noisy, step))[1])
    list(detector.explain(slices(1), [0]))
    assert seen == list(range(12, -1, -1))
