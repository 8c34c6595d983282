"""Lists of terms: the one that comes along, those of 3D Slicer's format, and files that are none."""

from __future__ import annotations

import json

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.terminology import BUNDLED, known_labels, label_of, read_terminology


def _context(*types, **more):
    return {"SegmentationCodes": {"Category": [{"CodeMeaning": "x", "Type": list(types), **more}]}}


def _term(meaning, code="RID1", scheme="RADLEX", **more):
    return {"CodeMeaning": meaning, "CodeValue": code, "CodingSchemeDesignator": scheme, **more}


def test_the_bundled_terms_are_those_of_dicom():
    """Every code is one that DICOM's own context groups have, with the same meaning or one of its synonyms."""
    concepts = pytest.importorskip("pydicom.sr._concepts_dict").concepts["SCT"]
    codes = {code for entry in concepts.values() for code in entry}
    found = read_terminology(BUNDLED)
    assert len(found) > 30
    assert {label.scheme for label in found} == {"SCT"}
    assert [label for label in found if label.code not in codes] == []
    words = {
        (code, " ".join(meaning.casefold().split(" (")[0].split()))
        for entry in concepts.values()
        for code, (meaning, _groups) in entry.items()
    }
    agreed = [label for label in found if (label.code, label.meaning.casefold()) in words]
    assert len(agreed) > 0.8 * len(found)


def test_a_list_of_slicers_format_is_read(tmp_path):
    path = tmp_path / "own.term.json"
    modifier = [{"CodeMeaning": "Left", "CodeValue": "7771000", "CodingSchemeDesignator": "SCT"}]
    path.write_text(
        json.dumps(_context(_term("Honeycombing"), _term("Honeycombing"), _term("Ü", "2", Modifier=modifier)))
    )
    assert read_terminology(path) == [Label("RADLEX", "RID1", "Honeycombing"), Label("RADLEX", "2", "Ü")]
    known = known_labels(tmp_path)
    assert known[-2:] == read_terminology(path)
    assert known[: len(read_terminology(BUNDLED))] == read_terminology(BUNDLED)


def test_a_term_is_found_by_its_words_or_its_code(tmp_path):
    known = known_labels(tmp_path / "none")
    nodule = Label("SCT", "27925004", "Nodule")
    for text in ("nodule", " Nodule ", "27925004", "sct:27925004"):
        assert label_of(text, known) == nodule
    assert label_of("odd  nodule", known) == Label("", "", "odd nodule")
    assert label_of("", [Label("", "", "")]) == Label()


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"SegmentationCodes": 3}',
        json.dumps({"SegmentationCodes": {"Category": {}}}),
        json.dumps({"SegmentationCodes": {"Category": [{}]}}),
        json.dumps(_context(3)),
        json.dumps(_context({"CodeMeaning": "x"})),
        json.dumps(_context(_term(7))),
        json.dumps(_context(_term("two\nlines"))),
        json.dumps(_context(_term("x" * 300))),
    ],
)
def test_what_is_no_list_is_refused_and_does_not_keep_the_others_away(tmp_path, content, caplog):
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"bad\.json"):
        read_terminology(path)
    assert known_labels(tmp_path) == read_terminology(BUNDLED)
    assert "bad.json" in caplog.text
