"""Windows to read a CT in, and the way back."""

from __future__ import annotations

import pytest
from example_result import LEVEL, WINDOW
from scenes import add_ct, reopened

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.result_nodes import result_of
from GANAnomalyLib.scene.windows import MODEL, OWN, WINDOWS, restore_window, use_window, window_of, windows_of


@pytest.fixture
def nodes(app, small, small_result):
    return build_scene(app.scene, add_ct(app.scene, small), small_result)


def seen(nodes):
    return nodes.ct.GetDisplayNode().GetWindow(), nodes.ct.GetDisplayNode().GetLevel()


def test_each_window_and_back_to_before(nodes):
    before = seen(nodes)
    assert window_of(nodes) == OWN
    assert windows_of(nodes)[MODEL] == (WINDOW, LEVEL)
    assert set(windows_of(nodes)) == {"soft tissue", "lung", "bone", "brain", MODEL}
    for name, values in windows_of(nodes).items():
        use_window(nodes, name)
        assert seen(nodes) == values
        assert window_of(nodes) == name
    use_window(nodes, OWN)
    assert seen(nodes) == before
    restore_window(nodes)
    assert seen(nodes) == before


def test_a_window_set_by_hand_is_one_to_go_back_to(nodes):
    use_window(nodes, "lung")
    nodes.ct.GetDisplayNode().SetWindowLevel(123, 45)
    assert window_of(nodes) == OWN
    use_window(nodes, "bone")
    use_window(nodes, "lung")
    use_window(nodes, OWN)
    assert seen(nodes) == (123, 45)


def test_a_ct_that_came_in_a_usual_window_gets_that_back(nodes):
    nodes.ct.GetDisplayNode().SetWindowLevel(*WINDOWS["soft tissue"])
    use_window(nodes, "lung")
    use_window(nodes, "soft tissue")
    use_window(nodes, "brain")
    use_window(nodes, OWN)
    assert window_of(nodes) == "soft tissue"


def test_the_way_back_outlives_another_result_and_a_saved_scene(nodes, app, small_result, tmp_path):
    before = seen(nodes)
    use_window(nodes, "lung")
    again = build_scene(app.scene, nodes.ct, small_result)
    assert window_of(again) == "lung"
    with reopened(app, tmp_path / "scene.mrb") as later:
        found = result_of(later.scene, later.scene.GetFirstNodeByName("CT of the user"))
        assert window_of(found) == "lung"
        use_window(found, OWN)
        assert seen(found) == before


def test_a_window_that_is_not_offered_is_refused(nodes):
    with pytest.raises(InputError, match="by hand"):
        use_window(nodes, "liver")
