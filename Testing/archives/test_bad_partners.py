"""DIMSE partners that refuse, break off or lie; and C-MOVE, which comes back on a line of its own."""

from __future__ import annotations

import ssl
from contextlib import contextmanager

import pytest
from archives.bad_servers import certificate, line_to
from archives.conftest import names
from archives.made_series import ROOT, write_series
from archives.places_of_orthanc import TITLE, free_port
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from GANAnomalyLib.archives.archive_protocol import ArchiveError, Unreachable, Wanted
from GANAnomalyLib.archives.fetch_series import fetch_series
from GANAnomalyLib.archives.send_files import REFUSED, SENT, find_files, send_files
from GANAnomalyLib.errors import InputError


@pytest.fixture
def folder(tmp_path):
    return write_series(tmp_path / "in", count=3)


@contextmanager
def partner(folder, tls=None, kinds=None, **handlers):
    """The address of a partner that has the files of a folder; ``handlers`` (find, get, store) answer in its place."""
    files = [dcmread(path) for path in sorted(folder.glob("*.dcm"))]

    def find(event):
        asked = event.identifier
        keys = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}
        told = set()
        for one in files:
            answer = Dataset()
            for item in asked:
                if item.keyword in one:
                    setattr(answer, item.keyword, one[item.keyword].value)
            uid = answer.get(keys[asked.QueryRetrieveLevel])
            if uid not in told:
                yield 0xFF00, answer
            told.add(uid)

    def get(event):
        wanted = event.identifier.get("SOPInstanceUID")
        sent = [one for one in files if wanted in (None, one.SOPInstanceUID)]
        yield len(sent)
        for one in sent:
            yield 0xFF00, one

    entity = AE(TITLE)
    entity.require_called_aet = True
    for kind in kinds or (
        Verification,
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
        CTImageStorage,
    ):
        entity.add_supported_context(kind, scu_role=True, scp_role=True)
    if "limit" in handlers:
        entity.maximum_associations = handlers.pop("limit")
    if "known" in handlers:
        entity.require_calling_aet = handlers.pop("known")
    bound = [
        (evt.EVT_C_FIND, handlers.get("find", find)),
        (evt.EVT_C_GET, handlers.get("get", get)),
        (evt.EVT_C_STORE, handlers.get("store", lambda event: 0x0000)),
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=bound, ssl_context=tls)
    try:
        yield f"dicom{'+tls' if tls else ''}://{TITLE}@localhost:{server.server_address[1]}"
    finally:
        server.shutdown()


def test_a_good_partner_is_believed(folder, reach, tmp_path):
    with partner(folder) as address:
        archive = reach(address)
        archive.echo()
        (series,) = archive.series(f"{ROOT}.1")
        assert series.instances is None
        assert fetch_series(archive, series, tmp_path / "out", pause_s=0.01).instances == 3


def test_titles_that_are_not_known_are_said(orthanc, reach, folder):
    with pytest.raises(ArchiveError, match="is not called NOBODY: check the title"):
        reach(orthanc.dimse.replace(TITLE, "NOBODY")).echo()
    with (
        partner(folder, known=["ANOTHER"]) as address,
        pytest.raises(ArchiveError, match="does not know our title GANANOMALY: have it entered there"),
    ):
        reach(address).echo()
    # Orthanc lets everybody introduce themselves, and hangs up on who asks.
    with pytest.raises(Unreachable, match="some do so that do not know our title WHO"):
        reach(orthanc.dimse, aet="WHO").studies(Wanted())


def test_a_partner_that_is_busy_is_asked_again_and_told(folder, reach):
    with partner(folder, limit=1) as address:
        first = reach(address)
        with first._association([_echo()]), pytest.raises(Unreachable, match="too busy"):
            reach(address).echo()
        reach(address).echo()


def _echo():
    from pynetdicom import build_context

    return build_context(Verification)


def test_what_is_not_offered_is_said(folder, reach, tmp_path):
    with partner(folder, kinds=[Verification, StudyRootQueryRetrieveInformationModelFind]) as address:
        archive = reach(address)
        (series,) = archive.series(f"{ROOT}.1")
        with pytest.raises(ArchiveError, match="does not offer C-GET: add --move-port"):
            fetch_series(archive, series, tmp_path / "out", pause_s=0.01)
        told = send_files(archive, find_files([folder / "1-1-000.dcm"]))
        assert (told[0].state, told[0].why) == (REFUSED, "the archive does not take objects of this kind (0x0122)")
    with partner(folder, kinds=[CTImageStorage]) as address, pytest.raises(ArchiveError, match="does not offer"):
        reach(address).echo()


@pytest.mark.parametrize("address", ["dicom://X@127.0.0.1:9", "dicom://X@no-such-computer.invalid:104"])
def test_nobody_there_is_told(reach, address):
    with pytest.raises(Unreachable, match=r"cannot be reached|is no known computer"):
        reach(address, timeout=2.0).echo()


def test_a_port_of_something_else_is_told(orthanc, reach):
    with pytest.raises(Unreachable, match=r"broke off while we introduced ourselves|cannot be reached"):
        reach(f"dicom://X@127.0.0.1:{orthanc.port}", timeout=2.0).echo()


def test_a_question_that_is_refused_is_told(folder, reach):
    def find(event):
        yield 0xA700, None

    with partner(folder, find=find) as address, pytest.raises(ArchiveError, match=r"refuses the question \(0xa700\)"):
        reach(address).studies(Wanted())


def test_a_partner_that_breaks_off_in_the_middle_is_asked_for_the_rest(folder, reach, tmp_path):
    asked = []
    files = [dcmread(path) for path in sorted(folder.glob("*.dcm"))]

    def get(event):
        wanted = event.identifier.get("SOPInstanceUID")
        asked.append(wanted)
        sent = [one for one in files if wanted in (None, one.SOPInstanceUID)]
        yield len(sent)
        yield 0xFF00, sent[0]
        if wanted is None:
            event.assoc.abort()
            yield 0xFE00, None
        for one in sent[1:]:
            yield 0xFF00, one

    with partner(folder, get=get) as address:
        archive = reach(address)
        (series,) = archive.series(f"{ROOT}.1")
        fetched = fetch_series(archive, series, tmp_path / "out", pause_s=0.01)
    assert len(names(fetched.folder)) == 3
    assert asked[0] is None
    assert 2 <= len(asked) - 1 <= 3


def test_images_of_another_series_are_refused(folder, reach, tmp_path):
    other = [dcmread(path) for path in sorted(write_series(tmp_path / "other", study=2, count=3).glob("*.dcm"))]

    def get(event):
        yield len(other)
        for one in other:
            yield 0xFF00, one

    with partner(folder, get=get) as address:
        archive = reach(address)
        (series,) = archive.series(f"{ROOT}.1")
        with pytest.raises(ArchiveError, match="sends images of another series"):
            fetch_series(archive, series, tmp_path / "out", tries=2, pause_s=0.01)
    assert [name for name in names(tmp_path / "out") if not name.startswith(".")] == []


@pytest.mark.parametrize(
    ("status", "state", "why"),
    [
        (0xB006, SENT, ""),
        (0xA700, REFUSED, "no room"),
        (0x0111, "already there", "has one"),
        (0xC123, REFUSED, "0xc123"),
    ],
)
def test_what_becomes_of_a_sent_file_is_told(folder, reach, status, state, why):
    with partner(folder, store=lambda event: status) as address:
        (told,) = send_files(reach(address), find_files([folder / "1-1-000.dcm"]))
    assert told.state == state
    assert why in told.why


def test_a_line_that_breaks_while_it_is_sent_on_is_opened_again(orthanc, folder, reach):
    with line_to(orthanc.dicom_port) as (port, allowances):
        allowances.append(600)  # the introduction, and hardly more
        archive = reach(f"dicom://{TITLE}@127.0.0.1:{port}", tries=3)
        told = send_files(archive, find_files([folder]))
    assert [sent.state for sent in told] == [SENT] * 3
    assert len(orthanc.instances()) == 3


def test_move_brings_the_images_on_a_line_of_its_own(orthanc, folder, reach, tmp_path):
    orthanc.put(folder)
    archive = reach(orthanc.dimse, move_port=orthanc.move_port)
    (series,) = archive.series(f"{ROOT}.1")
    fetched = fetch_series(archive, series, tmp_path / "out", pause_s=0.01)
    assert [dcmread(path) for path in sorted(fetched.folder.iterdir())]
    assert fetched.instances == 3
    (fetched.folder / names(fetched.folder)[0]).unlink()
    assert fetch_series(archive, series, tmp_path / "out", pause_s=0.01).instances == 3


def test_a_destination_that_the_archive_does_not_know_is_told(orthanc, folder, reach, tmp_path):
    orthanc.put(folder)
    archive = reach(orthanc.dimse, move_port=free_port())
    (series,) = archive.series(f"{ROOT}.1")
    with pytest.raises(ArchiveError, match=r"refuses to send the images|could not send the images"):
        fetch_series(archive, series, tmp_path / "out", tries=1, pause_s=0.01)


def test_a_port_that_is_taken_is_told(orthanc, folder, reach, tmp_path):
    orthanc.put(folder)
    archive = reach(orthanc.dimse, move_port=orthanc.dicom_port)
    (series,) = archive.series(f"{ROOT}.1")
    with pytest.raises(InputError, match="cannot be used to receive images: choose another --move-port"):
        fetch_series(archive, series, tmp_path / "out", pause_s=0.01)


def test_tls_is_checked_here_too(folder, reach, tmp_path):
    both, public = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with partner(folder, tls=context) as address:
        reach(address, ca=str(public)).echo()
        with pytest.raises(ArchiveError, match="certificate of localhost is not trusted"):
            reach(address).echo()
        with pytest.raises(ArchiveError, match="not trusted"):
            reach(address.replace("localhost", "127.0.0.1"), ca=str(public)).echo()
    with partner(folder) as address, pytest.raises(Unreachable, match="cannot be reached with TLS"):
        reach(address.replace("dicom:", "dicom+tls:"), ca=str(public), timeout=2.0).echo()


def test_roles_of_all_kinds_fit_into_one_introduction():
    from GANAnomalyLib.archives.image_kinds import COMPRESSED, FETCHED

    assert 1 + len(FETCHED) * (1 + len(COMPRESSED)) <= 128
    assert all(build_role(kind, scp_role=True) for kind in FETCHED)
