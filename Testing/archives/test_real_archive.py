"""Orthanc, by DICOMweb and by DIMSE: asked, fetched from, sent to."""

from __future__ import annotations

import pytest
from archives.conftest import names
from archives.made_series import ROOT, write_series
from pydicom import dcmread

from GANAnomalyLib.archives.archive_protocol import ArchiveError, Wanted
from GANAnomalyLib.archives.fetch_series import fetch_series
from GANAnomalyLib.archives.send_files import NOT_SENT, SENT, THERE, find_files, send_files
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import read_volume


@pytest.fixture
def two(orthanc, tmp_path):
    """Two studies: of one, two series."""
    folder = tmp_path / "in"
    write_series(folder, study=1, series=1, count=3)
    write_series(folder, study=1, series=2, count=2, body_part="ABDOMEN", description="Leber venös")
    write_series(folder, study=2, series=1, count=2, modality="MR", date="20250607")
    orthanc.put(folder)
    return folder


def found(archive, **wanted) -> list[str]:
    return [study.uid.removeprefix(f"{ROOT}.") for study in archive.studies(Wanted(**wanted))]


def test_studies_are_found_by_kind_and_day_newest_first(two, archive):
    archive.echo()
    assert found(archive) == ["1", "2"]
    assert found(archive, modality="ct") == ["1"]
    assert found(archive, until="20251231") == ["2"]
    assert found(archive, since="20250607", until="20260102") == ["1", "2"]
    assert found(archive, since="20260103") == []
    first = archive.studies(Wanted())[0]
    assert (first.date, first.description, first.modalities) == ("20260102", "CT made for tests", ("CT",))
    assert (first.series, first.instances) == (2, 5)


def test_the_patients_name_comes_only_where_it_is_asked_for(two, archive):
    assert {study.patient for study in archive.studies(Wanted())} == {""}
    assert {study.patient for study in archive.studies(Wanted(), patient=True)} == {"Nobody^Täst"}


def test_series_are_told_apart_by_what_people_know_them_by(two, archive):
    series = archive.series(f"{ROOT}.1")
    assert [(one.number, one.body_part, one.description, one.instances) for one in series] == [
        (1, "CHEST", "Thorax", 3),
        (2, "ABDOMEN", "Leber venös", 2),
    ]
    for wanted in ({"body_part": "abdomen"}, {"number": 2}, {"description": "leber*VEN"}):
        assert [one.number for one in series if Wanted(**wanted).fits_series(one)] == [2]
    assert archive.instances(f"{ROOT}.1", f"{ROOT}.1.2") == [f"{ROOT}.1.2.1", f"{ROOT}.1.2.2"]
    assert archive.series(f"{ROOT}.9") == []


def test_a_series_is_fetched_as_it_is_and_only_once(two, archive, tmp_path):
    series = archive.series(f"{ROOT}.1")[1]
    fetched = fetch_series(archive, series, tmp_path / "out")
    assert (fetched.instances, fetched.reused, fetched.notes) == (2, False, [])
    assert names(tmp_path / "out") == [fetched.folder.name]
    assert not any(part in str(fetched.folder) for part in ("Nobody", "T1", ROOT))
    for path in fetched.folder.iterdir():
        got = dcmread(path)
        sent = dcmread(two / f"1-2-{int(got.InstanceNumber) - 1:03d}.dcm")
        assert got == sent
        assert got.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
    assert read_volume(fetched.folder).voxels.shape[0] == 2
    again = fetch_series(archive, series, tmp_path / "out")
    assert again.reused


def test_a_folder_that_lost_an_image_is_made_whole_again(two, archive, tmp_path):
    series = archive.series(f"{ROOT}.1")[0]
    folder = fetch_series(archive, series, tmp_path / "out").folder
    before = names(folder)
    (folder / before[0]).unlink()
    (folder / before[1]).write_bytes((folder / before[1]).read_bytes()[:-5])
    assert not fetch_series(archive, series, tmp_path / "out").reused
    assert names(folder) == before


def test_what_is_sent_is_there_and_sent_again_is_told(orthanc, archive, tmp_path):
    folder = write_series(tmp_path / "in", count=2)
    (folder / "notes.txt").write_text("no DICOM")
    cut = folder / "cut.dcm"
    cut.write_bytes((folder / "1-1-000.dcm").read_bytes()[:-100])
    heard = []
    told = send_files(archive, find_files([folder]), on_file=heard.append)
    assert told == heard
    assert {sent.path.name: (sent.state, sent.why) for sent in told} == {
        "1-1-000.dcm": (SENT, ""),
        "1-1-001.dcm": (SENT, ""),
        "cut.dcm": (NOT_SENT, "its pixels are cut off"),
        "notes.txt": (NOT_SENT, "it is no DICOM file"),
    }
    assert orthanc.instances() == [f"{ROOT}.1.1.1", f"{ROOT}.1.1.2"]
    assert {sent.state for sent in send_files(archive, find_files([folder / "1-1-000.dcm"]))} <= {SENT, THERE}
    assert len(orthanc.instances()) == 2


def test_told_to_stop_it_stops_and_keeps_what_came(two, archive, tmp_path):
    cancel = CancelToken()
    series = archive.series(f"{ROOT}.1")[0]
    stop = lambda fraction, message: cancel.cancel()  # noqa: E731
    with pytest.raises(Cancelled):
        fetch_series(archive, series, tmp_path / "out", stop, cancel)
    (work,) = (tmp_path / "out").iterdir()
    assert work.name.startswith(".")
    assert len(names(work)) == 1
    assert fetch_series(archive, series, tmp_path / "out").instances == 3


def test_a_series_that_is_not_there_is_refused(two, archive, tmp_path):
    series = archive.series(f"{ROOT}.1")[0]
    gone = type(series)(series.study, f"{ROOT}.1.7")
    with pytest.raises(ArchiveError, match="lists no image of this series"):
        fetch_series(archive, gone, tmp_path / "out", pause_s=0.01)
    assert list(tmp_path.glob("out/*")) == []
