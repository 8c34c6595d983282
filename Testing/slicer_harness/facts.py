"""What Slicer and CTK really have, from facts.json (see make_facts.py)."""

from __future__ import annotations

import functools
import json
from pathlib import Path


@functools.cache
def facts() -> dict:
    return json.loads((Path(__file__).parent / "facts.json").read_text(encoding="utf-8"))


def known_class(name: str) -> bool:
    return name in facts()["names"]


def lineage(name: str) -> list[str]:
    """The class and its bases as far as they are Slicer's or CTK's; the last one is Qt's."""
    classes = facts()["classes"]
    chain = [name]
    while chain[-1] in classes and classes[chain[-1]]["base"]:
        chain.append(classes[chain[-1]]["base"])
    return chain


def members(name: str) -> set[str]:
    """Members of a class of Slicer or CTK and of its bases among those; without what it has from Qt."""
    classes = facts()["classes"]
    return {m for cls in lineage(name) if cls in classes for m in classes[cls]["members"]}


def signals(name: str) -> set[str]:
    """Signatures without names, as in ``valueChanged(double)``; without Qt's."""
    classes = facts()["classes"]
    return {s for cls in lineage(name) if cls in classes for s in classes[cls]["signals"]}


def module_names(module: str) -> set[str]:
    """What slicer.util and slicer.packaging define."""
    return set(facts()[module])
