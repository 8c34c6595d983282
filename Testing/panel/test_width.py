"""The panel keeps its width, however often is analysed, and shows what each finding needs on a small screen."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from panel.changes import edit
from panel.conftest import MODULE, Panel

WIDEST = 420
"""Pixels that a third of a screen of 1366 has for it, less a scroll bar."""


def widths(panel) -> tuple[int, int]:
    root = panel.ui.findingsSection.parentWidget()
    return root.minimumSizeHint().width(), root.sizeHint().width()


@pytest.mark.slow
def test_a_dozen_results_leave_the_width_as_it_is(slicer_app, gananomaly, finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "opened")
    gananomaly.load()
    for section in (gananomaly.ui.displaySection, gananomaly.ui.advancedSection, gananomaly.ui.saveSection):
        section.setProperty("collapsed", False)
    gananomaly.panel.open_result(folder)
    slicer_app.process()
    first = widths(gananomaly)
    names = sorted(node.GetName() for node in gananomaly.nodes().own())
    for _ in range(11):
        gananomaly.panel.open_result(folder)
        slicer_app.process()
    assert widths(gananomaly) == first
    assert first[0] <= WIDEST
    assert sorted(node.GetName() for node in gananomaly.nodes().own()) == names, "no _12 at their ends"


def why_in_sight(panel) -> list[str]:
    """The words in the column "Why", which must end within the panel as wide as :data:`WIDEST`."""
    table, column = panel.ui.findingsTable, 3
    assert table.columnViewportPosition(column + 1) <= WIDEST
    shown = [table.item(row, column) for row in range(table.rowCount())]
    return [item.text() for item in shown if item is not None and item.text()]


def test_why_is_in_sight(reviewed):
    said = [row.why.words() for row in reviewed.rows()]
    assert said
    assert why_in_sight(reviewed) == said
    assert reviewed.ui.findingsTable.horizontalHeaderItem(3).text() == "Why"


@pytest.mark.parametrize("language", ["", "de-DE"])
def test_a_result_does_not_widen_the_panel(slicer_app, finished, tmp_path, speaking, language):
    speaking(language)
    panel = Panel(slicer_app, *slicer_app.load_module(MODULE))
    root = panel.ui.findingsSection.parentWidget()
    before = root.minimumSizeHint().width()
    assert before <= WIDEST
    assert root.minimumWidth() >= before, "it says so itself: a hint grows with what is shown"
    panel.load()
    panel.panel.open_result(shutil.copytree(finished, tmp_path / "opened"))
    for name in ("displaySection", "advancedSection", "saveSection"):
        getattr(panel.ui, name).setProperty("collapsed", False)
    panel.ui.changedBox.setVisible(True)
    slicer_app.process()
    assert max(root.minimumSizeHint().width(), root.layout().minimumSize().width()) <= root.minimumWidth()


def test_the_table_shows_its_columns_beside_the_line(slicer_app, gananomaly, finished, tmp_path):
    """The line's words lie over all columns; the first one is as wide as ranks are."""
    gananomaly.load()
    gananomaly.panel.open_result(shutil.copytree(finished, tmp_path / "opened"))
    slicer_app.process()
    table = gananomaly.ui.findingsTable
    line = next(row for row in range(table.rowCount()) if table.columnSpan(row, 0) > 1)
    words = table.fontMetrics().horizontalAdvance(table.item(line, 0).text())
    assert table.columnWidth(0) < words / 3
    assert words < WIDEST - 60, "not cut"


def test_what_was_once_wide_does_not_stay_so(slicer_app, reviewed):
    root = reviewed.ui.findingsSection.parentWidget()
    before = widths(reviewed)
    root.window().resize(1200, 900)
    slicer_app.process()
    assert widths(reviewed) == before, "the curve is drawn as wide as there is room, and asks for none"
    slicer_app.add_volume(np.zeros((3, 4, 4)), "a CT of a very, very long name indeed " * 5)
    slicer_app.process()
    reviewed.panel.tell("a sentence as long as this one is, " * 10)
    assert widths(reviewed)[0] == before[0]


@pytest.mark.parametrize("height", [480, 900])
def test_each_findings_tools_are_in_sight_on_a_laptop(slicer_app, gananomaly, finished, tmp_path, height, request):
    """1366 x 768 leave the panel 480 pixels under Slicer's bars and over its data probe."""
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtWidgets import QScrollArea

    area = QScrollArea()
    area.setWidgetResizable(True)
    widget = gananomaly.module.widgetRepresentation()
    area.setWidget(widget)
    request.addfinalizer(area.deleteLater)
    request.addfinalizer(area.takeWidget)
    area.resize(440, height)
    area.show()
    gananomaly.load()
    gananomaly.panel.open_result(shutil.copytree(finished, tmp_path / "opened"))
    slicer_app.process()
    view = QRect(QPoint(0, 0), area.viewport().size())

    def in_sight(widget) -> bool:
        return view.contains(QRect(widget.mapTo(area.viewport(), QPoint(0, 0)), widget.size()))

    for name in (
        "acceptButton",
        "rejectButton",
        "unsureButton",
        "nextButton",
        "commentEdit",
        "findingsTable",
        "scorePlot",
    ):
        widget = getattr(gananomaly.ui, name)
        assert in_sight(widget), name
    table = gananomaly.ui.findingsTable
    assert table.viewport().height() >= 3 * table.rowHeight(0)
    assert gananomaly.ui.commentEdit.mapTo(area, QPoint(0, 0)).y() < table.mapTo(area, QPoint(0, 0)).y()
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum())
    slicer_app.process()
    edit(slicer_app, gananomaly.nodes().ct)
    slicer_app.wait_until(lambda: in_sight(gananomaly.ui.changedBox))
