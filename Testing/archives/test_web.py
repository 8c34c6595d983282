"""DICOMweb's own: credentials, certificates, a line that breaks."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from archives.bad_servers import certificate, line_to
from archives.made_series import ROOT, write_series
from archives.places_of_orthanc import PASSWORD, USER

from GANAnomalyLib.archives.archive_protocol import ArchiveError, Wanted
from GANAnomalyLib.archives.connection import Connection, Credentials
from GANAnomalyLib.archives.fetch_series import fetch_series
from GANAnomalyLib.errors import InputError


def test_credentials_that_are_missing_or_wrong_are_told_apart(orthanc, reach, monkeypatch):
    monkeypatch.setenv("GANANOMALY_PACS_PASSWORD", "wrong")
    with pytest.raises(ArchiveError, match="refuses these credentials: set GANANOMALY_PACS_USER") as told:
        reach(orthanc.web).echo()
    assert "wrong" not in str(told.value) + told.value.details
    monkeypatch.delenv("GANANOMALY_PACS_USER")
    with pytest.raises(ArchiveError, match="wants credentials"):
        reach(orthanc.web).echo()
    monkeypatch.setenv("GANANOMALY_PACS_USER", USER)
    monkeypatch.delenv("GANANOMALY_PACS_PASSWORD")
    with pytest.raises(InputError, match="There is no password"):
        reach(orthanc.web)


def test_a_password_comes_from_the_keyring_where_there_is_one(orthanc, reach, monkeypatch):
    monkeypatch.delenv("GANANOMALY_PACS_PASSWORD")
    kept = {("gananomaly-pacs:localhost", USER): PASSWORD}
    ring = SimpleNamespace(get_password=lambda service, user: kept.get((service, user)), __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "keyring", ring)
    reach(orthanc.web).echo()


def test_a_token_goes_as_one(tmp_path, reach, monkeypatch):
    from archives.bad_servers import serving

    monkeypatch.setenv("GANANOMALY_PACS_TOKEN", "abc.def")
    with serving(write_series(tmp_path / "in", count=1)) as (server, address):
        heads = []
        server.answer = lambda handler, kind: heads.append(handler.headers["Authorization"])
        reach(address).echo()
    assert heads == ["Bearer abc.def"]


def test_credentials_do_not_follow_to_another_place(tmp_path, reach):
    from archives.bad_servers import serving

    folder = write_series(tmp_path / "in", count=1)
    with serving(folder) as (server, address), serving(folder) as (other, elsewhere):
        heads = []
        server.answer = lambda handler, kind: (
            handler.bytes(b"", "text/plain", 302, Location=f"{elsewhere}/studies") or True
        )
        other.answer = lambda handler, kind: heads.append(handler.headers["Authorization"])
        reach(address).echo()
    assert heads == [None]


def test_secrets_are_not_shown():
    shown = repr(Credentials.find("localhost")) + repr(Connection(archive="https://pacs.example/rs"))
    assert PASSWORD not in shown
    assert USER not in shown


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "No archive is named"),
        ("pacs.example", "cannot be used"),
        ("ftp://pacs.example/x", "cannot be used"),
        ("https://me:secret@pacs.example/rs", "must hold no name, password"),
        ("https://pacs.example:port/rs", "cannot be used"),
        ("https://pacs.example/a b", "cannot be used"),
        ("dicom://pacs.example:104", "title and port"),
        ("dicom://A@pacs.example", "title and port"),
        ("dicom://ATITLETHATISFARTOOLONG@pacs.example:104", "title and port"),
        ("http://pacs.example/rs", "everybody on the way could read"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_secrets(address, told, reach):
    with pytest.raises(InputError, match=told) as error:
        reach(address)
    assert "secret" not in str(error.value)


def test_certificates_are_checked(orthanc, reach, tmp_path):
    both, public = certificate(tmp_path)
    with line_to(orthanc.port, both) as (port, _):
        with pytest.raises(ArchiveError, match=r"certificate of localhost is not trusted.*--ca"):
            reach(f"https://localhost:{port}/dicom-web").echo()
        reach(f"https://localhost:{port}/dicom-web", ca=str(public)).echo()
        with pytest.raises(ArchiveError, match="not trusted"):
            reach(f"https://127.0.0.1:{port}/dicom-web", ca=str(public)).echo()
    with pytest.raises(InputError, match="holds no certificates"):
        reach(f"https://localhost:{port}/dicom-web", ca=str(both.with_name("key.pem")))


def test_a_users_settings_for_other_programs_do_not_reach_it(orthanc, reach, monkeypatch, tmp_path):
    both, _ = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(both))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    reach(orthanc.web).echo()


def test_where_a_line_breaks_only_what_is_missing_is_asked_for_again(orthanc, reach, tmp_path):
    orthanc.put(write_series(tmp_path / "in", count=6))
    series = reach(orthanc.web).series(f"{ROOT}.1")[0]
    with line_to(orthanc.port) as (port, allowances):
        archive = reach(f"http://127.0.0.1:{port}/dicom-web")
        calls = []
        asked = archive.retrieve

        def retrieve(study, uid, instance, take):
            calls.append(instance)
            archive._session.close()  # the next question opens a line of its own
            if instance is None:
                allowances.append(20_000)
            asked(study, uid, instance, take)

        archive.retrieve = retrieve
        fetched = fetch_series(archive, series, tmp_path / "out", pause_s=0.01)
    assert fetched.instances == 6
    assert calls[0] is None
    assert 0 < len(calls) - 1 < 6


def test_nobody_there_is_told_after_some_tries(reach):
    with pytest.raises(ArchiveError, match=r"127\.0\.0\.1 cannot be reached"):
        reach("http://127.0.0.1:9/rs").studies(Wanted())
