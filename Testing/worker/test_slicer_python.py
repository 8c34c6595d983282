"""With what 3D Slicer's Python has: the worker must not need more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
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


WORKER = "from GANAnomalyLib.worker import main\nmain(sys.argv[1:])"


def test_the_requirements_touch_nothing_that_slicer_ships():
    assert required() == {"safetensors", "nibabel"}


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
