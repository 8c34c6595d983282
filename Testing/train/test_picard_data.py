"""Normal volumes and pictures as training data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from analysis.small import TORSO, torso_crop
from PIL import Image
from train.picard_small import config, pictures, write_pictures

from GANAnomalyLab.train.picard.slice_store import read_pool
from GANAnomalyLab.train.picard.train_picard import train
from GANAnomalyLib import write_volume
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import AxialStack, Frames, Volume, boxes_of, find_body, read_volume


def test_pictures_keep_their_pixels(tmp_path):
    data = write_pictures(tmp_path / "data")
    pool = read_pool(config(), str(data), tmp_path / "store")
    assert (len(pool), pool.side, pool.channels) == (12, 48, 1)
    expected = 2 * pictures().astype(np.float32) / 255 - 1
    assert np.allclose(2 * np.asarray(pool.slices, np.float32) / pool.top - 1, expected, atol=1e-4)


@pytest.mark.parametrize("framing", ["body", "slice-body"])
def test_volumes_are_framed_as_the_card_says(tmp_path, framing):
    write_volume(torso_crop(40, 3), tmp_path / "data" / "one.nrrd")
    write_volume(torso_crop(60, 2), tmp_path / "data" / "below" / "two.nii.gz")
    (tmp_path / "data" / "one_mask.nrrd").write_text("a mask is no image to learn from")
    chosen = config(framing=framing, resolution=64, tissue=0.3)
    pool = read_pool(chosen, str(tmp_path / "data"), tmp_path / "store")
    assert (len(pool), pool.side) == (5, 64)
    stack = AxialStack.from_volume(read_volume(tmp_path / "data" / "below" / "two.nii.gz"))
    boxes = boxes_of(find_body(stack.slices, 50 - 175, stack.spacing_mm), framing)
    expected = Frames.fit(stack.slices.shape, stack.spacing_mm, 64, boxes).to_network(stack.slices, 350, 50)
    assert np.allclose(2 * np.asarray(pool.slices[:2], np.float32) / pool.top - 1, expected, atol=1e-4)
    whole = read_pool(config(subfolders=False), str(tmp_path / "data"), tmp_path / "other")
    # The first case's own size, brought to a multiple of eight.
    longest = max(AxialStack.from_volume(torso_crop(40, 3)).slices.shape[1:])
    assert (len(whole), whole.side) == (3, -(-longest // 8) * 8)


def test_slices_without_tissue_are_left_out(tmp_path):
    volume = torso_crop(40, 4)
    volume.voxels[1] = -1000
    write_volume(volume, tmp_path / "ct.nrrd")
    pool = read_pool(config(), str(tmp_path / "ct.nrrd"), tmp_path / "store")
    assert len(pool) == 3
    volume.voxels[:] = -1000
    volume.voxels[:, :3, :3] = 40
    write_volume(volume, tmp_path / "air.nrrd")
    with pytest.raises(InputError, match="tissue"):
        read_pool(config(), str(tmp_path / "air.nrrd"), tmp_path / "store2")
    assert not list(tmp_path.glob("store2*"))


def test_sixteen_bits_and_colours(tmp_path):
    grey = (pictures(1)[0].astype(np.uint16) << 8) + 7
    (tmp_path / "deep").mkdir()
    Image.fromarray(grey).save(tmp_path / "deep" / "a.png")
    pool = read_pool(config(), str(tmp_path / "deep"), tmp_path / "one")
    assert np.abs(np.asarray(pool.slices[0], int) - grey).max() <= 1
    colours = np.stack([pictures(1)[0], pictures(1, 1)[0], pictures(1, 2)[0]], -1)
    (tmp_path / "rgb").mkdir()
    Image.fromarray(colours).save(tmp_path / "rgb" / "a.png")
    pool = read_pool(config(channels=3), str(tmp_path / "rgb"), tmp_path / "two")
    assert np.allclose(np.asarray(pool.slices[0], float) / 257, colours, atol=0.51)
    with pytest.raises(InputError, match="colour"):
        read_pool(config(), str(tmp_path / "rgb"), tmp_path / "three")
    with pytest.raises(InputError, match="pictures only"):
        read_pool(config(channels=3), str(TORSO), tmp_path / "four")


def test_without_random_crops_a_picture_is_shrunk_to_the_window(tmp_path):
    data = write_pictures(tmp_path / "data")
    pool = read_pool(config(random_crop=False), str(data), tmp_path / "store")
    assert pool.side == 32


def test_the_store_is_used_again_until_the_data_changes(tmp_path):
    data = write_pictures(tmp_path / "data")
    first = read_pool(config(), str(data), tmp_path / "store")
    (pixels,) = tmp_path.glob("store-*.raw")
    made = pixels.stat().st_mtime_ns
    again = read_pool(config(ngf=8), str(data), tmp_path / "store")
    assert pixels.stat().st_mtime_ns == made
    assert np.array_equal(first.slices, again.slices)
    assert first.mark() == again.mark()
    write_pictures(data, 13, seed=3)
    changed = read_pool(config(), str(data), tmp_path / "store")
    assert len(changed) == 13
    assert changed.mark() != again.mark()
    (pixels,) = tmp_path.glob("store-*.raw")
    pixels.write_bytes(b"cut short")
    assert len(read_pool(config(), str(data), tmp_path / "store")) == 13


KILLED = """
import os, sys
from pathlib import Path
from GANAnomalyLab.train.picard.slice_store import read_pool
from train.picard_small import config

real = os.replace
def replace(source, target):
    if str(target).endswith(sys.argv[3]):
        os._exit(9)
    real(source, target)

os.replace = replace
read_pool(config(), sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("before", [".raw", ".json"])
def test_a_kill_leaves_no_pixels_beside_facts_of_others(tmp_path, before):
    """Data A is stored, a run on B (of the same size) is killed before it puts a file in place, then A is back."""
    data, store = write_pictures(tmp_path / "data"), tmp_path / "store"
    expected = np.array(read_pool(config(), str(data), store).slices)
    files = sorted(data.rglob("*.png"))
    kept = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    for file in files:
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    paths = os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part)
    command = [sys.executable, "-c", KILLED, str(data), str(store), before]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert killed.returncode == 9
    for file, (content, changed) in zip(files, kept, strict=True):
        file.write_bytes(content)
        os.utime(file, ns=(changed, changed))
    assert np.array_equal(read_pool(config(), str(data), store).slices, expected)
    Image.fromarray(255 - np.asarray(Image.open(files[0]))).save(files[0])
    read_pool(config(), str(data), store)
    assert len(list(tmp_path.glob("store*.raw"))) == 1, "what the killed run left is gone with the next"


def test_a_bad_file_is_left_out_and_told(tmp_path):
    data = write_pictures(tmp_path / "data")
    (data / "broken.png").write_text("no picture")
    said = []
    assert len(read_pool(config(), str(data), tmp_path / "store", say=said.append)) == 12
    assert "1 of 13" in said[0]
    assert "broken.png" in said[0]


def test_nothing_usable(tmp_path):
    with pytest.raises(InputError, match="--data"):
        train(config(tmp_path / "out"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="No volume was found"):
        train(config(tmp_path / "out", data=str(tmp_path / "empty")))
    with pytest.raises(InputError, match="does not exist"):
        train(config(tmp_path / "out", data=str(tmp_path / "missing")))
    (tmp_path / "empty" / "a.png").write_text("no picture")
    with pytest.raises(InputError, match=r"a\.png"):
        train(config(tmp_path / "out", data=str(tmp_path / "empty")))
    data = write_pictures(tmp_path / "data")
    with pytest.raises(InputError, match="48 x 48 pixels, smaller than a window of 64"):
        train(config(tmp_path / "out", data=str(data), window=64, hole=32))
    with pytest.raises(InputError, match="folder of its training images"):
        train(config(data / "out", data=str(data)))
    nan = torso_crop(40, 2)
    nan.voxels = nan.voxels.astype(np.float32)
    nan.voxels[:] = np.nan
    write_volume(Volume(nan.voxels, nan.ijk_to_ras), tmp_path / "nan" / "a.nrrd")
    with pytest.raises(InputError):
        train(config(tmp_path / "out", data=str(tmp_path / "nan")))
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert left == []


def test_reading_can_be_cancelled(tmp_path):
    data = write_pictures(tmp_path / "data")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read_pool(config(), str(data), tmp_path / "store", cancel=cancel)
    assert not list(tmp_path.glob("store*"))


def test_learning_from_real_slices(tmp_path):
    write_volume(torso_crop(40, 4), tmp_path / "data" / "ct.nrrd")
    chosen = config(tmp_path / "out", data=str(tmp_path / "data"), resolution=64, framing="body", iterations=3)
    path = train(chosen)
    assert path.exists()
