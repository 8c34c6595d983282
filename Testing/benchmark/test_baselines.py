"""Fitting baselines: known answers, calibration as for any model, kept and made again only when they differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from GANAnomalyLab.benchmark.baseline_models import NAMES, BaselineFitter, fitter_like
from GANAnomalyLab.benchmark.benchmark_cohort import Look, framed, source
from GANAnomalyLab.benchmark.benchmark_plan import Plan
from GANAnomalyLab.benchmark.fit_baselines import fit
from GANAnomalyLib.analysis.pipeline import run
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.data import bundled_file
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress

SIZE = 32
PLAN = Plan(train=2, calibration=2)


def fitted(kind, slices, dimension=4, **options):
    return fit(kind, slices, dimension, no_progress, CancelToken(), **options)


@pytest.fixture(scope="module")
def slices():
    rng = np.random.default_rng(0)
    shapes = rng.uniform(0, 255, (5, SIZE, SIZE))
    return (
        np.clip(rng.dirichlet(np.ones(5), 40) @ shapes.reshape(5, -1), 0, 255)
        .round()
        .astype(np.uint8)
        .reshape(40, SIZE, SIZE)
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    fitter = BaselineFitter(PLAN, Look(SIZE), 8, 4, steps=10)
    return fitter, folder, fitter.ensure(NAMES, folder)


def test_mean(slices):
    found = fitted("mean", slices)(torch.zeros(1, 1, SIZE, SIZE))[0, 0].numpy()
    np.testing.assert_allclose((found + 1) * 127.5, slices.mean(0), atol=1e-3)


def test_components_are_those_of_scikit_learn(slices):
    network = fitted("pca", slices)
    flat = slices.reshape(40, -1) / 127.5 - 1
    theirs = PCA(4, svd_solver="full").fit(flat)
    np.testing.assert_allclose(np.abs(network.basis.numpy() @ theirs.components_.T), np.eye(4), atol=1e-2)
    np.testing.assert_allclose(network.mean.numpy().ravel(), theirs.mean_, atol=1e-5)


def test_too_few_slices_for_components(slices):
    with pytest.raises(InputError, match="more than 3 training slices"):
        fitted("pca", slices[:3])


def test_the_autoencoder_learns_and_is_the_same_with_the_same_seed(slices):
    images = torch.from_numpy(slices)[:, None] / 127.5 - 1
    errors = [
        float((fitted("autoencoder", slices, steps=steps)(images) - images).square().mean()) for steps in (0, 120)
    ]
    mean = float((fitted("mean", slices)(images) - images).square().mean())
    # One that collapsed would say the same of every slice, and the best of that is the mean.
    assert errors[1] < 0.9 * mean < errors[0]
    first, second = fitted("autoencoder", slices, steps=3), fitted("autoencoder", slices, steps=3)
    assert torch.equal(first(images), second(images))


def test_a_stop_while_learning(slices):
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        fit("autoencoder", slices, 4, lambda *_: cancel.cancel(), cancel, steps=100)


def test_an_unknown_baseline(slices, tmp_path):
    with pytest.raises(InputError, match="'magic'"):
        fitted("magic", slices)
    with pytest.raises(InputError, match="'magic'"):
        BaselineFitter(PLAN).ensure(["magic"], tmp_path)


def test_slices_are_framed_as_an_analysis_frames_them():
    _, stack, _ = source("torso_3mm.nii.gz")
    ours = framed(stack.slices, stack.spacing_mm, Look(SIZE))
    request = AnalysisRequest(str(bundled_file("torso_3mm.nii.gz")))
    card = ModelCard("c", resolution=SIZE, framing="body")
    volume = source("torso_3mm.nii.gz")[0]
    theirs = prepare(request, Resolved.of(request, card, volume), card, volume)
    np.testing.assert_allclose(ours, theirs.targets, atol=1e-6)


@pytest.mark.slow
def test_cards_of_baselines(models):
    _, _, paths = models
    for name, path in paths.items():
        model = load_model(path)
        assert model.card.name == name
        assert model.card.architecture["warp"] == name.endswith("_warped")
        assert {"differences.version", "differences.pictures", "differences.means"} <= set(model.calibration)
        values = [model.card.thresholds[rate] for rate in ("0.05", "0.02", "0.01")]
        assert 0 < values[0] <= values[1] <= values[2]
    assert load_model(paths["pca"]).network.count == 8
    errors = {name: load_model(path).card.results["mse_gray8_on_normals"] for name, path in paths.items()}
    assert errors["pca"] < errors["mean"]
    assert all(errors[f"{name}_warped"] < errors[name] for name in ("mean", "pca", "nearest", "autoencoder"))


def test_the_warp_lowers_the_error_on_normals(models):
    _, _, paths = models
    _, stack, _ = source("torso_3mm.nii.gz")
    targets = framed(stack.slices[40:48], stack.spacing_mm, Look(SIZE))
    from GANAnomalyLib.detectors.explain import explain

    errors = {}
    for name in ("mean", "mean_warped"):
        found = explain(load_model(paths[name]), targets)
        errors[name] = np.mean([np.square(item.reconstruction - targets[item.index]).mean() for item in found])
    assert errors["mean_warped"] < 0.8 * errors["mean"]


def test_what_is_there_is_kept_until_something_differs(models, monkeypatch):
    fitter, folder, paths = models
    hashes = {name: ModelCard.read(path.with_suffix(".json")).sha256 for name, path in paths.items()}
    monkeypatch.setattr(BaselineFitter, "_gather", lambda *_: pytest.fail("made again"))
    fitter.ensure(NAMES, folder)
    assert {name: ModelCard.read(path.with_suffix(".json")).sha256 for name, path in paths.items()} == hashes
    with pytest.raises(pytest.fail.Exception):
        BaselineFitter(PLAN, Look(SIZE), 6, 4, steps=10).ensure(["mean"], folder)
    with pytest.raises(pytest.fail.Exception):
        fitter.ensure(["mean"], folder / "elsewhere")


@pytest.mark.slow
def test_a_damaged_model_is_made_again(models, tmp_path):
    fitter, _, _ = models
    path = fitter.ensure(["mean"], tmp_path)["mean"]
    path.write_bytes(path.read_bytes()[:-8])
    fitter.ensure(["mean"], tmp_path)
    assert load_model(path).card.name == "mean"


def test_a_baseline_goes_through_the_pipeline_like_any_model(models, tmp_path):
    _, _, paths = models
    request = AnalysisRequest(
        str(bundled_file("torso_3mm.nii.gz")), str(paths["nearest_warped"]), str(tmp_path / "r"), slices=(40, 44)
    )
    result = run(request)
    assert result.manifest["settings"]["detector"] == "baseline"
    assert result.manifest["settings"]["score_unit"] == "times what is usual there"
    assert result.manifest["slice_thresholds"]
    assert len(result.scores) == 4
    assert result.findings


def test_baselines_follow_the_model_they_are_compared_with():
    card = load_model("demo").card
    fitter = fitter_like(card, PLAN)
    assert fitter.dimension == 64
    assert fitter.look == Look(128, card.window, card.level, card.framing)
    assert fitter.patch_size == card.recommended["patch_size"]


def test_beside_a_model_whose_side_is_no_power_of_two_they_see_the_next_smaller_one():
    """The autoencoder cannot be halved down from 192 pixels, which is what the memory looks at."""
    card = replace(load_model("demo").card, resolution=192, recommended={"patch_size": 12})
    fitter = fitter_like(card, PLAN)
    assert (fitter.look.resolution, fitter.patch_size) == (128, 8)
