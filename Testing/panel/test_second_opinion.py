"""Second opinions in the list of findings: a column where they are, none where they are not, and no finding hidden."""

from __future__ import annotations

import shutil

import pytest

COLUMN = 6


def give(folder, probabilities):
    """Opinions on the first findings, as ``gananomaly predict`` writes them."""
    from GANAnomalyLib.review.opinions import Opinion, Opinions, save_opinions
    from GANAnomalyLib.review.result_facts import OpinionSource

    source = OpinionSource("second", accepted=31, rejected=47, patients=12, auroc=0.8)
    save_opinions(folder, Opinions(source, [Opinion(rank, p) for rank, p in enumerate(probabilities, start=1)]))


@pytest.fixture
def opened(slicer_app, gananomaly, finished, tmp_path):
    """A function that opens a copy of the result, with opinions, over its CT."""

    def open_with(probabilities, spoil=lambda folder: None):
        folder = shutil.copytree(finished, tmp_path / "opened")
        if probabilities:
            give(folder, probabilities)
        spoil(folder)
        gananomaly.load()
        gananomaly.panel.open_result(folder)
        slicer_app.process()
        return gananomaly.ui.findingsTable

    return open_with


def cells(table):
    return [table.item(row, COLUMN).text() for row in range(table.rowCount()) if table.columnSpan(row, 0) == 1]


def test_a_column_where_they_are(slicer_app, gananomaly, opened):
    table = opened([0.934, 0.02])
    assert not table.isColumnHidden(COLUMN)
    head = table.horizontalHeaderItem(COLUMN)
    assert head.text() == "Second opinion"
    said = cells(table)
    assert sorted(filter(None, said)) == ["2 %", "93 %"]
    assert len(said) == len(gananomaly.rows()) > 2, "one without an opinion is shown as any other"
    for word in ("second", "31 accepted", "47 rejected", "12 patients", "Research use only", "decides nothing"):
        assert word in head.toolTip()
    gananomaly.panel.findings.select(1)
    slicer_app.press(gananomaly.ui.rejectButton)
    assert cells(table) == said
    assert all(row.decision in ("", "rejected") for row in gananomaly.rows())


def test_none_where_they_are_not(opened):
    table = opened([])
    assert table.isColumnHidden(COLUMN)
    assert not any(cells(table))


def test_a_broken_file_keeps_nothing_from_the_reader(gananomaly, opened):
    table = opened([0.5], lambda folder: (folder / "opinions.json").write_text('{"fingerprint": '))
    assert table.isColumnHidden(COLUMN)
    assert gananomaly.rows()


def test_they_go_with_the_scene_and_with_their_result(slicer_app, gananomaly, opened, finished, tmp_path):
    from GANAnomalyLib.scene.result_nodes import facts_of

    table = opened([0.934, 0.02])
    assert facts_of(gananomaly.nodes()).opinions.accepted == 31
    assert [row.opinion for row in gananomaly.rows()][:2] == [0.934, 0.02]
    gananomaly.panel.open_result(shutil.copytree(finished, tmp_path / "without"))
    slicer_app.process()
    assert table.isColumnHidden(COLUMN)
    assert facts_of(gananomaly.nodes()).opinions is None
