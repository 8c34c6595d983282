"""The results in a scene: which nodes belong to which CT, and the facts they carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..review.result_facts import ResultFacts
from .roles import (
    CT_REFERENCE,
    FINGERPRINT,
    RESULT,
    ROLE,
    removal,
    remove_folder,
    result_folders,
    role_nodes,
    same_result,
    subject_hierarchy,
)

FACTS = "GANAnomaly.Facts"
# Result folders by fingerprint, for this session: a path may name the patient, and a saved scene is sent around.
_folders: dict[str, str] = {}
_FIELDS = {
    "heatmap": "heatmap",
    "reconstruction": "reconstruction",
    "difference": "difference",
    "findings": "findings",
    "findings table": "findings_table",
    "scores": "scores",
    "legend": "legend",
    "heat colours": "heat_colours",
    "difference colours": "difference_colours",
    "earlier ct": "earlier_ct",
    "earlier colours": "earlier_colours",
}
# Any of these may be the one that is left to ask.
_FACT_BEARERS = ("findings_table", "heatmap", "findings", "scores", "reconstruction", "difference")


@dataclass
class ReviewNodes:
    """The nodes of one result; any is None once the user deleted it (``legend`` also in a Slicer without legends).

    ``earlier_ct`` and its colours are there only while the CT is shown as it was (:mod:`.as_analysed`). ``folder`` is a
    subject hierarchy item, 0 where there is none. ``files`` may hold what keeps the result's files on the disk, where
    they are for this session only.
    """

    ct: Any = None
    heatmap: Any = None
    reconstruction: Any = None
    difference: Any = None
    findings: Any = None
    findings_table: Any = None
    scores: Any = None
    legend: Any = None
    heat_colours: Any = None
    difference_colours: Any = None
    earlier_ct: Any = None
    earlier_colours: Any = None
    folder: int = 0
    files: Any = field(default=None, repr=False, compare=False)

    def own(self) -> list[Any]:
        """All nodes of ours that are there, without the CT."""
        return [node for node in (getattr(self, name) for name in _FIELDS.values()) if node is not None]

    def bearer(self) -> Any:
        """A node of ours that carries the facts; None when the user deleted all of them."""
        return next((node for name in _FACT_BEARERS if (node := getattr(self, name)) is not None), None)


def results_in(scene: Any) -> list[ReviewNodes]:
    """Every result in a scene, in the order their nodes came into it, those of deleted CTs included."""
    groups: dict[tuple[str, str], ReviewNodes] = {}
    own_cts = {}
    for node in role_nodes(scene):
        role, name = node.GetAttribute(ROLE), node.GetAttribute(RESULT) or node.GetAttribute(FINGERPRINT) or ""
        if role == "ct":
            own_cts[name] = node
        elif role in _FIELDS:
            ct = node.GetNodeReference(CT_REFERENCE)
            group = groups.setdefault((name, ct.GetID() if ct else ""), ReviewNodes(ct=ct))
            if getattr(group, _FIELDS[role]) is None:  # else it is a copy that the user made, of one that is there
                setattr(group, _FIELDS[role], node)
    for (name, _), group in groups.items():
        group.ct = group.ct or own_cts.get(name)
        group.folder = _folder_of(scene, group)
    return list(groups.values())


def result_of(scene: Any, ct: Any) -> ReviewNodes | None:
    """The result of a CT node, the latest where there are several; None where there is none."""
    if ct is None:
        return None
    return next((nodes for nodes in reversed(results_in(scene)) if nodes.ct is ct), None)


def facts_of(nodes: ReviewNodes) -> ResultFacts:
    """The facts a result's nodes carry.

    Raises :class:`InputError` when none of its nodes is left, or what they say cannot be understood.
    """
    bearer = nodes.bearer()
    if bearer is None:
        raise InputError("This result was deleted from the scene: analyse the scan again, or open the saved result.")
    facts = ResultFacts.from_json(bearer.GetAttribute(FACTS) or "{}")
    facts.fingerprint = facts.fingerprint or bearer.GetAttribute(FINGERPRINT) or ""
    facts.folder = _folders.get(facts.fingerprint, "")
    return facts


def keep_facts(nodes: ReviewNodes, facts: ResultFacts) -> None:
    """Write facts on every node that may have to answer for the result; its folder is only remembered."""
    _folders[facts.fingerprint] = facts.folder
    for name in _FACT_BEARERS:
        node = getattr(nodes, name)
        if node is not None:
            node.SetAttribute(FACTS, facts.to_json())


def remove(scene: Any, nodes: ReviewNodes) -> int:
    """Remove a result from a scene, but never its CT; returns how many nodes went. Other results stay."""
    return sum(removal_steps(scene, nodes))


def removal_steps(scene: Any, nodes: ReviewNodes) -> Iterator[int]:
    """What :func:`remove` does in steps, each of which says how many nodes went."""
    # Also what was made for it later, such as models for the 3-D view; but no copies that the user made of its maps.
    more = [node for node in same_result(nodes.bearer()) if node.GetAttribute(ROLE) not in (*_FIELDS, "ct")]
    yield from removal(scene, [*nodes.own(), *more])
    if nodes.folder and nodes.folder in result_folders(scene):
        remove_folder(scene, nodes.folder)


def _folder_of(scene: Any, nodes: ReviewNodes) -> int:
    """Our folder that holds the result's nodes; the user may have moved some of them out."""
    hierarchy, folders = subject_hierarchy(scene), set(result_folders(scene))
    for node in nodes.own():
        item = hierarchy.GetItemByDataNode(node)
        parent = hierarchy.GetItemParent(item) if item else 0
        if parent in folders:
            return parent
    return 0
