"""StyleGAN2 training on a CUDA device: half precision, going on, and the switches that only matter there."""

from __future__ import annotations

import math

import pytest
from train.stylegan2_small import image_set, options

from GANAnomalyLab.train.loop.run_files import states
from GANAnomalyLab.train.loop.run_state import load_state
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.stylegan2.run_folder import read_options
from GANAnomalyLab.train.stylegan2.stylegan2_plan import read_request
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nhwc": True, "allow_tf32": True, "nobench": True},
        {"precision": "bf16"},
        {"fp32": True, "batch_gpu": 4},
        {"encoder": "joint", "adversarial_every": 2},
        {"compile": True},
    ],
)
def test_a_run_and_its_continuation(tmp_path, changes):
    images = image_set()
    folder = train(options(tmp_path, device="cuda", kimg=0.16, **changes), images=images)
    assert read_options(folder)[1].precision == {"bf16": "bf16"}.get(
        changes.get("precision"), "fp32" if "fp32" in changes else "fp16"
    )
    chosen, found = read_request({"resume": str(folder), "kimg": 0.32})
    train(chosen, found, images=images)
    rows = read_log(folder / "stats.jsonl")
    assert rows[-1]["kimg"] == 0.32
    assert all(math.isfinite(row["generator_loss"] + row["r1_penalty"] if "r1_penalty" in row else 0) for row in rows)
    assert load_state(states(folder)[-1])["seen"] == 320
    assert rows[-1]["gpu_gb"] > 0


def test_a_run_of_a_graphics_card_goes_on_without_one(tmp_path):
    images = image_set()
    folder = train(options(tmp_path, device="cuda"), images=images)
    chosen, found = read_request({"resume": str(folder), "kimg": 0.064, "device": "cpu"})
    train(chosen, found, images=images)
    assert load_state(states(folder)[-1])["seen"] == 64


def test_full_precision_agrees_with_the_processor(tmp_path, card):
    """The same draws on both; only the noise differs, which each device makes itself, and is weighted 0 at first."""
    images = image_set()
    rows = []
    for name, device in (("processor", "cpu"), ("card", card)):
        chosen = options(tmp_path / name, device=device, fp32=True, kimg=0.008, tick=0.008, aug="noaug")
        rows.append(read_log(train(chosen, images=images) / "stats.jsonl")[0])
    for name in ("generator_loss", "discriminator_loss", "r1_penalty"):
        assert rows[0][name] == pytest.approx(rows[1][name], rel=1e-3)
