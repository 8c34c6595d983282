"""Findings that few normal slices show come first; the others are greyed, and folded away until asked for."""

from __future__ import annotations

import json
import shutil

import pytest
from panel.conftest import set_thresholds

from GANAnomalyLib.results.usual import UsualLine


@pytest.fixture
def opened(gananomaly, finished, tmp_path):
    """Open the finished result with slice thresholds of one's own."""

    def open_with(thresholds: dict[str, float]):
        folder = shutil.copytree(finished, tmp_path / "result")
        set_thresholds(folder, thresholds)
        gananomaly.load()
        gananomaly.panel.open_result(folder)
        gananomaly.app.process()
        return gananomaly

    return open_with


def shown(panel) -> list[str]:
    """The first cells of the rows that are seen."""
    table = panel.ui.findingsTable
    rows = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
    return [table.item(row, 0).text() for row in rows]


def test_the_others_are_folded_behind_a_line(opened, finished):
    scores = [finding["score"] for finding in json.loads((finished / "findings.json").read_text())["findings"]]
    between = (scores[1] + scores[2]) / 2
    panel = opened({"0.05": between, "0.01": scores[0] + 1})
    count = len(scores)
    above = UsualLine(5, between).count(scores)
    assert above == 2
    assert f"2 of {count} are above what 1 of 20 normal slices shows" in panel.ui.findingsSummary.text()
    assert shown(panel)[:2] == ["1", "2"]
    assert len(shown(panel)) == 3
    assert f"{count - 2} places within the usual" in shown(panel)[2]
    assert panel.panel.findings.rank == 1
    panel.click_finding(2)
    assert len(shown(panel)) == count + 1
    assert panel.panel.findings.rank == 1, "the line is no finding"
    table = panel.ui.findingsTable
    assert table.item(3, 0).foreground().color() != table.item(0, 0).foreground().color()
    panel.click_finding(3)
    assert panel.panel.findings.rank == 3
    panel.panel.findings.decide("accepted")
    assert panel.rows()[2].decision == "accepted"
    assert "1 decided" in panel.ui.findingsSummary.text()
    assert panel.panel.findings.rank == 3, "unfolded as it was"


def test_a_normal_ct_says_that_nothing_stands_out(opened, finished):
    panel = opened({"0.05": 1000.0})
    said = panel.ui.findingsSummary.text()
    assert said.startswith("Nothing here is above what 1 of 20 normal slices shows (1000x normal); the ")
    assert panel.panel.findings.rank is None
    assert len(shown(panel)) == 1
    panel.app.press(panel.ui.nextButton)
    assert panel.panel.findings.rank == 1, "whoever goes on is shown the places"
    assert len(shown(panel)) == len(panel.rows()) + 1


def test_the_level_is_chosen_and_kept_in_the_scene(opened, finished):
    panel = opened({"0.05": 0.0, "0.02": 1000.0})
    assert panel.ui.findingsSummary.text().startswith("All ")
    combo = panel.ui.usualCombo
    combo.setCurrentIndex(1)
    panel.app.process()
    assert "1 of 50" in combo.currentText()
    assert panel.ui.findingsSummary.text().startswith("Nothing here is above what 1 of 50")
    assert panel.parameters.usual.value == "2"
    combo.setCurrentIndex(2)
    panel.app.process()
    assert "is not known" in panel.ui.findingsSummary.text()
    assert len(shown(panel)) == len(panel.rows()), "nothing is hidden where nothing is known"


def test_next_and_previous_stay_among_what_is_shown(opened, finished):
    scores = [finding["score"] for finding in json.loads((finished / "findings.json").read_text())["findings"]]
    panel = opened({"0.05": (scores[1] + scores[2]) / 2})
    findings = panel.panel.findings
    for by, rank in ((1, 2), (1, 2), (-1, 1), (-1, 1)):
        findings.step(by)
        assert findings.rank == rank
    findings.select(len(scores))
    assert findings.rank == len(scores)
    assert len(shown(panel)) == len(scores) + 1
