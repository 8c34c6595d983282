"""The panel in another language: every text is in the translation files, and what they say fits the places in it."""

from __future__ import annotations

import ast
import json
import re
import shutil
import string
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import pytest
from panel.conftest import finished, gananomaly, set_thresholds, speaking  # noqa: F401 - fixtures
from panel.test_width import why_in_sight
from slicer_harness.fixture import slicer_app  # noqa: F401 - a fixture
from translation import texts, update_translations

from GANAnomalyLib.errors import InputError, in_words
from GANAnomalyLib.models.score_units import CALIBRATED, score_text, short_unit
from GANAnomalyLib.running.catalogue import SENTENCES
from GANAnomalyLib.volume import Volume, check_input
from GANAnomalyLib.worker.client import done_or_raise
from GANAnomalyLib.worker.reasons import error_event

FILES = sorted(update_translations.TRANSLATIONS.glob("*.ts"))
Texts = dict[tuple[str, str], str]


def read(file: Path) -> Texts:
    """By context and text, the translation; "" where there is none."""
    return {
        (context.findtext("name"), message.findtext("source")): message.findtext("translation") or ""
        for context in xml.parse(file).iter("context")
        for message in context.iter("message")
    }


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request) -> Path:
    return request.param


def test_there_is_german():
    assert [file.name for file in FILES] == ["GANAnomaly_de.ts"]


def test_every_text_of_the_source_is_in_it(file, tmp_path):
    """What to do where this fails: python Testing/translation/update_translations.py, and translate what is new."""
    fresh = tmp_path / file.name
    shutil.copy(file, fresh)
    update_translations.update(file.stem.partition("_")[2], tmp_path)
    assert read(fresh) == read(file)
    assert {context for context, _ in read(file)} >= {texts.ENGINE, "GANAnomalyPanel.panel"}


def test_the_file_that_is_installed_is_made_of_it(file):
    from PySide6.QtCore import QTranslator

    translator = QTranslator()
    assert translator.load(str(file.with_suffix(".qm")))
    made = {key: translator.translate(*key) or "" for key in read(file)}
    assert made == read(file)


def test_what_reports_say_is_made_of_it_too(file):
    """What to do where this fails: python Testing/translation/update_translations.py."""
    made = update_translations.MESSAGES / f"{file.stem.partition('_')[2]}.json"
    assert made.read_text(encoding="utf-8") == update_translations.messages(file)
    assert "heller um {hu} HU" in made.read_text(encoding="utf-8")


def test_translations_keep_places_and_marks(file):
    def facts(text: str) -> list[str]:
        places = sorted(f"{name}!{how}:{form}" for _, name, form, how in string.Formatter().parse(text) if name)
        return [*places, *sorted(re.findall("⟨.*?⟩", text)), *sorted(re.findall("<[^>]*>", text))]

    assert [text for (_, text), said in read(file).items() if said and facts(said) != facts(text)] == []


def test_what_a_reader_meets_is_translated(file):
    """The panel, and all that an analysis says while it works; training and evaluation are told on the terminal."""
    told = {SENTENCES[code] for code in _of_analyses()}
    missing = [
        (context, text)
        for (context, text), said in read(file).items()
        if not said and (context != texts.ENGINE or text in told)
    ]
    assert missing == []
    assert len(told) > 50


def _of_analyses() -> set[str]:
    rooms = ("volume", "detectors", "score", "results", "scene", "analysis", "worker")
    return {
        node.value
        for room in rooms
        for path in (texts.SOURCE / "GANAnomalyLib" / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Message"
        for node in ast.walk(call.args[0])
        if isinstance(node, ast.Constant) and node.value in SENTENCES
    }


def test_errors_are_templates_that_cross_to_another_process():
    with pytest.raises(InputError) as caught:
        check_input(Volume(np.full((3, 4, 4), -1000, np.int16), np.eye(4), "MR"))
    event = error_event(caught.value)
    assert event["template"].startswith("The image is not a CT: its modality is {modality}.")
    assert event["values"] == {"modality": "MR"}
    assert in_words(event["template"].format(**event["values"])) == event["message"] == str(caught.value)
    with pytest.raises(InputError) as again:
        done_or_raise(event)
    assert (again.value.template, again.value.values) == (caught.value.template, caught.value.values)
    assert caught.value.template in texts.engine_texts()
    plain = error_event(InputError("A sentence without values."))
    assert (plain["template"], plain["marked"]) == ("", "A sentence without values.")


@pytest.fixture
def german(speaking):  # noqa: F811
    speaking("de-DE")


@pytest.fixture
def auf_deutsch(german, request):
    return request.getfixturevalue("gananomaly")


def test_the_panel_speaks_slicers_language(auf_deutsch):
    panel = auf_deutsch
    assert panel.ui.analyzeButton.text() == "Analysieren"
    from GANAnomalyPanel import engine_sentences as said

    from GANAnomalyLib.running.messages import Message

    assert said.progress_text(Message("scoring_slice", number=3, count=10), 40) == (
        "Schicht 3 von 10 wird bewertet (noch etwa 40 s)"
    )
    notes = {"warnings": ["2 slices are missing", "x"], "notes": [Message("slices_missing", count=2).to_dict()]}
    notes["warnings"][0] = str(Message("slices_missing", count=2))
    assert said.remarks(notes)[0].startswith("In der Serie fehlen 2 Schichten:")
    error = InputError.of("Slices {first}:{stop} lie outside the volume, which has slices 0:{count}.", **_SLICES)
    expected = "Die Schichten 3:9 liegen außerhalb des Volumens mit den Schichten 0:5."
    assert said.error_text(error) == said.failure_text(error_event(error)) == expected
    with pytest.raises(InputError) as caught:
        check_input(Volume(np.full((3, 4, 4), 7, np.int16), np.eye(4)))
    panel.panel.tell_error(caught.value)
    words = panel.ui.statusLabel.text()
    assert words.startswith("Die Werte (7 bis 7) sehen nicht wie Hounsfield-Einheiten aus")
    assert "'Beliebige Bilder zulassen' unter Erweitert" in words


@pytest.mark.slow
def test_findings_say_why_in_slicers_language(auf_deutsch, finished, tmp_path):  # noqa: F811
    folder = shutil.copytree(finished, tmp_path / "opened")
    path = folder / "findings.json"
    stored = json.loads(path.read_text())
    stored["findings"][0]["why"] = {"code": "darker", "hu": 1000, "or_more": True}  # as long as it gets
    path.write_text(json.dumps(stored))
    set_thresholds(folder, {"0.05": 0.0})
    auf_deutsch.load()
    auf_deutsch.panel.open_result(folder)
    auf_deutsch.app.process()
    assert auf_deutsch.ui.findingsTable.horizontalHeaderItem(3).text() == "Warum"
    said = why_in_sight(auf_deutsch)
    assert said[0] == "dunkler um über 1000 HU"
    from GANAnomalyPanel.engine_sentences import engine_text

    assert score_text(9.43, CALIBRATED).translated(engine_text) == "9.4x üblich"
    assert short_unit("grey levels (0-255)").translated(engine_text) == "Graustufen"
    assert "normalen Schichten" in auf_deutsch.ui.findingsSummary.text()
    assert "usual" not in auf_deutsch.ui.findingsSummary.text()
    assert all(re.match("(heller|dunkler|rauer|glatter|um .* verschoben)", words) for words in said)


def test_a_translation_with_other_places_is_left_out(slicer_app, gananomaly, monkeypatch):  # noqa: F811
    from GANAnomalyPanel import engine_sentences as said

    app = slicer_app.slicer.app
    monkeypatch.setattr(app, "translate", lambda _context, text: "Schnitte {wrong}")
    error = InputError.of("Slices {first}:{stop} lie outside the volume, which has slices 0:{count}.", **_SLICES)
    assert said.error_text(error) == str(error)


_SLICES = {"first": 3, "stop": 9, "count": 5}
