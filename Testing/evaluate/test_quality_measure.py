"""The one call: through real networks with seeded weights, on slices of a real CT."""

from __future__ import annotations

import errno
import io

import numpy as np
import pytest
import torch
from evaluate.quality_sets import (
    inception_weights,
    noisy,
    small_generator,
    swav_weights,
    torso,
    torso_slices,
    vgg16_weights,
)
from scipy import ndimage

from GANAnomalyLab.evaluate.quality import ArrayImages, GeneratorImages, measure
from GANAnomalyLab.evaluate.quality import image_features as features
from GANAnomalyLab.evaluate.quality.feature_networks import load_lpips
from GANAnomalyLab.evaluate.quality.image_features import FeatureStore
from GANAnomalyLab.evaluate.quality.measures import split_half
from GANAnomalyLab.evaluate.quality.path_length import path_lengths, perceptual_path_length
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture
def inception(folder):
    return {"inception": inception_weights(folder)}


@pytest.mark.slow
def test_kid_and_is_of_a_generator(inception):
    generator = small_generator()
    told, seen = [], []
    found = measure(
        ["kid", "is50k"],
        torso(32, every=12),
        GeneratorImages(generator, 9),
        weights=inception,
        device="cpu",
        floor=True,
        say=told.append,
        progress=lambda fraction, message: seen.append(fraction),
    )
    assert list(found) == ["kid", "kid_floor", "is50k_mean", "is50k_std"]
    assert found["kid"] > 5 * abs(found["kid_floor"])
    assert found["is50k_mean"] >= 1
    assert any("is50k asks for 50000 generated images; there are 9." in sentence for sentence in told)
    assert seen == sorted(seen)
    assert seen[-1] == 1


@pytest.mark.slow
@pytest.mark.minutes
def test_fid_is_torch_fidelitys_number(inception, tmp_path):
    import torch_fidelity

    slices = torso_slices(32)
    real, fake = slices[::8], noisy(slices[4::8], 25)

    class Tensors(torch.utils.data.Dataset):
        def __init__(self, images):
            self.images = images

        def __len__(self):
            return len(self.images)

        def __getitem__(self, index):
            return torch.from_numpy(self.images[index]).expand(3, -1, -1)

    theirs = torch_fidelity.calculate_metrics(
        input1=Tensors(fake),
        input2=Tensors(real),
        fid=True,
        kid=True,
        isc=True,
        kid_subset_size=len(fake),
        rng_seed=0,
        cuda=False,
        verbose=False,
        batch_size=4,
        save_cpu_ram=True,
        feature_extractor_weights_path=str(inception["inception"]),
    )
    ours = measure(["fid", "kid", "is"], real, fake, weights=inception, device="cpu", cache=tmp_path)
    assert ours["fid"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)
    assert ours["kid"] == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)
    assert ours["is_mean"] == pytest.approx(theirs["inception_score_mean"], rel=1e-5)


@pytest.mark.slow
@pytest.mark.minutes
def test_fid_and_fsd_are_near_the_floor_and_rise(inception, folder, tmp_path):
    slices = torso_slices(32)
    real, unseen = slices[10:100:2], slices[11:101:2]

    def value(fake, **named):
        files = {**inception, "swav": swav_weights(folder)}
        return measure(["fid", "fsd"], real, fake, weights=files, device="cpu", cache=tmp_path, **named)

    at_floor = value(unseen, floor=True)
    noisier = [value(noisy(unseen, deviation)) for deviation in (10, 40)]
    blurred = [value(ndimage.gaussian_filter(unseen, (0, s, s))) for s in (1.0, 2.5)]
    for name in ("fid", "fsd"):
        assert 0 <= at_floor[name] < 2 * at_floor[name + "_floor"]
        for worse in (noisier, blurred):
            assert at_floor[name] < worse[0][name] < worse[1][name]


@pytest.mark.slow
@pytest.mark.minutes
def test_precision_and_recall_and_ppl(folder):
    weights = {"vgg16": vgg16_weights(folder)}
    real = torso(32, every=10)
    found = measure(["pr"], real, real, weights=weights, device="cpu")
    assert found == {"pr_precision": 1, "pr_recall": 1}
    with pytest.raises(InputError, match="give a model, not images"):
        measure("ppl", real, real, weights=weights)
    generator = small_generator()
    ppl = measure("ppl2_wend", None, GeneratorImages(generator, 6, seed=1), weights=weights, device="cpu")
    assert ppl["ppl2_wend"] > 0


@pytest.fixture(scope="module")
def lpips(folder):
    return load_lpips(vgg16_weights(folder), "cpu")


@pytest.mark.slow
def test_path_lengths_do_not_depend_on_the_step_and_vanish_for_a_constant(lpips):
    # LPIPS is quadratic near nothing, so d / step^2 tends to a limit; a wrong power would show as a factor of 10.
    images = GeneratorImages(small_generator(), 6, seed=2)
    lengths = [path_lengths(images, lpips, 6, no_progress, CancelToken(), step) for step in (1e-2, 1e-3)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.2)
    still = small_generator()
    for layer in (module for module in still.modules() if hasattr(module, "affine")):
        torch.nn.init.zeros_(layer.affine.weight)
    assert path_lengths(GeneratorImages(still, 4), lpips, 4, no_progress, CancelToken()).max() == 0


def test_path_lengths_are_those_of_their_definition(lpips):
    generator = small_generator(c_dim=2)
    images = GeneratorImages(generator, 3, labels=np.eye(2))
    step = 1e-2
    found = path_lengths(images, lpips, 3, no_progress, CancelToken(), step)
    z, labels = images.latents(0, pairs=2)
    half = len(z) // 2
    for n in range(3):
        w = [generator.mapping(z[i : i + 1], labels[n : n + 1]) for i in (n, half + n)]
        pair = [generator.synthesis(at).expand(-1, 3, -1, -1) for at in (w[0], w[0] + step * (w[1] - w[0]))]
        assert found[n] == pytest.approx(lpips(*pair).item() / step**2, rel=1e-2)


def test_outliers_are_left_out_of_the_path_length():
    lengths = np.concatenate([np.ones(198), [1e9, -1e9]])
    assert perceptual_path_length(np.random.default_rng(0).permutation(lengths)) == 1
    with pytest.raises(InputError, match="no numbers"):
        perceptual_path_length(np.array([1.0, np.nan]))


def test_halves_keep_patients_together():
    images = ArrayImages(
        np.zeros((60, 4, 4), np.uint8), patients=np.repeat(np.arange(10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 15])
    )
    first, second = split_half(images, 0)
    assert sorted([*first, *second]) == list(range(60))
    assert not set(images.patients[first]) & set(images.patients[second])
    assert 20 <= len(first) <= 40
    plain = split_half(ArrayImages(np.zeros((61, 4, 4), np.uint8)), 0)
    assert [len(half) for half in plain] == [30, 31]
    alone = split_half(ArrayImages(np.zeros((9, 4, 4), np.uint8), patients=np.zeros(9)), 0)
    assert [len(half) for half in alone] == [4, 5]
    assert split_half(ArrayImages(np.zeros((3, 4, 4), np.uint8)), 0) is None


def test_features_are_streamed_and_do_not_depend_on_the_sets_own_batches(inception):
    from GANAnomalyLab.evaluate.quality.feature_networks import load_network

    network = load_network("inception", inception["inception"], "cpu")
    network.module.forward = lambda pixels: (pixels.float().mean((2, 3)),)
    network.width = 3
    slices = torso_slices(32)
    with FeatureStore() as store:
        rows = features.network_features(store, ArrayImages(slices), network, no_progress, CancelToken(), "real")
        assert isinstance(rows, np.memmap)
        assert rows[:, 0] == pytest.approx(slices.mean((1, 2)), rel=1e-5)


def test_nothing_to_do_and_nothing_there():
    assert measure("none", None, torso(32)) == {}
    with pytest.raises(InputError, match="compares with real images"):
        measure("frd", None, torso(32))
    with pytest.raises(InputError, match="set of generated images is empty"):
        measure("frd", torso(32), np.zeros((0, 8, 8), np.uint8))
    with pytest.raises(InputError, match="There is no metric"):
        measure("frid", torso(32), torso(32))
    with pytest.raises(InputError, match="No metric has a network 'alexnet'"):
        measure("is", None, torso(32), weights={"alexnet": "x"})


def test_all_weights_are_looked_for_before_any_work(inception, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    seen = []
    with pytest.raises(InputError, match="--weights swav=FILE"):
        measure(
            ["kid", "fsd"], torso(32), torso(32), weights=inception, progress=lambda *progress: seen.append(progress)
        )
    assert seen == []


def test_a_cancel_is_heard_among_features(inception, tmp_path):
    cancel = CancelToken()
    after = []

    def progress(fraction, message):
        if cancel.cancelled:
            after.append(message)
        elif "features of" in message:
            cancel.cancel()

    with pytest.raises(Cancelled):
        measure(
            "kid",
            torso(64),
            torso(64),
            weights=inception,
            device="cpu",
            cache=tmp_path,
            progress=progress,
            cancel=cancel,
        )
    assert len(after) <= 1, "not another batch"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > 500:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(features, "open", lambda path, mode: Full(path, "wb"), raising=False)
    with FeatureStore(tmp_path) as store, pytest.raises(GANAnomalyError, match="is full"):
        store.rows(torso(32), "key", np.float32, lambda: iter([np.ones((4, 16))] * 8), CancelToken())
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    with FeatureStore(tmp_path / "file") as store, pytest.raises(InputError, match="not a folder"):
        store.rows(torso(32), "key", np.float32, lambda: iter([np.ones((4, 2))]), CancelToken())
