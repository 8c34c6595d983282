"""From an address to the archive behind it, in the way that the address names."""

from __future__ import annotations

from ..running.progress import CancelToken
from .archive_protocol import Archive
from .connection import DIMSE, Connection, Credentials


def open_archive(connection: Connection, cancel: CancelToken | None = None) -> Archive:
    """The archive that a connection describes; nothing is asked yet. Raises :class:`InputError`."""
    connection.check()
    cancel = cancel or CancelToken()
    if connection.address.scheme in DIMSE:
        from .dimse_archive import DimseArchive

        return DimseArchive(connection, cancel)
    from .web_archive import WebArchive

    return WebArchive(connection, Credentials.find(connection.host), cancel)
