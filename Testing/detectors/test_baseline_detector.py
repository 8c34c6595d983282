"""The baseline detector: its explanations, the warp, and what it refuses; the rest is in test_conformance.py."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.baseline.load import BaselineModel, architecture_of
from GANAnomalyLib.detectors.baseline.network import MeanImage
from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard

SIZE = 32


def disc(row: float) -> np.ndarray:
    rows, cols = np.mgrid[:SIZE, :SIZE]
    return np.where((rows - row) ** 2 + (cols - 16) ** 2 < 64, 0.8, -0.8).astype(np.float32)


@pytest.fixture
def model():
    network = MeanImage(SIZE)
    network.mean.copy_(torch.from_numpy(disc(16)))
    card = ModelCard("m", kind="baseline", resolution=SIZE, architecture=architecture_of(network, False))
    return BaselineModel(card, network)


def run(model, slices, **options):
    return explain(model, slices, DetectorOptions(**options))


def test_the_warp_moves_the_explanation_and_the_setting_decides(model):
    slices = disc(17)[None]
    plain, moved = run(model, slices), run(model, slices, settings={"warp": True})
    errors = [float(np.square(item[0].reconstruction - slices[0]).mean()) for item in (plain, moved)]
    assert errors[1] < 0.5 * errors[0]
    model.card.architecture["warp"] = True
    np.testing.assert_array_equal(run(model, slices)[0].reconstruction, moved[0].reconstruction)
    np.testing.assert_array_equal(run(model, slices, settings={"warp": False})[0].reconstruction, disc(16))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"settings": {"warp": "yes"}}, "true or false"),
        ({"mode": "reference"}, "published projection"),
        ({"steps": 20}, "steps"),
    ],
)
def test_what_a_baseline_does_not_have(model, options, words):
    with pytest.raises(InputError, match=words):
        run(model, disc(16)[None], **options)
