"""Which detectors there are, told without importing one: they need torch, and a menu does not."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def detector_names() -> tuple[str, ...]:
    """The names under which the modules of this package register a detector, sorted."""
    names: set[str] = set()
    for path in Path(__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "register(" in text:
            names.update(_registered(ast.parse(text)))
    return tuple(sorted(names))


def _registered(tree: ast.Module) -> list[str]:
    """The arguments of the ``@register("name")`` decorators in a module."""
    calls = (
        decorator
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
    )
    return [
        call.args[0].value
        for call in calls
        if getattr(call.func, "id", "") == "register" and call.args and isinstance(call.args[0], ast.Constant)
    ]
