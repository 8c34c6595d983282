"""One writer at a time: who holds a folder, how others are refused, and what happens when the holder dies."""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
import sys
import threading
from pathlib import Path

import pytest
from files.holder import holder

from GANAnomalyLib.errors import Cancelled, FolderInUse, InputError
from GANAnomalyLib.files import folder_lock, locked, locks


def lock_of(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.gananomaly.lock")


def test_a_second_process_is_told_who_writes(tmp_path):
    folder = tmp_path / "results"
    said = r"\(gananomaly batch, since \d\d:\d\d\): wait for it, or choose another"
    with (
        holder(folder) as process,
        pytest.raises(FolderInUse, match=said) as refused,
        folder_lock(folder, "gananomaly analyze"),
    ):
        raise AssertionError
    assert str(refused.value).startswith(f"{folder} is being written to by process {process.pid} on this computer")
    assert refused.value.exit_code == 2


def test_whatever_the_path_is_called(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with holder(tmp_path / "link"):
        for same in (tmp_path / "real", tmp_path / "real" / ".." / "link", f"{tmp_path}/real/"):
            with pytest.raises(FolderInUse), folder_lock(same, "x"):
                raise AssertionError
        with folder_lock(tmp_path / "other", "x"):
            pass


def test_a_killed_process_keeps_nobody_out(tmp_path):
    folder = tmp_path / "results"
    with holder(folder) as process:
        process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        process.wait()
        assert lock_of(folder).is_file()
        with folder_lock(folder, "gananomaly batch"):
            assert json.loads(lock_of(folder).read_text())["process"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_free_after_its_end_and_after_a_cancelled_run(tmp_path):
    folder = tmp_path / "deep" / "results"
    with holder(folder) as process:
        process.communicate("")
        assert process.returncode == 0
    with pytest.raises(Cancelled), folder_lock(folder, "x"):
        raise Cancelled
    with folder_lock(folder, "x"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_but_what_was_written(tmp_path):
    with folder_lock(tmp_path / "new" / "results", "x"):
        (tmp_path / "new" / "results").mkdir()
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["new", "new/results"]


def test_what_a_killed_process_had_begun_goes(tmp_path):
    for name in (".summary.csv.0123abcd.part", ".ct.nrrd.0123abcd.part.nrrd", ".hidden", "x.part", "kept.csv"):
        (tmp_path / name).write_text("")
    with folder_lock(tmp_path, "x"):
        assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "kept.csv", "x.part"]


def test_the_same_thread_may_ask_again_and_another_may_not(tmp_path):
    folder, told = tmp_path / "results", []

    def other():
        try:
            with folder_lock(folder, "x"):
                told.append("both")
        except FolderInUse as error:
            told.append(error.message)

    with folder_lock(folder, "gananomaly batch"):
        with folder_lock(folder, "gananomaly analyze"), folder_lock(folder / "case", "gananomaly analyze"):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    other()
    assert f"process {os.getpid()} on this computer (gananomaly batch" in told[0]
    assert told[1] == "both"


def test_many_threads_one_at_a_time(tmp_path):
    inside, most = [0], [0]

    def work():
        for _ in range(20):
            with folder_lock(tmp_path / "results", "x", wait=lambda: None):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert list(tmp_path.iterdir()) == []


def test_waiting(tmp_path):
    folder = tmp_path / "results"
    with holder(folder) as process:
        asked = []

        def give_up():
            asked.append(1)
            if len(asked) == 2:
                raise Cancelled

        with pytest.raises(Cancelled), folder_lock(folder, "x", wait=give_up):
            raise AssertionError
        with folder_lock(folder, "x", wait=process.stdin.close):
            pass


@pytest.mark.parametrize("kind", ["folder", "link", "dangling", "pipe"])
def test_what_is_no_lock_is_in_the_way(tmp_path, kind):
    path = lock_of(tmp_path / "results")
    (tmp_path / "precious").write_text("kept")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("precious" if kind == "link" else "nowhere")
    with (
        pytest.raises(InputError, match=r"in the way, it is no file of ours: move it"),
        folder_lock(tmp_path / "results", "x"),
    ):
        raise AssertionError
    assert (tmp_path / "precious").read_text() == "kept"
    assert os.path.lexists(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"process": "x"}', "[" * 100000, '{"process": 1e400}'])
def test_a_lock_that_does_not_say_who(tmp_path, monkeypatch, content):
    """Held, but with nothing readable in it: no process is named and nothing fails."""
    with folder_lock(tmp_path / "results", "x"):
        lock_of(tmp_path / "results").write_text(content)
        monkeypatch.setattr(locks, "_held", {})
        with pytest.raises(FolderInUse, match="by another process: wait"), folder_lock(tmp_path / "results", "y"):
            raise AssertionError


def test_on_another_computer(tmp_path, monkeypatch):
    with holder(tmp_path / "results"):
        monkeypatch.setattr(platform, "node", lambda: "elsewhere")
        with (
            pytest.raises(FolderInUse, match=r"on (?!this computer).+ \(gananomaly"),
            folder_lock(tmp_path / "results", "x"),
        ):
            raise AssertionError


@pytest.fixture
def no_locks(monkeypatch):
    """A network disk that knows no locks."""

    def refuse(number):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_lock", refuse)


def test_without_locks_the_file_itself_tells(tmp_path, no_locks):
    folder = tmp_path / "results"
    with holder(folder) as process:
        with (
            pytest.raises(FolderInUse, match=rf"process {process.pid} .*if that process is no more, delete "),
            folder_lock(folder, "x"),
        ):
            raise AssertionError
        process.kill()
        process.wait()
        with folder_lock(folder, "x"):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the start of a process is read from /proc")
def test_without_locks_a_later_process_of_the_same_number_is_another(tmp_path, no_locks):
    folder = tmp_path / "results"
    with holder(folder) as process:
        held = json.loads(lock_of(folder).read_text())
        assert held["process"] == process.pid
        lock_of(folder).write_text(json.dumps({**held, "started": f"{held['started']}0"}))
        with folder_lock(folder, "x"):
            pass


def test_without_locks_another_computer_is_believed(tmp_path, no_locks):
    path = lock_of(tmp_path / "results")
    path.write_text(
        json.dumps(
            {"process": 1, "machine": "elsewhere", "started": "", "since": "2026-01-01T10:00:00", "command": "c"}
        )
    )
    with (
        pytest.raises(FolderInUse, match=r"process 1 on elsewhere \(c, since 2026-01-01 10:00\).*delete "),
        folder_lock(tmp_path / "results", "x"),
    ):
        raise AssertionError
    assert path.exists()


def test_a_place_beside_which_nothing_may_be_written(tmp_path, monkeypatch):
    """Then the lock lies in the computer's folder for temporary files; a process finds another's there, too."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(locks.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    folder = tmp_path / "file" / "results"  # below a file: not even an administrator may write there
    with holder(folder), pytest.raises(FolderInUse), folder_lock(folder, "x"):
        raise AssertionError
    monkeypatch.setattr(locks.tempfile, "gettempdir", lambda: str(tmp_path / "nowhere"))
    with folder_lock(folder, "x"):
        pass


def test_a_decorated_function(tmp_path):
    class Job:
        out = tmp_path / "results"

    @locked("job.out", "gananomaly dataset")
    def make(job: Job, out: Path | None = None) -> bool:
        return lock_of(tmp_path / "results").exists()

    @locked("out", "gananomaly x")
    def other(out: Path | None = None) -> bool:
        return lock_of(tmp_path / "results").exists()

    assert make(Job())
    assert make(job=Job())
    assert other(tmp_path / "results")
    assert not other()
    assert not other(None)
    with holder(tmp_path / "results"), pytest.raises(FolderInUse):
        make(Job())
