"""Keys go through the findings unless something is being typed, and do so again once it is typed."""

from __future__ import annotations

import pytest


def press_key(slicer_app, key: str) -> None:
    """A key on the keyboard: it goes to whatever has the focus."""
    window = slicer_app.app.activeWindow()
    slicer_app.type_keys(window.focusWidget() or window, key)


@pytest.fixture
def active(slicer_app, reviewed):
    """The panel in Slicer's main window, in front of the reader."""
    window = slicer_app.slicer.util.mainWindow()
    window.setCentralWidget(reviewed.module.widgetRepresentation())
    window.show()
    window.activateWindow()
    slicer_app.process()
    yield reviewed
    window.takeCentralWidget().setParent(None)


@pytest.mark.parametrize("end", ["Return", "Enter", "Esc"])
def test_after_a_comment_the_keys_belong_to_the_findings(slicer_app, active, end):
    active.click_finding(0)
    press_key(slicer_app, "c")
    assert active.ui.commentEdit.hasFocus()
    press_key(slicer_app, "axh")
    assert active.ui.commentEdit.text() == "axh"
    press_key(slicer_app, end)
    assert active.rows()[0].comment == "axh"
    shown = active.ui.heatCheckBox.isChecked()
    press_key(slicer_app, "h")
    press_key(slicer_app, "a")
    assert active.ui.heatCheckBox.isChecked() is not shown
    assert active.rows()[0].decision == "accepted"
    press_key(slicer_app, "n")
    assert active.panel.findings.rank == 2
    press_key(slicer_app, "c")
    press_key(slicer_app, "b")
    press_key(slicer_app, end)
    press_key(slicer_app, "x")
    assert (active.rows()[1].decision, active.rows()[1].comment) == ("rejected", "b")
    assert active.rows()[0].comment == "axh", "nothing more was typed into it"


@pytest.mark.parametrize("name", ["topPercentSpin", "thresholdSlider", "opacitySlider", "topSpin"])
@pytest.mark.parametrize("end", ["Return", "Esc"])
def test_after_a_number_too(slicer_app, active, name, end):
    from PySide6.QtWidgets import QAbstractSpinBox

    field = getattr(active.ui, name)
    spin = field if isinstance(field, QAbstractSpinBox) else field.findChild(QAbstractSpinBox)
    for section in (active.ui.displaySection, active.ui.advancedSection):
        section.setProperty("collapsed", False)
    active.click_finding(0)
    spin.setMaximum(max(spin.maximum(), 5))
    spin.setFocus()
    spin.selectAll()
    press_key(slicer_app, "1")
    assert spin.hasFocus()
    press_key(slicer_app, end)
    assert spin.value() == pytest.approx(1), "what was typed counts"
    press_key(slicer_app, "a")
    assert active.rows()[0].decision == "accepted"


def test_fields_of_a_detector_that_was_chosen_later_too(slicer_app, active):
    from PySide6.QtWidgets import QAbstractSpinBox

    active.ui.advancedSection.setProperty("collapsed", False)
    before = set(active.ui.advancedSection.findChildren(QAbstractSpinBox))
    for row in range(active.ui.detectorCombo.count()):
        slicer_app.choose(active.ui.detectorCombo, row)
        new = [spin for spin in active.ui.advancedSection.findChildren(QAbstractSpinBox) if spin not in before]
        new = [spin for spin in new if spin.isVisible() and spin.isEnabled()]
        if new:
            break
    else:
        pytest.fail("no detector has fields of its own")
    active.click_finding(0)
    new[0].setFocus()
    press_key(slicer_app, "Return")
    press_key(slicer_app, "u")
    assert active.rows()[0].decision == "unsure"
