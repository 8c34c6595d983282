"""Pictures of seeds and latents: the right ones, always the same ones, and whole files or none."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from detectors.published_pickles import write_published
from PIL import Image

from GANAnomalyLab.generate import seed_pictures as images_module
from GANAnomalyLab.generate.generate_options import GenerateOptions
from GANAnomalyLab.generate.picture_maker import PictureMaker
from GANAnomalyLab.generate.seed_film import path_of_latents
from GANAnomalyLab.generate.seed_pictures import generate_images
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import read_volume


def make(model, folder, seeds="3,5-6", **options):
    call = {name: options.pop(name) for name in ("device", "batch", "force", "progress", "cancel") if name in options}
    return generate_images(model, folder, GenerateOptions(seeds, **options), **{"device": "cpu", **call})


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def expected(model: StyleGAN2Model, seed: int, psi: float = 1.0, label=None) -> np.ndarray:
    """A seed's picture by the network's own door."""
    z = torch.from_numpy(np.random.RandomState(seed).randn(1, model.generator.z_dim)).float()
    image = model.generator(z, label, truncation_psi=psi, noise_mode="const")[0].numpy()
    levels = np.clip(np.rint((image + 1) * 127.5), 0, 255).astype(np.uint8)
    return levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)


def test_each_seed_has_its_picture(full, tmp_path):
    paths = make(full, tmp_path / "out")
    assert [path.name for path in paths] == ["seed0003.png", "seed0005.png", "seed0006.png"]
    for path, seed in zip(paths, (3, 5, 6), strict=True):
        assert np.abs(pixels(path).astype(int) - expected(full, seed)).max() <= 1
    assert sorted(os.listdir(tmp_path / "out")) == [path.name for path in paths]


def test_truncation_pulls_to_the_mean(full, tmp_path):
    (path,) = make(full, tmp_path, "7", truncation_psi=0.5)
    assert np.abs(pixels(path).astype(int) - expected(full, 7, 0.5)).max() <= 1
    mean = [pixels(path) for path in make(full, tmp_path, "8-9", truncation_psi=0)]
    np.testing.assert_array_equal(*mean)


def test_classes_and_colours(models, tmp_path):
    from GANAnomalyLib.detectors.loading import load_model

    model = load_model(models / "rgb.safetensors")
    label = torch.eye(3)[1:2]
    (path,) = make(model, tmp_path, "4", class_index=1)
    assert pixels(path).shape == (64, 64, 3)
    assert np.abs(pixels(path).astype(int) - expected(model, 4, label=label)).max() <= 1
    for class_index, words in ((None, "3 classes, 0 to 2, and none"), (3, "no class 3"), (-1, "no class -1")):
        with pytest.raises(InputError, match=words):
            make(model, tmp_path / "other", class_index=class_index)
    with pytest.raises(InputError, match="has no classes"):
        make("full", tmp_path / "other", class_index=0)
    with pytest.raises(InputError, match="no Hounsfield units"):
        make(model, tmp_path / "other", class_index=0, form="nifti")
    with pytest.raises(InputError, match="2 channels"):
        make("two", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("noise_mode", ["const", "random", "none"])
def test_a_picture_does_not_depend_on_its_batch(full, tmp_path, noise_mode):
    together = make(full, tmp_path / "a", "1-5", noise_mode=noise_mode, form="npy", batch=5)
    alone = make(full, tmp_path / "b", "5,1", noise_mode=noise_mode, form="npy", batch=1)
    np.testing.assert_allclose(np.load(together[4]), np.load(alone[0]), atol=1e-5)
    np.testing.assert_allclose(np.load(together[0]), np.load(alone[1]), atol=1e-5)


def test_noise_modes_differ(maker):
    ws = maker.ws_of_seeds([2])
    const, fresh, other, none = (
        next(iter(maker.pictures(ws, mode, seeds)))
        for mode, seeds in (("const", [1]), ("random", [1]), ("random", [2]), ("none", [1]))
    )
    kinds = [const, fresh, other, none]
    for n, first in enumerate(kinds):
        for second in kinds[n + 1 :]:
            assert np.abs(first - second).max() > 1e-4
    with pytest.raises(InputError, match="const, random, none"):
        next(iter(maker.pictures(ws, "loud")))


def test_nifti_holds_hounsfield_units(full, tmp_path):
    full.card.window, full.card.level = 1500.0, -600.0
    raw = np.load(make(full, tmp_path, "3", form="npy")[0])
    assert (raw.shape, raw.dtype) == ((1, 32, 32), np.float32)
    (path,) = make(full, tmp_path, "3", form="nifti")
    assert path.name == "seed0003.nii.gz"
    volume = read_volume(path, allow_any=True)
    wanted = np.clip(raw, -1, 1) * 750 - 600
    assert volume.voxels.shape == (1, 32, 32)
    np.testing.assert_allclose(volume.voxels, wanted, atol=0.5001)
    np.testing.assert_allclose(np.diag(volume.ijk_to_ras), [-1, -1, 1, 1])


def test_one_page(full, tmp_path):
    paths = make(full, tmp_path, "0-4", grid=True, truncation_psi=0.7)
    assert [path.name for path in paths] == ["grid.png"]
    page = pixels(paths[0])
    tile = np.kron(expected(full, 0, 0.7), np.ones((6, 6), np.uint8)).astype(int)
    assert np.abs(page[40 : 40 + 192, 8 : 8 + 192].astype(int) - tile).max() <= 1
    # Five pictures in three columns: the last place stays paper.
    assert page.shape == (40 + 2 * (192 + 8 + 22), 8 + 3 * 200)
    assert np.ptp(page[-200:, -200:]) == 0
    with pytest.raises(InputError, match="401 pictures are too many"):
        make(full, tmp_path / "b", "0-400", grid=True)
    with pytest.raises(InputError, match="leave --grid out"):
        make(full, tmp_path / "b", grid=True, form="npy")


def test_latents_of_a_file(full, maker, tmp_path):
    np.savez(tmp_path / "projected_w.npz", w=maker.ws_of_seeds([3, 5], 0.7))
    shown = make(full, tmp_path / "out", None, projected_w=tmp_path / "projected_w.npz")
    assert [path.name for path in shown] == ["proj00.png", "proj01.png"]
    for path, seed in zip(shown, (3, 5), strict=True):
        assert np.abs(pixels(path).astype(int) - expected(full, seed, 0.7)).max() <= 1
    np.savez(tmp_path / "other.npz", w=np.zeros((1, 12, 64)))
    with pytest.raises(InputError, match=r"needs \(n, 8, 32\)"):
        make(full, tmp_path / "b", None, projected_w=tmp_path / "other.npz")
    with pytest.raises(InputError, match="already"):
        make(full, tmp_path / "out", None, projected_w=tmp_path / "projected_w.npz")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seeds": None}, "--projected-w"),
        ({"projected_w": "w.npz"}, "either seeds"),
        ({"seeds": None, "projected_w": "w.npz", "truncation_psi": 0.5}, "leave --trunc out"),
        ({"truncation_psi": float("nan")}, "psi"),
        ({"noise_mode": "loud"}, "const, random, none"),
        ({"form": "jpg"}, "png, nifti, npy"),
        ({"seeds": "1-"}, "85,265-300"),
        ({"batch": 0}, "larger batch"),
        ({"seeds": "1", "interpolate": 5}, "at least two seeds"),
        ({"seeds": "1-99", "interpolate": 50}, "more than 2000"),
    ],
)
def test_what_cannot_be_made(tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        make("full", tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced_unasked(full, tmp_path):
    make(full, tmp_path, "3")
    before = (tmp_path / "seed0003.png").read_bytes()
    (tmp_path / "seed0005.png").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"seed0003\.png and 1 more .* --force"):
        make(full, tmp_path, truncation_psi=0.1)
    assert (tmp_path / "seed0003.png").read_bytes() == before
    assert not (tmp_path / "seed0006.png").exists()
    make(full, tmp_path, truncation_psi=0.1, force=True)
    assert (tmp_path / "seed0003.png").read_bytes() != before
    (tmp_path / "seed0009.png").mkdir()
    with pytest.raises(InputError, match="a folder called"):
        make(full, tmp_path, "9", force=True)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        make(full, tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no always full device")
@pytest.mark.parametrize(("form", "ending"), [("png", "png"), ("npy", "npy")])
def test_a_full_disk(full, tmp_path, form, ending, monkeypatch):
    monkeypatch.setattr("os.urandom", bytes)
    (tmp_path / f".seed0005.{ending}.00000000.part").symlink_to("/dev/full")
    with pytest.raises(GANAnomalyError, match=r"disk .* is full"):
        make(full, tmp_path, form=form)
    assert os.listdir(tmp_path) == [f"seed0003.{ending}"]


def test_a_folder_that_may_not_be_written_to(full, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InputError, match="cannot be written to"):
        make(full, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_cancelled_run_says_what_is_left(full, tmp_path):
    cancel = CancelToken()

    def stop_after_two(fraction, message):
        if "2 of 6" in message:
            cancel.cancel()

    with pytest.raises(Cancelled, match=r"2 pictures are kept; .* --seeds 5-8\."):
        make(full, tmp_path, "3-8", batch=1, progress=stop_after_two, cancel=cancel)
    assert sorted(os.listdir(tmp_path)) == ["seed0003.png", "seed0004.png"]
    make(full, tmp_path, "5-8")
    with pytest.raises(Cancelled, match="no grid"):
        make(full, tmp_path, grid=True, cancel=cancel)
    assert not (tmp_path / "grid.png").exists()


def test_cancel_does_not_wait_for_a_slow_batch(full, tmp_path, monkeypatch):
    cancel, go_on, ended = CancelToken(), threading.Event(), []
    monkeypatch.setattr(PictureMaker, "_synthesise", lambda *_: ended.append(go_on.wait(30)))
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        make(full, tmp_path, cancel=cancel)
    assert not ended
    go_on.set()


def test_little_memory_makes_smaller_batches(full, tmp_path, monkeypatch):
    real = PictureMaker._synthesise
    sizes = []

    def tight(self, ws, *rest):
        sizes.append(len(ws))
        if len(ws) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return real(self, ws, *rest)

    plenty = [pixels(path) for path in make(full, tmp_path / "a", "0-6", batch=1)]
    monkeypatch.setattr(PictureMaker, "_synthesise", tight)
    paths = make(full, tmp_path / "b", "0-6", batch=16)
    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    for path, picture in zip(paths, plenty, strict=True):
        assert np.abs(pixels(path).astype(int) - picture).max() <= 1
    monkeypatch.setattr(PictureMaker, "_synthesise", lambda *_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        make(full, tmp_path / "c", "0")


def test_more_seeds_than_are_mapped_at_once(full, tmp_path, monkeypatch):
    whole = [path.read_bytes() for path in make(full, tmp_path / "a", "0-4", batch=1)]
    monkeypatch.setattr(images_module, "_AT_ONCE", 2)
    assert [path.read_bytes() for path in make(full, tmp_path / "b", "0-4", batch=1)] == whole


def test_models_that_cannot(tmp_path, models):
    network = Generator(8, 0, 8, 16, 1, 1, channel_base=64, channel_max=8).eval()
    network.synthesis.b4.const.data[:] = float("nan")
    broken = StyleGAN2Model(ModelCard("broken", resolution=16), network)
    with pytest.raises(InputError, match="not numbers"):
        make(broken, tmp_path / "out")
    other = StyleGAN2Model(ModelCard("holes", kind="picard"), network)
    with pytest.raises(InputError, match="'holes' is a picard model"):
        make(other, tmp_path / "out")
    with pytest.raises(InputError, match="no model 'nobody'"):
        make("nobody", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_published_pickle_is_read_without_running_it(full, tmp_path):
    published = write_published(tmp_path / "network.pkl", "stylegan2_r32_gray", tmp_path / "canary")
    (path,) = make(published, tmp_path / "out", "3")
    assert np.abs(pixels(path).astype(int) - expected(full, 3)).max() <= 1
    assert not (tmp_path / "canary").exists()


def test_a_film_from_seed_to_seed(full, tmp_path):
    paths = make(full, tmp_path, "3,5", interpolate=4)
    assert [path.name for path in paths] == ["seed0003.png", "seed0005.png", "interpolation.gif"]
    with Image.open(paths[-1]) as film:
        assert (film.n_frames, film.size) == (5, (32, 32))
        first = np.asarray(film.convert("L"))
        film.seek(4)
        last = np.asarray(film.convert("L"))
    np.testing.assert_array_equal(first, pixels(paths[0]))
    assert np.abs(last.astype(int) - pixels(paths[1])).mean() < 15  # the last frame has the first seed's noise


def test_the_films_way_is_straight_and_even():
    ends = np.array([[[0.0, 0.0]], [[4.0, 8.0]], [[4.0, 0.0]]], np.float32)
    way = path_of_latents(ends, 4)
    assert way.shape == (9, 1, 2)
    np.testing.assert_allclose(way[:5, 0], [[0, 0], [1, 2], [2, 4], [3, 6], [4, 8]])
    np.testing.assert_allclose(way[-1, 0], [4, 0])
