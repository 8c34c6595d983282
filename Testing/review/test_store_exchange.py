"""Result folders into the database and back, two databases into one, copies and checks: twice is as once."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import threading

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.conftest import write_result  # noqa: E402

from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.decisions import (  # noqa: E402
    Reading,
    load_decisions,
    load_reader,
    load_reading,
    save_decisions,
)
from GANAnomalyLib.review.finding_rows import FindingRow  # noqa: E402
from GANAnomalyLib.review.store.backup_database import back_up  # noqa: E402
from GANAnomalyLib.review.store.check_database import check  # noqa: E402
from GANAnomalyLib.review.store.database_place import DatabasePlace  # noqa: E402
from GANAnomalyLib.review.store.decision_table import write_decisions_csv  # noqa: E402
from GANAnomalyLib.review.store.exchange_results import (  # noqa: E402
    export_result,
    find_results,
    import_result,
    latest_reading,
)
from GANAnomalyLib.review.store.judgements import Judged  # noqa: E402
from GANAnomalyLib.review.store.listed_cases import list_cases  # noqa: E402
from GANAnomalyLib.review.store.merge_databases import merge  # noqa: E402
from GANAnomalyLib.review.store.present_state import case_state  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import EVERY_TABLE  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import (  # noqa: E402
    record_added_finding,
    record_decision,
    record_verdict,
)
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_tables import decision, study  # noqa: E402

ONE, OTHER = ReaderName('Dr. Jürgen "J" O\'Müller'), ReaderName("Zwei")
TIME = "2026-01-02T03:04:05+00:00"


def row(rank, word="", comment="", decided=TIME):
    return FindingRow(rank, 1.0, 0, (0, 0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "", word, comment, decided)


def all_rows(database) -> dict[str, list[dict]]:
    with database.reading() as connection:
        return {
            table.name: [dict(one) for one in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]
            for table in EVERY_TABLE
        }


def said(database, case):
    with database.reading() as connection:
        rows = case_state(connection, case.id).decisions
    return [(one["reader"], one["decision"], one["comment"]) for one in rows]


def test_there_and_back_and_again(either, result, case):
    save_decisions(result, [row(1, "accepted", 'größer;\n"x"'), row(2), row(3, "", "only said")], reader=ONE.name)
    before = (result / "decisions.json").read_bytes()
    first = import_result(either, result)
    assert (first.new_case, first.decisions, first.reader) == (True, 2, ONE.name)
    held = all_rows(either)
    again = import_result(either, result)
    assert (again.new_case, again.decisions) == (False, 0)
    assert all_rows(either) == held
    export_result(either, result, ONE)
    after = json.loads(before)
    after["decisions"][1]["decided"] = ""
    assert json.loads((result / "decisions.json").read_bytes()) == after
    assert load_reader(result) == ONE.name


def test_what_came_from_the_panel_is_not_brought_in_twice(database, result, case):
    record_decision(database, case, 1, "accepted", ONE, Judged("seen"))
    record_decision(database, case, 1, "rejected", ONE, Judged("seen"))
    record_decision(database, case, 2, "unsure", ONE)
    export_result(database, result, ONE)
    held = all_rows(database)
    assert import_result(database, result).decisions == 0
    assert all_rows(database) == held


def test_an_older_file_does_not_undo_what_was_decided_since(database, result, case):
    record_decision(database, case, 1, "rejected", ONE)
    save_decisions(result, [row(1, "accepted")])
    assert import_result(database, result, ONE).decisions == 1
    assert said(database, case) == [(ONE.name, "rejected", "")]


def test_decisions_that_the_database_lacks_are_not_written_over(database, result, case):
    record_decision(database, case, 1, "rejected", ONE)
    save_decisions(result, [row(2, "accepted")])
    with pytest.raises(InputError, match="import them first, or add --force"):
        export_result(database, result, ONE)
    assert [one.decision for one in load_decisions(result)] == ["accepted"]
    export_result(database, result, ONE, force=True)
    assert [one.decision for one in load_decisions(result)] == ["rejected", "", ""]


def test_times_that_are_none_are_taken_as_now_and_once(database, result, case):
    save_decisions(result, [row(1, "accepted", decided="yesterday"), row(2, "unsure", decided="")])
    assert import_result(database, result, ONE).decisions == 2
    assert import_result(database, result, ONE).decisions == 0


def test_results_below_a_folder(tmp_path, database):
    places = [write_result(tmp_path / "all" / name, f"{n:064d}") for n, name in enumerate(("a", "b/c"), start=1)]
    assert find_results([tmp_path / "all"]) == places
    for place in places:
        import_result(database, place)
    with database.reading() as connection:
        assert {one.folder for one in list_cases(connection)} == {str(place) for place in places}
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no finished result"):
        find_results([tmp_path / "none"])


def test_two_databases_become_one(tmp_path, either, result, case):
    record_decision(either, case, 1, "accepted", ONE)
    place = tmp_path / "laptop's review.db"
    with ReviewDatabase.open(place) as laptop:
        record_decision(laptop, case, 1, "rejected", OTHER)
        record_verdict(laptop, case, "abnormal", OTHER)
        import_result(laptop, write_result(tmp_path / "second", "ef" * 32))
        before = all_rows(laptop)
    added = merge(either, place)
    assert (added["decision"], added["analysis"], added["finding"], added["verdict"]) == (1, 1, 3, 1)
    assert said(either, case) == [(ONE.name, "accepted", ""), (OTHER.name, "rejected", "")]
    assert set(merge(either, place).values()) == {0}
    with ReviewDatabase.open(place) as laptop:
        assert all_rows(laptop) == before
        merge(laptop, either.place.file or str(either.place.url))
        assert all_rows(laptop).keys() == all_rows(either).keys()
        for name in ("decision", "verdict", "reader", "finding"):
            assert [one["id"] for one in all_rows(laptop)[name]] == [one["id"] for one in all_rows(either)[name]]


def test_databases_that_do_not_fit_are_not_merged(tmp_path, database, case, result):
    record_decision(database, case, 1, "accepted", ONE)
    findings = json.loads((result / "findings.json").read_text())
    findings["findings"][0]["centre_ras"] = [50.0, 0.0, 0.0]
    (result / "findings.json").write_text(json.dumps(findings))
    with ReviewDatabase.open(tmp_path / "other.db") as other:
        import_result(other, result)
    held = all_rows(database)
    with pytest.raises(InputError, match="with other findings"):
        merge(database, tmp_path / "other.db")
    with pytest.raises(InputError, match="is the review database itself"):
        merge(database, database.place.file)
    with pytest.raises(InputError, match="There is no review database"):
        merge(database, tmp_path / "nowhere.db")
    assert all_rows(database) == held


def test_a_copy_is_whole_while_others_write(tmp_path, database, case):
    stop = threading.Event()
    done: list[int] = []

    def write() -> None:
        with ReviewDatabase.open(database.place.file) as other:
            while not stop.is_set():
                record_decision(other, case, 1 + len(done) % 3, "accepted", ONE, Judged("x" * 500))
                done.append(1)

    record_decision(database, case, 1, "accepted", ONE)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        copies = [back_up(database.place, tmp_path / f"copy {n}.db") for n in range(3)]
    finally:
        stop.set()
        thread.join()
    assert done
    for copy in copies:
        connection = sqlite3.connect(copy)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM decision").fetchone()[0] >= 1
        connection.close()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    with pytest.raises(InputError, match="is there already"):
        back_up(database.place, copies[0])
    with pytest.raises(InputError, match="nothing to copy"):
        back_up(DatabasePlace.of(tmp_path / "none.db"), tmp_path / "x.db")


def test_a_check_tells_what_moved(tmp_path, either, result):
    results = {name: write_result(tmp_path / name, f"{n:064d}") for n, name in enumerate(("a", "b", "c", "d"))}
    for folder in results.values():
        import_result(either, folder)
    shutil.move(results["b"], tmp_path / "elsewhere")
    findings = json.loads((results["c"] / "findings.json").read_text())
    findings["findings"][1]["score"] = 99.0
    (results["c"] / "findings.json").write_text(json.dumps(findings))
    write_result(results["d"], "77" * 32)
    found = check(either)
    assert (found.damage, found.folders_well) == ([], 1)
    assert {(one.path[-1], one.state) for one in found.folders} == {("b", "missing"), ("c", "changed"), ("d", "other")}
    assert found.rows["finding"] == 12
    import_result(either, tmp_path / "elsewhere")
    assert {one.path[-1] for one in check(either).folders} == {"c", "d"}


def test_a_table_for_a_statistician(tmp_path, either, case):
    for word in ("accepted", "rejected"):
        record_decision(either, case, 1, word, ONE, Judged("=1+1"))
    record_decision(either, case, 2, "unsure", OTHER)
    for history, words in ((False, ["rejected", "unsure"]), (True, ["accepted", "rejected", "unsure"])):
        path = tmp_path / f"{history}.csv"
        assert write_decisions_csv(either, path, history) == len(words)
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert [one["decision"] for one in rows] == words
        assert rows[0]["comment"] == "'=1+1"
        assert [one["counts"] for one in rows] == ["no", "yes", "yes"][-len(rows) :]


def test_patients_are_hashes_that_only_the_site_can_make(tmp_path, database, monkeypatch, own_data_folder):
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    images = tmp_path / "images"
    images.mkdir()
    (images / "a.txt").write_text("no image")
    image = Dataset()
    image.PatientID, image.PatientName, image.StudyInstanceUID = "4711", "Doe^Jane", "1.2.3"
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, "1.2.3.4"
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.save_as(images / "b.dcm", enforce_file_format=True)
    folder = write_result(tmp_path / "named", request={"input": str(images)})
    import_result(database, folder)
    (held,) = [one for one in all_rows(database)["study"] if one["study_hash"]]
    assert len(held["patient_hash"]) == len(held["study_hash"]) == 64
    assert (held["patient_id"], held["study_uid"]) == ("", "")
    keys = list(own_data_folder.rglob("site.key"))
    assert len(keys) == 1
    assert keys[0].stat().st_mode & 0o077 == 0
    assert b"4711" not in database.place.file.read_bytes()

    with ReviewDatabase.open(tmp_path / "other.db") as other:
        monkeypatch.setenv("GANANOMALY_SITE_KEY", "another key of this site")
        import_result(other, folder)
        assert {one["patient_hash"] for one in all_rows(other)["study"]}.isdisjoint({held["patient_hash"]})
        import_result(other, folder, keep_real=True)
        assert [(one["patient_id"], one["study_uid"]) for one in all_rows(other)["study"]] == [("4711", "1.2.3")]
    monkeypatch.setenv("GANANOMALY_SITE_KEY", "short")
    with pytest.raises(InputError, match="set GANANOMALY_SITE_KEY to a longer one"):
        import_result(database, folder)


def test_an_image_gets_its_study_when_it_is_known(tmp_path, database, result):
    import dataclasses

    from GANAnomalyLib.review.store.case_facts import case_of_folder

    case = case_of_folder(result)
    record_decision(database, case, 1, "accepted", ONE)
    named = dataclasses.replace(case, patient_hash="1" * 64, study_hash="2" * 64)
    record_decision(database, named, 2, "accepted", ONE)
    with database.reading() as connection:
        about = case_state(connection, case.id).about
        assert about["patient_hash"] == "1" * 64
        assert connection.execute(sa.select(sa.func.count()).select_from(study)).scalar_one() == 2
        assert connection.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one() == 2


def test_two_readings_of_one_case_by_one_reader_stay_apart(either, result, case):
    """What was said without the heatmap is not shown to the same reader with it, nor written over."""
    place = {"centre_ras": (1.0, 2.0, 30.0), "who": ONE}
    record_decision(either, case, 1, "accepted", ONE, Judged("first"))
    record_decision(either, case, 1, "rejected", ONE, Judged("second", reading=2))
    record_decision(either, case, 2, "unsure", ONE, Judged(reading=2))
    mark = record_added_finding(either, case, **place, judged=Judged("seen", reading=2))
    record_verdict(either, case, "normal", ONE)
    record_verdict(either, case, "abnormal", ONE, Judged(reading=2))
    first, second, third = (latest_reading(either, result, ONE, Reading(), number) for number in (1, 2, 3))
    assert [(one.rank, one.decision, one.comment) for one in first.decisions] == [(1, "accepted", "first")]
    assert [(one.rank, one.decision) for one in second.decisions] == [(1, "rejected"), (2, "unsure")]
    assert (first.added, first.verdict.verdict) == ([], "normal")
    assert ([one.mark for one in second.added], second.verdict.verdict) == ([str(mark)], "abnormal")
    assert (third.decisions, third.added, third.verdict.verdict) == ([], [], "")
    for number, words in ((2, ["rejected", "unsure"]), (1, ["accepted"])):
        export_result(either, result, ONE, force=True, number=number)
        kept = load_reading(result)
        assert [one.decision for one in kept.decisions if one.decision] == words
        assert len(kept.added) == number - 1
