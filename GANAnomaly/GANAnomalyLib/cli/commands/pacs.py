"""``gananomaly pacs``: image archives."""

from __future__ import annotations

import click

from .. import pacs_commands
from ..folder_group import folder_group


@click.group("pacs", cls=folder_group(pacs_commands), short_help="Ask an archive, fetch, send, analyse what comes in.")
def command() -> None:
    """Ask an image archive (PACS), fetch from it, send to it, and analyse what comes in.

    \b
    Example:
      gananomaly pacs query --archive https://pacs.example/dicom-web --modality CT --since 20260101
      gananomaly pacs fetch --archive dicom://ARCHIVE@pacs.example:104 --study 1.2.3 --out images

    \b
    The archive, an address:
      https://HOST/PATH         a DICOMweb service
      dicom://TITLE@HOST:PORT   DIMSE; dicom+tls://... through TLS
      GANANOMALY_PACS           the environment variable that --archive is taken from

    \b
    Credentials for DICOMweb come from the environment, or the password from the system's keyring:
      GANANOMALY_PACS_USER and GANANOMALY_PACS_PASSWORD, or GANANOMALY_PACS_TOKEN

    What comes out: tables, files and folders, as each command says; --json answers in JSON. Research use only.
    """
