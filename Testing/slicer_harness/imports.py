"""What the import of a module file loads, which Slicer pays at every start.

    python -m slicer_harness.imports MODULE.py

prints JSON: the modules it loaded that were not there before, and the heavy packages it asked for.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("torch", "skimage", "scipy", "SimpleITK", "numba", "nibabel", "pandas", "matplotlib", "pydicom", "pyarrow")


class _Watch:
    """A finder that notes the heavy packages asked for, and says that they are not there."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, path=None, target=None):
        if name.split(".")[0] in HEAVY:
            self.asked.append(name)
            raise ModuleNotFoundError(f"{name} must not be imported when Slicer starts")


def measure(path: Path) -> dict:
    """In this process, which must be a fresh one."""
    from slicer_harness import namespace, pythonqt
    from slicer_harness.application import application

    app = application()
    app.begin()
    watch = _Watch()
    with namespace.Namespace(app):
        # The stand-ins' own imports of these are no matter; the module's would go unseen if they stayed.
        for name in [n for n in sys.modules if n.split(".")[0] in HEAVY]:
            del sys.modules[name]
        sys.meta_path.insert(0, watch)
        sys.path.insert(0, str(path.parent))
        before = set(sys.modules)
        specification = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(specification)
        sys.modules[path.stem] = module
        try:
            specification.loader.exec_module(module)
        except ModuleNotFoundError as error:
            return {"loaded": [], "heavy": watch.asked, "error": str(error)}
        loaded = sorted(set(sys.modules) - before - {path.stem})
        pythonqt.unwatch_all()
    return {"loaded": loaded, "heavy": watch.asked}


def import_cost(path: Path) -> dict:
    """:func:`measure` in a process of its own."""
    folder = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "slicer_harness.imports", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]).resolve())), flush=True)
    # Qt and VTK need not take themselves down in order.
    os._exit(0)
