"""With what 3D Slicer's Python has: the worker must not need more."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from worker.conftest import PACKAGE

SHIPPED = ("numpy", "scipy", "SimpleITK", "pydicom", "PIL", "vtk", "vtkmodules", "requests")
TORCHS_OWN = (
    "torch", "torchgen", "functorch", "triton", "nvidia", "filelock", "typing_extensions", "sympy", "mpmath",
    "networkx", "jinja2", "markupsafe", "fsspec", "setuptools", "pkg_resources", "_distutils_hack",
)  # fmt: skip
REQUIREMENTS = PACKAGE / "Resources" / "requirements.txt"

FENCE = """
import importlib.machinery, os, sys

class Fence(importlib.machinery.PathFinder):
    '''As if nothing but these packages were installed.'''
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = super().find_spec(name, path, target)
        where = str(spec.origin or list(spec.submodule_search_locations or [''])[0]) if spec else ''
        if 'site-packages' in where and name.split('.')[0] not in ALLOWED:
            return None
        return spec

sys.meta_path[:] = [Fence if f is importlib.machinery.PathFinder else f for f in sys.meta_path]
sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in getattr(f, '__module__', '')]
"""


@pytest.fixture
def fenced(environment, tmp_path):
    """Run Python code where only the named packages, besides the standard library and torch's own, can be imported."""

    def run(code, allowed, *arguments):
        fence = FENCE.replace("ALLOWED", repr(tuple(allowed)))
        prelude = f"{fence}\nsys.path.insert(0, {str(PACKAGE)!r})\n{code}"
        variables = {**os.environ, **environment}
        return subprocess.run(
            [sys.executable, "-c", prelude, *arguments], capture_output=True, text=True, env=variables, timeout=60,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


def required() -> set[str]:
    """Names in the requirements file that Slicer installs for this extension."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return {re.match(r"[A-Za-z0-9_.-]+", line)[0] for line in lines if line and not line.startswith("#")}


WORKER = "from GANAnomalyLib.worker.__main__ import main\nmain(sys.argv[1:])"


def with_what_they_need(names: set[str]) -> set[str]:
    """Names to import of packages and of all that pip installs along with them."""
    found: set[str] = set()
    todo = sorted(names)
    while todo:
        one = Requirement(todo.pop())
        if one.name not in found and (one.marker is None or one.marker.evaluate({"extra": ""})):
            found.add(one.name)
            todo += importlib.metadata.requires(one.name) or []
    return {name.replace("-", "_") for name in found} | {"markdown_it"}


def test_the_requirements_touch_nothing_that_slicer_ships():
    """numpy, which nibabel needs, is there and pinned; nothing else that comes along is Slicer's."""
    assert required() == {"safetensors", "nibabel", "click", "rich"}
    assert with_what_they_need(required()) & {*SHIPPED, *TORCHS_OWN} <= {"numpy", "typing_extensions"}


def test_the_requirements_ask_for_what_the_package_asks_for():
    project = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or f'    "{line}",' in project, line


COMMAND = "from GANAnomalyLib.cli import main\nmain(sys.argv[1:])"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["analyze", "batch", "models", "info"])
def test_the_command_runs_with_what_slicer_has_and_the_requirements(fenced, crop, tmp_path, what):
    few = ["--model", "encoder", "--device", "cpu", "--steps", "1", "--patch-size", "6"]
    arguments = {
        "analyze": [str(crop), "--out", str(tmp_path / "out"), "--slices", "0:2", *few],
        "batch": [str(crop), "--out", str(tmp_path / "out"), "--slices", "0:2", *few],
        "models": [],
        "info": [str(crop)],
    }
    allowed = {*SHIPPED, *TORCHS_OWN, *with_what_they_need(required())}
    done = fenced(COMMAND, allowed, what, *arguments[what])
    assert done.returncode == 0, done.stdout + done.stderr
    if what in ("analyze", "batch"):
        assert list((tmp_path / "out").rglob("result.json"))


@pytest.mark.parametrize("metric", ["wd", pytest.param("ssim", marks=pytest.mark.slow)])
def test_analyses_an_nrrd(fenced, ask, tmp_path, metric):
    request = tmp_path / "request.json"
    request.write_text(ask(metric=metric, slices=(0, 2), patch_size=8).to_json(), encoding="utf-8")
    done = fenced(WORKER, [*SHIPPED, *TORCHS_OWN, "safetensors"], str(request))
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], done.returncode) == ("done", 0), last
    assert last["findings"]


@pytest.mark.parametrize("missing", ["torch", pytest.param("safetensors", marks=pytest.mark.slow)])
def test_says_what_is_missing(fenced, ask, tmp_path, missing):
    request = tmp_path / "request.json"
    request.write_text(ask().to_json(), encoding="utf-8")
    there = {*SHIPPED, *TORCHS_OWN, "safetensors"} - {missing}
    done = fenced(WORKER, there, str(request))
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["kind"], last["packages"], done.returncode) == ("missing", [missing], 1)
    assert missing in last["message"]
    assert not (tmp_path / "Ergebnis ä").exists()


def test_worker_client_and_batch_are_imported_with_nothing(fenced):
    code = (
        "import GANAnomalyLib.worker, GANAnomalyLib.worker, GANAnomalyLib.batch\n"
        "print([n for n in ('numpy', 'torch', 'SimpleITK', 'click', 'rich', 'PIL') if n in sys.modules])"
    )
    done = fenced(code, [])
    assert done.stdout.strip() == "[]", done.stderr
