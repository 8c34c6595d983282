"""Distances of features against closed forms and against plain computations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from evaluate.quality_sets import need_torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from places import PACKAGES

from GANAnomalyLab.evaluate.quality.feature_distances import (
    frechet_distance,
    inception_score,
    kernel_distance,
    precision_recall,
)
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture(autouse=True, scope="module")
def fidelity():
    need_torchvision()
    return pytest.importorskip("torch_fidelity")


def with_moments(mean, covariance, count, seed):
    """Rows whose sample mean and covariance are exactly these."""
    rows = np.random.default_rng(seed).normal(size=(count, len(mean)))
    rows -= rows.mean(0)
    white = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows, rowvar=False))).T
    return white @ np.linalg.cholesky(covariance).T + mean


def test_frechet_of_commuting_gaussians():
    one, other = np.array([4.0, 9.0, 1.0]), np.array([1.0, 16.0, 0.25])
    real = with_moments(np.zeros(3), np.diag(one), 50, 0)
    fake = with_moments(np.array([1.0, -2.0, 0.5]), np.diag(other), 80, 1)
    expected = 1 + 4 + 0.25 + ((np.sqrt(one) - np.sqrt(other)) ** 2).sum()
    assert frechet_distance(real, fake, CancelToken()) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_gaussians_that_do_not_commute():
    # For 2 x 2 matrices tr (AB)^(1/2) = (tr AB + 2 (det AB)^(1/2))^(1/2).
    a, b = np.array([[2.0, 0.7], [0.7, 1.0]]), np.array([[1.0, -0.4], [-0.4, 3.0]])
    assert not np.allclose(a @ b, b @ a)
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
    expected = 0.09 + np.trace(a) + np.trace(b) - 2 * root
    real, fake = with_moments(np.zeros(2), a, 40, 2), with_moments(np.array([0.3, 0.0]), b, 60, 3)
    assert frechet_distance(real, fake, CancelToken()) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.integers(0, 1000))
def test_frechet_is_symmetric_and_zero_for_equal_sets(width, seed):
    random = np.random.default_rng(seed)
    one, other = random.normal(size=(30, width)), 2 * random.normal(size=(25, width)) + 1
    there, back = frechet_distance(one, other, CancelToken()), frechet_distance(other, one, CancelToken())
    assert there == pytest.approx(back, rel=1e-6)
    assert there > 0
    assert frechet_distance(one, one[::-1], CancelToken()) == pytest.approx(0, abs=1e-6)


def test_frechet_is_torch_fidelitys_and_the_same_in_parts(monkeypatch):
    """Features far from zero, as Inception's are, more and fewer of them than numbers in each."""
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric

    random = np.random.default_rng(0)
    for count in (40, 9):
        one, other = (random.normal(1000, width, (count, 12)).astype(np.float32) for width in (1, 2))
        moments = [{"mu": rows.mean(0), "sigma": np.cov(rows, rowvar=False)} for rows in map(np.float64, (one, other))]
        theirs = fid_statistics_to_metric(*moments, verbose=False)[KEY_METRIC_FID]
        whole = frechet_distance(one, other, CancelToken())
        assert whole == pytest.approx(theirs, rel=1e-6)
        with monkeypatch.context() as patch:
            patch.setattr("GANAnomalyLab.statistics.frechet._ROWS", 7)
            assert frechet_distance(one, other, CancelToken()) == pytest.approx(whole, rel=1e-9)
    with pytest.raises(InputError, match="at least two images"):
        frechet_distance(one[:1], other, CancelToken())


def test_kernel_distance_against_its_definition():
    random = np.random.default_rng(1)
    real, fake = random.normal(size=(12, 8)).astype(np.float32), random.normal(1, 1, (12, 8)).astype(np.float32)

    def kernel(x, y):
        return (x @ y.T / 8 + 1) ** 3

    off = ~np.eye(12, dtype=bool)
    expected = kernel(real, real)[off].mean() + kernel(fake, fake)[off].mean() - 2 * kernel(real, fake).mean()
    # All of both sets are in every pair of subsets, so their mean is the plain value.
    assert kernel_distance(real, fake, 0, CancelToken()) == pytest.approx(expected, rel=1e-4)


def test_precision_and_recall_against_their_definition():
    random = np.random.default_rng(2)
    real = random.normal(size=(30, 4)).astype(np.float32)
    fake = (0.3 * random.normal(size=(40, 4))).astype(np.float32)

    def near(points, others):
        apart = np.linalg.norm(others[:, None] - others[None], axis=-1)
        reach = np.sort(apart, 1)[:, 3]
        return (np.linalg.norm(points[:, None] - others[None], axis=-1) <= reach).any(1).mean()

    precision, recall = precision_recall(real, fake, CancelToken())
    assert precision == pytest.approx(near(fake, real))
    assert recall == pytest.approx(near(real, fake))
    assert precision > recall  # true but with little variety
    with pytest.raises(InputError, match="more than 3 images"):
        precision_recall(real[:3], fake, CancelToken())


def test_inception_score_of_sure_and_unsure_logits():
    sure = np.eye(10, dtype=np.float32)[np.arange(200) % 10] * 100
    mean, deviation = inception_score(sure, 0, CancelToken())
    assert 6 < mean <= 10 + 1e-6
    assert deviation < 1
    assert inception_score(np.zeros((50, 10), np.float32), 0, CancelToken())[0] == pytest.approx(1)


LEFT_BEHIND = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from evaluate.quality_sets import need_torchvision
need_torchvision()
import numpy as np
import torch_fidelity.metric_isc as isc, torch_fidelity.metric_kid as kid, torch_fidelity.metric_prc as prc
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLab.evaluate.quality import feature_distances as distances
from GANAnomalyLab.evaluate.quality.image_features import FeatureStore
from GANAnomalyLab.evaluate.quality.quality_images import ArrayImages
from GANAnomalyLib.running.progress import CancelToken

images, random = ArrayImages(np.zeros((500, 2, 2), np.uint8)), np.random.default_rng(0)
for module, name, call in (
    (kid, "kid_features_to_metric", lambda one, other, cancel: distances.kernel_distance(one, other, 0, cancel)),
    (prc, "prc_features_to_metric", distances.precision_recall),
    (isc, "isc_features_to_metric", lambda one, other, cancel: distances.inception_score(one, 0, cancel)),
):
    cancel, closed, real = CancelToken(), threading.Event(), getattr(module, name)

    def late(*given, real=real, cancel=cancel, closed=closed, **named):
        cancel.cancel()
        closed.wait(60)
        return real(*given, **named)

    setattr(module, name, late)
    try:
        with FeatureStore() as store:
            make = lambda: iter([random.normal(size=(500, 64))])
            call(*(store.rows(images, "", np.float32, make, cancel) for _ in range(2)), cancel)
    except Cancelled:
        print("cancelled")
    closed.set()
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()
print("ended")
"""


@pytest.mark.slow
def test_a_cancelled_metric_does_not_end_the_process():
    """KID, precision and recall, IS: their features are in memory maps, and the library reads on for a while."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    command = [sys.executable, "-c", LEFT_BEHIND, str(root / "Testing")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stdout) == (0, "cancelled\n" * 3 + "ended\n"), ended.stderr
