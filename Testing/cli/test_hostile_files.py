"""Every kind of file that a command is given, damaged or hostile: one sentence and exit code 2."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from GANAnomalyLib.cli.app import app

ANYTHING = {
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "brackets": b"[" * 100_000,
    "braces": b'{"a":' * 100_000,
    "nul": b"\0" * 40,
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "no text": bytes(range(256)),
    "long cell": b"case,score\n" + b"x" * 200_000 + b",1\n",
}


def _archive(name: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, data)
    return held.getvalue()


def _npy(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _card(path: Path) -> list:
    path.with_name("m.safetensors").write_bytes(b"")
    return ["info", path.with_name("m.safetensors")]


def _boxes(path: Path) -> list:
    maps = path.parent / "maps"
    maps.mkdir()
    np.save(maps / "a.npy", np.ones((1, 64, 64), np.float32))
    return ["evaluate", "heatmap", "--heatmaps", maps, "--truth", path, "--out", path.parent.parent / "out"]


def _scores(path: Path) -> list:
    return ["evaluate", "detection", "--baseline", path, "--anomaly", f"a={path}", "--out", path.parent.parent / "out"]


def _study(path: Path) -> list:
    return ["evaluate", "compare", "--study", path, "--configurations", "wd", "mse"]


def _configuration(path: Path) -> list:
    return ["train", "picard", "--data", path.parent, "--out", path.parent.parent / "out", "--config", path]


def _latents(path: Path) -> list:
    return ["generate", "--projected-w", path, "--outdir", path.parent.parent / "out", "--device", "cpu"]


def _measured(path: Path) -> list:
    (path.parent / "snapshot-000001.safetensors").write_bytes(b"")
    return ["find-best", path.parent]


def _pictures(path: Path) -> list:
    Image.new("L", (16, 16)).save(path.with_name("a.png"))
    return ["dataset", "inspect", path.parent]


def _classes(path: Path) -> list:
    return [*_pictures(path), "--labels", path]


def _benchmark(path: Path) -> list:
    return ["benchmark", "--out", path.parent]


def _facts(path: Path) -> list:
    return ["model", "export", "demo", "--name", "mine", "--card", path, "--to", path.parent.parent / "out"]


def _result(path: Path) -> list:
    return ["info", path.parent]


COMMANDS: dict[str, Callable[[Path], list]] = {
    "m.json": _card,
    "boxes.json": _boxes,
    "boxes.csv": _boxes,
    "scores.csv": _scores,
    "slices.csv": _study,
    "run.yaml": _configuration,
    "w.npz": _latents,
    "w.npy": _latents,
    "metric-fid.jsonl": _measured,
    "dataset.json": _pictures,
    "classes.csv": _classes,
    "manifest.json": _benchmark,
    "facts.json": _facts,
    "result.json": _result,
}
OWN = [
    ("m.json", b'{"name": "m", "window": "wide"}', "its window must be a number, not 'wide'"),
    ("m.json", b'{"name": "m", "recommended": []}', "its recommended must be names with values, not a list"),
    ("m.json", b'{"name": "m", "name": "n"}', "names 'name' twice"),
    ("m.json", b'{"name": "m", "resolution": ' + b"1" * 400 + b"}", "a number of 400 digits"),
    ("boxes.json", b'{"images": [{"id": [], "file_name": "a"}], "annotations": []}', "images[0].id must be"),
    ("boxes.json", b'{"images": [], "annotations": [{"image_id": [], "bbox": []}]}', "annotations[0].image_id must"),
    ("boxes.json", b'{"images": [], "annotations": [5]}', "annotations[0] must be names with values"),
    ("boxes.csv", b"case;x0;y0;x1;y1\na;1;2;nan;4\n", "cannot be a place in an image"),
    ("boxes.csv", b"case,x0,y0,x1,y1\na,1,2,1e999,4\n", "cannot be a place in an image"),
    ("scores.csv", b"case,score\na,1,2\n", "Line 2 of scores.csv has 3 cells and its heading 2"),
    ("scores.csv", b"case,score\na,\xb9\n", "hold no number in the column 'score'"),
    ("slices.csv", b"configuration,case\nwd,a\n", "there is no column 'group'"),
    ("run.yaml", b"a: &x [1]\nb: [*x, *x]\n", "uses references"),
    ("run.yaml", b"seed: !!int ''\n", "is not valid YAML"),
    ("run.yaml", b"seed: 0x" + b"f" * 200_000, "is not valid YAML"),
    ("run.yaml", b"seed: 0x" + b"f" * 100, "seed must be a whole number of 0 or more, not "),
    ("run.yaml", b"train: 5\n", "must hold settings by name"),
    ("w.npz", _archive("w.npy", _npy(b"{'descr': " + b"(" * 400)), "w.npz"),
    ("w.npz", _archive("v.npy", b""), "no latents under the key 'w'"),
    ("w.npy", _npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n"), "w.npy"),
    ("metric-fid.jsonl", b'[1]\n5\n{"results": 5}\n{"results": {"fid": NaN}}\n\xff\n', "no measured quality"),
    ("manifest.json", b'{"benchmark": 1, "cohort": 1, "anomalies": 1, "cases": 5}', "manifest.json"),
    ("facts.json", b'"x"', "holds no facts of a card"),
    ("result.json", b'{"schema_version": "2"}', "its schema_version must be a whole number, not '2'"),
]


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What the command says of a file; it ends with exit code 2 and writes nothing."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

    def call(name: str, data: bytes) -> str:
        folder = tmp_path / "given"
        folder.mkdir()
        (folder / name).write_bytes(data)
        done = CliRunner().invoke(app, list(map(str, COMMANDS[name](folder / name))))
        assert done.exit_code == 2, done.output
        assert "did not expect" not in done.output
        assert not (tmp_path / "out").exists()
        said = done.stderr.strip().rpartition("gananomaly: ")[2]
        assert "\n" not in said
        return said

    return call


@pytest.mark.parametrize("kind", ANYTHING)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_is_no_such_file(told, name, kind):
    assert told(name, ANYTHING[kind]).endswith(".")


@pytest.mark.parametrize(("name", "data", "words"), OWN)
def test_a_file_with_something_wrong_in_it(told, name, data, words):
    assert words in told(name, data)
