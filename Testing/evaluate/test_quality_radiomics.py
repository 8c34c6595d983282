"""FRD: the package's own number, its floor, and what it cannot describe."""

from __future__ import annotations

import logging
import sys

import numpy as np
import pytest
from evaluate.quality_sets import noisy, torso_slices, write_pictures
from scipy import ndimage

from GANAnomalyLab.evaluate.quality import ArrayImages, PictureImages, measure
from GANAnomalyLab.evaluate.quality.image_features import FeatureStore
from GANAnomalyLab.evaluate.quality.radiomics import check_package, choose_workers, image_features, radiomic_features
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken, no_progress

pytestmark = pytest.mark.skipif(
    not all(__import__("importlib").util.find_spec(name) for name in ("frd_score", "radiomics")),
    reason="frd-score and pyradiomics are not installed",
)


def pictures(folder):
    from GANAnomalyLab.images.archive import open_pictures

    return PictureImages(open_pictures(folder))


def test_the_number_is_the_packages_own(tmp_path, capsys):
    from frd_score import compute_frd

    slices = torso_slices(32)
    real = write_pictures(tmp_path / "real", slices[20:80:12])
    fake = write_pictures(tmp_path / "fake", noisy(slices[26:80:12], 20))
    found = measure("frd", pictures(real), pictures(fake))["frd"]
    assert capsys.readouterr().out == ""
    assert found == pytest.approx(compute_frd([str(real), str(fake)], num_workers=1), rel=1e-9)


def test_images_without_contrast_are_left_out_and_told(capfd, monkeypatch):
    slices = torso_slices(32)[20:80:10]
    blank = np.zeros((2, 32, 32), np.uint8)
    told = []
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])  # pytest's own would hide that another one is set up
    with FeatureStore() as store:
        rows = radiomic_features(
            store, ArrayImages(np.concatenate([blank, slices[:1]])), 1, no_progress, CancelToken(), "real"
        )
        assert np.isnan(rows[:2]).all()
        assert np.isfinite(rows[2]).all()
    found = measure("frd", slices[:3], np.concatenate([blank, slices[3:]]), say=told.append)
    assert root.handlers == []
    spoken = capfd.readouterr()
    assert (spoken.out, spoken.err) == ("", "")
    assert np.isfinite(found["frd"])
    assert any("2 of 5 generated images have no contrast" in sentence for sentence in told)
    assert any("no more than the" in sentence for sentence in told)
    with pytest.raises(InputError, match="cannot describe any of the 2 images of the generated set"):
        measure("frd", slices[:3], blank)


def test_specks_in_black_backgrounds_do_not_decide_the_steady_number():
    random = np.random.default_rng(0)
    real = np.zeros((2, 5, 64, 64), np.uint8)
    real[:, :, 20:44, 20:44] = random.integers(60, 200, (2, 5, 24, 24))
    specks = np.where(random.random((5, 64, 64)) < 0.6, np.maximum(real[1], 1), real[1])
    clean, dirty = measure("frd", real[0], real[1]), measure("frd", real[0], specks)
    assert dirty["frd"] > clean["frd"] + 10
    assert dirty["frd_steady"] < dirty["frd"] - 10


def test_colours_count_as_grey():
    slice_ = torso_slices(32)[40]
    same = image_features(np.stack([slice_] * 3))
    assert np.array_equal(same, image_features(slice_[None]))
    tinted = image_features(np.stack([slice_, slice_ // 2, slice_]))
    assert tinted.shape == same.shape
    assert not np.array_equal(tinted, same)


def test_sizes_that_differ_are_told():
    told = []
    measure("frd", torso_slices(32)[40:42], torso_slices(48)[40:42], say=told.append)
    assert any("real images are 32 x 32 pixels and generated ones 48 x 48" in sentence for sentence in told)


def test_features_are_kept_by_their_pixels(tmp_path, monkeypatch):
    slices = torso_slices(32)[[30, 50]]
    other = noisy(slices, 10)
    first = measure("frd", slices, other, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2

    def fail(image):
        raise AssertionError("these features were kept")

    monkeypatch.setattr("GANAnomalyLab.evaluate.quality.radiomics.image_features", fail)
    assert measure("frd", slices.copy(), other, cache=tmp_path / "cache") == first
    with pytest.raises(AssertionError, match="were kept"):
        measure("frd", slices, noisy(slices, 11), cache=tmp_path / "cache")
    damaged = next((tmp_path / "cache").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.raises(AssertionError, match="were kept"):
        measure("frd", slices, other, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_cancel_is_heard(workers):
    cancel = CancelToken()
    fractions = []

    def progress(fraction, message):
        fractions.append(fraction)
        cancel.cancel()

    endless = ArrayImages(np.tile(torso_slices(32)[20:80], (20, 1, 1)))
    with pytest.raises(Cancelled):
        measure("frd", endless, endless, workers=workers, progress=progress, cancel=cancel)
    assert max(fractions) < 0.5, "most of it was not done any more"


@pytest.mark.slow
def test_several_processes_give_the_same_rows():
    images = ArrayImages(torso_slices(32)[30:60:3])
    with FeatureStore() as store:
        alone = radiomic_features(store, images, 1, no_progress, CancelToken(), "real")
        shared = radiomic_features(store, images, 2, no_progress, CancelToken(), "real")
        assert np.array_equal(alone, shared)


@pytest.mark.slow
def test_near_the_floor_and_rising_with_noise_and_blur(tmp_path):
    slices = torso_slices(48)
    real, unseen = slices[10:100:2], slices[11:101:2]

    def value(fake, **named):
        return measure("frd", real, fake, cache=tmp_path, workers=2, **named)

    at_floor = value(unseen, floor=True)
    assert abs(at_floor["frd"] - at_floor["frd_floor"]) < 1.5
    by_noise = [value(noisy(unseen, deviation))["frd"] for deviation in (8, 32)]
    by_blur = [value(ndimage.gaussian_filter(unseen, (0, s, s)))["frd"] for s in (1.0, 2.5)]
    assert at_floor["frd"] < by_noise[0] < by_noise[1]
    assert at_floor["frd"] < by_blur[0] < by_blur[1]


def test_missing_pyradiomics_is_told_with_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "radiomics", None)
    with pytest.raises(InputError, match=r"pyradiomics.*git\+https.*conda-forge"):
        check_package()
    with pytest.raises(InputError, match="pyradiomics"):
        measure("frd", torso_slices(32)[:4], torso_slices(32)[:4])


def test_workers():
    assert choose_workers(3, 5) == 3
    assert choose_workers(0, 20) == 1
    assert 1 <= choose_workers(0, 5000) <= 16
