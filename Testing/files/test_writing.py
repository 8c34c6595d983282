"""Files and folders that are whole or not there: full disks, refusals in words, kills in the middle."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from places import PACKAGES
from safetensors import SafetensorError

from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError, OutOfMemory, out_of_memory
from GANAnomalyLib.files import (
    disk_errors,
    growing,
    hash_array,
    hash_file,
    hash_json,
    is_denied,
    is_full,
    is_leftover,
    whole,
    write_bytes,
    write_json,
    write_png,
    write_text,
    write_whole,
    writing,
)

ROOT = Path(__file__).resolve().parents[2]
LIMITED = """
import resource, signal, sys
from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.files import write_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    write_bytes(sys.argv[1], b"new" * 1000)
except GANAnomalyError as error:
    print(error.message)
"""
KILLED = """
import os, signal, sys
from GANAnomalyLib.files import whole
with whole(sys.argv[1]) as part:
    part.write_text("half of the new")
    print(part.name, flush=True)
    sys.stdin.read()
"""


def run(code: str, *arguments: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PACKAGES},
    )


def test_what_is_written(tmp_path):
    folder = tmp_path / "deep" / "er"
    assert write_text(folder / "a.txt", "ä\n") == folder / "a.txt"
    write_bytes(folder / "b", b"\x00")
    write_json(folder / "c.json", {"b": 1, "a": [None]})
    write_png(folder / "d.png", np.full((2, 3), 7, np.uint8))
    assert (folder / "a.txt").read_bytes() == "ä\n".encode()
    assert (folder / "c.json").read_text() == '{\n  "b": 1,\n  "a": [\n    null\n  ]\n}\n'
    assert (folder / "d.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(os.listdir(folder)) == ["a.txt", "b", "c.json", "d.png"]
    with pytest.raises(ValueError, match="JSON"):
        write_json(folder / "c.json", float("nan"))
    assert (folder / "c.json").read_text().startswith("{")


def test_a_name_as_long_as_names_may_be(tmp_path):
    path = tmp_path / ("n" * 251 + ".csv")
    write_text(path, "x")
    assert path.read_text() == "x"
    with pytest.raises(InputError, match="the name is too long: close it in other programs, or choose another"):
        write_text(tmp_path / ("n" * 300), "x")


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_others_may_read_it(tmp_path):
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "file", "")
    with growing(tmp_path / "folder"):
        pass
    (tmp_path / "made").mkdir()
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "made").stat().st_mode


@pytest.mark.parametrize("error", [Cancelled(), KeyboardInterrupt(), ValueError("x"), OSError(errno.EIO, "x")])
def test_any_failure_leaves_the_old_one(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("old")
    kind = GANAnomalyError if isinstance(error, OSError) else type(error)

    def half(part: Path) -> None:
        part.write_text("half")
        raise error

    with pytest.raises(kind):
        write_whole(path, half)
    with pytest.raises(kind), growing(tmp_path / "folder") as work:
        half(work / "half")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_killed_in_the_middle(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("old")
    process = run(KILLED, path)
    name = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    process.communicate()
    assert path.read_text() == "old"
    assert is_leftover(name)
    assert sorted(os.listdir(tmp_path)) == [name, "file.csv"]


def test_a_disk_that_is_really_full(tmp_path):
    """The kernel's own refusal: a device that takes no byte stands where the file grows."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no always full device")
    path = tmp_path / "file"
    path.write_text("old")

    def write(part: Path) -> None:
        part.symlink_to("/dev/full")
        part.write_bytes(b"new")

    with pytest.raises(GANAnomalyError, match=r"The disk of .*file is full: free some space for the table and run"):
        write_whole(path, write, "the table")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_may_not_be_so_large(tmp_path):
    pytest.importorskip("resource")
    (tmp_path / "file").write_text("old")
    told, _ = run(LIMITED, tmp_path / "file").communicate()
    assert told.startswith(f"{tmp_path / 'file'} cannot be written (File too large): close it in other programs, or ")
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no always full device")
def test_a_full_disk_behind_a_library_that_hides_it(tmp_path):
    def torch_writer(part: Path) -> None:
        part.symlink_to("/dev/full")
        with open(part, "wb") as file:
            torch.save({"a": torch.ones(100_000)}, file)

    def safetensors_writer(part: Path) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    for write in (torch_writer, safetensors_writer):
        with pytest.raises(GANAnomalyError, match="is full: free some space for the model") as caught:
            write_whole(tmp_path / "model", write, "the model")
        assert is_full(caught.value)
        assert os.listdir(tmp_path) == []


def refused(number: int, place: Path, **words: str) -> GANAnomalyError:
    with pytest.raises(GANAnomalyError) as caught, disk_errors(place, **words):
        raise OSError(number, os.strerror(number))
    return caught.value


def test_refusals_in_words(tmp_path):
    place = tmp_path / "out"
    full = refused(errno.ENOSPC, place, what="the evaluation")
    assert full.message == f"The disk of {place} is full: free some space for the evaluation and run again."
    assert (full.exit_code, is_full(full), is_denied(full)) == (1, True, False)
    kept = refused(errno.EDQUOT, place, what="the slices", kept="what was finished is kept")
    assert kept.message.endswith("is full: free some space for the slices and run again; what was finished is kept.")
    for number in (errno.EACCES, errno.EPERM, errno.EROFS):
        error = refused(number, place)
        assert error.message == f"{place} cannot be written to: choose another output folder."
        assert (error.exit_code, is_full(error), is_denied(error)) == (2, False, True)
    assert refused(errno.EIO, place).exit_code == 1
    assert "its folder is not there" in refused(errno.ENOENT, place).message
    place.write_text("")
    assert f"{place} is not a folder" in refused(errno.ENOTDIR, place / "below").message


def test_the_outermost_names_the_place(tmp_path):
    with (
        pytest.raises(GANAnomalyError, match=r"^The disk of OUT is full: free some space for the study and run again;"),
        disk_errors("OUT", "the study", kept="the rest is kept"),
        growing(tmp_path / "work"),
        whole(tmp_path / "work" / "file"),
    ):
        raise OSError(errno.ENOSPC, "x")


def test_what_the_disk_did_not_say_is_left_alone(tmp_path):
    for error in (InputError("a model that cannot be"), RuntimeError("size mismatch"), KeyError("x")):
        with pytest.raises(type(error)) as caught, disk_errors(tmp_path):
            raise error
        assert caught.value is error


def test_a_folder_takes_the_place_of_an_older_one(tmp_path):
    folder = tmp_path / "result"
    for content in ("one", "two"):
        with growing(folder) as work:
            (work / content).write_text("")
            assert is_leftover(work.name)
        assert os.listdir(folder) == [content]
    assert os.listdir(tmp_path) == ["result"]


def test_the_older_folder_comes_back(tmp_path, monkeypatch):
    folder, replace = tmp_path / "result", os.replace
    folder.mkdir()
    (folder / "old").write_text("")

    def refuse(source, target):
        if str(source).endswith(".part"):
            raise OSError(errno.EACCES, "Permission denied")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(InputError, match="cannot be written to"), growing(folder):
            pass
    assert os.listdir(folder) == ["old"]
    assert os.listdir(tmp_path) == ["result"]


def test_windows_waits_for_a_virus_scanner(tmp_path, monkeypatch):
    """It refuses to replace a file that another program has open; for a moment only, mostly."""
    left, replace = [2], os.replace

    def busy(source, target):
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(writing, "_PAUSE_S", 0)
    with pytest.raises(InputError):
        write_text(tmp_path / "file", "x")
    left[0] = 2
    monkeypatch.setattr(writing, "_ON_WINDOWS", True)
    write_text(tmp_path / "file", "x")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(InputError, match="cannot be written to: close it in other programs"):
            write_text(tmp_path / "file", "x")
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OutOfMemory("x"), True),
        (MemoryError(), True),
        (torch.cuda.OutOfMemoryError("x"), True),
        (OSError(errno.ENOMEM, "x"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("size mismatch"), False),
        (OSError(errno.ENOSPC, "out of memory"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error, expected):
    assert out_of_memory(error) is expected


def test_a_real_allocation_that_cannot_be_made_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert out_of_memory(caught.value)
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, np.uint8)
    assert out_of_memory(caught.value)


def test_hashes(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_file(tmp_path / "x") == abc
    assert hash_array(np.frombuffer(b"abc", np.uint8)) == hash_array(np.frombuffer(b"c", np.uint8), "ab") == abc
    assert hash_json({"a": 1, "b": 2}) == hash_json({"b": 2, "a": 1})
    with pytest.raises(Cancelled):
        hash_file(tmp_path / "x", lambda: (_ for _ in ()).throw(Cancelled()))
