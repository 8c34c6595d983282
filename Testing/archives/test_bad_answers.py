"""Archives that are slow, broken or lying: mended by asking again, or refused in a sentence; nothing half-written."""

from __future__ import annotations

import time

import pytest
from archives.bad_servers import BOUNDARY, serving
from archives.conftest import names
from archives.made_series import ROOT, write_series
from pydicom import dcmread

from GANAnomalyLib.archives.archive_protocol import ArchiveError, Unreachable, Wanted
from GANAnomalyLib.archives.fetch_series import fetch_series
from GANAnomalyLib.archives.send_files import REFUSED, SENT, find_files, send_files
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture
def folder(tmp_path):
    return write_series(tmp_path / "in", count=4)


@pytest.fixture
def bad(folder):
    with serving(folder) as (server, address):
        server.address = address
        yield server


@pytest.fixture
def fetch(bad, reach, tmp_path):
    def start(**more):
        archive = reach(bad.address, **more)
        series = archive.series(f"{ROOT}.1")[0]
        return fetch_series(archive, series, tmp_path / "out", tries=2, pause_s=0.01)

    return start


def shown(tmp_path) -> list[str]:
    """The folders that a user sees."""
    return [name for name in names(tmp_path / "out") if not name.startswith(".")] if (tmp_path / "out").exists() else []


def test_a_good_one_is_believed(fetch, bad):
    assert fetch().instances == 4
    assert bad.asked["whole"] == 1
    assert bad.asked["one"] == 0


def test_one_that_is_busy_is_asked_again(bad, reach):
    def answer(handler, kind):
        if bad.asked["studies"] == 1:
            handler.bytes(b"", "text/plain", 503)
            return True
        return False

    bad.answer = answer
    assert len(reach(bad.address).studies(Wanted())) == 1


@pytest.mark.parametrize(
    ("status", "told"),
    [(500, "could not answer"), (404, "knows no such study"), (403, "refuses these credentials"), (400, "refused the")],
)
def test_one_that_refuses_is_told(bad, reach, status, told):
    bad.answer = lambda handler, kind: handler.bytes(b"secret words", "text/plain", status) or True
    with pytest.raises(ArchiveError, match=told) as error:
        reach(bad.address).studies(Wanted())
    assert "secret words" not in str(error.value)
    assert bad.asked["studies"] == (2 if status == 500 else 1)


@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b'[{"0020000D": ', b"\xff\xfe", b"7", b'["a"]'])
def test_one_that_answers_with_something_else_is_told_or_has_nothing(bad, reach, body):
    bad.answer = lambda handler, kind: handler.bytes(body, "text/html") or True
    try:
        assert reach(bad.address).studies(Wanted()) == []
    except Unreachable as error:
        assert "not DICOM" in str(error)  # noqa: PT017


def test_one_that_never_answers_is_given_up(bad, reach):
    bad.answer = lambda handler, kind: time.sleep(3) or True
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
        reach(bad.address, timeout=0.2).studies(Wanted())


def test_told_to_stop_while_it_waits_it_does_within_a_second(bad, folder):
    from GANAnomalyLib.archives.connection import Connection
    from GANAnomalyLib.archives.open_archive import open_archive

    cancel = CancelToken()

    def answer(handler, kind):
        cancel.cancel()
        time.sleep(3)
        return True

    bad.answer = answer
    archive = open_archive(Connection(archive=bad.address), cancel)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        archive.studies(Wanted())
    assert time.monotonic() - began < 2.5


def test_one_that_trickles_is_given_up(bad, fetch):
    def answer(handler, kind):
        if kind != "whole" and kind != "one":
            return False
        handler.send_response(200)
        handler.send_header("Content-Type", f"multipart/related; boundary={BOUNDARY}")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)
        return True

    bad.answer = answer
    with pytest.raises(ArchiveError, match="4 of 4 images did not come"):
        fetch(timeout=0.05)


def test_one_that_ignores_where_a_page_begins_does_not_go_on_for_ever(bad, reach):
    bad.paged = False
    assert len(reach(bad.address).instances(f"{ROOT}.1", f"{ROOT}.1.1")) == 4
    assert bad.asked["instances"] == 2


def test_filters_that_it_ignores_are_applied_here(bad, reach):
    archive = reach(bad.address)
    assert archive.studies(Wanted(since="20270101")) == []
    assert archive.studies(Wanted(modality="MR")) == []
    assert len(archive.studies(Wanted(modality="CT", since="20260102"))) == 1


def test_text_from_outside_cannot_write_to_the_terminal(bad, reach):
    rows = bad.rows
    bad.rows = lambda kind: [row | {"00081030": {"vr": "LO", "Value": ["a\x1b[2Jb\nc" * 99]}} for row in rows(kind)]
    (study,) = reach(bad.address).studies(Wanted())
    assert study.description.isprintable()
    assert len(study.description) <= 128


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("cut", [10, 150, 700, 9_000, 20_000])
def test_what_is_cut_in_the_middle_is_asked_for_again(bad, fetch, framed, cut):
    bad.framed = framed

    def answer(handler, kind):
        if kind == "whole":
            handler.multipart([path.read_bytes() for path in bad.files.values()], cut)
        return kind == "whole"

    bad.answer = answer
    fetched = fetch()
    assert fetched.instances == len(names(fetched.folder)) == 4
    assert bad.asked["whole"] == 1
    assert 0 < bad.asked["one"] <= 4


def test_what_always_is_cut_is_refused_and_what_came_is_kept(bad, fetch, tmp_path):
    def answer(handler, kind):
        content = [path.read_bytes() for path in bad.files.values()]
        if kind in ("whole", "one"):
            handler.multipart(content[:1], 3_000) if kind == "one" else handler.multipart(content, 9_000)
        return kind in ("whole", "one")

    bad.answer, bad.framed = answer, False
    with pytest.raises(ArchiveError, match=r"3 of 4 images did not come: .*what came is kept"):
        fetch()
    assert shown(tmp_path) == []
    bad.answer = lambda handler, kind: False
    bad.asked.clear()
    assert fetch().instances == 4
    assert (bad.asked["whole"], bad.asked["one"]) == (0, 3)


def test_pixels_that_are_too_few_are_seen(bad, fetch, tmp_path):
    short = dcmread(next(iter(bad.files.values())))
    short.PixelData = short.PixelData[:-200]
    path = tmp_path / "short.dcm"
    short.save_as(path, enforce_file_format=True)
    bad.files[str(short.SOPInstanceUID)] = path
    with pytest.raises(ArchiveError, match="1 of 4 images cut off or damaged"):
        fetch()
    assert shown(tmp_path) == []


def test_images_of_another_series_are_left_out_and_the_right_ones_asked_for(bad, fetch, tmp_path):
    other = sorted(write_series(tmp_path / "other", study=2, count=4).glob("*.dcm"))
    bad.sent = lambda: other
    fetched = fetch()
    assert fetched.notes == ["4 images that nobody asked for were left out."]
    assert {str(dcmread(path).StudyInstanceUID) for path in fetched.folder.iterdir()} == {f"{ROOT}.1"}


def test_images_of_another_series_only_are_refused(bad, fetch, tmp_path):
    other = sorted(write_series(tmp_path / "other", study=2, count=4).glob("*.dcm"))
    bad.files = dict(zip(bad.files, other, strict=True))
    with pytest.raises(ArchiveError, match="sends images of another series than was asked for"):
        fetch()
    assert shown(tmp_path) == []


def test_what_comes_twice_is_kept_once(bad, fetch):
    bad.sent = lambda: [*bad.files.values(), *bad.files.values()]
    fetched = fetch()
    assert len(names(fetched.folder)) == 4
    assert fetched.instances == 4


def test_two_images_under_one_uid_are_refused(bad, fetch, tmp_path):
    uid, path = next(iter(bad.files.items()))
    other = dcmread(path)
    other.PixelData = bytes(len(other.PixelData))
    other.save_as(tmp_path / "other.dcm", enforce_file_format=True)
    assert uid == other.SOPInstanceUID
    bad.sent = lambda: [path, tmp_path / "other.dcm", *bad.files.values()]
    with pytest.raises(ArchiveError, match="two different images under one UID"):
        fetch()
    assert shown(tmp_path) == []


def test_what_it_lists_and_does_not_send_is_missed(bad, fetch, tmp_path):
    gone = list(bad.files)[2]
    bad.sent = lambda: [path for uid, path in bad.files.items() if uid != gone]
    bad.answer = lambda handler, kind: kind == "one" and (handler.multipart([]) or True)
    with pytest.raises(ArchiveError, match=r"1 of 4 images did not come|does not send 1 of them"):
        fetch()
    assert shown(tmp_path) == []


def test_a_count_that_is_not_that_of_its_list_is_waited_for_and_refused(bad, fetch, tmp_path):
    bad.counted = 5
    with pytest.raises(ArchiveError, match="counts 5 images in a series and lists 4"):
        fetch()
    assert shown(tmp_path) == []


def reply(handler, status: int, **sequences) -> bool:
    """A response of STOW: (UID, reason or None) by the name of the sequence."""
    tags = {"done": "00081199", "failed": "00081198"}
    data = {
        tags[name]: {
            "vr": "SQ",
            "Value": [
                {"00081155": {"vr": "UI", "Value": [uid]}}
                | ({} if why is None else {"00081197": {"vr": "US", "Value": [why]}})
                for uid, why in items
            ],
        }
        for name, items in sequences.items()
    }
    handler.json(data, status)
    return True


def test_what_an_archive_refuses_is_said_for_each_file(bad, reach, folder):
    uids = list(bad.files)
    answers = [
        lambda handler: reply(handler, 200, done=[(uids[0], None)]),
        lambda handler: reply(handler, 409, failed=[(uids[1], 0x0122)]),
        lambda handler: reply(handler, 202, failed=[(uids[2], 0xA701)]),
        lambda handler: handler.bytes(b"no", "text/plain", 400) or True,
    ]
    bad.answer = lambda handler, kind: kind == "store" and answers.pop(0)(handler)
    told = send_files(reach(bad.address), find_files([folder]))
    assert [sent.state for sent in told] == [SENT, REFUSED, REFUSED, REFUSED]
    assert [sent.why for sent in told[1:]] == [
        "the archive does not take objects of this kind (0x0122)",
        "the archive has no room (0xa701)",
        "the archive refused it (HTTP 400)",
    ]


def test_one_that_confirms_another_object_is_not_believed(bad, reach, folder):
    bad.answer = lambda handler, kind: kind == "store" and reply(handler, 200, done=[("1.2.3", None)])
    first, *_ = find_files([folder])
    uid = str(dcmread(first).SOPInstanceUID)
    assert send_files(reach(bad.address), [first])[0].state == SENT  # its list has the object all the same
    del bad.files[uid]
    (told,) = send_files(reach(bad.address), [first])
    assert (told.state, told.why) == (REFUSED, "the archive did not confirm that it has it")


def test_an_object_is_stored_as_it_is(bad, reach, folder):
    first, *_ = find_files([folder])
    send_files(reach(bad.address), [first])
    assert first.read_bytes() in bad.stored[0]
