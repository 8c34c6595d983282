"""Exceptions to sentences and exit codes, logs without names, and what Ctrl-C does."""

from __future__ import annotations

import errno
import json
import signal

import click
import pytest
from click.testing import CliRunner

from GANAnomalyLib.cli.app import App
from GANAnomalyLib.cli.failures import explain
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.log import KEPT, mask_paths, write_log
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("GANANOMALY_DEBUG", raising=False)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("The mask is empty."), 2, "The mask is empty."),
        (GANAnomalyError("The GPU went away."), 1, "GPU"),
        (Cancelled(), 130, "Cancelled"),
        (KeyboardInterrupt(), 130, "Cancelled"),
        (click.Abort(), 130, "Cancelled"),
        (MemoryError(), 1, "memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), 1, "memory"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), 1, "disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), 2, "refused (/data/x)"),
        (OSError(errno.EROFS, "Read-only file system", "/data/x"), 2, "refused"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/data/x"), 2, "does not exist (/data/x)"),
        (ModuleNotFoundError("No module named 'trame_slicer'", name="trame_slicer.core"), 1, "gananomaly[headless]"),
    ],
)
def test_expected_failures(error, code, words):
    failure = explain(error)
    assert failure.expected
    assert failure.exit_code == code
    assert words in failure.sentence
    assert "\n" not in failure.sentence


@pytest.mark.parametrize(
    "error", [ValueError("x"), RuntimeError("x"), ModuleNotFoundError("x", name="GANAnomalyLib.y")]
)
def test_unexpected_failures_say_so(error):
    failure = explain(error)
    assert not failure.expected
    assert failure.exit_code == 1


class Failing(App):
    """The application with one more command, which fails as it is told."""

    def get_command(self, ctx, name):
        @click.command(name)
        @click.argument("path")
        @standard_options
        def fail(session, path):
            if name == "input":
                raise InputError("The CT cannot be used.", f"at byte 17 of {path}")
            raise ValueError(f"broken inside {path}")

        return fail


def test_unexpected_failure_ends_in_a_log_and_not_on_the_screen(tmp_path):
    done = CliRunner().invoke(Failing("app"), ["surprise", "/scans/Doe_Jane.nii.gz"])
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "ValueError" in done.stderr
    (log,) = tmp_path.rglob("*.log")
    assert str(log) in done.stderr
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "broken inside <path 1>" in text
    assert "Doe" not in text


def test_details_only_when_asked(tmp_path, monkeypatch):
    quiet = CliRunner().invoke(Failing("app"), ["input", "ct.nii"])
    assert quiet.exit_code == 2
    assert quiet.stderr == "gananomaly: The CT cannot be used.\n"
    assert not list(tmp_path.rglob("*.log"))
    CliRunner().invoke(Failing("app"), ["input", "ct.nii", "--verbose"])
    (log,) = tmp_path.rglob("*.log")
    assert "at byte 17 of <path 1>" in log.read_text(encoding="utf-8")
    log.unlink()
    monkeypatch.setenv("GANANOMALY_DEBUG", "1")
    CliRunner().invoke(Failing("app"), ["input", "ct.nii"])
    assert list(tmp_path.rglob("*.log"))


def test_failure_for_machines():
    done = CliRunner().invoke(Failing("app"), ["input", "ct.nii", "--json"])
    assert json.loads(done.stdout) == {"error": "The CT cannot be used.", "exit_code": 2}


def test_old_logs_go(tmp_path):
    first = write_log(ValueError("x"), [])
    for number in range(KEPT + 5):
        (first.parent / f"20200101-{number:06d}-1.log").write_text("old", encoding="utf-8")
    newest = write_log(ValueError("y"), [])
    kept = sorted(first.parent.glob("*.log"))
    assert len(kept) == KEPT
    assert newest in kept


def test_mask_paths_takes_names_in_every_form(tmp_path):
    path = tmp_path / "Doe Jane" / "ct.nii.gz"
    text = f"cannot open {path}; ct.nii.gz is short; --out={path}"
    masked = mask_paths(text, ["analyze", str(path), f"--out={path}"])
    assert "Doe" not in masked
    assert "ct.nii.gz" not in masked


def test_json_has_no_nan(capsys):
    import numpy as np

    Session(json=True).emit({"a": float("nan"), "b": np.float32(1.5), "c": [float("inf"), np.int64(2)], 3: (1, 2)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": 1.5, "c": [None, 2], "3": [1, 2]}


def test_first_ctrl_c_asks_and_the_second_interrupts(capsys):
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt(CancelToken()) as cancel:
        signal.raise_signal(signal.SIGINT)
        assert cancel.cancelled
        assert "Ctrl-C again" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
