"""A result of an MR in a scene: its own values, no windows in Hounsfield units, and the head in 3-D."""

from __future__ import annotations

import numpy as np
import pytest
from changing_ct import edit, now
from example_result import make_result
from heads import head
from scenes import add_ct

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.scene import display, layouts
from GANAnomalyLib.scene.as_analysed import as_analysed, showing_as_analysed
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.result_nodes import facts_of, result_of
from GANAnomalyLib.scene.slice_views import CT_VIEW
from GANAnomalyLib.scene.surfaces import body_surface
from GANAnomalyLib.scene.volume_nodes import array_of, volume_of
from GANAnomalyLib.scene.windows import AUTOMATIC, MODEL, OWN, use_window, window_of, windows_of
from GANAnomalyLib.volume import AxialStack, Volume, modality_of


@pytest.fixture
def scaled():
    """A head whose values lie between 0 and about 1."""
    volume = head(2)
    return Volume(volume.voxels / modality_of("MR").white(volume.voxels), volume.ijk_to_ras, "MR")


@pytest.fixture
def result(scaled, tmp_path):
    made = make_result(tmp_path, scaled)
    manifest = {**made.manifest, "input": {"modality": "MR"}}
    manifest["settings"] = {**manifest["settings"], "window": 1.0, "level": 0.5}
    return AnalysisResult(made.folder, manifest, made.findings, made.scores)


def test_windows_in_hounsfield_units_are_not_offered(app, scaled, result):
    nodes = build_scene(app.scene, add_ct(app.scene, scaled), result)
    assert facts_of(nodes).modality == "MR"
    offered = windows_of(nodes)
    assert list(offered) == [AUTOMATIC, MODEL]
    assert offered[MODEL] == (1.0, 0.5)
    window, level = offered[AUTOMATIC]
    assert level - window / 2 == pytest.approx(np.percentile(scaled.voxels, 0.5), abs=1e-6)
    assert 1 < level + window / 2 < scaled.voxels.max(), "white is the brightest of the head"
    with pytest.raises(InputError, match="are for CT"):
        use_window(nodes, "lung")
    for name in (MODEL, AUTOMATIC):
        use_window(nodes, name)
        assert window_of(nodes) == name
    use_window(nodes, OWN)
    assert nodes.ct.GetDisplayNode().GetWindow() == 1500


def test_another_image_has_another_automatic_window(app, scaled, result):
    nodes = build_scene(app.scene, add_ct(app.scene, scaled), result)
    before = windows_of(nodes)[AUTOMATIC]
    nodes.ct.GetImageData().GetPointData().GetScalars().Modified()
    array_of(nodes.ct)[:] *= 2
    nodes.ct.GetImageData().Modified()
    np.testing.assert_allclose(windows_of(nodes)[AUTOMATIC], np.multiply(before, 2), rtol=1e-5)
    array_of(nodes.ct)[:] = 0
    nodes.ct.GetImageData().Modified()
    assert list(windows_of(nodes)) == [MODEL], "nothing is there to see"


def test_the_compared_views_say_what_they_show(app, scaled, result):
    slicer = pytest.importorskip("slicer")
    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(app.scene)
    layouts.register_layouts(logic.GetLayoutNode())
    logic.GetLayoutNode().SetViewArrangement(layouts.COMPARE)
    nodes = build_scene(app.scene, add_ct(app.scene, scaled), result)
    layouts.fill_layout(app.scene, nodes, layouts.COMPARE)
    assert app.scene.GetSingletonNode(CT_VIEW, "vtkMRMLSliceNode").GetLayoutLabel() == "MR"
    logic.SetMRMLScene(None)


def test_small_values_keep_their_decimals(app, views, scaled, result):
    ct = add_ct(app.scene, scaled)
    nodes = build_scene(app.scene, ct, result)
    difference = volume_of(nodes.difference).voxels
    assert difference.dtype == np.float32
    assert 0.05 < np.abs(difference).max() <= 1
    assert "MR - reconstruction" in nodes.difference.GetName()
    display.show(app.scene, nodes)
    edit(app, ct)
    now(app, ct)
    for _ in showing_as_analysed(app.scene, nodes):
        pass
    seen = AxialStack.from_volume(volume_of(as_analysed(result_of(app.scene, ct)).ct)).slices
    was = np.clip(AxialStack.from_volume(scaled).slices, 0, 1)
    analysed = [row["slice"] for row in result.scores]
    assert np.abs(seen[analysed] - was[analysed]).max() < 1e-5


def test_the_head_in_3d(scaled):
    surface = body_surface(scaled.voxels, scaled.ijk_to_ras, "MR")
    left, right, back, front, _, _ = surface.GetBounds()
    assert 120 < right - left < 180
    assert 160 < front - back < 220
