"""Prepared images are whole or not there: used again, made anew, cancelled, killed, on full and read-only disks."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from images.made import SIDE, opened, write_cts, write_pictures

from GANAnomalyLab.images import ImageSource, open_images
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken

ROOT = Path(__file__).parents[2]


def whole(store: Path) -> list[Path]:
    """Folders that pass for whole sets of images."""
    return sorted(path.parent for path in store.glob("*/facts.json") if not path.parent.name.endswith(".part"))


def test_used_again_until_the_data_changes(tmp_path):
    data, store = write_pictures(tmp_path / "data"), tmp_path / "store"
    first = opened(data, store)
    made = first.pixels.path.stat().st_mtime_ns
    again = opened(data, store, seed=5, mirror=True, subset=3)
    assert again.pixels.path == first.pixels.path
    assert first.pixels.path.stat().st_mtime_ns == made
    assert first.mark() == opened(data, store).mark()
    assert first.mark() != again.mark()
    write_pictures(data, 7, dtype="uint8")
    changed = opened(data, store)
    assert len(changed) == 7
    assert whole(store) == [changed.pixels.path.parent]  # the older one went
    os.utime(data / "picture00.png", ns=(1, 1))
    assert opened(data, store).pixels.path != changed.pixels.path


def test_other_settings_stand_side_by_side(tmp_path):
    data, store = write_pictures(tmp_path / "data"), tmp_path / "store"
    marks = {opened(data, store, resolution=side).mark() for side in (8, 16, 32)}
    assert len(marks) == len(whole(store)) == 3


@pytest.mark.parametrize("damage", ["cut", "gone", "facts", "index"])
def test_damaged_ones_are_made_anew(tmp_path, damage):
    data, store = write_pictures(tmp_path / "data"), tmp_path / "store"
    first = opened(data, store)
    expected, folder = np.array(first.images), first.pixels.path.parent
    if damage == "cut":
        first.pixels.path.write_bytes(b"short")
    elif damage == "gone":
        first.pixels.path.unlink()
    else:
        (folder / {"facts": "facts.json", "index": "index.npz"}[damage]).write_bytes(b"{")
    assert np.array_equal(np.array(opened(data, store).images), expected)


def test_damaged_notes_are_made_anew(tmp_path):
    data, store = write_pictures(tmp_path / "data"), tmp_path / "store"
    opened(data, store)
    for path in store.rglob("notes-*.npz"):
        path.write_bytes(b"broken")
    assert opened(data, store).patients.tolist() == list(range(6))


def test_no_names_are_kept(tmp_path):
    data = write_cts(tmp_path / "data", {"Doe_John_1950.nrrd": 2, "Roe_Jane.nrrd": 1})
    (data / "Miller.nrrd").write_bytes(b"broken")
    opened(data, tmp_path / "store", patients="file")
    kept = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    for path in kept:
        content = path.read_bytes()
        assert not any(word in content for word in (b"Doe", b"Jane", b"Miller")), path


def test_the_store_may_not_lie_in_the_data(tmp_path):
    data = write_pictures(tmp_path / "data")
    for place in (data, data / "prepared"):
        with pytest.raises(InputError, match="among the training images"):
            opened(data, place)


def test_sent_to_another_process_by_path(tmp_path):
    images = opened(write_pictures(tmp_path / "data", 50), tmp_path / "store")
    expected = images.batch([3, 1])
    sent = pickle.dumps(images)
    assert len(sent) < 50 * SIDE * SIDE
    assert np.array_equal(pickle.loads(sent).batch([3, 1]), expected)


@pytest.mark.parametrize("when", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("kind", ["pictures", "volumes"])
def test_cancelled(tmp_path, when, kind):
    make = write_pictures if kind == "pictures" else lambda folder: write_cts(folder, dict.fromkeys(_names(6), 1))
    data, store, cancel = make(tmp_path / "data"), tmp_path / "store", CancelToken()

    def progress(fraction, message):
        if fraction >= when:
            cancel.cancel()

    with pytest.raises(Cancelled, match="prepared"):
        open_images(ImageSource(str(data), SIDE), store, progress, cancel)
    assert [path for path in store.rglob("*") if path.suffix != ".lock"] == []
    assert len(opened(data, store)) == 6


def _names(count: int) -> list[str]:
    return [f"{number}.nrrd" for number in range(count)]


def test_progress_rises_to_the_end(tmp_path):
    seen = []
    data = write_cts(tmp_path / "data", {"a.nrrd": 2, "b.nrrd": 2})
    open_images(ImageSource(str(data), SIDE), tmp_path / "store", lambda fraction, message: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[0] >= 0
    assert seen[-1] == 1.0


def start(data: Path, store: Path) -> subprocess.Popen:
    """A process that is met at work, and stays there until its standard input is closed."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT / "GANAnomaly")!r})
from GANAnomalyLab.images import ImageSource, open_images
def slow(fraction, message):
    print("at work", flush=True)
    sys.stdin.readline()
images = open_images(ImageSource({str(data)!r}, {SIDE}), {str(store)!r}, slow, workers=1)
print("done", len(images), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    for _ in range(4):
        assert process.stdout.readline().strip() == "at work"
        process.stdin.write("\n")
    assert process.stdout.readline().strip() == "at work"
    return process


def test_killed(tmp_path):
    data, store = write_pictures(tmp_path / "data", 60), tmp_path / "store"
    process = start(data, store)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert whole(store) == []
    assert [path.suffix for path in store.iterdir() if path.is_dir()] == [".part"]
    write_pictures(data, 61)  # other data, so another folder: the leftover goes all the same
    assert len(opened(data, store)) == 61
    assert not list(store.glob("*.part"))


def test_two_at_once_make_one(tmp_path):
    """The second waits for the first; one that is cancelled meanwhile does not."""
    data, store = write_pictures(tmp_path / "data", 40), tmp_path / "store"
    process = start(data, store)
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        open_images(ImageSource(str(data), SIDE), store, cancel=cancel)
    assert process.poll() is None
    opened(write_pictures(tmp_path / "other", 2), store)  # other images disturb nobody's work
    process.stdin.close()
    assert len(opened(data, store)) == 40
    assert process.stdout.read().splitlines()[-1] == "done 40"
    assert process.wait() == 0
    assert len(whole(store)) == 2


@pytest.mark.parametrize("kibibytes", [4, 12, 36])
def test_a_full_disk(tmp_path, small_disk, kibibytes):
    data, disk = write_pictures(tmp_path / "data", 9, size=(64, 64)), small_disk(kibibytes)
    with pytest.raises(GANAnomalyError, match="is full: free some space"):
        opened(data, disk / "store", resolution=64)
    assert [path for path in (disk / "store").rglob("*") if path.suffix != ".lock"] == []
    subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
    assert len(opened(data, disk / "store", resolution=64)) == 9


def test_a_read_only_disk(tmp_path, small_disk):
    data, disk = write_pictures(tmp_path / "data"), small_disk(4000)
    opened(data, disk / "store")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert len(opened(data, disk / "store")) == 6  # what is there can be used
    assert opened(data, disk / "store", patients="regex:[0-9]+").patients.tolist() == list(range(6))
    with pytest.raises(InputError, match="cannot be written"):
        opened(data, disk / "store", resolution=8)
    with pytest.raises(InputError, match="cannot be written"):
        opened(data, disk / "elsewhere")
