"""Metrics in features of EfficientNet-Lite0, whose weights come along: nothing is given, nothing fetched."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from evaluate.asked import gananomaly
from evaluate.quality_sets import need_torchvision, noisy, torso_slices, write_pictures

from GANAnomalyLab.evaluate.quality import measure
from GANAnomalyLab.evaluate.quality.feature_networks import load_lite
from GANAnomalyLab.evaluate.quality.neighbourhoods import neighbourhoods
from GANAnomalyLab.features.picture_features import PictureFeatures
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

KEYS = [f"prdc_lite0_{name}" for name in ("precision", "recall", "density", "coverage")]


def by_definition(real: np.ndarray, fake: np.ndarray) -> tuple[float, float, float, float]:
    def apart(one, other):
        return np.linalg.norm(one[:, None] - other[None], axis=-1)

    def reach(points, k):
        return np.sort(apart(points, points), 1)[:, k]

    between = apart(real, fake)
    within = between <= reach(real, 5)[:, None]
    return (
        (between <= reach(real, 3)[:, None]).any(0).mean(),
        (between <= reach(fake, 3)[None]).any(1).mean(),
        within.sum(0).mean() / 5,
        within.any(1).mean(),
    )


@pytest.mark.parametrize(("moved", "spread"), [(0, 1), (0, 0.3), (1.5, 1), (0.5, 2)])
def test_neighbourhoods_are_those_of_their_definitions_whatever_the_blocks(moved, spread, monkeypatch):
    random = np.random.default_rng(3)
    real = 1000 + random.normal(size=(60, 6)).astype(np.float32)
    fake = 1000 + (moved + spread * random.normal(size=(45, 6))).astype(np.float32)
    expected = by_definition(real.astype(np.float64), fake.astype(np.float64))
    assert neighbourhoods(real, fake, CancelToken()) == pytest.approx(expected)
    for name, size in (("ROWS", 7), ("COLUMNS", 11)):
        monkeypatch.setattr(f"GANAnomalyLab.evaluate.quality.neighbourhoods.{name}", size)
    assert neighbourhoods(real, fake, CancelToken()) == pytest.approx(expected)


def test_precision_and_recall_are_torch_fidelitys():
    need_torchvision()
    prc = pytest.importorskip("torch_fidelity.metric_prc")
    random = np.random.default_rng(4)
    real, fake = random.normal(size=(80, 5)).astype(np.float32), random.normal(0.7, 0.8, (70, 5)).astype(np.float32)
    theirs = prc.prc_features_to_metric(
        torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=3, prc_batch_size=50, verbose=False
    )
    assert neighbourhoods(real, fake, CancelToken())[:2] == pytest.approx(
        (theirs[prc.KEY_METRIC_PRECISION], theirs[prc.KEY_METRIC_RECALL])
    )


def test_few_images_are_refused_and_a_cancel_is_heard():
    rows = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    with pytest.raises(InputError, match="more than 5 images"):
        neighbourhoods(rows, np.concatenate([rows, rows]), CancelToken())
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(Cancelled):
        neighbourhoods(np.concatenate([rows, rows]), np.concatenate([rows, rows]), stopped)


def test_the_network_sees_pictures_at_its_own_size():
    slices = torch.from_numpy(torso_slices(64)[40:42])[:, None].expand(-1, 3, -1, -1)
    network = load_lite("cpu")
    large = torch.nn.functional.interpolate(slices.float() / 255, (224, 224), mode="bilinear")
    assert torch.allclose(network(slices), PictureFeatures()(large), atol=1e-4)
    assert network(slices).shape == (2, network.width)


def test_numbers_get_worse_with_noise_and_blandness_and_are_at_their_best_for_the_set_itself(tmp_path):
    slices = torso_slices(32)[10:90]
    real, unseen = slices[::8], slices[4::8]

    def value(fake):
        return measure(["fd_lite0", "prdc_lite0"], real, fake, device="cpu", cache=tmp_path)

    itself, other, noisier = value(real), value(unseen), value(noisy(unseen, 40))
    assert list(itself) == ["fd_lite0", *KEYS]
    assert [itself[key] for key in KEYS if "density" not in key] == [1, 1, 1]
    assert itself["fd_lite0"] == pytest.approx(0, abs=1e-3)
    assert itself["fd_lite0"] < other["fd_lite0"] < noisier["fd_lite0"]
    assert noisier["prdc_lite0_coverage"] < other["prdc_lite0_coverage"]
    bland = value(np.repeat(real[6:7], len(real), 0))
    assert bland["prdc_lite0_precision"] == 1
    assert bland["prdc_lite0_recall"] <= 0.1


def test_the_command_needs_no_weights_and_names_the_network(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "nothing"))
    slices = torso_slices(32)[10:90]
    folders = [str(write_pictures(tmp_path / name, slices[n::10])) for n, name in ((0, "real"), (5, "fake"))]
    asked = ["metrics", *folders, "--metrics", "fd_lite0,prdc_lite0", "--device", "cpu", "--no-floor"]
    done = gananomaly(*asked, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert list(data["results"]) == ["fd_lite0", *KEYS]
    assert any("singular" in note for note in data["notes"])
    shown = " ".join(gananomaly(*asked).stdout.split())
    assert "EfficientNet-Lite0 features (not the FID)" in shown
    assert "EfficientNet-Lite0, coverage: real images" in shown
