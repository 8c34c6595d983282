"""What Qt's classes have, asked of PySide6 in a process of its own.

A class's staticMetaObject and an object's metaObject() share one Python wrapper, which dies with the object: looking at
the first in a process that also uses widgets ends in a crash.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path


def collect() -> dict[str, dict[str, list[str]]]:
    """For every QObject class its members (properties, methods, enumerators) and its signals by signature."""
    from PySide6 import QtCore, QtGui, QtWidgets

    signal = QtCore.QMetaMethod.MethodType.Signal
    found = {}
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            cls = getattr(module, name)
            if not (isinstance(cls, type) and issubclass(cls, QtCore.QObject)):
                continue
            meta = cls.staticMetaObject
            properties = {meta.property(i).name() for i in range(meta.propertyCount())}
            methods = [meta.method(i) for i in range(meta.methodCount())]
            found[name] = {
                "members": sorted(properties | set(dir(cls)) | {"exec_"}),
                "signals": [bytes(m.methodSignature().data()).decode() for m in methods if m.methodType() == signal],
            }
    return found


@cache
def qt_classes() -> dict[str, dict[str, frozenset[str]]]:
    """:func:`collect` from the other process."""
    folder = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "slicer_harness.qt_facts"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return {n: {k: frozenset(v) for k, v in c.items()} for n, c in json.loads(done.stdout).items()}


def members(name: str) -> frozenset[str]:
    return qt_classes().get(name, {}).get("members", frozenset())


def signals(name: str) -> frozenset[str]:
    return qt_classes().get(name, {}).get("signals", frozenset())


if __name__ == "__main__":
    print(json.dumps(collect()), flush=True)
    os._exit(0)
