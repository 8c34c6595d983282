"""Work on a scene in small steps, so that the application's window answers between them.

A step ends with a ``yield``; what the last one returns is the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from .roles import remove_nodes, result_folders, subject_hierarchy

Outcome = TypeVar("Outcome")
Steps = Generator[None, None, Outcome]


def run_through(steps: Steps[Outcome]) -> Outcome:
    """All steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome


def all_or_nothing(scene: Any, steps: Steps[Outcome], check: Callable[[], None]) -> Steps[Outcome]:
    """The same steps; when one fails, or they are closed half way, what they added to the scene is removed again.

    ``check`` is called before each and may raise: in between the user may have done anything. What the user added
    meanwhile stays.
    """
    made: set[str] = set()
    folders: set[int] = set()
    try:
        while True:
            check()
            nodes_before, folders_before = _node_ids(scene), set(result_folders(scene))
            try:
                next(steps)
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome
            finally:
                made |= _node_ids(scene) - nodes_before
                folders |= set(result_folders(scene)) - folders_before
            yield
    except BaseException:
        steps.close()
        _take_back(scene, made, folders)
        raise


def _node_ids(scene: Any) -> set[str]:
    nodes = scene.GetNodes()
    return {nodes.GetItemAsObject(n).GetID() for n in range(nodes.GetNumberOfItems())}


def _take_back(scene: Any, made: set[str], folders: set[int]) -> None:
    hierarchy = subject_hierarchy(scene)
    for folder in folders & set(result_folders(scene)):
        hierarchy.RemoveItem(folder)
    nodes = [scene.GetNodeByID(name) for name in made - {hierarchy.GetID()}]
    remove_nodes(scene, [node for node in nodes if node is not None])
