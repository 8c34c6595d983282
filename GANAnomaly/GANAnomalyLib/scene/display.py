"""How a result looks: heat over the CT, its threshold, colours and legend, and the CT's window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .finding_review import highlighted
from .heat_values import score_at_share, share_above, sorted_heat
from .result_nodes import ReviewNodes, facts_of
from .slice_views import composites, is_compare, is_heat_view, set_layers
from .steps import Steps, run_through
from .windows import restore_window as restore_window
from .windows import through
from .windows import use_model_window as use_model_window

OVERLAY_OPACITY = 0.6


@dataclass
class DisplayState:
    """What the panel shows of a result's display, as the scene has it now.

    ``opacity`` 0..1; ``threshold`` in the unit of the heat; ``colours`` a colour node or None; ``model_window`` whether
    the CT is shown through the model's window; ``window`` and ``level`` in HU; ``highlighted`` a finding's rank.
    """

    heat_visible: bool
    opacity: float
    threshold: float
    colours: Any
    legend_visible: bool
    model_window: bool
    window: float
    level: float
    highlighted: int | None


def show(scene: Any, nodes: ReviewNodes, opacity: float = OVERLAY_OPACITY) -> None:
    """CT behind, heatmap before it, in every slice view but those of the compare layouts, and the views linked."""
    run_through(show_steps(scene, nodes, opacity))


def show_steps(scene: Any, nodes: ReviewNodes, opacity: float = OVERLAY_OPACITY) -> Steps[None]:
    """What :func:`show` does, a step a view."""
    for composite in composites(scene):
        if is_compare(composite):
            continue
        set_layers(composite, nodes.ct, nodes.heatmap)
        composite.SetForegroundOpacity(opacity)
        composite.SetLinkedControl(True)
        yield
    _tell_legend(nodes)


def set_heat_visible(scene: Any, nodes: ReviewNodes, visible: bool) -> None:
    """Show or hide the heatmap in the views that show its CT; their opacity stays for when it comes back."""
    for composite in composites(scene):
        behind = scene.GetNodeByID(composite.GetBackgroundVolumeID() or "")
        if visible and is_heat_view(composite, nodes):
            set_layers(composite, behind, nodes.heatmap)
        elif not visible and _shows_heat(composite, nodes):
            set_layers(composite, behind, None)
    _tell_legend(nodes)


def set_opacity(scene: Any, nodes: ReviewNodes, opacity: float) -> None:
    """The heatmap's opacity, 0 to 1, in the views that show its CT."""
    for composite in composites(scene):
        if is_heat_view(composite, nodes):
            composite.SetForegroundOpacity(min(max(float(opacity), 0.0), 1.0))


def set_threshold(nodes: ReviewNodes, score: float) -> None:
    """Leave heat below a score clear. Colours stay: the same colour goes on meaning the same score."""
    display = _heat_display(nodes)
    unfinished = display.StartModify()
    display.AutoThresholdOff()
    # The upper end must lie above every voxel, or the very hottest would turn clear.
    top = float(nodes.heatmap.GetImageData().GetScalarRange()[1])
    display.SetThreshold(float(score), max(top, float(score)) + 1.0)
    display.ApplyThresholdOn()
    display.EndModify(unfinished)


def score_limits(nodes: ReviewNodes) -> tuple[float, float]:
    """The lowest and the highest heat of the analysed slices, for a slider; never equal.

    The result's own thresholds lie between them, also where no heat reaches them: a slider would otherwise lower them.
    """
    values, facts = sorted_heat(nodes), facts_of(nodes)
    low, high = float(values[0]), float(values[-1])
    for usual in (facts.heatmap_threshold, *facts.heatmap_thresholds.values()):
        if usual is not None:
            low, high = min(low, usual), max(high, usual)
    return (low, high) if high > low else (low, low + 1.0)


def top_percent(nodes: ReviewNodes, score: float) -> float:
    """Percent (0 to 100) of the voxels of the analysed slices whose heat lies above a score."""
    return share_above(sorted_heat(nodes), score)


def score_of_top_percent(nodes: ReviewNodes, percent: float) -> float:
    """The score that ``percent`` (0 to 100) of the voxels of the analysed slices lie above."""
    return score_at_share(sorted_heat(nodes), min(max(float(percent), 0.0), 100.0))


def normal_thresholds(nodes: ReviewNodes) -> list[tuple[float, float]]:
    """(percent, score), the rarest first: the score that at most this percent of normal pixels exceed.

    Empty where the model's card does not say, or the scores are of another metric than the card's.
    """
    found = []
    for rate, score in facts_of(nodes).heatmap_thresholds.items():
        try:
            found.append((100.0 * float(rate), score))
        except ValueError:
            continue
    return sorted(found)


def set_colours(nodes: ReviewNodes, color_node: Any) -> None:
    """Show the heat in another colour table; None goes back to our own."""
    chosen = color_node if color_node is not None else nodes.heat_colours
    if chosen is None:
        raise InputError("The heatmap's own colours were deleted from the scene: choose another colour table.")
    _heat_display(nodes).SetAndObserveColorNodeID(chosen.GetID())
    _tell_legend(nodes)


def set_legend_visible(nodes: ReviewNodes, visible: bool) -> None:
    """Show or hide the colour legend; nothing to do in a Slicer without legends."""
    if nodes.legend is not None:
        nodes.legend.SetVisibility(bool(visible))


def display_state(scene: Any, nodes: ReviewNodes) -> DisplayState:
    """The values the functions of this module have set, or that the user has since; for a panel over a loaded scene.

    Where a node is gone its value is what :func:`show` would begin with.
    """
    facts = facts_of(nodes)
    views = [composite for composite in composites(scene) if is_heat_view(composite, nodes)]
    heat = None if nodes.heatmap is None else nodes.heatmap.GetDisplayNode()
    ct = None if nodes.ct is None else nodes.ct.GetDisplayNode()
    window = facts.window is not None and ct is not None and through(ct, facts.window, facts.level or 0.0)
    return DisplayState(
        heat_visible=any(_shows_heat(view, nodes) for view in views),
        opacity=views[0].GetForegroundOpacity() if views else OVERLAY_OPACITY,
        threshold=heat.GetLowerThreshold() if heat is not None else facts.heatmap_threshold or 0.0,
        colours=heat.GetColorNode() if heat is not None else None,
        legend_visible=nodes.legend is not None and bool(nodes.legend.GetVisibility()),
        model_window=window,
        window=ct.GetWindow() if ct is not None else 0.0,
        level=ct.GetLevel() if ct is not None else 0.0,
        highlighted=highlighted(nodes),
    )


def _shows_heat(composite: Any, nodes: ReviewNodes) -> bool:
    return nodes.heatmap is not None and composite.GetForegroundVolumeID() == nodes.heatmap.GetID()


def _heat_display(nodes: ReviewNodes) -> Any:
    display = None if nodes.heatmap is None else nodes.heatmap.GetDisplayNode()
    if display is None:
        raise InputError("The heatmap was deleted from the scene: analyse the scan again, or open the saved result.")
    return display


def _tell_legend(nodes: ReviewNodes) -> None:
    # A legend looks at what its slice view shows only when it is itself changed.
    if nodes.legend is not None:
        nodes.legend.Modified()
