"""What is given to reach an archive; credentials come from the environment or the system's keyring, never from here."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ..errors import InputError
from ..errors import option as mark
from ..option_fields import Options, option

VARIABLE = "GANANOMALY_PACS"
USER, PASSWORD, TOKEN = f"{VARIABLE}_USER", f"{VARIABLE}_PASSWORD", f"{VARIABLE}_TOKEN"
SECRETS = (USER, PASSWORD, TOKEN)
KEYRING_SERVICE = "gananomaly-pacs"
WEB, DIMSE = ("https", "http"), ("dicom", "dicom+tls")
_HERE = ("localhost", "127.0.0.1", "::1")
_EXAMPLES = "https://pacs.example/dicom-web or dicom://AETITLE@pacs.example:104"


def _title(text: str) -> str | None:
    fits = 1 <= len(text.strip()) <= 16 and text.isascii() and text.isprintable() and "\\" not in text
    return None if fits else "must be a DICOM title of 1 to 16 plain letters and digits"


@dataclass
class Connection(Options):
    """An archive and how to speak to it.

    The address is that of a DICOMweb service, ``https://...``, or ``dicom://TITLE@HOST:PORT`` for DIMSE with the title
    of the archive; ``dicom+tls://`` is DIMSE through TLS.
    """

    archive: str | None = option(
        None,
        "The archive: a DICOMweb address (https://...) or dicom://TITLE@HOST:PORT.",
        metavar="ADDRESS",
        shown=f"the environment variable {VARIABLE}",
    )
    ca: str | None = option(None, "A file with the certificates of the archive's own authority.", metavar="FILE")
    allow_http: bool = option(False, "Send credentials without encryption, to an address with http://.")
    aet: str = option("GANANOMALY", "Our own DICOM title, for dicom:// only.", check_value=_title, metavar="TITLE")
    move_port: int | None = option(
        None,
        "Fetch by C-MOVE instead of C-GET, receiving on this port; the archive must know our title with it.",
        low=1,
        high=65535,
    )
    timeout: float = option(30.0, "Seconds to wait for an answer.", above=0, high=3600)
    tries: int = option(4, "How often to ask an archive that does not answer.", low=1, high=100)
    pause: float = option(0.5, doc="Seconds before the second try; each later pause is twice as long.", low=0, high=60)

    def check_together(self) -> None:
        self.address  # noqa: B018 - raises

    @property
    def address(self) -> SplitResult:
        """The address in its parts; raises :class:`InputError` for one that cannot be used."""
        text = (self.archive or os.environ.get(VARIABLE) or "").strip()
        if not text:
            raise InputError(
                f"No archive is named: give {mark('archive')} {_EXAMPLES}, or set {VARIABLE}.", field="archive"
            )
        try:
            parts = urlsplit(text)
            port, host = parts.port, parts.hostname
        except ValueError:
            port, host, parts = None, None, urlsplit("")
        if parts.scheme not in (*WEB, *DIMSE) or not host or any(ord(letter) < 33 for letter in text):
            raise InputError(f"The archive's address cannot be used: give one like {_EXAMPLES}.", field="archive")
        if parts.scheme in WEB and (parts.username or parts.password or parts.query or parts.fragment):
            raise InputError(
                f"The archive's address must hold no name, password or question: set {USER} and {PASSWORD}, or "
                f"{TOKEN}, instead.",
                field="archive",
            )
        if parts.scheme in DIMSE and (
            port is None or parts.password or _title(parts.username or "") or parts.path not in ("", "/")
        ):
            raise InputError(
                "A DICOM address needs the archive's title and port, as in dicom://AETITLE@pacs.example:104.",
                field="archive",
            )
        return parts

    @property
    def here(self) -> bool:
        """Whether the archive is on this computer, so that nothing goes through a network."""
        return self.address.hostname in _HERE

    @property
    def host(self) -> str:
        """What sentences call the archive."""
        return str(self.address.hostname)


@dataclass(frozen=True)
class Credentials:
    """Who asks. Not shown by ``repr``, so that no log has them."""

    user: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"

    @property
    def given(self) -> bool:
        return bool(self.user or self.token)

    @classmethod
    def find(cls, host: str) -> Credentials:
        """From the environment; a password that is not there from the keyring, where the package keyring is installed.

        Raises :class:`InputError` for a user without a password, and what no header can hold.
        """
        user, password, token = (os.environ.get(name, "").strip("\r\n") for name in SECRETS)
        if user and not password and importlib.util.find_spec("keyring") is not None:
            import keyring

            try:
                password = keyring.get_password(f"{KEYRING_SERVICE}:{host}", user) or ""
            except Exception:  # a keyring that is locked or has no backend is none
                password = ""
        if user and not password and not token:
            raise InputError(
                f"There is no password for the archive: set {PASSWORD}, or keep it in the system's keyring under "
                f"{KEYRING_SERVICE}:{host}."
            )
        if not all(text.isprintable() for text in (user, password, token)):
            raise InputError(f"{USER}, {PASSWORD} or {TOKEN} holds a line break or the like: set it again.")
        return cls(user, password, token)
