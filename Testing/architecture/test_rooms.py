"""The plan of the house: which room may use which, told from the imports themselves."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"GANAnomalyLib": ROOT / "GANAnomaly", "GANAnomalyLab": ROOT}

# From the ground up: a room uses only itself and rooms to its left.
CORE = (
    *(
        "version",
        "errors",
        "spelling",
        "framings",
        "modalities",
        "data",
        "files",
        "option_fields",
        "running",
        "volume",
        "domain",
        "models",
        "score",
        "detectors",
        "classifiers",
        "results",
        "pictures",
    ),
    *("review", "dicom", "scene", "analysis", "worker", "batch", "archives", "cli"),
)
LABORATORY = (
    *("tables", "images", "features", "simulate", "statistics", "report", "generate", "predict", "evaluate", "train"),
    *("benchmark", "curate"),
    *("datasets", "demo_models", "cli"),
)

# A detector's folder always has these files, and a trainer's.
USUAL_NAMES = {"__init__", "__main__", "architecture", "network", "load", "detector", "settings", "losses", "trainer"}


@lru_cache(maxsize=1)
def files() -> dict[str, Path]:
    """Every module of both packages."""
    found = {}
    for package, home in PACKAGES.items():
        for path in sorted((home / package).rglob("*.py")):
            parts = path.relative_to(home).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@lru_cache(maxsize=1)
def statements() -> dict[str, list[ast.Import | ast.ImportFrom]]:
    """Every import of each module, lazily or at once."""
    return {
        module: [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        for module, path in files().items()
    }


@lru_cache(maxsize=1)
def imports() -> dict[str, set[str]]:
    """What each module imports of ours."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, nodes in statements().items():
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                base = _absolute(module, files()[module], node)
                names = [f"{base}.{item.name}" for item in node.names]
                found[module] |= {name if name in files() else base for name in names}
            else:
                found[module] |= {item.name for item in node.names}
    return {
        module: {name for name in names if name.partition(".")[0] in PACKAGES} - {module}
        for module, names in found.items()
    }


def _absolute(module: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def rank(module: str) -> int:
    """How far up a module lives."""
    package, *rest = module.split(".")
    rooms = CORE if package == "GANAnomalyLib" else LABORATORY
    if not rest:
        return -1
    base = 0 if package == "GANAnomalyLib" else len(CORE)
    # The door itself stands above everything.
    return base + len(rooms) if rest[0] == "__main__" else base + rooms.index(rest[0])


def test_every_file_lives_in_a_room_of_the_plan():
    homeless = []
    for module in files():
        package, *rest = module.split(".")
        rooms = CORE if package == "GANAnomalyLib" else LABORATORY
        if rest and rest[0] not in (*rooms, "__main__"):
            homeless.append(module)
    assert homeless == []


def test_what_is_imported_is_there():
    missing = {(module, name) for module, names in imports().items() for name in names if name not in files()}
    assert missing == set()


def test_a_room_uses_only_rooms_below_it():
    upward = []
    for module, names in imports().items():
        if module in PACKAGES:
            continue  # the package itself offers what lies deep inside, on first use
        upward += [f"{module} -> {name}" for name in sorted(names) if rank(name) > rank(module)]
    assert upward == []


def test_the_core_never_imports_the_laboratory():
    assert [m for m, names in imports().items() for n in names if m[:13] == "GANAnomalyLib" and n[:13] != m[:13]] == []


def test_no_two_files_import_each_other_in_a_circle():
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[list[str]] = []

    def visit(module: str) -> None:  # Tarjan 1972: strongly connected components
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in sorted(imports().get(module, ())):
            if other not in order:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], order[other])
        if low[module] == order[module]:
            circle = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(circle) > 1:
                circles.append(sorted(circle))

    for module in files():
        if module not in order:
            visit(module)
    assert circles == []


def test_a_files_name_says_its_content_and_occurs_once():
    # A folder of commands has a file a command, and networks have parts of the same names everywhere.
    own = [module for module in files() if ".cli." not in module and ".network." not in f"{module}."]
    names = Counter(files()[module].stem for module in own if files()[module].stem not in USUAL_NAMES)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("forbidden", ["slicer", "qt", "vtk", "ctk"])
def test_only_the_scene_knows_slicer(forbidden):
    told = []
    for module, nodes in statements().items():
        if module.startswith("GANAnomalyLib.scene"):
            continue
        for node in nodes:
            names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            told += [f"{module}: {name}" for name in names if name.partition(".")[0] == forbidden]
    assert told == []
