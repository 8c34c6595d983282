"""Pictures of the findings as the slice views of Slicer show them, drawn off screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import GANAnomalyError
from ..models.score_units import score_text
from ..pictures import manifest_facts as facts
from ..results.result import AnalysisResult, Finding
from .display import show
from .result_nodes import ReviewNodes

VIEW_SIZE = 800
_FONT_SIZE = 20
_MARGIN = 0.12
_INK = (0.93, 0.93, 0.93)


def open_view(app: Any) -> Any:
    """An axial slice view in a session of :func:`session.open_session`.

    It must be open before the scene is built: a view's colour legends are made when their node comes into the scene.
    """
    import slicer
    from trame_slicer.views import ViewLayoutDefinition

    view = app.view_manager.create_view(ViewLayoutDefinition.axial_view())
    # Every change to a node would draw the view again; it is drawn once a finding.
    view.set_render_blocked(True)
    view.update_size(VIEW_SIZE, VIEW_SIZE)
    view.get_view_node().SetRulerType(slicer.vtkMRMLAbstractViewNode.RulerTypeThin)
    return view


def render_views(
    view: Any, scene: Any, nodes: ReviewNodes, result: AnalysisResult, folder: Path, count: int
) -> list[Path]:
    """PNGs of the best findings: CT, heatmap and the finding's outline in the slice through its centre.

    Parameters
    ----------
    view: of :func:`open_view`.
    scene, nodes: what :func:`build_scene` made.
    folder: existing; gets finding_01.png and so on, 800 x 800 pixels.
    count: how many findings at most.

    Raises :class:`GANAnomalyError` when nothing can be drawn on this machine.
    """
    findings = sorted(result.findings, key=lambda finding: finding.rank)[:count]
    if not findings:
        return []
    show(scene, nodes)
    view.get_view_node().RotateToVolumePlane(nodes.ct)
    view.fit_view_to_content()
    view.zoom(-_MARGIN)
    if nodes.legend is not None:
        # A legend looks at what its slice view shows only when it is itself changed.
        nodes.legend.Modified()
    caption, score = _text(view, 0.02, 0.975, "left", "top"), _text(view, 0.02, 0.935, "left", "top", 0.8)
    _letters(view)
    _text(view, 0.98, 0.975, "right", "top", 0.65).SetInput(facts.RESEARCH_ONLY)
    paths, unit = [], facts.unit(result)
    for finding in findings:
        view.get_view_node().JumpSliceByOffsetting(*finding.centre_ras)
        caption.SetInput(f"Finding {finding.rank}")
        score.SetInput(f"score {score_text(finding.score, unit)}   {_where(finding)}")
        paths.append(_grab(view.render_window(), folder / f"finding_{finding.rank:02d}.png"))
    return paths


def _where(finding: Finding) -> str:
    first, last = finding.slices
    return f"slice {finding.slice}" if first == last else f"slices {first} to {last}"


def _letters(view: Any) -> None:
    """Patient directions at the borders, as the axial view shows them: the patient's right is on the left."""
    places = {"R": (0.015, 0.5, "left", "centre"), "L": (0.985, 0.5, "right", "centre")}
    places |= {"A": (0.5, 0.985, "centre", "top"), "P": (0.5, 0.05, "centre", "bottom")}
    for letter, place in places.items():
        _text(view, *place).SetInput(letter)


def _text(view: Any, x: float, y: float, across: str, up: str, scale: float = 1.0) -> Any:
    from vtkmodules.vtkRenderingCore import vtkTextActor

    actor = vtkTextActor()
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(x, y)
    look = actor.GetTextProperty()
    look.SetFontSize(round(_FONT_SIZE * scale))
    look.SetFontFamilyToArial()
    look.SetColor(*_INK)
    look.ShadowOn()
    {"left": look.SetJustificationToLeft, "centre": look.SetJustificationToCentered}.get(
        across, look.SetJustificationToRight
    )()
    {"top": look.SetVerticalJustificationToTop, "centre": look.SetVerticalJustificationToCentered}.get(
        up, look.SetVerticalJustificationToBottom
    )()
    view.renderer().AddActor2D(actor)
    return actor


def _grab(window: Any, path: Path) -> Path:
    from vtkmodules.vtkIOImage import vtkPNGWriter
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    window.Render()
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    writer = vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputConnection(grab.GetOutputPort())
    writer.Write()
    if not path.is_file():
        raise GANAnomalyError(
            "The findings cannot be drawn: this machine has no off-screen graphics. On Debian and Ubuntu install it "
            "with 'apt install libegl1 libgl1 libosmesa6'."
        )
    return path
