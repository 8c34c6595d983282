"""An archive by DICOMweb (PS3.18: QIDO-RS, WADO-RS, STOW-RS)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import dicomweb_client
import requests
from pydicom.dataset import Dataset

from ..errors import InputError, option
from ..running.progress import CancelToken
from ..running.quiet import quiet
from .archive_protocol import (
    SERIES_KEYS,
    STUDY_KEYS,
    ArchiveError,
    SeriesFound,
    StudyFound,
    Unreachable,
    Wanted,
    all_series_of,
    studies_of,
    uid_of,
)
from .asking_again import patiently
from .attended import Left, answer, attended
from .connection import PASSWORD, TOKEN, USER, Connection, Credentials
from .store_reasons import reason_in_words

_ANY = (("application/dicom", "*"),)
"""As the archive keeps them: nothing is decompressed for us."""
_PAGE, _MOST = 1000, 1_000_000
_LARGEST_LIST = 256 << 20
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_REFUSED = (400, 409, 413, 415, 422)
"""Of one object, not of all."""
_CHUNK = 1 << 18
# What the libraries would say on the screen of an answer could hold identifiers, and is no sentence.
for _library in ("dicomweb_client", "retrying"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


class WebArchive:
    """An :class:`.archive_protocol.Archive`. Certificates are checked, proxies and ``.netrc`` are not asked."""

    def __init__(self, connection: Connection, credentials: Credentials, cancel: CancelToken) -> None:
        self._connection, self._cancel, self._given = connection, cancel, credentials.given
        address = connection.address
        if address.scheme == "http" and credentials.given and not (connection.here or connection.allow_http):
            raise InputError(
                "The archive's address has no encryption (http://), and everybody on the way could read the "
                f"credentials: use https://, or add {option('allow_http')}."
            )
        self._session = requests.Session()
        self._session.trust_env = False
        if connection.ca is not None:
            self._session.verify = _checked_file(connection.ca)
        self._session.headers["Accept"] = "application/dicom+json"
        if credentials.token:
            self._session.headers["Authorization"] = f"Bearer {credentials.token}"
        elif credentials.given:
            self._session.auth = (credentials.user.encode(), credentials.password.encode())
        self._client = dicomweb_client.DICOMwebClient(
            connection.address.geturl().rstrip("/"),
            self._session,
            callback=_watched,
            chunk_size=_CHUNK,
            permissive_uid=True,
            timeout=connection.timeout,
        )
        self._client.set_http_retry_params(False)

    @property
    def name(self) -> str:
        return self._connection.host

    def echo(self) -> None:
        self._ask(lambda: self._client.search_for_studies(limit=1))

    def studies(self, wanted: Wanted, patient: bool = False) -> list[StudyFound]:
        filters: dict[str, Any] = {}
        if wanted.modality:
            filters["ModalitiesInStudy"] = wanted.modality.upper()
        if wanted.since or wanted.until:
            filters["StudyDate"] = f"{wanted.since or ''}-{wanted.until or ''}"
        keys = [*STUDY_KEYS, *(["PatientName"] if patient else [])]
        found = self._pages(
            "StudyInstanceUID",
            lambda offset: self._client.search_for_studies(
                limit=_PAGE, offset=offset, fields=keys, search_filters=filters
            ),
        )
        if not patient:
            for dataset in found:
                dataset.pop("PatientName", None)
        return studies_of(found, wanted)

    def series(self, study: str) -> list[SeriesFound]:
        found = self._pages(
            "SeriesInstanceUID",
            lambda offset: self._client.search_for_series(study, limit=_PAGE, offset=offset, fields=list(SERIES_KEYS)),
        )
        return all_series_of(found, study)

    def instances(self, study: str, series: str) -> list[str]:
        found = self._pages(
            "SOPInstanceUID",
            lambda offset: self._client.search_for_instances(study, series, limit=_PAGE, offset=offset),
        )
        return [uid_of(dataset, "SOPInstanceUID") for dataset in found]

    def retrieve(self, study: str, series: str, instance: str | None, take: Callable[[Dataset], None]) -> None:
        def images(give: Callable[[Dataset], None]) -> None:
            with quiet(), self._told():
                if instance is not None:
                    give(self._client.retrieve_instance(study, series, instance, media_types=_ANY))
                    return
                for dataset in self._client.iter_series(study, series, media_types=_ANY):
                    give(dataset)

        # A whole image may take longer than an answer to begin.
        for dataset in attended(images, self._cancel, 10 * self._connection.timeout, self.name):
            take(dataset)

    def store(self, dataset: Dataset) -> str:
        sop = str(dataset.SOPInstanceUID)

        def post() -> Dataset:
            try:
                told: Dataset = self._client.store_instances([dataset])
                return told
            except requests.HTTPError as error:
                if error.response.status_code not in _REFUSED:
                    raise
                return _refused(error.response)

        told = self._ask(post)
        if told.get("ErrorComment"):
            return str(told.ErrorComment)
        for item in told.get("FailedSOPSequence") or ():
            if item.get("ReferencedSOPInstanceUID") in (None, sop):
                return reason_in_words(item.get("FailureReason"))
        if any(item.get("ReferencedSOPInstanceUID") == sop for item in told.get("ReferencedSOPSequence") or ()):
            return ""
        # Some confirm with nothing at all: then its own list is believed.
        if sop in self.instances(str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID)):
            return ""
        return "the archive did not confirm that it has it"

    def close(self) -> None:
        self._session.close()

    def _pages(self, key: str, ask: Callable[[int], list[dict[str, Any]]]) -> list[Dataset]:
        """All answers, each ``key`` once, page by page until nothing new comes: an archive may limit its pages."""
        found: dict[str, Dataset] = {}
        while len(found) < _MOST:
            page = self._ask(lambda: [_dataset(item) for item in ask(len(found))])
            new = {uid: item for item in page if (uid := uid_of(item, key)) and uid not in found}
            found.update(new)
            if not new:
                return list(found.values())
        raise ArchiveError(
            f"{self.name} lists more than {_MOST} things: ask for fewer, with {option('since')} and {option('until')}."
        )

    def _ask(self, call: Callable[[], Any]) -> Any:
        def told() -> Any:
            with quiet(), self._told():
                return call()

        connection, name = self._connection, self.name
        silence = 4 * connection.timeout
        return patiently(
            lambda: answer(told, self._cancel, silence, name), self._cancel, connection.tries, connection.pause
        )

    def _told(self) -> _Told:
        return _Told(self.name, self._given, self._connection.timeout)


class _Told:
    """A context in which what goes wrong with requests becomes a sentence. Theirs hold addresses with identifiers."""

    def __init__(self, name: str, given: bool, timeout: float) -> None:
        self._name, self._given, self._timeout = name, given, timeout

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        # What is thrown in from outside (GeneratorExit), or is ours already, goes on as it is.
        if isinstance(error, Exception) and not isinstance(error, ArchiveError | Left):
            raise self._sentence(error) from None

    def _sentence(self, error: Exception) -> ArchiveError:
        name, details = self._name, type(error).__name__
        if isinstance(error, requests.HTTPError) and error.response is not None:
            return self._refusal(error.response.status_code)
        if isinstance(error, requests.exceptions.SSLError):
            return ArchiveError(
                f"The certificate of {name} is not trusted: give the file of its authority with {option('ca')}.",
                details,
            )
        if isinstance(error, requests.exceptions.Timeout):
            return Unreachable(f"{name} did not answer within {self._timeout:g} s: is it the right address?", details)
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return Unreachable(f"{name} broke off in the middle of an answer.", details)
        if isinstance(error, requests.exceptions.ConnectionError):
            return Unreachable(f"{name} cannot be reached: check the address, the port and the network.", details)
        return Unreachable(
            f"{name} answered with something that is not DICOM, or not whole: check that the address is that of its "
            "DICOMweb service.",
            details,
        )

    def _refusal(self, status: int) -> ArchiveError:
        name = self._name
        if status in (401, 403):
            what = "refuses these credentials" if self._given else "wants credentials"
            return ArchiveError(f"{name} {what}: set {USER} and {PASSWORD}, or {TOKEN}.", f"HTTP {status}")
        if status == 404:
            return ArchiveError(
                f"{name} knows no such study or series, or has no DICOMweb service at this address.", f"HTTP {status}"
            )
        if status in _AGAIN:
            return Unreachable(f"{name} could not answer (HTTP {status}).", f"HTTP {status}")
        return ArchiveError(f"{name} refused the question (HTTP {status}).", f"HTTP {status}")


def _dataset(item: Any) -> Dataset:
    """An answer as a data set; what pydicom cannot make one of is an empty one, which names nothing."""
    try:
        # Only what is asked for is looked at: one odd value of another kind must not spoil the rest.
        return Dataset.from_json({tag: value for tag, value in item.items() if tag in _TAGS})
    except Exception:
        return Dataset()


def _refused(response: requests.Response) -> Dataset:
    """What an archive says of an object that it did not take; where it gives no reason, its number in ErrorComment."""
    try:
        told = Dataset.from_json(response.json())
    except Exception:
        told = Dataset()
    if not told.get("FailedSOPSequence"):
        told = Dataset()
        told.ErrorComment = f"the archive refused it (HTTP {response.status_code})"
    return told


def _tags() -> frozenset[str]:
    from pydicom.datadict import tag_for_keyword

    names = {*STUDY_KEYS, *SERIES_KEYS, "SOPInstanceUID", "PatientName"}
    return frozenset(f"{tag_for_keyword(name):08X}" for name in names)


_TAGS = _tags()


def _watched(response: requests.Response, *rest: Any, **more: Any) -> None:
    """Look over what is read of a response: lists have a limit, and what has no length must end as it says."""
    plain, head = response.iter_content, response.headers
    kind = head.get("Content-Type", "")
    multipart = kind.lower().startswith("multipart/")
    framed = "Content-Length" in head or "chunked" in head.get("Transfer-Encoding", "").lower()
    boundary = kind.partition("boundary=")[2].split(";")[0].strip('" ')

    def read(chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        total, tail = 0, b""
        for chunk in plain(chunk_size, decode_unicode):
            total += len(chunk)
            if multipart:
                tail = (tail + chunk)[-len(boundary) - 64 :]
            elif total > _LARGEST_LIST:
                raise ArchiveError("The archive's answer is larger than any list can be.")
            yield chunk
        if multipart and not framed and f"--{boundary}--".encode() not in tail:
            raise requests.exceptions.ChunkedEncodingError

    response.iter_content = read


def _checked_file(path: str) -> str:
    import ssl

    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} holds no certificates that can be read: give a file in PEM format.", str(error), field="ca"
        ) from error
    return path
