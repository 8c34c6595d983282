"""What the module's CMakeLists.txt installs is what the tree holds: a file left out would be missing in 3D Slicer."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "GANAnomaly"
LISTS = MODULE / "CMakeLists.txt"

# Slicer's macros write down what they are given; everything else is CMake's own doing.
RECORDER = """
cmake_minimum_required(VERSION 3.16.3...3.28)
project(Recorder NONE)
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MODULE "WITH_GENERIC_TESTS" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(MODULE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "unknown: ${MODULE_UNPARSED_ARGUMENTS}")
  endif()
  string(REPLACE ";" "\\n" scripts "${MODULE_SCRIPTS}")
  string(REPLACE ";" "\\n" resources "${MODULE_RESOURCES}")
  file(WRITE ${CMAKE_BINARY_DIR}/scripts.txt "${scripts}")
  file(WRITE ${CMAKE_BINARY_DIR}/resources.txt "${resources}")
endfunction()
function(slicer_add_python_unittest)
  cmake_parse_arguments(TEST "" "SCRIPT" "" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/unittest.txt "${TEST_SCRIPT}")
endfunction()
set(BUILD_TESTING ON)
add_subdirectory("%s" module)
"""


def tree(folder: Path = MODULE) -> set[str]:
    """Every file of the module that belongs to the project, relative to it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "."]
    try:
        listed = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True).stdout.split("\0")
        names = {name for name in listed if name and (folder / name).is_file()}
    except (OSError, subprocess.CalledProcessError):  # a copy without git
        names = set()
    if not names:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    caches = re.compile(r"(^|/)(\.|__pycache__/)|\.egg-info/|\.pyc$")
    return {name for name in names if not caches.search(name)} - {"CMakeLists.txt"}


def by_cmake(folder: Path, build: Path) -> tuple[list[str], list[str]]:
    """Scripts and resources as CMake itself finds them."""
    (build / "source").mkdir(parents=True)
    (build / "source" / "CMakeLists.txt").write_text(RECORDER % folder.as_posix(), encoding="utf-8")
    subprocess.run(
        ["cmake", "-S", str(build / "source"), "-B", str(build / "b")], check=True, capture_output=True, text=True
    )
    scripts, resources = ((build / "b" / f"{kind}.txt").read_text().split("\n") for kind in ("scripts", "resources"))
    return scripts, resources


def by_reading(folder: Path) -> tuple[list[str], list[str]]:
    """The same from the text of CMakeLists.txt, for machines without CMake."""
    text = re.sub(r"#.*", "", (folder / "CMakeLists.txt").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for name, arguments in re.findall(r"file\(GLOB_RECURSE (\w+)(.*?)\)", text, re.DOTALL):
        patterns = re.findall(r"\$\{CMAKE_CURRENT_SOURCE_DIR\}/(\S*\*\S*)", arguments)
        hits = {path for pattern in patterns for path in folder.glob(_recursive(pattern)) if path.is_file()}
        found[name] = sorted(path.relative_to(folder).as_posix() for path in hits)
    values = dict(re.findall(r'set\((\w+) "(.*?)"\)', text))
    for name, pattern in re.findall(r'list\(FILTER (\w+) EXCLUDE REGEX "(.*?)"\)', text):
        for variable, value in values.items():
            pattern = pattern.replace(f"${{{variable}}}", value)
        found[name] = [path for path in found[name] if not re.search(pattern, path)]
    return found["MODULE_PYTHON_SCRIPTS"], found["MODULE_PYTHON_RESOURCES"]


def _recursive(pattern: str) -> str:
    folder, _, name = pattern.rpartition("/")
    return f"{folder}/**/{name}".lstrip("/")


@pytest.fixture(params=["cmake", "text"])
def installed(request, tmp_path):
    """A function from a module's folder to (scripts, resources)."""
    if request.param == "text":
        return by_reading
    if shutil.which("cmake") is None:
        pytest.skip("needs cmake")
    return lambda folder: by_cmake(folder, tmp_path / "build")


def test_every_file_is_installed_once_and_nothing_else(installed):
    scripts, resources = installed(MODULE)
    assert sorted(scripts + resources) == sorted(tree())
    assert all(name.endswith(".py") for name in scripts)
    assert not any(name.endswith(".py") for name in resources)


def test_what_the_module_cannot_do_without(installed):
    scripts, resources = installed(MODULE)
    assert {"GANAnomaly.py", "GANAnomalyLib/__init__.py", "GANAnomalyLib/analysis/pipeline.py"} <= set(scripts)
    assert {
        "GANAnomalyLib/data/torso_3mm.nii.gz",
        "GANAnomalyLib/data/torso_3mm_with_anomalies.nii.gz",
        "GANAnomalyLib/data/models/demo.json",
        "GANAnomalyLib/data/models/demo.safetensors",
        "Resources/Icons/GANAnomaly.png",
    } <= set(resources)


def test_caches_stay_behind_and_new_files_come_along(installed, tmp_path):
    module = tmp_path / "GANAnomaly"
    module.mkdir()
    shutil.copy(LISTS, module)
    wanted = ["GANAnomaly.py", "GANAnomalyLib/new/deep.py", "GANAnomalyLib/table.json", "Resources/UI/GANAnomaly.ui"]
    unwanted = [
        "GANAnomalyLib/__pycache__/deep.cpython-312.pyc",
        "GANAnomalyLib/.hidden.py",
        "GANAnomalyLib/.cache/x.json",
        "gananomaly.egg-info/PKG-INFO",
        "Resources/.DS_Store",
        "Resources/UI/GANAnomaly.ui~",
    ]
    for name in wanted + unwanted:
        (module / name).parent.mkdir(parents=True, exist_ok=True)
        (module / name).write_text("1\n")
    scripts, resources = installed(module)
    assert sorted(scripts) == wanted[:2]
    assert sorted(resources) == wanted[2:]


def test_slicer_can_load_every_python_file_beside_the_module():
    """Slicer takes each for a module at every start, and complains where it has no class of the file's name."""
    for path in MODULE.glob("*.py"):
        names = {
            node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)
        }
        assert path.stem in names, f"{path.name} must define the class {path.stem}, or lie in a folder"
        # With a shebang it is taken for a command-line module and run at start instead.
        assert not path.read_text(encoding="utf-8").startswith("#!"), path.name
