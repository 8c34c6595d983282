"""The gallery over a live store: a small server for this computer's own browsers.

Who may look is said by a key in the address that is printed (as Jupyter does it): on a computer of many users,
127.0.0.1 is everybody's. The Host of each request is checked, as a page from elsewhere may have its name lead here (DNS
rebinding); marks need the page's token as well.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from GANAnomalyLib.errors import GANAnomalyError, InputError

from .gallery_page import PAGE_FILE, POLICY_SERVED
from .live_gallery import Answer, LiveGallery

HOST, PORT = "127.0.0.1", 8765
_MOST_BYTES = 4 << 20
"""Of what a request brings: marks of 200,000 rows."""
_SLOW_S = 30
_TEXT = "text/plain; charset=utf-8"


class GalleryServer(ThreadingHTTPServer):
    """Serves from the moment it is made; ``address`` is what a browser opens.

    Raises :class:`InputError` for a host that others reach unless ``public``, and where the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, gallery: LiveGallery, host: str = HOST, port: int = PORT, public: bool = False) -> None:
        if not public and not is_own(host):
            raise InputError(
                f"At {host} anybody on the network could ask for the images: leave --host out, or add --public if that "
                "is meant. From afar, ssh -L carries the port of 127.0.0.1."
            )
        self.gallery, self.key = gallery, secrets.token_urlsafe(24)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OverflowError as error:
            raise InputError(f"{port} is no port: give one from 0 to 65535.", str(error)) from error
        except OSError as error:
            raise InputError(
                f"Port {port} of {host} cannot be had ({error.strerror or 'unknown name'}): give another with --port, "
                "or --port 0 for any that is free.",
                str(error),
            ) from error
        self.port = self.server_address[1]
        shown = socket.gethostname() if host in ("0.0.0.0", "::") else host
        self.address = f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/?key={self.key}"
        self.hosts = set(self._hosts({host, shown}, public))

    def _hosts(self, names: set[str], public: bool) -> Iterable[str]:
        """What the Host of a request may be."""
        names |= {"127.0.0.1", "localhost", "::1"} | ({socket.getfqdn()} if public else set())
        for name in names:
            yield f"{f'[{name}]' if ':' in name else name}:{self.port}".lower()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is nothing to tell."""


def is_own(host: str) -> bool:
    """Whether only this computer reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: GalleryServer
    timeout = _SLOW_S
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "GANAnomaly", ""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not self._host_is_known():
            return
        if address.path == "/":
            self._enter(parse_qs(address.query).get("key", [""])[0])
            return
        if not self._may_look():
            return
        try:
            found = self.server.gallery.get(address.path.lstrip("/"))
        except (GANAnomalyError, OSError) as error:
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
            return
        if found is None:
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")
        else:
            self._answer(found)

    def do_POST(self) -> None:
        # What was not read would be taken for the next request.
        self.close_connection = True
        if not (self._host_is_known() and self._may_look()):
            return
        if self.path != "/marks":
            self._say(HTTPStatus.NOT_FOUND, "There is nothing here.")
        elif not _same(self.headers.get("X-Gallery-Token", ""), self.server.gallery.token):
            self._say(HTTPStatus.FORBIDDEN, "The page is of an earlier start of the program: load it again.")
        else:
            self._take_marks()

    def _take_marks(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._say(HTTPStatus.LENGTH_REQUIRED, "How long the marks are is not said.")
            return
        if int(length) > _MOST_BYTES:
            self._say(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too many marks at once: set a filter, and mark what is left."
            )
            return
        try:
            self.server.gallery.take_marks(self.rfile.read(int(length)))
        except InputError as error:
            self._say(HTTPStatus.BAD_REQUEST, str(error))
        except GANAnomalyError as error:
            self._say(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        else:
            self._answer(Answer(b"", _TEXT))

    def _host_is_known(self) -> bool:
        if self.headers.get("Host", "").lower() in self.server.hosts:
            return True
        self._say(HTTPStatus.MISDIRECTED_REQUEST, "This name is not the gallery's: open the address that was printed.")
        return False

    def _enter(self, key: str) -> None:
        """With the key from the address into a cookie, out of what a browser shows and remembers."""
        if not _same(key, self.server.key) and not self._has_cookie():
            self._say(HTTPStatus.FORBIDDEN, "Open the address that gananomaly curate serve printed, with its key.")
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        if _same(key, self.server.key):
            cookie = f"{self._cookie}={self.server.key}; HttpOnly; SameSite=Strict; Path=/"
            self.send_header("Set-Cookie", cookie)
        self.send_header("Location", f"/{PAGE_FILE}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _may_look(self) -> bool:
        if self._has_cookie():
            return True
        self._say(HTTPStatus.FORBIDDEN, "Open the address that gananomaly curate serve printed, with its key.")
        return False

    @property
    def _cookie(self) -> str:
        # Cookies are of a host, whatever the port: two galleries must not take each other's.
        return f"gananomaly_{self.server.port}"

    def _has_cookie(self) -> bool:
        try:
            held = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return held is not None and _same(held.value, self.server.key)

    def _say(self, status: HTTPStatus, words: str) -> None:
        self._answer(Answer((words + "\n").encode("utf-8", "replace"), _TEXT), status)

    def _answer(self, found: Answer, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.content)))
        self.send_header("Cache-Control", "private, max-age=86400, immutable" if found.lasting else "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        if self.path.partition("?")[0] == f"/{PAGE_FILE}":
            self.send_header("Content-Security-Policy", POLICY_SERVED)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(found.content)

    def log_message(self, *told: Any) -> None:
        """Nothing: names of files stay out of logs."""


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
