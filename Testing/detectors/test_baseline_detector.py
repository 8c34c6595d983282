"""The baseline detector: explanations, the warp, resuming, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from GANAnomalyLib.detectors.base import DetectorOptions, make_detector
from GANAnomalyLib.detectors.baseline import MeanImage, architecture_of
from GANAnomalyLib.detectors.names import detector_names
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import LoadedModel
from GANAnomalyLib.running.progress import CancelToken, no_progress

SIZE = 32


def disc(row: float) -> np.ndarray:
    rows, cols = np.mgrid[:SIZE, :SIZE]
    return np.where((rows - row) ** 2 + (cols - 16) ** 2 < 64, 0.8, -0.8).astype(np.float32)


@pytest.fixture
def model():
    network = MeanImage(SIZE)
    network.mean.copy_(torch.from_numpy(disc(16)))
    card = ModelCard("m", kind="baseline", resolution=SIZE, architecture=architecture_of(network, False))
    return LoadedModel(card, network, None)


def run(model, slices, known=None, cancel=None, progress=no_progress, **options):
    detector = make_detector("baseline")
    detector.load(model, DetectorOptions(**options))
    return list(detector.detect(slices, list(range(10, 10 + len(slices))), progress, cancel or CancelToken(), known))


def test_it_is_known_by_name():
    assert "baseline" in detector_names()


def test_explains_each_slice_once(model):
    slices, told = np.stack([disc(16), disc(15), disc(20)]), []
    found = run(model, slices, batch=2, progress=lambda fraction, _: told.append(fraction))
    assert [item.index for item in found] == [10, 11, 12]
    assert all(item.reconstruction.shape == (SIZE, SIZE) for item in found)
    np.testing.assert_allclose(found[2].reconstruction, disc(16))
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_warp_moves_the_explanation_and_the_setting_decides(model):
    slices = disc(17)[None]
    plain, moved = run(model, slices), run(model, slices, settings={"warp": True})
    errors = [float(np.square(item[0].reconstruction - slices[0]).mean()) for item in (plain, moved)]
    assert errors[1] < 0.5 * errors[0]
    model.card.architecture["warp"] = True
    np.testing.assert_array_equal(run(model, slices)[0].reconstruction, moved[0].reconstruction)
    np.testing.assert_array_equal(run(model, slices, settings={"warp": False})[0].reconstruction, disc(16))


def test_an_interrupted_run_ends_with_the_same_numbers(model):
    slices = np.stack([disc(row) for row in (14, 15, 17, 18, 19)])
    whole = run(model, slices, batch=2, settings={"warp": True})
    rest = run(model, slices, known={10: {}, 11: {}, 13: {}}, batch=2, settings={"warp": True})
    assert [item.index for item in rest] == [12, 14]
    np.testing.assert_array_equal(rest[0].reconstruction, whole[2].reconstruction)


def test_a_stop(model):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        run(model, disc(16)[None], cancel=cancel)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"settings": {"strength": 1}}, "no setting 'strength'"),
        ({"settings": {"warp": "yes"}}, "true or false"),
        ({"mode": "reference"}, "published projection"),
        ({"steps": 20}, "steps"),
    ],
)
def test_what_a_baseline_does_not_have(model, options, words):
    with pytest.raises(InputError, match=words):
        run(model, disc(16)[None], **options)


def test_another_kind_of_model(model):
    model.card.kind = "stylegan2"
    with pytest.raises(InputError, match="cannot use it"):
        run(model, disc(16)[None])
