"""The window that a CT is read in: usual ones, the model's, and back to the one it had."""

from __future__ import annotations

import json
from typing import Any

from ..errors import InputError
from ..files.reading import parse_json
from ..files.typed_values import WrongKind, checked
from ..modalities import MR, modality_code
from ..volume.modality import modality_of
from .result_nodes import ReviewNodes, facts_of
from .volume_nodes import array_of

WINDOWS = {"soft tissue": (400.0, 40.0), "lung": (1500.0, -600.0), "bone": (1800.0, 400.0), "brain": (80.0, 40.0)}
"""Window and level in HU."""
AUTOMATIC = "automatic"
"""Of an MR, whose values have no unit: from its own percentiles."""
MODEL = "model"
"""The window that the result's model sees a CT through."""
OWN = ""
"""Any other: the one the CT came with, or that was set by hand."""
_KEPT = "GANAnomaly.OwnWindow"


def windows_of(nodes: ReviewNodes) -> dict[str, tuple[float, float]]:
    """Window and level by name, of those that can be chosen for a result; the model's only where it is known, and
    those in HU not for an MR, which has :data:`AUTOMATIC` instead."""
    facts = facts_of(nodes)
    known = facts.window is not None and facts.level is not None
    usual = WINDOWS
    if of_mr(nodes):
        automatic = _automatic(nodes.ct)
        usual = {} if automatic is None else {AUTOMATIC: automatic}
    return {**usual, MODEL: (facts.window, facts.level)} if known else dict(usual)  # type: ignore[dict-item]


def of_mr(nodes: ReviewNodes) -> bool:
    """Whether a result is of an MR."""
    return modality_code(facts_of(nodes).modality) == MR


def window_of(nodes: ReviewNodes) -> str:
    """The name of the window that the CT is shown in, :data:`OWN` for any other."""
    display = None if nodes.ct is None else nodes.ct.GetDisplayNode()
    found = [name for name, values in windows_of(nodes).items() if display is not None and through(display, *values)]
    return found[0] if found else OWN


def use_window(nodes: ReviewNodes, name: str) -> None:
    """Show the CT in one of :func:`windows_of`, and remember the one it had before the first of them; :data:`OWN`
    gives that one back.

    Raises :class:`InputError` when the CT was deleted, or the result does not know the window.
    """
    display = ct_display(nodes)
    if name == OWN:
        _restore(nodes, display)
        return
    offered = windows_of(nodes)
    if name in WINDOWS and name not in offered:
        raise InputError(
            "Windows in Hounsfield units are for CT: take the automatic one or the model's, or set one by hand."
        )
    if name not in offered:
        raise InputError("This result does not say through which window its model sees a scan: set one by hand.")
    if nodes.ct.GetAttribute(_KEPT) is None or window_of(nodes) == OWN:
        held = [display.GetWindow(), display.GetLevel(), int(display.GetAutoWindowLevel())]
        # With the CT: the window is its own, whichever result lies over it.
        nodes.ct.SetAttribute(_KEPT, json.dumps(held))
    display.AutoWindowLevelOff()
    display.SetWindowLevel(*offered[name])


def use_model_window(nodes: ReviewNodes) -> None:
    """Show the CT through the model's window, and remember the one it had; raises as :func:`use_window` does."""
    use_window(nodes, MODEL)


def restore_window(nodes: ReviewNodes) -> None:
    """Give the CT back the window it had before :func:`use_window`; nothing where that was never called."""
    use_window(nodes, OWN)


def ct_display(nodes: ReviewNodes) -> Any:
    """The CT's display node, made where there is none; raises :class:`InputError` when the CT was deleted."""
    if nodes.ct is None:
        raise InputError("The scan of this result was deleted from the scene: load it again.")
    if nodes.ct.GetDisplayNode() is None:
        nodes.ct.CreateDefaultDisplayNodes()
    return nodes.ct.GetDisplayNode()


def through(display: Any, window: float, level: float) -> bool:
    """Whether a volume is shown through a window."""
    return bool(abs(display.GetWindow() - window) < 1e-6 and abs(display.GetLevel() - level) < 1e-6)


def _automatic(volume: Any) -> tuple[float, float] | None:
    image = None if volume is None else volume.GetImageData()
    if image is None:
        return None
    # Whoever changes the window asks, and only new voxels have another one. VTK counts changes of all objects together.
    key = image.GetMTime()
    if key not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[key] = modality_of(MR).reading_window(array_of(volume))
    return _KNOWN[key]


_KNOWN: dict[int, tuple[float, float] | None] = {}


def _restore(nodes: ReviewNodes, display: Any) -> None:
    # Scenes of GANAnomaly 0.2 keep it with the result.
    for bearer in (nodes.ct, nodes.bearer()):
        try:
            held = parse_json((bearer and bearer.GetAttribute(_KEPT)) or "", "The scene")
            window, level, auto = checked(tuple[float, float, int], held)
        except (InputError, WrongKind):
            continue
        display.SetAutoWindowLevel(bool(auto))
        if not auto:
            display.SetWindowLevel(window, level)
        bearer.RemoveAttribute(_KEPT)
        return
