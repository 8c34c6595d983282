"""start.py before it has an environment: what it asks for, and when it installs again."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path):
    """start.py in a folder of its own, with the files that decide what is installed."""
    (tmp_path / "Testing").mkdir()
    for name in ("start.py", "pyproject.toml", "Testing/constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("start_of_a_copy", tmp_path / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_help_needs_nothing(start, tmp_path):
    command = [sys.executable, "-I", "-S", tmp_path / "start.py"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0
    assert "start.py demo" in done.stdout
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", ["pyproject.toml", "Testing/constraints.txt"])
def test_other_requirements_mean_another_installation(start, tmp_path, name):
    before = start.digest()
    assert start.digest() == before
    with open(tmp_path / name, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert start.digest() != before


def test_an_installed_environment_is_used_again(start, tmp_path):
    start.PYTHON.parent.mkdir(parents=True)
    start.STAMP.write_text(json.dumps({"digest": start.digest(), "extras": ["headless"], "python": start.version()}))
    assert not start.ready(["headless"])  # its Python is gone
    start.PYTHON.touch()
    assert start.ready(["headless"])
    assert not start.ready(["headless", "test"])
    with open(tmp_path / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not start.ready(["headless"])


@pytest.mark.skipif(shutil.which("false") is None, reason="needs a program that fails")
def test_a_failed_installation_is_not_taken_for_a_whole_one(start):
    start.PYTHON.parent.mkdir(parents=True)
    shutil.copy(shutil.which("false"), start.PYTHON)
    start.STAMP.write_text(json.dumps({"digest": "old", "extras": ["headless"], "python": start.version()}))
    assert start.install(["headless"]) == 1
    assert not start.STAMP.exists()


@pytest.mark.parametrize("text", ["", "[]", "{broken"])
def test_a_broken_stamp_means_install(start, text):
    start.VENV.mkdir()
    start.STAMP.write_text(text)
    assert start.installed() == {}


@pytest.mark.parametrize(("there", "used"), [(1, "1"), (2, "2"), (64, "4")])
def test_tests_share_the_cores_and_take_pytests_options(start, monkeypatch, there, used):
    commands = []
    monkeypatch.setattr(start, "cores", lambda: there)
    monkeypatch.setattr(start, "run", lambda command, **options: commands.append((command, options)) or 0)
    assert start.test(["-x", "--cov"]) == 0
    command, options = commands[-1]
    assert command[1:] == ["-m", "pytest", "-n", used, "--dist", "worksteal", "-x", "--cov"]
    assert options["env"]["OMP_NUM_THREADS"]
    assert [words[2:4] for words, _ in commands[:-1]] == [["ruff", "check"], ["ruff", "format"], ["mypy"]]
