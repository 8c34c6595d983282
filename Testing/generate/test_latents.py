"""Latents of seeds, and of files from outside."""

from __future__ import annotations

import math
import pickle
import zipfile

import numpy as np
import pytest

from GANAnomalyLab.generate import latents
from GANAnomalyLab.generate.latents import checked_psi, one_hot, random_noises, read_latents, seed_z
from GANAnomalyLib.errors import InputError


def test_a_seed_is_numpys_random_state():
    drawn = seed_z([85, 4294967295], 16)
    assert drawn.dtype == np.float32
    np.testing.assert_array_equal(drawn[0], np.random.RandomState(85).randn(1, 16)[0].astype(np.float32))
    np.testing.assert_array_equal(drawn[1], np.random.RandomState(2**32 - 1).randn(1, 16)[0].astype(np.float32))
    # Recorded with NumPy 2: a seed's picture must never change.
    np.testing.assert_allclose(seed_z([85], 2)[0], [0.17685072, 2.37775412], rtol=1e-6)
    assert seed_z([], 4).shape == (0, 4)


def test_noise_of_a_seed_does_not_depend_on_its_batch():
    shapes = {"b4.conv1": 4, "b8.conv0": 8}
    both, alone = random_noises(shapes, [3, 9], "cpu"), random_noises(shapes, [9], "cpu")
    assert both["b8.conv0"].shape == (2, 1, 8, 8)
    for name in shapes:
        assert both[name][1].equal(alone[name][0])
        assert not both[name][0].equal(alone[name][0])


@pytest.mark.parametrize(
    ("shape", "count"), [((1, 8, 32), 1), ((3, 8, 32), 3), ((8, 32), 1), ((1, 32), 1), ((2, 1, 32), 2)]
)
@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_shapes_that_are_understood(tmp_path, shape, count, ending):
    w = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    path = tmp_path / f"w.{ending}"
    np.savez_compressed(path, w=w) if ending == "npz" else np.save(path, w)
    found = read_latents(path, 8, 32)
    assert (found.shape, found.dtype) == ((count, 8, 32), np.float32)
    np.testing.assert_array_equal(found, np.broadcast_to(w if w.ndim == 3 else w[None], (count, 8, 32)))


@pytest.mark.parametrize("shape", [(1, 7, 32), (1, 8, 31), (32,), (0, 8, 32), (2, 32), (1, 1, 8, 32), ()])
def test_other_shapes_are_refused(tmp_path, shape):
    np.save(tmp_path / "w.npy", np.zeros(shape))
    with pytest.raises(InputError, match=r"this model needs \(n, 8, 32\)"):
        read_latents(tmp_path / "w.npy", 8, 32)


class Canary:
    def __reduce__(self):
        return open, ("canary", "w")


def test_files_that_are_no_latents(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = tmp_path / "whole.npz"
    np.savez(whole, w=np.zeros((1, 8, 32), np.float32))
    cut = whole.read_bytes()[:-300]
    np.save(tmp_path / "plain.npy", np.zeros((1, 8, 32), np.float32))
    damaged = bytearray(whole.read_bytes())
    damaged[200:260] = bytes(60 * [255])
    with zipfile.ZipFile(tmp_path / "names.npz", "w") as archive:
        archive.writestr("w.npy", b"not numpy's format")
    contents = {
        "missing.npz": (None, "no file"),
        "cut.npz": (cut, "cannot be read"),
        "cut.npy": ((tmp_path / "plain.npy").read_bytes()[:-100], "cannot be read"),
        "damaged.npz": (bytes(damaged), "cannot be read"),
        "empty.npy": (b"", "cannot be read"),
        "pickle.npy": (pickle.dumps(Canary()), "cannot be read"),
        "text.npz": (b"hello" * 99, "cannot be read"),
    }
    for name, (content, words) in contents.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=words):
            read_latents(tmp_path / name, 8, 32)
    with pytest.raises(InputError, match="not a file of latents"):
        read_latents(tmp_path / "names.npz", 8, 32)
    with pytest.raises(InputError, match="no file"):
        read_latents(tmp_path, 8, 32)
    np.savez(tmp_path / "objects.npz", w=np.array([Canary()], dtype=object))
    np.savez(tmp_path / "other.npz", z=np.zeros((1, 8, 32)))
    np.save(tmp_path / "words.npy", np.array(["a"]))
    for name, words in (("objects.npz", "cannot be read"), ("other.npz", "key 'w'"), ("words.npy", "no numbers")):
        with pytest.raises(InputError, match=words):
            read_latents(tmp_path / name, 8, 32)
    assert not (tmp_path / "canary").exists()


def test_numbers_that_are_none(tmp_path):
    for value in (np.nan, np.inf):
        np.save(tmp_path / "w.npy", np.full((1, 8, 32), value))
        with pytest.raises(InputError, match="not numbers"):
            read_latents(tmp_path / "w.npy", 8, 32)


def test_what_would_fill_the_memory_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(latents, "LATENT_FILE_LIMIT", 100_000)
    np.savez_compressed(tmp_path / "bomb.npz", w=np.zeros((1000, 8, 32)))
    np.save(tmp_path / "large.npy", np.zeros((1000, 8, 32)))
    assert (tmp_path / "bomb.npz").stat().st_size < 100_000
    for name, words in (("bomb.npz", "unpacks to more"), ("large.npy", "too large")):
        with pytest.raises(InputError, match=words):
            read_latents(tmp_path / name, 8, 32)


def test_classes():
    assert one_hot(None, 0) is None
    assert one_hot(1, 3).tolist() == [0, 1, 0]
    for chosen, classes, words in ((1, 0, "no classes"), (None, 3, "0 to 2, and none"), (3, 3, "no class 3")):
        with pytest.raises(InputError, match=words):
            one_hot(chosen, classes)
    with pytest.raises(InputError, match="no class -1"):
        one_hot(-1, 3)


def test_psi():
    assert checked_psi(0) == 0.0
    for wrong in (math.nan, math.inf, True, "1", None):
        with pytest.raises(InputError, match="psi"):
            checked_psi(wrong)
