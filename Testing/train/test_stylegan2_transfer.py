"""Training that begins from a model: published pickles, our own files, and those that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from detectors.published_pickles import write_published
from safetensors.torch import load_file, save_file
from train.stylegan2_small import SIDE, config, discs, image_set, options

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.loop.run_files import models
from GANAnomalyLab.train.stylegan2.run_folder import read_options
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLab.train.stylegan2.training_networks import Networks
from GANAnomalyLab.train.stylegan2.transfer import adopt, fill
from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.checkpoint import read_checkpoint

GRAY, COLOUR = "stylegan2_r32_gray", "stylegan2_r64_rgb_cond3"
OPEN = {"z_dim": 512, "w_dim": 512, "channel_max": 512, "map": None, "fmaps": None}
"""Sizes left to the model that is begun from."""


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    return write_published(folder / "liver.pkl", GRAY, folder / "canary")


def large() -> ImageSet:
    return ImageSet.from_array(np.kron(discs(), np.ones((1, 1, 2, 2), np.uint8)))


def test_a_published_pickle_is_begun_from_without_running_it(published, tmp_path):
    said = []
    chosen = options(tmp_path, resume=str(published), kimg=0.016, lr=1e-9, ema_kimg=1e9, **OPEN)
    folder = train(chosen, say=said.append, images=large())
    assert "resumeliver" in folder.name
    config = read_options(folder)[1]
    assert (config.z_dim, config.w_dim, config.mapping_layers) == (32, 32, 2)
    assert (config.channel_base, config.channel_max, config.ema_rampup) == (512, 32, None)
    assert any("its sizes are taken over" in sentence for sentence in said)
    tensors = load_file(models(folder)[-1])
    for which in ("G", "G_ema", "D"):
        for name, value in read_checkpoint(published, which).tensors.items():
            if not name.endswith(("w_avg", "noise_const")):  # buffers, which follow G's
                assert torch.allclose(tensors[f"{which}.{name}"], value, atol=1e-5), name
    assert not (published.parent / "canary").exists()


def test_a_snapshot_of_ours_is_begun_from(tmp_path):
    first = train(options(tmp_path), images=image_set())
    other = train(options(tmp_path, resume=str(models(first)[-1]), kimg=0.008, seed=5), images=image_set())
    before, after = (load_file(models(folder)[-1]) for folder in (first, other))
    assert other.name.startswith("00001-data-auto1")
    for network in ("G", "D"):
        name = f"{network}.{'synthesis.' if network == 'G' else ''}b16.conv1.weight"
        assert (after[name] - before[name]).abs().mean() < 0.05
        assert not torch.equal(after[name], before[name])


def test_a_generator_alone_gets_a_new_discriminator(tmp_path):
    generator = Generator(8, 0, 8, SIDE, 1, 2, 128, 16)
    save_file({f"G_ema.{k}": v for k, v in generator.state_dict().items()}, tmp_path / "alone.safetensors")
    said = []
    networks = Networks(config(), torch.device("cpu"))
    fill(networks, str(tmp_path / "alone.safetensors"), said.append)
    assert said == ["alone.safetensors holds no discriminator: a new one learns beside its generator."]
    for network in (networks.G, networks.G_ema):
        for name, value in generator.state_dict().items():
            assert torch.equal(network.state_dict()[name], value)
    assert all(p.requires_grad for p in networks.G.parameters())


@pytest.mark.parametrize(
    ("images", "changes", "words"),
    [
        (image_set(), {}, "32 pixels a side and the training images have 16"),
        (ImageSet.from_array(np.zeros((8, 3, 32, 32), np.uint8)), {"channels": 3}, r"1 channel\(s\)"),
        (large(), {"fmaps": 1.0}, "trained with --fmaps 0.015625, not 1"),
        (large(), {"z_dim": 64}, "trained with --z-dim 32, not 64"),
        (large(), {"map": 8}, "--map 2"),
    ],
)
def test_models_that_do_not_fit_are_told_apart(published, tmp_path, images, changes, words):
    with pytest.raises(InputError, match=words):
        train(options(tmp_path / "out", resume=str(published), **{**OPEN, **changes}), images=images)
    assert not (tmp_path / "out").exists()


def test_classes_must_fit_too(tmp_path):
    path = write_published(tmp_path / "skin.pkl", COLOUR, tmp_path / "canary")
    chosen = options(tmp_path / "out", resume=str(path), **OPEN)
    with pytest.raises(InputError, match="3 classes and the training images have 0"):
        adopt(chosen, 64, 3, 3, lambda sentence: None)  # labels are there, and were not asked for


@pytest.mark.parametrize(
    ("resume", "words"),
    [
        ("ffhq256", "nothing is downloaded"),
        ("https://example.org/ffhq.pkl", "nothing is downloaded"),
        ("nowhere.pkl", "no model or run"),
        (".", "not the folder of a StyleGAN2 run"),
    ],
)
def test_what_cannot_be_begun_from_is_told(tmp_path, resume, words):
    with pytest.raises(InputError, match=words):
        train(options(tmp_path / "out", resume=resume), images=image_set())


def test_hostile_and_damaged_files_are_refused(published, tmp_path):
    hostile = tmp_path / "hostile.pkl"
    hostile.write_bytes(b"\x80\x04cos\nsystem\n(S'touch " + str(tmp_path / "run").encode() + b"'\ntR.")
    cut = tmp_path / "cut.pkl"
    cut.write_bytes(published.read_bytes()[:3000])
    for path in (hostile, cut):
        with pytest.raises(InputError):
            train(options(tmp_path / "out", resume=str(path), **OPEN), images=large())
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "out").exists()


def test_a_discriminator_that_does_not_fit_is_refused(tmp_path):
    generator, discriminator = Generator(8, 0, 8, SIDE, 1, 2, 128, 16), Discriminator(0, SIDE, 1, 256, 16)
    tensors = {f"G_ema.{k}": v for k, v in generator.state_dict().items()}
    tensors |= {f"D.{k}": v for k, v in discriminator.state_dict().items()}
    save_file(tensors, tmp_path / "odd.safetensors")
    with pytest.raises(InputError, match=r"odd\.safetensors cannot be used"):
        fill(Networks(config(), torch.device("cpu")), str(tmp_path / "odd.safetensors"), lambda sentence: None)
