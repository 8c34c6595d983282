"""The delivered CT and models are there however the package was installed: pip in its ways, and the tree itself."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data"
PROJECT = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
BASE = getattr(sys, "_base_executable", sys.executable)
"""The Python that a virtual environment stands on: only that one has user packages."""

ASK = """
import hashlib, json, site, sys
site.addsitedir(sys.argv[1])
import GANAnomalyLib
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.models.model_folders import bundled_folders
folder = bundled_folder()
hashes = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
          for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
models = sorted(path.stem for one in bundled_folders() for path in one.glob("*.json"))
print(json.dumps([GANAnomalyLib.__file__, hashes, models]))
"""


def python(*arguments: object, program: str = sys.executable, **variables: str) -> str:
    """What a Python says that knows nothing of this tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "GANANOMALY"))}
    command = [program, *map(str, arguments)]
    done = subprocess.run(
        command, env={**kept, **variables}, cwd=ROOT.anchor, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(*arguments: object, **options: str) -> None:
    if options.get("program", sys.executable) != sys.executable:
        arguments = ("--python", options.pop("program"), *arguments)
    alone = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "-q")
    python("-m", "pip", *arguments, *alone, **options)


def setuptools() -> int:
    """Which setuptools can build here; 0 for none. (Importing it here would put its own distutils into the tests.)"""
    try:
        return int(importlib.metadata.version("setuptools").split(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return 0


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """What a build reads of the project, where it may write beside it."""
    folder = tmp_path_factory.mktemp("source")
    for name in PROJECT:
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "GANAnomaly" / "GANAnomalyLib",
        folder / "GANAnomaly" / "GANAnomalyLib",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return folder


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "-w", folder, source)
    return next(folder.glob("*.whl"))


def installed(how: str, request: pytest.FixtureRequest, prefix: Path) -> tuple[Path, str, dict[str, str]]:
    """Install it below ``prefix``: where Python packages are then, the Python that finds them, with which variables.

    Unless pip is told to ignore what is installed, it takes away what the tests run in.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = prefix / "Lib" / "site-packages" if os.name == "nt" else prefix / "lib" / version / "site-packages"
    if how == "editable":
        here = ("--ignore-installed", "--no-compile", "--prefix", prefix)
        pip("install", *here, "-e", request.getfixturevalue("source"))
    elif how == "tree":
        return ROOT / "GANAnomaly", sys.executable, {}
    elif how == "user":
        pip(
            "install", "--ignore-installed", "--user", "--break-system-packages", request.getfixturevalue("wheel"),
            program=BASE, PYTHONUSERBASE=str(prefix),
        )  # fmt: skip
        return prefix / "nothing", BASE, {"PYTHONUSERBASE": str(prefix)}
    elif how == "target":
        pip("install", "--no-compile", "--target", prefix, request.getfixturevalue("wheel"))
        return prefix, sys.executable, {}
    else:
        pip("install", "--ignore-installed", "--no-compile", "--prefix", prefix, request.getfixturevalue("wheel"))
    return packages, sys.executable, {}


NEEDS_PIP = pytest.mark.skipif(
    importlib.util.find_spec("pip") is None or setuptools() < 77, reason="needs pip and setuptools"
)


@pytest.mark.parametrize(
    "how",
    [
        "tree",
        *(pytest.param(how, marks=NEEDS_PIP) for how in ("prefix", "user", "editable")),
        pytest.param("target", marks=[NEEDS_PIP, pytest.mark.slow]),
    ],
)
def test_the_delivered_files_are_found(how, request, tmp_path):
    packages, program, variables = installed(how, request, tmp_path / "installed")
    # Without the packages of the Python that runs the tests: this project may be among them.
    alone = () if how == "user" else ("-S",)
    where, hashes, models = json.loads(python(*alone, "-c", ASK, packages, program=program, **variables))
    if how == "editable":
        assert request.getfixturevalue("source") in Path(where).parents
    elif how != "tree":
        assert tmp_path / "installed" in Path(where).parents
    expected = {
        path.relative_to(DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in DATA.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert hashes == expected
    assert {"torso_3mm.nii.gz", "models/demo.safetensors"} <= set(expected)
    assert {"demo_memory", "demo", "demo_picard", "demo_diffusion"} <= set(models)
