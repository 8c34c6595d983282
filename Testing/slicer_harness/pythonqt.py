"""Makes PySide6 look like PythonQt to the code under test, and to that code only.

PySide6 has a feature for properties without parentheses, chosen per calling module. It hides the setters and ``isX``
getters that PythonQt keeps, so they are put back. ``connect("signal(type)", slot)`` cannot be put on PySide6's classes
(it is hard-wired there), so the watched modules are compiled with calls of ``.connect`` and ``.disconnect`` sent to
:mod:`.signals`, as pytest does with ``assert``; assignments to a widget are checked for properties it does not have.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import sys
import types
from pathlib import Path
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtWidgets
from shibokensupport import feature

from slicer_harness import signals

TRUE_PROPERTY = 2
_PLAIN = "slicer_harness._pythonqt_side"
_TESTING = Path(__file__).resolve().parents[1]
_WITHOUT_QT = {"torch", "numpy", "scipy", "sympy", "numba", "llvmlite", "skimage", "sklearn", "pandas", "matplotlib"}
_watched: list[tuple[Path, str]] = []
_loaded: list[str] = []


def watch(folder: Path, prefix: str) -> None:
    """Treat the modules in ``folder`` whose names begin with ``prefix`` as Slicer would: on PythonQt.

    A package called ``<prefix>Lib`` is left alone: by this project's rule an engine has no Qt in it.
    """
    entry = (Path(folder).resolve(), prefix)
    if entry not in _watched:
        _watched.append(entry)


def unwatch_all() -> None:
    """Forget every watched folder and unload what was loaded from it."""
    _watched.clear()
    for name in _loaded:
        sys.modules.pop(name, None)
    _loaded.clear()


def select(module_name: str) -> None:
    """Give an already imported module (such as slicer.util) PythonQt's properties."""
    feature.set_selection(TRUE_PROPERTY, module_name)


def is_watched(path: str) -> bool:
    resolved = Path(path).resolve()
    for folder, prefix in _watched:
        if resolved.is_relative_to(folder):
            top = resolved.relative_to(folder).parts[0].removesuffix(".py")
            if top.startswith(prefix) and top != f"{prefix}Lib":
                return True
    return False


def _refuse_new_attribute(target: object, name: str) -> None:
    """PythonQt lets no attribute be made up on a C++ object, which finds misspelt properties; PySide6 does."""
    cls = type(target)
    ours = isinstance(target, QtCore.QObject) and cls.__module__.startswith(("PySide6", "slicer_harness"))
    if ours and not hasattr(cls, name) and target.metaObject().indexOfProperty(name) < 0:
        raise AttributeError(f"{cls.__name__} '{target.objectName()}' has no property {name}")


def _is_plain_path(node: ast.AST) -> bool:
    """a, a.b, a.b.c: looking at it twice changes nothing."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_plain_path(node.value))


class _Rewritten(ast.NodeTransformer):
    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        checks: list[ast.stmt] = []
        for target in node.targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Attribute) and _is_plain_path(part.value):
                    owner = ast.parse(ast.unparse(part.value), mode="eval").body
                    function = ast.Name(id="__slicer_harness_check__", ctx=ast.Load())
                    call = ast.Expr(ast.Call(func=function, args=[owner, ast.Constant(part.attr)], keywords=[]))
                    for inner in ast.walk(call):
                        ast.copy_location(inner, node)
                    checks.append(call)
        return [*checks, node]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("connect", "disconnect"):
            function = ast.Name(id=f"__slicer_harness_{node.func.attr}__", ctx=ast.Load())
            call = ast.Call(func=function, args=[node.func.value, *node.args], keywords=node.keywords)
            return ast.fix_missing_locations(ast.copy_location(call, node))
        return node


_original_get_code = importlib.machinery.SourceFileLoader.get_code


def _get_code(self, fullname: str):
    if not is_watched(self.path):
        return _original_get_code(self, fullname)
    select(fullname)
    if fullname not in _loaded:
        _loaded.append(fullname)
    tree = ast.parse(self.get_data(self.path), filename=self.path)
    return compile(_Rewritten().visit(tree), self.path, "exec", dont_inherit=True)


def _put_back_hidden_methods(side: types.ModuleType) -> None:
    classes = []
    for module in (QtCore, QtGui, QtWidgets):
        members = [getattr(module, name) for name in dir(module)]
        classes += [c for c in members if isinstance(c, type) and issubclass(c, QtCore.QObject)]
    hidden = []
    for cls in classes:
        shown = side.members(cls)
        hidden.append((cls, {name: value for name, value in dict(cls.__dict__).items() if name not in shown}))
    for cls, methods in hidden:
        for name, method in methods.items():
            side.put(cls, name, method)


class _SingleShot:
    """QTimer.singleShot is a static function on the class and a property on a timer."""

    def __init__(self, function) -> None:
        self.function = function

    def __get__(self, timer, cls):
        return self.function if timer is None else timer.isSingleShot()

    def __set__(self, timer, value: bool) -> None:
        timer.setSingleShot(value)


def put(cls: type, name: str, value) -> None:
    """Set an attribute of a Qt class for every module: PySide6 keeps one set of them for each way of seeing it."""
    setattr(cls, name, value)
    sys.modules[_PLAIN].put(cls, name, value)


def rewrite_connections(module: types.ModuleType) -> None:
    """Send the calls of ``.connect`` in an imported module's functions to :mod:`.signals`."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    wanted = [
        function
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(n, ast.Attribute) and n.attr in ("connect", "disconnect") for n in ast.walk(function))
    ]
    rewritten = _Rewritten().visit(ast.Module(body=wanted, type_ignores=[]))
    exec(compile(rewritten, module.__file__, "exec"), vars(module))


def _delete(self) -> None:
    shiboken6.delete(self)


def _only_look_where_qt_may_be() -> None:
    """PySide reads the source of every module once, and gives its own way back only to those that speak of it.

    Tests may use widgets without a word of PySide; torch has modules that must not be asked for their source.
    """
    uses_pyside = feature._mod_uses_pyside

    def looked_into(module: Any) -> bool:
        if not isinstance(module, types.ModuleType):
            return False
        if str(vars(module).get("__file__", "")).startswith(str(_TESTING)):
            return True
        top = str(vars(module).get("__name__", "")).split(".")[0]
        return top not in _WITHOUT_QT and uses_pyside(module)

    feature._mod_uses_pyside = looked_into


def install() -> None:
    """Do all of the above once in a process; there must be a QApplication."""
    if _PLAIN in sys.modules:
        return
    _only_look_where_qt_may_be()
    side = types.ModuleType(_PLAIN)
    select(_PLAIN)
    exec(
        "def members(cls): return dict(cls.__dict__)\ndef put(cls, name, value): setattr(cls, name, value)",
        side.__dict__,
    )
    sys.modules[_PLAIN] = side
    _put_back_hidden_methods(side)
    put(QtCore.QObject, "name", property(lambda self: self.objectName(), lambda self, name: self.setObjectName(name)))
    put(QtCore.QObject, "className", lambda self: self.metaObject().className())
    put(QtCore.QObject, "delete", _delete)
    put(QtCore.QTimer, "singleShot", _SingleShot(QtCore.QTimer.singleShot))
    builtins.__slicer_harness_check__ = _refuse_new_attribute
    builtins.__slicer_harness_connect__ = signals.connect
    builtins.__slicer_harness_disconnect__ = signals.disconnect
    importlib.machinery.SourceFileLoader.get_code = _get_code
