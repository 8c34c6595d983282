"""Results, decisions, cards and requests from anywhere: read, or refused with a sentence; never anything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from analysis import small
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from GANAnomalyLib import AnalysisRequest, run, write_volume
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.cli.commands.info import result_rows
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.pictures import manifest_facts as facts
from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult, Finding
from GANAnomalyLib.review.decisions import DECISIONS_FILE, load_decisions, save_decisions
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.worker.__main__ import read_request

REAL = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=120, derandomize=True)
NAMES = (MANIFEST, FILES["findings"], DECISIONS_FILE)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, 10**200, -1])
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["\0", "../../x", "[red]x[/", "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory, model_folder) -> Path:
    """A real result with decisions."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GANANOMALY_MODELS", str(model_folder))
    folder = tmp_path_factory.mktemp("made") / "result"
    crop = write_volume(small.torso_crop(), folder.parent / "torso.nii.gz")
    asked = AnalysisRequest(str(crop), "encoder", str(folder), steps=1, patch_size=6, top=3, device="cpu")
    result = run(asked)
    save_decisions(folder, [_row(finding) for finding in result.findings])
    (folder.parent / "request.json").write_text(asked.to_json())
    patch.undo()
    return folder


def _row(found: Finding) -> FindingRow:
    place = found.slices, found.centre_ras, found.size_mm
    return FindingRow(found.rank, found.score, found.slice, *place, "Segment_1", "accepted", "a needle")


def _places(value: Any, before: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before] + [place for key, item in inner for place in _places(item, (*before, key))]


def _with(value: Any, place: tuple, new: Any) -> Any:
    """The value with something else at a place."""
    if not place:
        return new
    out = dict(value) if isinstance(value, dict) else list(value)
    out[place[0]] = _with(value[place[0]], place[1:], new)
    return out


def _read_all(folder: Path) -> None:
    """What commands, panel and pictures ask of a result."""
    result = AnalysisResult.read(folder)
    load_decisions(folder)
    json.dumps(result.manifest)
    result_rows(result.manifest)
    facts.window_level(result)
    for fact in (facts.heatmap_threshold, facts.metric_title, facts.unit, facts.slice_threshold, facts.model_title):
        fact(result)
    for finding in result.findings:
        _row(finding)


def _read_or_refused(action, *arguments) -> None:
    try:
        action(*arguments)
    except InputError as error:
        said = error.message
    else:
        return
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("name", NAMES)
def test_any_value_in_any_place_of_a_result(made, tmp_path, name):
    folder = shutil.copytree(made, tmp_path / "copy")
    held = json.loads((folder / name).read_text())

    @REAL
    @given(st.sampled_from(_places(held)), VALUES)
    def check(place, value):
        (folder / name).write_text(json.dumps(_with(held, place, value)))
        _read_or_refused(_read_all, folder)

    check()


@pytest.mark.parametrize("name", [*NAMES, FILES["scores"]])
def test_any_bytes_in_a_result(made, tmp_path, name):
    folder = shutil.copytree(made, tmp_path / "copy")
    held = (folder / name).read_bytes()

    @REAL
    @given(st.integers(0, len(held)), st.binary(max_size=20), st.booleans())
    def check(cut, data, goes_on):
        (folder / name).write_bytes(held[:cut] + data + (held[cut + len(data) :] if goes_on else b""))
        _read_or_refused(_read_all, folder)

    check()


def test_any_value_in_any_place_of_a_card(model_folder, tmp_path):
    path = tmp_path / "card.json"
    held = json.loads((model_folder / "encoder.json").read_text())
    held["recommended"].update(steps=3, heatmap_threshold=1.5, heatmap_thresholds={"0.01": 2.0})
    held["thresholds"] = {"0.01": 5.0}

    @REAL
    @given(st.sampled_from(_places(held)), VALUES)
    def check(place, value):
        path.write_text(json.dumps(_with(held, place, value)))
        _read_or_refused(lambda: ModelCard.read(path).to_json())

    check()


def test_any_value_in_any_place_of_a_request(made, tmp_path):
    path = tmp_path / "request.json"
    held = json.loads((made.parent / "request.json").read_text())

    @REAL
    @given(st.sampled_from(_places(held)), VALUES)
    def check(place, value):
        path.write_text(json.dumps(_with(held, place, value)))
        _read_or_refused(lambda: AnalysisRequest.from_dict(read_request([str(path)])).validate())

    check()


HOSTILE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "brackets": b"[" * 100_000,
    "braces": b'{"a":' * 100_000,
    "cut": b'{"schema_version": 1, "req',
    "UTF-16": '{"schema_version": 1}'.encode("utf-16"),
    "no text": bytes(range(256)),
    "twice": b'{"schema_version": 1, "schema_version": 1}',
    "digits": b'{"schema_version": ' + b"1" * 5000 + b"}",
}
WRONG = [
    ("schema_version", "2"),
    ("schema_version", True),
    ("schema_version", None),
    ("schema_version", []),
    ("schema_version", 99),
    ("created", 5),
    ("fingerprint", {}),
    ("request", None),
    ("request", []),
    ("request.slices", "ab"),
    ("request.slices", [1]),
    ("request.input", 5),
    ("request.settings", None),
    ("settings", "x"),
    ("settings.window", "wide"),
    ("settings.patch_size", 0),
    ("model", 5),
    ("model.name", {}),
    ("model.not_for", 5),
    ("model.not_for", [5]),
    ("device", []),
    ("timings_s", []),
    ("timings_s", {"total": "long"}),
    ("warnings", None),
    ("warnings", "x"),
    ("warnings", [None]),
    ("slice_thresholds", [1]),
    ("slice_thresholds", {"0.05": "x"}),
    ("heatmap_threshold", "x"),
    ("geometry", 5),
    ("geometry.frame", 5),
    ("geometry.shape_kji", [1, 2]),
    ("input", None),
    ("input.hash", 5),
]


def _told(folder: Path, field: str = "") -> None:
    """The command says one sentence that names the field, and ends with 2."""
    done = CliRunner().invoke(app, ["info", str(folder)])
    assert done.exit_code == 2, done.output
    assert "did not expect" not in done.output
    said = done.stderr.strip()
    assert said.count("\n") == 0
    assert said.endswith(".")
    assert field in said


@pytest.mark.parametrize("name", [MANIFEST, FILES["findings"]])
@pytest.mark.parametrize("kind", HOSTILE)
def test_info_of_a_result_with_a_hostile_file(made, tmp_path, name, kind):
    folder = shutil.copytree(made, tmp_path / "copy")
    (folder / name).write_bytes(HOSTILE[kind])
    _told(folder, name)


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_info_of_a_result_with_a_field_of_a_wrong_kind(made, tmp_path, field, value):
    folder = shutil.copytree(made, tmp_path / "copy")
    held = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(_with(held, tuple(field.split(".")), value)))
    _told(folder, "newer version" if value == 99 else field)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("findings",), None, "findings must be a list"),
        (("findings", 0), 5, "findings[0] must be names with values"),
        (("findings", 0, "rank"), "1", "findings[0].rank must be a whole number"),
        (("findings", 0, "score"), None, "findings[0].score must be a number"),
        (("findings", 0, "slices"), [1], "findings[0].slices must be two whole numbers"),
        (("findings", 0, "centre_ras"), [0, 0, "x"], "findings[0].centre_ras[2] must be a number"),
    ],
)
def test_info_of_a_result_with_a_wrong_finding(made, tmp_path, place, value, said):
    folder = shutil.copytree(made, tmp_path / "copy")
    held = json.loads((folder / FILES["findings"]).read_text())
    (folder / FILES["findings"]).write_text(json.dumps(_with(held, place, value)))
    _told(folder, said)


def test_scores_that_a_german_spreadsheet_saved_are_the_same(made, tmp_path):
    folder = shutil.copytree(made, tmp_path / "copy")
    path = folder / FILES["scores"]
    text = path.read_text().replace(",", ";").replace(".", ",")
    path.write_text(text, encoding="utf-8-sig")
    assert AnalysisResult.read(folder).scores == AnalysisResult.read(made).scores
