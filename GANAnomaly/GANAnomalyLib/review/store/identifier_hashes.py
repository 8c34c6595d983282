"""Whose an image is, without saying so: hashes that only this site can compare with its patients.

Identifiers are short, and a plain hash of one is found by trying them all. These are keyed (HMAC-SHA256) with a key of
the site, which lies beside the user's other data and never in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import disk_errors
from ...volume.identity import Identity
from .case_facts import CaseFacts
from .database_place import make_private, review_folder

ENVIRONMENT = "GANANOMALY_SITE_KEY"
_FILE, _LEAST = "site.key", 16
_LOOKED_AT = 200
"""So many files of a folder are tried until one is a DICOM image."""


def site_key() -> bytes:
    """The key: GANANOMALY_SITE_KEY, else that of the user's data folder, made when first needed.

    Raises :class:`InputError` for one that is too short, or cannot be read or made.
    """
    said = os.environ.get(ENVIRONMENT, "")
    if not said:
        file = review_folder() / _FILE
        with disk_errors(file, "the key", advice=f"set {ENVIRONMENT}"):
            make_private(file.parent)
            try:
                number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                said = file.read_text(encoding="ascii", errors="replace").strip()
            else:
                said = secrets.token_hex(32)
                with os.fdopen(number, "w") as made:
                    made.write(said)
    if len(said) < _LEAST:
        raise InputError(f"The site's key has fewer than {_LEAST} characters: set {ENVIRONMENT} to a longer one.")
    return said.encode("utf-8", "surrogateescape")


def hash_of(identifier: str, key: bytes) -> str:
    """64 hexadecimal digits; "" for no identifier."""
    return hmac.new(key, identifier.encode("utf-8", "replace"), hashlib.sha256).hexdigest() if identifier else ""


def with_identity(case: CaseFacts, manifest: Mapping[str, Any], keep_real: bool = False) -> CaseFacts:
    """The case with the hashes of its patient and study, where its images are DICOM and still there.

    ``keep_real`` keeps the patient ID and the study's UID themselves, too.
    """
    said = (manifest.get("request") or {}).get("input")
    found = _identity(Path(said)) if isinstance(said, str) and said else Identity()
    patient = found.patient or " ".join(found.name)
    if not found.study and not patient:
        return case
    key = site_key()
    case = replace(case, patient_hash=hash_of(patient, key), study_hash=hash_of(found.study or patient, key))
    return replace(case, patient_id=found.patient, study_uid=found.study) if keep_real else case


def _identity(images: Path) -> Identity:
    """What a header says; nothing where there is none."""
    from pydicom import dcmread

    try:
        files = [images] if images.is_file() else sorted(path for path in images.iterdir() if path.is_file())
    except (OSError, ValueError):
        return Identity()
    for file in files[:_LOOKED_AT]:
        try:
            return Identity.of(dcmread(file, stop_before_pixels=True, specific_tags=_TAGS))
        except Exception:  # no DICOM file, or a damaged one: pydicom raises almost anything
            continue
    return Identity()


_TAGS: list[Any] = ["PatientID", "PatientName", "StudyInstanceUID"]
