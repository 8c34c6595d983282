"""The list of CTs to choose from."""

from __future__ import annotations

from typing import Any


def hide_results(selector: Any, results: list[Any]) -> None:
    """Take the maps of results (ReviewNodes) out of a list of nodes: they are no CTs."""
    own = [node for nodes in results for node in _maps(nodes)]
    proxy = selector.sortFilterProxyModel()
    wanted = sorted(node.GetID() for node in own if node is not None)
    if list(proxy.hiddenNodeIDs) != wanted:
        proxy.hiddenNodeIDs = wanted


def _maps(nodes: Any) -> tuple[Any, ...]:
    return nodes.heatmap, nodes.reconstruction, nodes.difference, nodes.earlier_ct
