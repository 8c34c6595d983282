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
from GANAnomalyLib.scene import display
from GANAnomalyLib.scene.as_analysed import as_analysed, showing_as_analysed
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.result_nodes import facts_of, result_of
from GANAnomalyLib.scene.surfaces import body_surface
from GANAnomalyLib.scene.volume_nodes import volume_of
from GANAnomalyLib.scene.windows import MODEL, OWN, use_window, window_of, windows_of
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
    assert windows_of(nodes) == {MODEL: (1.0, 0.5)}
    with pytest.raises(InputError, match="are for CT"):
        use_window(nodes, "lung")
    use_window(nodes, MODEL)
    assert window_of(nodes) == MODEL
    use_window(nodes, OWN)
    assert nodes.ct.GetDisplayNode().GetWindow() == 1500


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
