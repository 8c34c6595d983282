"""Frechet distances against the closed form, the features they stand on, and LPIPS."""

from __future__ import annotations

import numpy as np
import pytest
from evaluate.quality_sets import need_torchvision

from GANAnomalyLab.evaluate.normative.perceptual import LITE, available, find_perceptual
from GANAnomalyLab.evaluate.normative.slice_frechet import Texture, ahi_interval, find_features, four_distances, joined
from GANAnomalyLab.evaluate.normative.texture import NAMES, texture_features
from GANAnomalyLab.statistics.bootstrap import Draws
from GANAnomalyLab.statistics.frechet import frechet
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, no_progress

CANCEL = CancelToken()


@pytest.mark.parametrize(("first", "second"), [(200, 50), (7, 200), (6, 5)])
def test_it_is_the_closed_form_also_for_singular_covariances(first, second):
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(first)
    a = rng.normal(size=(first, 10)) @ rng.normal(size=(10, 10))
    b = rng.normal(size=(second, 10)) @ rng.normal(size=(10, 10)) + 1
    c1, c2 = (np.cov(rows, rowvar=False) for rows in (a, b))
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
    assert frechet(a, b, CANCEL) == pytest.approx(expected, rel=1e-4)
    assert frechet(a, a, CANCEL) == pytest.approx(0, abs=1e-8)
    assert frechet(a, b, CANCEL) == pytest.approx(frechet(b, a, CANCEL))


def test_one_row_has_no_distance():
    assert np.isnan(frechet(np.ones((1, 3)), np.ones((5, 3)), CANCEL))
    assert np.isnan(Texture().distance(np.ones((5, 27)), joined([]), CANCEL))


def test_texture_is_finite_whatever_the_picture_and_moves_with_noise():
    rng = np.random.default_rng(2)
    flat = np.full((1, 32, 32), 100, np.uint8)
    noisy = np.clip(flat + rng.normal(0, 10, flat.shape), 0, 255).astype(np.uint8)
    for pictures in (flat, noisy, np.zeros_like(flat), np.full_like(flat, 255)):
        found = texture_features(pictures)
        assert found.shape == (1, len(NAMES))
        assert np.isfinite(found).all()
    held = dict(zip(NAMES, texture_features(noisy)[0], strict=True))
    assert held["mean"] == pytest.approx(100 / 255, abs=0.01)
    assert held["deviation"] == pytest.approx(10 / 255, rel=0.1)


def test_farther_sets_are_farther_and_unseen_normals_are_as_many_as_ill_slices():
    rng = np.random.default_rng(3)

    def pictures(level, count):
        return np.clip(rng.normal(level, 12, (count, 16, 16)), 0, 255).astype(np.uint8)

    features = Texture()
    rows = [features.rows(pictures(*one), no_progress, CANCEL) for one in ((100, 30), (130, 10), (103, 10), (100, 25))]
    found = four_distances(features, rows[0], (rows[1], rows[2]), (rows[3], rows[3]), 7, CANCEL)
    assert found.pathological > found.restored > 0
    assert found.slices == (30, 10, 10, 10, 10)
    assert found.unseen == found.restored_unseen, "the same unseen normals are drawn of both"


def test_features_by_name():
    assert find_features("texture", {}).title.startswith("27 plain numbers")
    with pytest.raises(InputError, match="texture, frd, inception"):
        find_features("vgg", {})
    with pytest.raises(InputError, match="no weight file"):
        find_features("inception", {"inception": "gone.pth"})


@pytest.mark.slow
def test_radiomics_give_the_package_s_distance():
    pytest.importorskip("frd_score")
    pytest.importorskip("radiomics")
    from GANAnomalyLab.evaluate.quality.radiomics import frd

    rng = np.random.default_rng(4)
    features = find_features("frd", {})
    sets = [np.clip(rng.normal(level, 20, (3, 24, 24)), 0, 255).astype(np.uint8) for level in (90, 140)]
    rows = [features.rows(np.concatenate([one, np.zeros((1, 24, 24), np.uint8)]), no_progress, CANCEL) for one in sets]
    assert len(rows[0]) == 3, "a picture without contrast has no features"
    assert features.distance(rows[0], rows[1], CANCEL) == pytest.approx(np.exp(frd(*rows)[1]))


@pytest.fixture
def alexnet(tmp_path):
    """AlexNet of random weights, as torchvision's file names them."""
    need_torchvision()
    pytest.importorskip("lpips")
    import torch
    import torchvision

    torch.manual_seed(0)
    path = tmp_path / "alexnet.pth"
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), path)
    return path


@pytest.mark.slow
def test_lpips_over_given_weights(alexnet, tmp_path):
    import torch

    from GANAnomalyLab.evaluate.quality.feature_networks import load_lpips

    found, digest = find_perceptual("alexnet", {"alexnet": alexnet})
    distance = found.distance
    assert found.form == "lpips"
    assert len(digest) == 64
    rng = np.random.default_rng(5)
    a = rng.integers(0, 256, (2, 64, 64)).astype(np.uint8)
    b = a.copy()
    b[:, 20:30, 20:30] = 255
    assert not distance(a, a).any()
    apart = distance(a, b)
    assert apart.shape == a.shape
    assert apart[:, 18:32, 18:32].mean() > 2 * apart[:, 50:, 50:].mean()
    module = load_lpips(alexnet, "cpu", "alexnet", spatial=True)
    pair = [torch.from_numpy(x.astype(np.float32))[:, None].expand(-1, 3, -1, -1) / 127.5 - 1 for x in (a, b)]
    with torch.no_grad():
        assert np.allclose(apart, module(*pair)[:, 0].numpy(), atol=1e-5)
    assert distance(a[:, :16, :16], b[:, :16, :16]).shape == (2, 16, 16), "small pictures are enlarged for the network"


def test_lpips_without_weights_says_how_to_get_them(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert not available("alexnet", {})
    with pytest.raises(InputError, match=r"alexnet.*--weights alexnet=FILE.*--allow-download"):
        find_perceptual("alexnet", {})
    with pytest.raises(InputError, match="alexnet or vgg16"):
        find_perceptual("resnet", {})
    with pytest.raises(InputError, match="no weight file"):
        available("vgg16", {"vgg16": tmp_path / "gone"})


def test_lite_features_are_always_here_and_see_where_pictures_differ():
    found, digest = find_perceptual(LITE, {})
    assert (found.form, len(digest)) == ("lite0", 64)
    a = np.random.default_rng(5).integers(90, 160, (2, 32, 32)).astype(np.uint8)
    b = a.copy()
    b[:, 8:16, 8:16] = 255
    assert np.abs(found.distance(a, a)).max() < 1e-6
    apart = found.distance(a, b)
    assert apart.shape == a.shape
    assert apart[:, 6:18, 6:18].mean() > 2 * apart[:, 24:, 24:].mean()


def test_ahi_has_an_interval_where_distances_are_quick_and_scans_several():
    rng = np.random.default_rng(7)
    training = rng.normal(size=(200, 5))
    ill = [(rng.normal(1, 1, (12, 5)), rng.normal(0.3, 1, (12, 5))) for _ in range(6)]
    unseen = [rng.normal(size=(12, 5)) for _ in range(6)]
    features, draws = Texture(), Draws(6, 40)
    found = ahi_interval(features, training, ill, unseen, draws, CANCEL)
    assert 0 < found.low < found.high <= 1
    assert found == ahi_interval(features, training, ill, unseen, draws, CANCEL)
    healed = [(sick, well) for (sick, _), well in zip(ill, unseen, strict=True)]
    assert ahi_interval(features, training, healed, unseen, draws, CANCEL).low > found.low
    assert ahi_interval(features, training, ill[:1], unseen, draws, CANCEL) is None
    assert ahi_interval(features, training, ill, unseen, Draws(6, 0), CANCEL) is None
    features.quick = False
    assert ahi_interval(features, training, ill, unseen, draws, CANCEL) is None
