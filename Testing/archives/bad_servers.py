"""Archives that are slow, broken or lying, and a line to a good one that breaks."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pydicom import dcmread

BOUNDARY = "between-parts"


class Archive:
    """A DICOMweb service with the objects of a folder, and what is wrong with it.

    ``answer`` may be set to a function of (handler, path) that answers in its place and returns True; ``asked`` counts
    the questions by kind: studies, series, instances, whole, one, store.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {str(dcmread(path).SOPInstanceUID): path for path in sorted(folder.glob("*.dcm"))}
        self.headers = {uid: dcmread(path, stop_before_pixels=True) for uid, path in self.files.items()}
        self.asked: Counter[str] = Counter()
        self.answer = lambda handler, kind: False
        self.sent = lambda: list(self.files.values())
        """The files that come for a whole series."""
        self.framed, self.counted, self.paged = True, len(self.files), True
        self.stored: list[bytes] = []

    def rows(self, kind: str) -> list[dict]:
        first = next(iter(self.headers.values()))
        study = {"0020000D": _value("UI", first.StudyInstanceUID), "00080020": _value("DA", first.StudyDate)}
        study |= {"00080061": _value("CS", "CT"), "00201206": _value("IS", 1), "00201208": _value("IS", self.counted)}
        if kind == "studies":
            return [study]
        series = {"0020000D": study["0020000D"], "0020000E": _value("UI", first.SeriesInstanceUID)}
        if kind == "series":
            facts = {"00080060": _value("CS", "CT"), "00200011": _value("IS", 1)}
            return [series | facts | {"00201209": _value("IS", self.counted)}]
        return [series | {"00080018": _value("UI", uid)} for uid in self.files]


def _value(kind: str, value) -> dict:
    return {"vr": kind, "Value": [str(value) if kind != "IS" else value]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *rest) -> None:
        pass

    def do_GET(self) -> None:
        archive, path = self.server.archive, self.path.partition("?")[0]
        parts = path.strip("/").split("/")[1:]
        kind = {1: "studies", 3: "series", 4: "whole", 5: "instances", 6: "one"}[len(parts)]
        archive.asked[kind] += 1
        try:
            if archive.answer(self, kind):
                return
            if kind in ("whole", "one"):
                files = archive.sent() if kind == "whole" else [archive.files[parts[-1]]]
                self.multipart([path.read_bytes() for path in files])
            else:
                offset = int(parse_qs(self.path.partition("?")[2]).get("offset", ["0"])[0])
                self.json(archive.rows(kind)[offset if archive.paged else 0 :])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_POST(self) -> None:
        archive = self.server.archive
        archive.asked["store"] += 1
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        archive.stored.append(body)
        if not archive.answer(self, "store"):
            self.json({}, 200)

    def json(self, data, status: int = 200) -> None:
        self.bytes(json.dumps(data).encode(), "application/dicom+json", status)

    def multipart(self, contents: list[bytes], cut: int | None = None) -> None:
        """``cut``: bytes after which the line ends."""
        parts = [
            f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + one + b"\r\n" for one in contents
        ]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        self.bytes(body, f'multipart/related; type="application/dicom"; boundary={BOUNDARY}', cut=cut)

    def bytes(self, body: bytes, kind: str, status: int = 200, cut: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.server.archive.framed:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True


@contextmanager
def serving(folder: Path):
    """A bad archive and its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.archive = Archive(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.archive, f"http://127.0.0.1:{server.server_address[1]}/rs"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def line_to(port: int, certificate: Path | None = None):
    """A port that leads to another one of this computer, through TLS where there is a certificate.

    Gives the port and a list of allowances: each connection takes the first one away and breaks when it has carried
    so many bytes back; without any left, all is carried.
    """
    allowances: list[int] = []
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    door = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def carry(source: socket.socket, target: socket.socket, left: int | None) -> None:
        try:
            while data := source.recv(1 << 16):
                if left is not None:
                    data, left = data[:left], left - len(data)
                target.sendall(data)
                if left is not None and left <= 0:
                    break
        except OSError:
            pass
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while not ended.is_set():
            try:
                caller, _ = door.accept()
            except OSError:
                return
            try:
                caller = context.wrap_socket(caller, server_side=True) if context else caller
                other = socket.create_connection(("127.0.0.1", port))
            except OSError:
                caller.close()
                continue
            left = allowances.pop(0) if allowances else None
            threading.Thread(target=carry, args=(caller, other, None), daemon=True).start()
            threading.Thread(target=carry, args=(other, caller, left), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield door.getsockname()[1], allowances
    finally:
        ended.set()
        door.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A new certificate for this computer: with its key in one file, and alone. Skips without openssl."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl to make a certificate")
    key, public, both = folder / "key.pem", folder / "public.pem", folder / "both.pem"
    subprocess.run(
        [
            *(program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", public, "-days", "3650", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(public.read_bytes() + key.read_bytes())
    return both, public
