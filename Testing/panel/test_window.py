"""The window of the CT: chosen in the list or by a key, kept for the next case."""

from __future__ import annotations

import shutil


def seen(node):
    return node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()


def test_windows_are_chosen_in_the_list_and_followed(slicer_app, reviewed):
    ui, ct = reviewed.ui, reviewed.nodes().ct
    ct.GetDisplayNode().SetWindowLevel(3000, 500)
    rows = [ui.windowCombo.itemText(row) for row in range(ui.windowCombo.count())]
    assert len(rows) == 6
    for word in ("Soft tissue", "Lung", "Bone", "Brain", "model", "before"):
        assert sum(word in row for row in rows) == 1
    assert "before" in ui.windowCombo.currentText()
    slicer_app.choose(ui.windowCombo, "Lung (1500 / -600)")
    assert seen(ct) == (1500, -600)
    ct.GetDisplayNode().SetWindowLevel(80, 40)
    assert "Brain" in ui.windowCombo.currentText(), "whoever changes it"
    ct.GetDisplayNode().SetWindowLevel(3000, 500)
    slicer_app.choose(ui.windowCombo, 4)
    assert "model" in ui.windowCombo.currentText()
    slicer_app.choose(ui.windowCombo, 5)
    assert seen(ct) == (3000, 500)


def test_keys_choose_a_window(slicer_app, reviewed):
    ct, window = reviewed.nodes().ct, slicer_app.slicer.util.mainWindow()
    before = seen(ct)
    window.show()
    window.activateWindow()
    window.setFocus()
    slicer_app.process()
    for key, values in {"1": (400, 40), "2": (1500, -600), "3": (1800, 400), "4": (80, 40), "0": before}.items():
        slicer_app.type_keys(window, key)
        assert seen(ct) == values


def test_the_choice_stays_for_the_next_case(slicer_app, reviewed, finished, tmp_path):
    slicer_app.choose(reviewed.ui.windowCombo, "Lung (1500 / -600)")
    slicer_app.close_scene()
    reviewed.widget.enter()
    ct = reviewed.load()
    ct.GetDisplayNode().SetWindowLevel(3000, 500)
    reviewed.panel.open_result(shutil.copytree(finished, tmp_path / "next"))
    slicer_app.process()
    assert seen(reviewed.nodes().ct) == (1500, -600)
    slicer_app.choose(reviewed.ui.windowCombo, 5)
    assert seen(reviewed.nodes().ct) == (3000, 500)
    reviewed.panel.open_result(tmp_path / "next")
    assert seen(reviewed.nodes().ct) == (3000, 500), "back to before was a choice too"


def test_a_scene_opens_in_the_window_it_was_saved_with(slicer_app, reviewed, tmp_path):
    slicer_app.choose(reviewed.ui.windowCombo, "Bone (1800 / 400)")
    slicer_app.save_scene(tmp_path / "bone.mrb")
    slicer_app.choose(reviewed.ui.windowCombo, "Brain (80 / 40)")
    slicer_app.load_scene(tmp_path / "bone.mrb")
    reviewed.widget.enter()
    slicer_app.process()
    assert seen(reviewed.nodes().ct) == (1800, 400)
    assert "Bone" in reviewed.ui.windowCombo.currentText()
