"""A watch: studies that fit are analysed once, those that grow are waited for, what comes of it goes back."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path

import pytest
from archives.conftest import names
from archives.made_series import ROOT, write_series
from archives.watched import TEMPLATE, capture

from GANAnomalyLib.archives.archive_protocol import ArchiveError, SeriesFound, StudyFound, Unreachable
from GANAnomalyLib.archives.journal import ANALYSED, FAILED, FETCHED, QUEUED, SENT
from GANAnomalyLib.archives.objects_to_send import nothing
from GANAnomalyLib.archives.watch_archive import IMAGES, OBJECTS, RESULTS, Watch
from GANAnomalyLib.archives.watch_rules import WatchRules
from GANAnomalyLib.errors import Cancelled, FolderInUse, GANAnomalyError, InputError
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture
def watch(tmp_path, web):
    """A watch that looks without a pause; the rules and all else may be changed."""

    def make(archive=None, **changes) -> Watch:
        steps, troubles = [], []
        options = {"rules": WatchRules(min_slices=2, since="20260101"), "template": TEMPLATE, "make": capture}
        options |= {"every": 0.0, "pause_s": 0.01, "tries": 2}
        options |= {"on_step": steps.append, "on_trouble": troubles.append, **changes}
        made = Watch(archive or web, tmp_path / "out", **options)
        made.steps, made.troubles = steps, troubles
        return made

    return make


@pytest.fixture
def no_engine(monkeypatch):
    """Analyses are not what is looked at: the worker's place is taken by one that says it is done, and lists inputs."""
    asked = []

    class Job:
        def __init__(self, request, base) -> None:
            asked.append((request, base))

        def wait(self, progress, cancel) -> dict:
            request, _ = asked[-1]
            Path(request.output).mkdir(parents=True, exist_ok=True)
            return {"event": "done"}

    monkeypatch.setattr("GANAnomalyLib.archives.watch_archive.WorkerJob", Job)
    return asked


def small_object(result: Path, images: Path, out: Path) -> None:
    capture(None, images, out)


@pytest.mark.slow
def test_a_study_is_fetched_analysed_and_its_objects_sent_once(watch, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", study=1, count=2))
    first = watch()
    (entry,) = first.run(once=True)
    assert [step.state for step in first.steps] == [QUEUED, FETCHED, ANALYSED, SENT]
    assert (entry.study, entry.series, entry.images, entry.state) == (f"{ROOT}.1", f"{ROOT}.1.1", 2, SENT)
    assert orthanc.modalities() == ["CT", "OT"]
    result = AnalysisResult.read(tmp_path / "out" / RESULTS / entry.name)
    assert result.manifest["input"]["slices"] == 2
    assert "Nobody" not in json.dumps(result.manifest)
    before = result.manifest["created"], orthanc.rest("/changes?last")["Last"]
    again = watch()
    assert again.run(once=True) == [entry]
    assert again.steps == []
    after = AnalysisResult.read(result.folder).manifest["created"], orthanc.rest("/changes?last")["Last"]
    assert after == before


@pytest.mark.slow
@pytest.mark.minutes
def test_what_cannot_be_analysed_has_failed_and_stops_no_other(watch, orthanc, tmp_path):
    from pydicom import dcmread

    folder = write_series(tmp_path / "in", study=1, count=2)
    for path in folder.iterdir():
        image = dcmread(path)
        image.PixelData = bytes(len(image.PixelData))  # water everywhere
        image.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]
        image.save_as(path, enforce_file_format=True)
    orthanc.put(folder)
    orthanc.put(write_series(tmp_path / "other", study=2, count=2))
    entries = {entry.study: entry for entry in watch().run(once=True)}
    assert (entries[f"{ROOT}.1"].state, entries[f"{ROOT}.2"].state) == (FAILED, SENT)
    assert entries[f"{ROOT}.1"].why
    assert orthanc.modalities() == ["CT", "CT", "OT"]


def test_a_study_that_grows_is_waited_for(watch, no_engine, orthanc, tmp_path, web):
    folder = write_series(tmp_path / "in", study=1, count=6)
    files = sorted(folder.iterdir())
    looks = []
    studies = web.studies

    def growing(wanted, patient=False):
        looks.append(len(looks))
        if files:
            orthanc.rest("/instances", "POST", files.pop(0).read_bytes())
            orthanc.rest("/instances", "POST", files.pop(0).read_bytes())
        return studies(wanted, patient)

    web.studies = growing
    seen = watch(make=small_object)
    (entry,) = seen.run(once=True)
    assert (entry.images, entry.state) == (6, SENT)
    assert len(looks) == 4  # three while it grew, and one that found it as before
    assert len(no_engine) == 1


def test_a_result_is_kept_before_its_study_counts_as_analysed(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2))
    kept = []

    def keep(result, images):
        kept.append((result, sorted(images.glob("*.dcm"))))
        if len(kept) == 1:
            raise GANAnomalyError("The review database is held by another program.")

    first = watch(make=nothing, keep=keep)
    (entry,) = first.run(once=True)
    assert [(step.state, bool(step.why)) for step in first.steps] == [
        (QUEUED, False), (FETCHED, False), (FETCHED, True), (ANALYSED, False)
    ]  # fmt: skip
    assert kept[0] == kept[1]
    assert kept[0][0] == tmp_path / "out" / RESULTS / entry.name
    assert len(kept[0][1]) == 2
    assert watch(make=nothing, keep=keep).run(once=True) == [entry]
    assert len(kept) == 2


def test_by_dimse_it_is_the_same(watch, no_engine, orthanc, tmp_path, dimse):
    orthanc.put(write_series(tmp_path / "in", count=2))
    (entry,) = watch(dimse, make=small_object).run(once=True)
    assert entry.state == SENT
    assert orthanc.modalities() == ["CT", "OT"]


def test_the_engine_knows_no_credentials(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2))
    watch(make=small_object).run(once=True)
    ((_, environment),) = no_engine
    assert "OMP_NUM_THREADS" in environment
    assert not [name for name in environment if name.startswith("GANANOMALY_PACS")]


def test_only_what_fits_is_taken_and_of_a_study_the_largest(watch, no_engine, orthanc, tmp_path):
    write_series(tmp_path / "in", study=1, series=1, count=2)
    write_series(tmp_path / "in", study=1, series=2, count=4, description="Thorax venous")
    write_series(tmp_path / "in", study=2, count=4, body_part="HEAD")
    write_series(tmp_path / "in", study=3, count=4, modality="MR")
    write_series(tmp_path / "in", study=4, count=4, date="20251231")
    write_series(tmp_path / "in", study=5, count=2)
    orthanc.put(tmp_path / "in")
    rules = WatchRules(body_part="chest", description="^thorax", min_slices=3, since="20260101")
    entries = watch(rules=rules, make=nothing).run(once=True)
    assert [(entry.series, entry.state) for entry in entries] == [(f"{ROOT}.1.2", ANALYSED)]
    assert names(tmp_path / "out" / IMAGES) == [entries[0].name]


def test_rules_choose_among_series():
    study = StudyFound("1.2", description="Polytrauma")
    few, many, other = (SeriesFound("1.2", f"1.2.{n}", n, "CT", text, "CHEST", count) for n, text, count in
                        ((1, "lung", 20), (2, "soft", 90), (3, "scout", 2)))  # fmt: skip
    assert WatchRules().choose([few, many, other], study) == many
    assert WatchRules(description="LUNG").choose([few, many, other], study) == few
    assert WatchRules(description="trauma").choose([few, many, other], study) == many
    assert WatchRules(min_slices=200).choose([few, many, other], study) is None
    with pytest.raises(InputError, match="regular expression"):
        WatchRules(description="(").check()


def test_an_archive_that_is_away_is_waited_for(watch, no_engine, orthanc, tmp_path, web):
    orthanc.put(write_series(tmp_path / "in", count=2))
    cancel, studies = CancelToken(), web.studies
    faults = [Unreachable("It is away."), None, Unreachable("It is away."), None]

    def away(wanted, patient=False):
        fault = faults.pop(0) if faults else None
        if fault is not None:
            raise fault
        return studies(wanted, patient)

    web.studies = away
    seen = watch(make=small_object, cancel=cancel)
    seen.on_step = lambda entry: cancel.cancel() if entry.state == SENT else None
    with pytest.raises(Cancelled):
        seen.run()
    assert len(seen.troubles) == 2
    web.studies = lambda *rest: (_ for _ in ()).throw(Unreachable("It is away."))
    with pytest.raises(Unreachable):
        watch().run(once=True)


def test_a_study_that_does_not_come_stops_no_other_and_is_tried_again(watch, no_engine, orthanc, tmp_path, web):
    orthanc.put(write_series(tmp_path / "in", study=1, count=2))
    orthanc.put(write_series(tmp_path / "other", study=2, count=2))
    retrieve = web.retrieve

    def missing(study, *rest):
        if study == f"{ROOT}.1":
            raise Unreachable("It broke off.")
        retrieve(study, *rest)

    web.retrieve = missing
    entries = {entry.study: entry for entry in watch(make=small_object).run(once=True)}
    assert (entries[f"{ROOT}.1"].state, entries[f"{ROOT}.2"].state) == (FAILED, SENT)
    assert "did not come" in entries[f"{ROOT}.1"].why
    web.retrieve = retrieve
    assert {entry.state for entry in watch(make=small_object).run(once=True)} == {FAILED, SENT}
    assert {entry.state for entry in watch(make=small_object).run(once=True, again=True)} == {SENT}


def test_images_that_somebody_deleted_are_fetched_again(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2))

    def gone(result, images, out):
        import shutil

        shutil.rmtree(images.parent)
        raise ArchiveError("It does not work today.")

    watch(make=gone).run(once=True)
    assert [entry.state for entry in watch(make=small_object).run(once=True, again=True)] == [SENT]


def test_images_go_when_all_is_sent_where_that_is_wanted(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2))
    (entry,) = watch(make=small_object, delete_images=True).run(once=True)
    assert entry.state == SENT
    assert names(tmp_path / "out" / IMAGES) == []
    assert names(tmp_path / "out" / OBJECTS) == [entry.name]


def test_an_object_of_another_study_is_never_sent(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2))

    def wrong(result, images, out):
        out.mkdir(parents=True)
        source = write_series(tmp_path / "wrong", study=7, count=1)
        (out / "a.dcm").write_bytes(next(source.iterdir()).read_bytes())

    (entry,) = watch(make=wrong).run(once=True)
    assert (entry.state, entry.why.endswith("it was not sent.")) == (FAILED, True)
    assert orthanc.modalities() == ["CT"]


def test_what_an_archive_refuses_has_failed_after_some_tries(watch, no_engine, orthanc, tmp_path, web):
    orthanc.put(write_series(tmp_path / "in", count=2))
    web.store = lambda dataset: "the archive has no room"
    (entry,) = watch(make=small_object).run(once=True)
    assert entry.state == FAILED
    assert "does not take capture.dcm: the archive has no room" in entry.why


def test_two_watches_do_not_share_a_folder(watch, tmp_path):
    with folder_lock(tmp_path / "out", "gananomaly pacs watch"):
        import threading

        caught = []

        def other():
            try:
                watch().run(once=True)
            except FolderInUse as error:
                caught.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "is being written to by process" in str(caught[0])


def test_what_is_wrong_is_said_before_anything_is_asked(watch, tmp_path, web):
    import dataclasses

    web.studies = None
    for wrong in (
        {"rules": WatchRules(min_slices=0)},
        {"template": dataclasses.replace(TEMPLATE, model="no such model")},
        {"template": dataclasses.replace(TEMPLATE, top=0)},
    ):
        with pytest.raises(InputError):
            watch(**wrong).run(once=True)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="is not a folder"):
        watch().run(once=True)


def test_told_to_stop_while_it_waits_it_does_soon(watch):
    cancel = CancelToken()
    seen = watch(every=3600.0, cancel=cancel, progress=lambda fraction, message: cancel.cancel())
    began = time.monotonic()
    with pytest.raises(Cancelled):
        seen.run()
    assert time.monotonic() - began < 30


def test_studies_count_from_the_first_day_and_later_from_two_weeks_before_the_last_look(watch):
    asked, rules = [], WatchRules(min_slices=2)

    def look(year, month, day, rules=rules):
        seen = watch(rules=rules, today=lambda: datetime.date(year, month, day))
        seen.archive.studies = lambda wanted: asked.append(wanted.since) or []
        seen.run(once=True)
        return asked.pop()

    assert look(2026, 1, 1) == "20260101"
    assert look(2026, 1, 10) == "20260101"
    assert look(2026, 2, 20) == "20260101"  # it was away for weeks
    assert look(2026, 2, 21) == "20260206"
    assert look(2026, 2, 21, WatchRules(since="20200101")) == "20200101"


def test_while_something_grows_the_days_do_not_move(watch, no_engine, orthanc, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=2, date="20260105"))
    days = [datetime.date(2026, 1, 5), datetime.date(2026, 3, 5), datetime.date(2026, 3, 5)]
    (entry,) = watch(rules=WatchRules(min_slices=2), make=small_object, today=lambda: days.pop(0)).run(once=True)
    assert entry.state == SENT
