"""``gananomaly dataset`` as a person or a program meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from datasets.made import ROOT, TORSO, pixels, png, write_folder
from places import PACKAGES

from GANAnomalyLab.cli.commands.dataset import command as group
from GANAnomalyLib.cli.app import app

COMMANDS = group.list_commands(click.Context(group))
HEAVY = ("torch", "numpy", "SimpleITK", "scipy", "skimage", "numba", "pydicom", "nibabel", "rich", "PIL")


@pytest.fixture
def call(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(app, ["dataset", *map(str, arguments)])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches(call, name):
    done = call(name, "--help")
    assert done.exit_code == 0
    assert f"gananomaly dataset {name}" in done.output.partition("Example:")[2]
    assert "What comes out" in done.output
    assert "--json" in done.output


def test_all_of_them_are_there():
    wanted = {"make", "inspect", "split", "degrade", "resize", "window", "slice", "dicom-to-nifti", "to-png", "midrc"}
    wanted |= {"radiographs", "isic", "virtual"}
    assert set(COMMANDS) == wanted


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom GANAnomalyLib.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as done:\n    assert done.code == 0, done.code\n"
        "print('LOADED', *sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    for arguments in (["dataset", "--help"], ["dataset", "slice", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        assert not set(done.stdout.rpartition("LOADED")[2].split()) & set(HEAVY)


def test_from_a_ct_to_worse_halves(call, tmp_path):
    out = tmp_path / "set.zip"
    done = call("make", TORSO, "--out", out, "--width", 32, "--height", 32, "--slices", "40:60", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["written"], answer["width"], answer["bits"]) == (20, 32, 8)
    again = call("make", "--source", TORSO, "--dest", out)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    looked = json.loads(call("inspect", out, "--json").stdout)
    assert (looked["items"], looked["patients"]) == (20, 1)
    refused = call("split", out, "--out", tmp_path / "halves")
    assert refused.exit_code == 2
    assert "--patients file" in refused.stderr
    done = call("split", out, "--out", tmp_path / "halves", "--patients", "file", "--names", "a,b")
    assert done.exit_code == 0
    assert "a: 10 items of 10 patients" in done.stdout
    done = call("degrade", tmp_path / "halves" / "a.zip", "--out", tmp_path / "noisy", "--noise", 0.01, "--blur", 3)
    assert done.exit_code == 0
    done = call("resize", tmp_path / "noisy", "--out", tmp_path / "small", "--width", 8, "--height", 8)
    assert done.exit_code == 0
    assert "10 files of 10 items" in done.stdout
    table = call("inspect", tmp_path / "small", "--sheet", tmp_path / "sheet.png").stdout
    assert "8 x 8 (10)" in table
    assert "sheet.png" in table


def test_volumes(call, tmp_path):
    assert call("window", TORSO, "--out", tmp_path / "w").exit_code == 0
    slicing = ("--every", 40, "--format", "nifti")
    assert call("slice", tmp_path / "w", "--out", tmp_path / "s", *slicing).exit_code == 0
    assert call("to-png", tmp_path / "s", "--out", tmp_path / "p").exit_code == 0
    assert len(list((tmp_path / "p").rglob("*.png"))) == 3
    ranged = ("--z-range", "-1e9:5", "--intensity", "range")
    assert call("slice", TORSO, "--out", tmp_path / "z", *ranged).exit_code == 2
    series = ROOT / "Testing" / "data" / "ct_head_tilt"
    done = call("dicom-to-nifti", series, "--out", tmp_path / "n")
    assert done.exit_code == 0
    assert "gantry tilt" in done.stdout
    done = call("midrc", series, "--out", tmp_path / "m.zip", "--width", 32, "--height", 32)
    assert done.exit_code == 0
    assert "28 files of 28 items, 32 x 32 pixels" in done.stdout


def test_exit_codes(call, tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png", "b.png"])
    (folder / "b.png").write_bytes(png(pixels())[:60])
    some = call("make", folder, "--out", tmp_path / "some")
    assert some.exit_code == 1
    assert "Failed: b.png" in some.stdout
    assert json.loads(call("inspect", folder, "--json").stdout)["damaged"][0]["item"] == "b.png"
    assert call("inspect", folder).exit_code == 1
    (folder / "a.png").unlink()
    none = call("make", folder, "--out", tmp_path / "none", "--json")
    assert none.exit_code == 2
    assert json.loads(none.stdout)["exit_code"] == 2
    for arguments in (
        ("make", "--out", "x"),
        ("make", folder, "--source", folder, "--out", "x"),
        ("make", folder),
        ("split", folder, "--out", "x", "--names", "one"),
        ("slice", TORSO, "--out", "x", "--z-range", "high"),
        ("degrade", folder, "--out", "x", "--blur", 4),
        ("frobnicate",),
    ):
        done = call(*arguments)
        assert done.exit_code == 2, arguments
        assert done.stderr.count("\n") == 1


def test_ctrl_c_leaves_nothing(call, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "in", ["a.png", "b.png"])

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return png(pixels())

    monkeypatch.setattr("GANAnomalyLab.datasets.resize_set.png_bytes", interrupted)
    done = call("resize", folder, "--out", tmp_path / "out" / "set.zip", "--width", 8, "--height", 8)
    assert done.exit_code == 130
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "out").exists()
