"""decisions.json: kept whole, given back word for word, never taken for those of another result."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.review.decisions import (
    DECISIONS_FILE,
    MAX_COMMENT,
    check_decision,
    clean_comment,
    load_decisions,
    save_decisions,
)
from GANAnomalyLib.review.finding_rows import FindingRow

COMMENT = 'A "needle", tip in segment VII;\nfür Dr. Müßig: 漢字 😀 \\n'


def _row(rank, decision="", comment="", decided=""):
    return FindingRow(
        rank, 3.5, 7, (6, 8), (1.0, -2.0, 3.0), (30.0, 30.0, 9.0), f"Finding_{rank}", decision, comment, decided
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps({"schema_version": 1, "fingerprint": "abc"}))
    return tmp_path


def test_what_is_saved_is_loaded(folder):
    rows = [_row(1, "accepted", COMMENT, "2026-01-02T03:04:05+00:00"), _row(2), _row(3, "unsure", "later")]
    assert save_decisions(folder, rows) == folder / DECISIONS_FILE
    for row, decision in zip(rows, load_decisions(folder), strict=True):
        assert (decision.rank, decision.decision) == (row.rank, row.decision)
        assert (decision.comment, decision.decided) == (row.comment, row.decided)
    assert sorted(path.name for path in folder.iterdir()) == [DECISIONS_FILE, "result.json"]
    assert "漢字" in (folder / DECISIONS_FILE).read_text(encoding="utf-8")


def test_without_a_file_nothing_was_decided(folder):
    assert load_decisions(folder) == []


def test_decisions_of_an_earlier_result_in_the_folder_are_not_taken(folder):
    save_decisions(folder, [_row(1, "accepted")])
    (folder / "result.json").write_text(json.dumps({"schema_version": 1, "fingerprint": "other"}))
    assert load_decisions(folder) == []
    with pytest.raises(InputError, match="another result than the one reviewed"):
        save_decisions(folder, [_row(1)], fingerprint="abc")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no finished result"),
        ("{", "is not valid JSON"),
        ("[]", "names with values in braces, not a list"),
        ('"x"', "not 'x'"),
    ],
)
def test_a_folder_without_a_result_is_refused(tmp_path, text, words):
    if text is not None:
        (tmp_path / "result.json").write_text(text)
    with pytest.raises(InputError, match=words):
        load_decisions(tmp_path)
    with pytest.raises(InputError, match=words):
        save_decisions(tmp_path, [_row(1)])
    assert not (tmp_path / DECISIONS_FILE).exists()


def _file(**changes):
    item = {"rank": 1, "decision": "accepted", "comment": "", "decided": ""}
    item.update({key: value for key, value in changes.items() if key in item})
    data = {"schema_version": 1, "fingerprint": "abc", "decisions": [item]}
    data.update({key: value for key, value in changes.items() if key in data})
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{",
        b"[" * 200_000,
        b'{"schema_version": 1, "fingerprint": "abc"}',
        _file(decisions={"rank": 1}),
        _file(decisions=[3]),
        _file(decisions=[None]),
        _file(rank="1"),
        _file(rank=True),
        _file(rank=-1),
        _file(decision="yes"),
        _file(decision=["accepted"]),
        _file(comment=7),
        _file(comment="x" * (MAX_COMMENT + 1)),
        _file(decided=3),
        _file(decided="2026\n"),
        _file(decided="9" * 1000),
        b" " * 17_000_000,
    ],
    ids=range(21),
)
def test_a_damaged_or_hostile_file_gives_one_sentence(folder, content):
    (folder / DECISIONS_FILE).write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be (read|used): .*remove that file"):
        load_decisions(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_file(rank="1"), r"its decisions\[0\]\.rank must be a whole number, not '1'"),
        (_file(decision="yes"), r"its decisions\[0\]\.decision must be one of accepted, rejected, unsure"),
        (b'{"schema_version": 1, "fingerprint": "abc"}', "its decisions is missing"),
    ],
)
def test_the_field_at_fault_is_named(folder, content, words):
    (folder / DECISIONS_FILE).write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_decisions(folder)


def test_two_decisions_on_one_finding_are_refused(folder):
    item = {"rank": 1, "decision": "accepted"}
    (folder / DECISIONS_FILE).write_bytes(_file(decisions=[item, item]))
    with pytest.raises(InputError, match="a finding is decided twice"):
        load_decisions(folder)


def test_a_newer_file_asks_for_an_update(folder):
    (folder / DECISIONS_FILE).write_bytes(_file(schema_version=3))
    with pytest.raises(InputError, match="newer version"):
        load_decisions(folder)


def test_a_failed_write_leaves_the_earlier_file(folder, monkeypatch):
    save_decisions(folder, [_row(1, "accepted")])
    before = (folder / DECISIONS_FILE).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(GANAnomalyError, match=r"disk of .* is full"):
        save_decisions(folder, [_row(1, "rejected")])
    assert (folder / DECISIONS_FILE).read_bytes() == before
    assert len(list(folder.iterdir())) == 2


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_others_may_read_what_was_written(folder):
    path = save_decisions(folder, [_row(1)])
    plain = folder / "plain"
    plain.write_text("")
    assert path.stat().st_mode == plain.stat().st_mode


@given(st.text(max_size=200))
def test_a_cleaned_comment_stays_as_it_is_and_holds_nothing_invisible(text):
    kept = clean_comment(text)
    assert clean_comment(kept) == kept
    assert not any(ord(c) < 32 and c != "\n" for c in kept)
    kept.encode("utf-8")


def test_comments_keep_what_a_person_wrote():
    assert clean_comment(f"  {COMMENT}\r\n\r\nend\t.") == f"{COMMENT}\n\nend ."
    with pytest.raises(InputError, match="must be text"):
        clean_comment(None)


def test_only_known_decisions():
    assert check_decision("") == ""
    for wrong in ("Accepted", None, 3, ["accepted"]):
        with pytest.raises(InputError, match="accepted, rejected or unsure"):
            check_decision(wrong)
