"""The encoder beside the generator: what it learns, and that a run with it is as exact as one without."""

from __future__ import annotations

import copy
from shutil import which

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from train.stylegan2_small import SIDE, config, image_set, means, options, trainer

from GANAnomalyLab.train.encoder.corrupt import corrupt, mask_bank
from GANAnomalyLab.train.loop.run_files import models, states
from GANAnomalyLab.train.loop.run_state import load_state
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.stylegan2.step_draws import StepDraws
from GANAnomalyLab.train.stylegan2.stylegan2_losses import add_up, r1_norms, reconstruction_loss, reconstruction_losses
from GANAnomalyLab.train.stylegan2.stylegan2_trainer import Trainer
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken

JOINT = {"encoder": "joint", "adversarial_every": 2, "aug": "noaug"}


@pytest.fixture(scope="module", autouse=True)
def few_patches():
    """Thousands take seconds."""
    patch = pytest.MonkeyPatch()
    patch.setattr("GANAnomalyLab.train.stylegan2.joint.MASKS_AT_128", 1)
    yield
    patch.undo()


def joint(images=None, **changes) -> Trainer:
    return trainer(images, **{**JOINT, **changes})


def steps(made: Trainer, count: int) -> list[dict[str, float]]:
    return [means(made.step()) for _ in range(count)]


def weights(made: Trainer) -> dict[str, torch.Tensor]:
    networks = {name: getattr(made.networks, name) for name in ("G", "D", "G_ema")}
    networks |= {name: getattr(made.joint, name) for name in ("E", "E_ema")}
    return {f"{name}.{k}": v.clone() for name, network in networks.items() for k, v in network.state_dict().items()}


@pytest.mark.slow
def test_reconstruction_improves():
    made = joint(image_set(64), adversarial_every=4, lr=0.002, gamma=1.0)
    losses = [step["reconstruction_loss"] for step in steps(made, 100)]
    assert all(np.isfinite(losses))
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])


@pytest.fixture(scope="module")
def whole():
    """Five steps of the whole batch at once, and the weights after them."""
    made = joint(pl_weight=2.0, style_mixing=0.9)
    return steps(made, 5), weights(made)


def test_a_batch_in_turns_is_the_batch_at_once(whole):
    made = joint(pl_weight=2.0, style_mixing=0.9, batch_gpu=4)
    for one, other in zip(steps(made, 5), whole[0], strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    for name, value in weights(made).items():
        assert torch.allclose(value, whole[1][name], atol=2e-3), name


def test_the_networks_compete_only_as_often_as_asked():
    made = joint(adversarial_every=3, r1_every=2, pl_weight=2.0, aug="ada", target=0.0)
    moved = []
    seen = []
    for _ in range(15):
        before = weights(made)
        seen.append(set(made.step()))
        after = weights(made)
        moved.append({name for name, value in after.items() if not torch.equal(value, before[name])})
    competing = [number for number, names in enumerate(seen) if "generator_loss" in names]
    assert competing == [0, 3, 6, 9, 12]
    assert [number for number, names in enumerate(seen) if "latent_loss" in names] == competing
    assert [number for number, names in enumerate(seen) if "r1_penalty" in names] == [0, 6, 12]
    assert [number for number, names in enumerate(seen) if "path_length" in names] == [0, 12]
    assert all("reconstruction_loss" in names for names in seen)
    for number, names in enumerate(moved):
        assert {"E.b4.out.weight", "E_ema.b4.out.weight", "G.synthesis.b16.conv1.weight"} <= names
        for name in ("D.b4.out.weight", "G.mapping.fc0.weight", "G.mapping.w_avg"):
            assert (name in names) == (number in competing), (number, name)
    assert made.ada.r != 0  # four times they competed, so it has looked once


def test_losses_are_those_of_the_formulas():
    made = joint(encoder_paint=0.0, batch_gpu=4)
    networks, config_ = made.networks, made.config
    encoder, generator = copy.deepcopy(made.joint.E), copy.deepcopy(networks.G)
    clean, _ = made.reals.take(0, torch.arange(8))
    z, _ = StepDraws(0, 0, torch.device("cpu")).latents("generator", 8, 8)
    noises = made._noise(StepDraws(0, 0, torch.device("cpu")), "generator", torch.arange(8), 8)
    with torch.no_grad():
        w = encoder(clean)
        restored = generator.synthesis(w[:, None].expand(-1, generator.num_ws, -1), noise_mode="none")
        ws = generator.mapping(z)
        latent = (encoder(generator.synthesis(ws, noises=noises)) - ws[:, 0]).square().mean()
    found = means(made.step())
    assert config_.style_mixing == config_.pl_weight == 0
    assert found["reconstruction_loss"] == pytest.approx(reconstruction_loss(restored, clean).item(), rel=1e-4)
    assert found["latent_loss"] == pytest.approx(latent.item(), rel=1e-4)


def test_losses_that_reach_the_generator_are_weighted_as_asked():
    """Without competition and path lengths all of the generator's gradient is the reconstruction's."""
    gradients = []
    for weight in (10.0, 30.0):
        made = joint(encoder_reconstruction=weight)
        made.number = 1
        seen = {}

        def look(which, made=made, seen=seen):
            owner = made.joint if which == "E" else made.networks
            seen[which] = [p.grad for p in getattr(owner, which).parameters() if p.grad is not None]

        made._take_step = look
        made.step()
        assert set(seen) == {"G", "E"}
        gradients.append([grad for name in ("G", "E") for grad in seen[name]])
    for small, large in zip(*gradients, strict=True):
        torch.testing.assert_close(3 * small, large, rtol=1e-3, atol=1e-5 * large.abs().max().item())


def test_what_is_learnt_from_samples_stays_with_the_encoder():
    made = joint()
    sums: dict[str, torch.Tensor] = {}
    ws = torch.randn(8, 6, 8, requires_grad=True)
    fake = made.networks.G.synthesis(ws)
    made.joint.learn_latents(fake, ws, sums)
    assert ws.grad is None
    assert all(p.grad is None for p in made.networks.G.parameters())
    assert made.joint.E.b4.out.weight.grad.abs().sum() > 0


def test_pieces_of_a_loss_add_up():
    images, targets = torch.rand(2, 6, 1, 8, 8)
    losses = reconstruction_losses(images, targets)
    assert losses.shape == (6,)
    assert losses.mean().item() == pytest.approx(reconstruction_loss(images, targets).item())
    pooled = torch.nn.functional.avg_pool2d
    expected = sum((pooled(images, side)[2] - pooled(targets, side)[2]).abs().mean().item() for side in (1, 2, 4))
    assert losses[2].item() == pytest.approx(expected, rel=1e-5)
    assert reconstruction_loss(torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)).item() == pytest.approx(3.0)
    sums: dict[str, torch.Tensor] = {}
    for part in losses.split(4):
        add_up(sums, "loss", part)
    assert means(sums)["loss"] == pytest.approx(losses.mean().item())
    x = torch.randn(3, 1, 4, 4, requires_grad=True)
    assert r1_norms(x, (2 * x).sum((1, 2, 3))[:, None]).tolist() == pytest.approx([64.0] * 3, rel=1e-5)


def test_painted_slices_change_only_where_masks_are():
    bank = mask_bank(32, 20, seed=0)
    assert bank.shape == (20, 1, 32, 32)
    clean = torch.zeros(6, 1, 32, 32)
    random = torch.Generator().manual_seed(0)
    painted = corrupt(clean, bank, random, probability=1.0)
    assert painted.abs().amax((1, 2, 3)).min() > 0
    assert painted.abs().max() <= 1
    assert torch.equal(corrupt(clean, bank, random, probability=0.0), clean)
    one = corrupt(clean, bank[:1], random, probability=1.0)
    assert torch.equal(one != 0, (bank[:1] > 0).expand_as(one))


def test_a_row_is_painted_alike_whoever_does_it():
    made = joint(encoder_paint=1.0)
    draws = StepDraws(0, 5, torch.device("cpu"))
    images, _ = made.reals.take(0, torch.arange(8))
    together = made.joint.painted(draws, images, torch.arange(8))
    assert torch.equal(made.joint.painted(draws, images[[6, 1]], torch.tensor([6, 1])), together[[6, 1]])
    other = made.joint.painted(StepDraws(0, 6, torch.device("cpu")), images, torch.arange(8))
    assert not torch.equal(other, together)
    assert len({picture.numpy().tobytes() for picture in together - images}) == 8


@pytest.mark.parametrize(
    "changes",
    [
        {"nhwc": True},
        {"precision": "bf16"},
        pytest.param(
            {"compile": True},
            marks=[pytest.mark.slow, pytest.mark.minutes, pytest.mark.skipif(not which("g++"), reason="g++")],
        ),
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_however_it_is_computed(changes):
    tolerance = 0.05 if "precision" in changes else 1e-4
    for one, other in zip(steps(joint(**changes), 3), steps(joint(), 3), strict=True):
        assert one["reconstruction_loss"] == pytest.approx(other["reconstruction_loss"], rel=tolerance)
        assert one.get("latent_loss", 0) == pytest.approx(other.get("latent_loss", 0), rel=tolerance)


def test_classes_and_an_encoder_go_together():
    made = joint(image_set(classes=3), cond=True)
    assert all(np.isfinite(value) for step in steps(made, 2) for value in step.values())


def test_optimisers_and_rates():
    made = joint(lr=0.002, encoder_lr=0.004, decay_from=0.6, beta0=0.1, gamma=1.0)
    groups = [optimiser.param_groups[0] for optimiser in (made.networks.opt_G, made.joint.opt_E, made.networks.opt_D)]
    ratio = 16 / 17
    full = (0.002, 0.004, 0.002 * ratio)
    assert [group["betas"] for group in groups] == [(0.5, 0.99), (0.5, 0.99), (0.1**ratio, 0.99**ratio)]
    for done, share in ((0.0, 1.0), (0.6, 1.0), (0.8, 0.55), (1.0, 0.1), (1.5, 0.1)):
        made.set_rates(done)
        assert [group["lr"] for group in groups] == pytest.approx([share * rate for rate in full])
    plain = trainer(lr=0.002)
    plain.set_rates(1.0)
    assert plain.networks.opt_D.param_groups[0]["lr"] == pytest.approx(0.002 * ratio)


def test_a_run_leaves_a_model_with_its_encoder(tmp_path):
    said = []
    chosen = options(tmp_path, **JOINT, kimg=0.064, snap=2, decay_from=0.5, name="discs")
    folder = train(chosen, None, say=said.append, images=image_set(), validation=image_set(6, seed=3))
    assert "encoder" in folder.name.split("-")
    loaded = load_model(models(folder)[-1])
    state = load_state(states(folder)[-1])
    for name, value in loaded.encoder.state_dict().items():
        assert torch.equal(value, state["E_ema"][name])
    assert loaded.card.architecture["encoder"] == config(**JOINT).encoder_arguments()
    assert loaded.card.training["adversarial_every"] == 2
    images = torch.from_numpy(image_set().batch(np.arange(3)))
    assert loaded.encoder(images).shape == (3, 8)
    log = read_log(folder / "stats.jsonl")
    wanted = {"reconstruction_loss", "latent_loss", "training_reconstruction", "validation_reconstruction", "lr"}
    assert all(wanted <= set(row) for row in log)
    assert [row["lr"] for row in log] == pytest.approx([0.0025, 0.0025, 0.0025 * 0.55, 0.0025 * 0.1])
    assert any(" rec " in sentence for sentence in said)
    with Image.open(folder / "restored000000.png") as picture:
        assert picture.size == (2 * SIDE, 2 * SIDE)
    plain = train(options(tmp_path, kimg=0.008), images=image_set())
    assert load_model(models(plain)[-1]).encoder is None
    assert not [name for name in ModelCard.read(models(plain)[-1].with_suffix(".json")).training if "encoder_" in name]
    assert not list(plain.glob("restored*"))


def test_cancelling_while_patches_are_made(tmp_path, monkeypatch):
    cancel = CancelToken()
    made = []

    def slow(config):
        cancel.cancel()
        made.append(config)
        return mask_bank(SIDE, 1, 0)

    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.train_stylegan2.patches", slow)
    with pytest.raises(Cancelled):
        train(options(tmp_path / "runs", **JOINT), cancel=cancel, images=image_set())
    assert made
    assert not (tmp_path / "runs").exists()


def test_beginning_from_a_model_takes_its_encoder(tmp_path):
    first = train(options(tmp_path, **JOINT), images=image_set())
    frozen = {"kimg": 0.008, "lr": 1e-9, "seed": 5}
    said = []
    chosen = options(tmp_path, **JOINT, **frozen, resume=str(models(first)[-1]))
    second = train(chosen, say=said.append, images=image_set())
    before, after = (load_file(models(folder)[-1]) for folder in (first, second))
    assert all(
        torch.allclose(after[name], value, atol=1e-5) for name, value in before.items() if name.startswith("encoder.")
    )
    assert not any("encoder" in sentence for sentence in said if not sentence.startswith("Run"))
    plain = train(options(tmp_path, kimg=0.008), images=image_set())
    train(options(tmp_path, **JOINT, kimg=0.008, resume=str(models(plain)[-1])), say=said.append, images=image_set())
    assert any("holds no encoder as wide as its generator" in sentence for sentence in said)
