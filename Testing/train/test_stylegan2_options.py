"""What is asked for becomes numbers: the published table, and a sentence for whatever cannot be."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.train.augment import PIPELINES
from GANAnomalyLab.train.stylegan2.run_folder import run_name
from GANAnomalyLab.train.stylegan2.stylegan2_config import FREE, ResolvedConfig, resolve
from GANAnomalyLab.train.stylegan2.stylegan2_losses import path_lengths, r1_norms
from GANAnomalyLab.train.stylegan2.stylegan2_options import PIPELINE_NAMES, TrainOptions
from GANAnomalyLab.train.stylegan2.ticks import clock, line
from GANAnomalyLib.errors import InputError

PUBLISHED = (  # cfg, gpus, kimg, batch, mbstd, fmaps, lr, gamma, ema kimg, ramp, mapping layers
    ("stylegan2", 8, 25000, 32, 4, 1, 0.002, 10, 10, None, 8),
    ("paper256", 8, 25000, 64, 8, 0.5, 0.0025, 1, 20, None, 8),
    ("paper512", 8, 25000, 64, 8, 1, 0.0025, 0.5, 20, None, 8),
    ("paper1024", 8, 25000, 32, 4, 1, 0.002, 2, 10, None, 8),
    ("cifar", 2, 100000, 64, 32, 1, 0.0025, 0.01, 500, 0.05, 2),
)


def resolved(resolution: int = 256, labels: int = 0, kind: str = "pictures", device: str = "cpu", **given):
    return resolve(TrainOptions(**given), resolution, 1, labels, kind, device)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row[0])
def test_the_published_table(row):
    cfg, gpus, kimg, batch, mbstd, fmaps, lr, gamma, ema, ramp, layers = row
    found = resolved(cfg=cfg, gpus=gpus)
    assert (found.kimg, found.batch, found.mbstd, found.lr, found.gamma) == (kimg, batch, mbstd, lr, gamma)
    assert (found.channel_base, found.channel_max) == (fmaps * 32768, 512)
    assert (found.ema_kimg, found.ema_rampup, found.mapping_layers) == (ema, ramp, layers)
    assert (found.z_dim, found.w_dim, found.beta0, found.beta1) == (512, 512, 0, 0.99)
    assert (found.r1_every, found.pl_every, found.pl_decay, found.pl_shrink) == (16, 4, 0.01, 2)
    cifar = cfg == "cifar"
    assert (found.pl_weight, found.style_mixing, found.residual) == ((0, 0, False) if cifar else (2, 0.9, True))


@pytest.mark.parametrize(
    ("resolution", "gpus", "batch", "mbstd", "fmaps", "lr", "gamma", "ema"),
    [
        (256, 1, 16, 4, 0.5, 0.0025, 0.8192, 5.0),
        (256, 8, 64, 4, 0.5, 0.0025, 0.2048, 20.0),
        (1024, 1, 4, 4, 1, 0.002, 52.4288, 1.25),
        (1024, 8, 32, 4, 1, 0.002, 6.5536, 10.0),
        (32, 1, 32, 4, 0.5, 0.0025, 0.0064, 10.0),
        (2048, 1, 2, 2, 1, 0.002, 419.4304, 0.625),
        (512, 16, 64, 4, 1, 0.0025, 0.8192, 20.0),
    ],
)
def test_the_automatic_configuration(resolution, gpus, batch, mbstd, fmaps, lr, gamma, ema):
    found = resolved(resolution, gpus=gpus)
    assert (found.batch, found.mbstd, found.channel_base, found.lr) == (batch, mbstd, fmaps * 32768, lr)
    assert (found.gamma, found.ema_kimg) == (pytest.approx(gamma), ema)
    assert (found.kimg, found.ema_rampup, found.mapping_layers) == (25000, 0.05, 2)


@given(st.sampled_from([2**n for n in range(3, 12)]), st.integers(1, 16), st.integers(1, 200))
def test_every_automatic_batch_can_be_shared_out(resolution, gpus, batch):
    found = resolved(resolution, gpus=gpus)
    assert found.batch % gpus == 0
    assert (found.batch // gpus) % found.mbstd == 0
    if batch % gpus == 0:
        found = resolved(resolution, gpus=gpus, batch=batch)
        assert (batch // gpus) % found.mbstd == 0


def test_augmentation_follows_the_kind_of_data():
    assert resolved(kind="volumes").augpipe == "ct"
    assert resolved(kind="radiographs").augpipe == resolved().augpipe == "bgc"
    assert resolved(kind="volumes", augpipe="bgcfnc").augpipe == "bgcfnc"
    assert (resolved().aug, resolved().target, resolved().p) == ("ada", 0.6, 0)
    found = resolved(aug="fixed", p=0.3)
    assert (found.p, found.target) == (0.3, None)
    assert resolved(aug="noaug").augpipe is None
    assert set(PIPELINE_NAMES) == set(PIPELINES)


def test_precision_follows_the_device():
    assert resolved().precision == "fp32"
    found = resolved(device="cuda")
    assert (found.precision, found.half_blocks, found.conv_clamp) == ("fp16", 4, 256)
    assert resolved(8, device="cuda").half_blocks == 1
    for asked in ({"fp32": True}, {"precision": "bf16"}):
        found = resolved(device="cuda", **asked)
        assert (found.half_blocks, found.conv_clamp) == (0, None)


def test_labels_are_learnt_only_when_asked():
    assert resolved(labels=3).labels == 0
    assert resolved(labels=3, cond=True).labels == 3


def test_transfer_learning_has_no_ramp():
    assert resolved(resume="ffhq.pkl").ema_rampup is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cfg": "paper128"}, "--cfg must be one of auto, stylegan2"),
        ({"gpus": 0}, "--gpus must be a whole number above 0, not 0."),
        ({"p": 0.5}, "--p belongs to --aug fixed"),
        ({"aug": "fixed"}, "give --p"),
        ({"aug": "noaug", "target": 0.5}, "--target belongs to --aug ada"),
        ({"aug": "noaug", "augpipe": "bgc"}, "leave one out"),
        ({"fp32": True, "precision": "bf16"}, "contradict"),
        ({"freezed": 4}, "needs --resume"),
        ({"resolution": 100}, "power of two"),
        ({"name": "a/b"}, "file name"),
        ({"weights": {"inception": 3}}, "--weights.inception must be a text, not 3"),
        ({"oudtir": "x"}, "no training option called 'oudtir' (did you mean outdir?)"),
    ],
)
def test_what_cannot_be_is_told(given, words):
    with pytest.raises(InputError) as caught:
        TrainOptions.from_dict(given)
    assert words in caught.value.message
    assert caught.value.message.count(".") <= 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"batch": 9, "gpus": 2}, "cannot be shared by 2 devices"),
        ({"batch": 16, "batch_gpu": 5}, "does not divide"),
        ({"batch": 16, "batch_gpu": 2}, "groups of 4"),
        ({"batch": 16, "mbstd": 3}, "groups of 3"),
        ({"cond": True}, "--cond needs labels"),
        ({"precision": "fp16"}, "needs a CUDA device"),
        ({"fmaps": 0.001}, "leaves no channel"),
    ],
)
def test_what_cannot_be_with_these_images_is_told(given, words):
    with pytest.raises(InputError) as caught:
        resolved(**given)
    assert words in caught.value.message


def test_compiling_without_a_compiler_is_told(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(InputError, match=r"--compile needs a C\+\+ compiler"):
        resolved(compile=True)


def test_both_go_through_json():
    import json

    options = TrainOptions(z_range=(-10.0, 20.0), slices=(3, 9), weights={"inception": "file.pth"})
    assert TrainOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    config = resolved(gamma=2.5)
    assert ResolvedConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(InputError, match="damaged"):
        ResolvedConfig.from_dict({})
    assert {item.name for item in dataclasses.fields(ResolvedConfig)} >= FREE


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"data": "/a/My chest CTs.zip"}, "My_chest_CTs-auto1"),
        ({"data": "x", "gpus": 4, "mirror": True, "cond": True}, "x-cond-mirror-auto4"),
        ({"data": "x", "cfg": "paper256", "subset": 500, "gamma": 10.0}, "x-subset500-paper256-gamma10"),
        ({"data": "x", "kimg": 100.0, "batch": 8, "aug": "fixed", "p": 0.2}, "x-auto1-kimg100-batch8-fixed-p0.2"),
        ({"data": "x", "target": 0.7, "augpipe": "blit", "aug": "ada"}, "x-auto1-target0.7-blit"),
    ],
)
def test_runs_are_called_after_their_options(given, name):
    assert run_name(TrainOptions(**given), resolved(labels=2, **given)) == name


def test_what_a_run_began_from_is_in_its_name():
    options = TrainOptions(data="x", resume="f.pkl", freezed=10)
    assert run_name(options, resolved(), "ffhq256") == "x-auto1-resumeffhq256-freezed10"


def test_path_lengths_against_the_whole_jacobian():
    """A map whose Jacobian is known: image = w_first @ A + w_second @ B."""
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 3, 16, generator=generator, dtype=torch.float64)
    ws = torch.randn(5, 2, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    images = (ws[:, 0] @ a + ws[:, 1] @ b).reshape(5, 1, 4, 4)
    noise = torch.randn(5, 1, 4, 4, generator=generator, dtype=torch.float64)
    y = noise.reshape(5, 16) / 4
    expected = (((y @ a.T) ** 2).sum(1) / 2 + ((y @ b.T) ** 2).sum(1) / 2).sqrt()
    assert torch.allclose(path_lengths(images, ws, noise), expected)


def test_r1_is_the_squared_gradient_of_each_image():
    x = torch.randn(3, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    logits = (x**2).sum((1, 2, 3))
    assert torch.allclose(r1_norms(x, logits), (4 * x**2).sum((1, 2, 3)))


def test_the_line_a_tick():
    assert [clock(s) for s in (5, 65, 3725, 90_061)] == ["5s", "1m 05s", "1h 02m 05s", "1d 01h 01m"]
    facts = {"memory_gb": 1.5, "gpu_gb": 4.25, "augment_p": 0.125, "augment_r": 0.6}
    text = line(40_000, " of 25000", 100, 22.5, facts, 3600)
    for words in ("kimg     40.0 of 25000", "22.50 s/kimg", "memory 1.50 GB", "gpu 4.25 GB", "p 0.125", "r +0.60"):
        assert words in text
    assert text.endswith("left 1h 00m 00s")
