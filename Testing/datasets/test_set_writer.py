"""New sets appear whole or not at all."""

from __future__ import annotations

import threading

import pytest
from datasets.made import TORSO, write_folder

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.degrade_set import DegradeOptions, degrade_dataset
from GANAnomalyLab.datasets.make_training_set import make_dataset
from GANAnomalyLab.datasets.set_writer import MANIFEST, open_set_writer
from GANAnomalyLab.datasets.split_set import SplitOptions, split_dataset
from GANAnomalyLab.datasets.window_set import window_dataset
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture
def source(tmp_path):
    return write_folder(tmp_path / "in", [f"{n}.png" for n in range(6)])


def noisy(source, job):
    return degrade_dataset(source, job, DegradeOptions(variance=0.01))


@pytest.mark.parametrize("out", ["set", "set.zip"])
@pytest.mark.parametrize("work", [make_dataset, noisy])
def test_nothing_is_overwritten(tmp_path, source, out, work):
    path = tmp_path / out
    work(source, SetJob(path))
    before = path.read_bytes() if path.is_file() else sorted(p.stat().st_mtime_ns for p in path.rglob("*"))
    with pytest.raises(InputError, match="--force"):
        work(source, SetJob(path))
    after = path.read_bytes() if path.is_file() else sorted(p.stat().st_mtime_ns for p in path.rglob("*"))
    assert after == before
    work(source, SetJob(path, force=True))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["in", out])


def test_force_spares_what_is_not_ours(tmp_path, source):
    with pytest.raises(InputError, match="holds other files"):
        noisy(source, SetJob(source, force=True))
    noisy(source, SetJob(tmp_path / "set"))
    (tmp_path / "set" / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="other files beside"):
        noisy(source, SetJob(tmp_path / "set", force=True))
    assert (tmp_path / "set" / "mine.txt").read_text() == "keep"
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        noisy(source, SetJob(tmp_path / "folder.zip", force=True))
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        noisy(source, SetJob(tmp_path / "file", force=True))
    with pytest.raises(InputError, match="lies inside"):
        noisy(source, SetJob(source / "below"))


@pytest.mark.parametrize("out", ["set", "set.zip"])
@pytest.mark.parametrize("files", [0, 3, 6, 7])
def test_a_full_disk(tmp_path, source, full_disk, out, files):
    earlier = tmp_path / "out" / out
    noisy(source, SetJob(earlier))
    held = sorted(path.name for path in (tmp_path / "out").rglob("*"))
    full_disk(files)
    with pytest.raises(GANAnomalyError, match=r"disk of .* is full: .*nothing was written"):
        noisy(source, SetJob(earlier, force=True, mapping=tmp_path / "map.csv"))
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == held
    assert not (tmp_path / "map.csv").exists()


def test_a_full_disk_while_parts_are_written(tmp_path, source, full_disk):
    full_disk(3)
    with pytest.raises(GANAnomalyError, match="is full"):
        split_dataset(source, SetJob(tmp_path / "out" / "parts"))
    assert not (tmp_path / "out").exists()


def test_refused_by_the_disk(tmp_path, source, monkeypatch):
    import errno

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    for out in ("set", "set.zip"):
        with pytest.raises(InputError, match="cannot be written to"):
            noisy(source, SetJob(tmp_path / "out" / out))


def test_cancelled_between_items(tmp_path, source):
    cancel = CancelToken()

    def progress(fraction, message):
        if fraction > 0.4:
            cancel.cancel()

    for work in (make_dataset, noisy, split_dataset):
        with pytest.raises(Cancelled, match="nothing was written"):
            work(source, SetJob(tmp_path / "out" / "set", progress=progress, cancel=cancel))
        cancel = CancelToken()
        assert not (tmp_path / "out").exists()


def test_cancelled_within_a_volume(tmp_path):
    cancel = CancelToken()
    threading.Timer(0.05, cancel.cancel).start()

    def on_and_on():
        for number in range(1000):
            window_dataset(TORSO, SetJob(tmp_path / f"{number}", cancel=cancel))

    with pytest.raises(Cancelled):
        on_and_on()
    assert not any(".part" in path.name for path in tmp_path.iterdir())


def test_the_manifest_names_nothing(tmp_path):
    source = write_folder(tmp_path / "Mueller_Anna", ["Mueller.png"])
    make_dataset(source, SetJob(tmp_path / "set"))
    text = (tmp_path / "set" / MANIFEST).read_text()
    assert "Mueller" not in text
    assert '"made_by": "make"' in text


def test_names_that_lead_out_or_clash_are_refused(tmp_path):
    from GANAnomalyLab.datasets.set_writer import OutputFile

    sink = open_set_writer(tmp_path / "set")
    sink.add(OutputFile("a.png", b"x"))
    for name in ("A.png", "../b.png", "/b.png"):
        with pytest.raises(ValueError, match="leads out"):
            sink.add(OutputFile(name, b"x"))
    sink.abandon()
    assert list(tmp_path.iterdir()) == []


def test_split_of_a_list_does_not_overwrite(tmp_path, source):
    options = SplitOptions(how="list")
    split_dataset(source, SetJob(tmp_path / "split.csv"), options)
    with pytest.raises(InputError, match="--force"):
        split_dataset(source, SetJob(tmp_path / "split.csv"), options)
