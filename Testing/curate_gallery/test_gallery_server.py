"""The served gallery, spoken to as a browser and as somebody who is not one."""

from __future__ import annotations

import http.client
import json
import re
import threading

import pytest
from curate_gallery.many_rows import code_of, coded_jpeg, write_store

from GANAnomalyLab.curate.gallery.gallery_server import GalleryServer, is_own
from GANAnomalyLab.curate.gallery.live_gallery import LiveGallery
from GANAnomalyLab.curate.marks import read_marks
from GANAnomalyLib.errors import InputError


class Asker:
    """Asks as a browser that came in by the key does; ``more`` headers replace its own."""

    def __init__(self, server: GalleryServer) -> None:
        self.server = server
        self.cookie = f"gananomaly_{server.port}={server.key}"
        self.token = server.gallery.token

    def __call__(self, path: str, method: str = "GET", body: bytes | None = None, **more: str | None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        held = {"Host": f"127.0.0.1:{self.server.port}", "Cookie": self.cookie, "X-Gallery-Token": self.token}
        held |= {name.replace("_", "-"): text for name, text in more.items()}
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, text in held.items():
                if text is not None:
                    connection.putheader(name, text)
            if body is not None and "Content-Length" not in held:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def page(self) -> tuple[str, list]:
        """The data's folder, and the IDs of rows by rank."""
        text = self("/gallery.html")[1].decode()
        folder = re.search(r'data-folder="([^"]+)"', text)[1]
        names = json.loads(re.search(rb",(\{.*\})\)", self(f"/{folder}/names.js")[1])[1])
        return folder, [names["ids"][at : at + 12] for at in range(0, len(names["ids"]), 12)]


@pytest.fixture
def store(tmp_path):
    return write_store(tmp_path / "store", 60)


@pytest.fixture
def ask(store):
    with GalleryServer(LiveGallery(str(store.folder)), port=0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Asker(server)
        server.shutdown()


def test_only_who_has_the_key_may_look(ask):
    status, _, headers = ask(f"/?key={ask.server.key}", Cookie=None)
    assert (status, headers["Location"]) == (303, "/gallery.html")
    assert headers["Set-Cookie"] == f"{ask.cookie}; HttpOnly; SameSite=Strict; Path=/"
    for path in ("/gallery.html", "/index.html", "/assets/start.js", "/", "/?key=", "/?key=wrong"):
        assert ask(path, Cookie=None)[0] == 403, path
    assert ask("/gallery.html", Cookie=f"gananomaly_{ask.server.port}=wrong")[0] == 403
    assert ask("/gallery.html")[0] == 200


def test_another_name_that_leads_here_is_refused(ask):
    port = ask.server.port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil.example:{port}", "", None):
        status, content, _ = ask(f"/?key={ask.server.key}", Host=host)
        assert (status, content[:9]) == (421, b"This name"), host
        assert ask("/marks", "POST", b"{}", Host=host)[0] == 421
    assert ask("/gallery.html", Host=f"LOCALHOST:{port}")[0] == 200


def test_the_same_files_as_in_the_folder(ask):
    folder, _ = ask.page()
    status, content, headers = ask(f"/{folder}/first.js")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    first = json.loads(re.search(rb",(\{.*\})\)", content)[1])
    assert (first["live"], first["pictures"], first["count"]) == (True, None, 60)
    assert "script-src 'self'" in ask("/gallery.html")[2]["Content-Security-Policy"]
    assert ask("/gallery.html")[2]["Cache-Control"] == "no-store"
    names = json.loads(re.search(rb",(\{.*\})\)", ask(f"/{folder}/names.js")[1])[1])["names"]
    thumbnails = json.loads(re.search(rb",(\[.*\])\)", ask(f"/{folder}/thumbnails_000000.js")[1])[1])
    import base64

    assert base64.b64decode(thumbnails[3]) == coded_jpeg(code_of(int(names[3][:6])))
    assert b"Research use only" in ask("/index.html")[1]


def test_no_path_leads_anywhere_else(ask):
    folder, _ = ask.page()
    for path in (
        "/store.json", "/marks.csv", "/assets/", "/assets", "/assets/../store.json", "/marks", "//etc/passwd",
        "/data/first.js", f"/{folder}", f"/{folder}/", f"/{folder}/store.json", f"/{folder}/pictures/../../store.json",
        f"/{folder}/pictures/%2e%2e%2fstore.json", f"/{folder}/pictures/999999.jpg", f"/{folder}/pictures/-00001.jpg",
        f"/{folder}/pictures/000000.jpg",
    ):  # fmt: skip
        assert ask(path)[0] == 404, path  # the last: its source never was


def test_marks_are_kept_in_the_store_and_seen_by_the_next(ask, store):
    folder, ids = ask.page()
    assert ask("/marks", "POST", json.dumps({"accept": ids[:2], "reject": [ids[5]]}).encode())[0] == 200
    assert sorted(read_marks(store.folder).values()) == ["accepted", "accepted", "rejected"]
    marks = json.loads(re.search(rb",(\[.*\])\)", ask(f"/{folder}/marks.js")[1])[1])
    assert [one[:2] for one in marks] == [[0, "accept"], [1, "accept"], [5, "reject"]]
    assert ask(f"/{folder}/marks.js")[2]["Cache-Control"] == "no-store"
    ask("/marks", "POST", json.dumps({"unmark": [ids[0]]}).encode())
    assert len(json.loads(re.search(rb",(\[.*\])\)", ask(f"/{folder}/marks.js")[1])[1])) == 2


def test_marks_that_are_none_are_refused_whole(ask, store):
    _, ids = ask.page()
    good = json.dumps({"accept": [ids[0]]}).encode()
    refused = {
        403: [{"X_Gallery_Token": None}, {"X_Gallery_Token": "wrong"}, {"Cookie": None}],
        411: [{"Content_Length": None}, {"Content_Length": "-1"}, {"Content_Length": "x"}],
        413: [{"Content_Length": str(1 << 30)}],
    }
    for status, tries in refused.items():
        for headers in tries:
            assert ask("/marks", "POST", good, **headers)[0] == status, headers
    for body in (
        b"", b"[]", b"[" * 100_000, b'{"accept": "all"}', b'{"delete": []}', b'{"accept": [1]}', b'{"accept": null}',
        json.dumps({"accept": [ids[0], "nobodyknows1"]}).encode(), "\ud800".encode("utf-8", "surrogatepass"),
    ):  # fmt: skip
        status, words, _ = ask("/marks", "POST", body)
        assert (status, words[-2:-1]) == (400, b"."), body[:60]
    assert ask("/other", "POST", good)[0] == 404
    assert ask("/gallery.html", "PUT", good)[0] == 501
    assert not (store.folder / "marks.csv").exists()


def test_a_store_that_grows_is_seen_at_the_next_load(ask, store, tmp_path):
    before, _ = ask.page()
    more = write_store(tmp_path / "more", 40, seed=9)
    part = next((more.folder / "rows").iterdir())
    table = part.read_bytes()
    (store.folder / "rows" / "000002-more.parquet").write_bytes(table)
    after, _ = ask.page()
    assert after != before
    # An open page goes on with what it began with.
    assert ask(f"/{before}/names.js")[0] == ask(f"/{after}/names.js")[0] == 200


def test_a_public_address_only_when_it_is_meant(store):
    gallery = LiveGallery(str(store.folder))
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.org", ""):
        with pytest.raises(InputError, match="--public"):
            GalleryServer(gallery, host, 0)
    assert is_own("127.0.0.1")
    assert is_own("::1")
    with GalleryServer(gallery, "0.0.0.0", 0, public=True) as server:
        assert f":{server.port}/?key=" in server.address
        with pytest.raises(InputError, match="no port"):
            GalleryServer(gallery, "127.0.0.1", 70000)
    with GalleryServer(gallery, port=0) as server, pytest.raises(InputError, match="--port 0"):
        GalleryServer(gallery, port=server.port)
