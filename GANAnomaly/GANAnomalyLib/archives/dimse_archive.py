"""An archive by DIMSE (PS3.4 annexes A to C): C-ECHO, C-FIND, C-GET or C-MOVE, C-STORE."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

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
from .attended import answer, attended
from .connection import Connection
from .image_kinds import COMPRESSED, FETCHED, PLAIN
from .store_reasons import ALREADY_THERE, DUPLICATE, reason_in_words

Give = Callable[[Dataset], None]
_PENDING = (0xFF00, 0xFF01)
_WARNINGS = (0xB000, 0xB006, 0xB007)
_MOST = 1_000_000


class DimseArchive:
    """An :class:`.archive_protocol.Archive`. Each question opens a connection of its own; sending keeps one open."""

    def __init__(self, connection: Connection, cancel: CancelToken) -> None:
        self._connection, self._cancel = connection, cancel
        self._sending: tuple[Any, Association] | None = None
        address = connection.address
        self._title = str(address.username)
        self._tls: tuple[ssl.SSLContext, str] | None = None
        if address.scheme == "dicom+tls":
            try:
                self._tls = (ssl.create_default_context(cafile=connection.ca), connection.host)
            except (OSError, ValueError) as error:
                raise InputError(
                    f"{connection.ca} holds no certificates that can be read: give a file in PEM format.",
                    str(error),
                    field="ca",
                ) from error

    @property
    def name(self) -> str:
        return self._connection.host

    def echo(self) -> None:
        def ask() -> None:
            with self._association([build_context(Verification)], lacks="an echo") as association:
                status = _status(association.send_c_echo())
                if status != 0:
                    raise ArchiveError(f"{self.name} refuses an echo ({status:#06x}).")

        self._ask(ask)

    def studies(self, wanted: Wanted, patient: bool = False) -> list[StudyFound]:
        keys = dict.fromkeys([*STUDY_KEYS, *(["PatientName"] if patient else [])], "")
        if wanted.modality:
            keys["ModalitiesInStudy"] = wanted.modality.upper()
        if wanted.since or wanted.until:
            keys["StudyDate"] = f"{wanted.since or ''}-{wanted.until or ''}"
        return studies_of(self._find("STUDY", keys), wanted)

    def series(self, study: str) -> list[SeriesFound]:
        keys = {**dict.fromkeys(SERIES_KEYS, ""), "StudyInstanceUID": study}
        return all_series_of(self._find("SERIES", keys), study)

    def instances(self, study: str, series: str) -> list[str]:
        keys = {"StudyInstanceUID": study, "SeriesInstanceUID": series, "SOPInstanceUID": ""}
        return [uid for answer in self._find("IMAGE", keys) if (uid := uid_of(answer, "SOPInstanceUID"))]

    def retrieve(self, study: str, series: str, instance: str | None, take: Give) -> None:
        keys = {"StudyInstanceUID": study, "SeriesInstanceUID": series}
        if instance is not None:
            keys["SOPInstanceUID"] = instance
        asked = _identifier("SERIES" if instance is None else "IMAGE", keys)
        how = self._get if self._connection.move_port is None else self._move
        silence = 10 * self._connection.timeout

        def receive(give: Give) -> None:
            self._told(lambda: how(asked, give))

        for dataset in attended(receive, self._cancel, silence, self.name):
            take(dataset)

    def store(self, dataset: Dataset) -> str:
        syntax = dataset.file_meta.TransferSyntaxUID

        def send() -> str:
            association = self._to_send(str(dataset.SOPClassUID), str(syntax))
            if association is None:
                return reason_in_words(0x0122)
            try:
                with quiet():
                    status = _status(association.send_c_store(dataset))
            except (ValueError, AttributeError, TypeError):  # values that cannot be encoded
                return "it holds values that cannot be sent"
            if status is None:
                self._end_sending()
                raise self._broken_off()
            if status == DUPLICATE:
                return ALREADY_THERE
            return "" if status == 0 or status in _WARNINGS else reason_in_words(status)

        result: str = self._ask(send)
        return result

    def close(self) -> None:
        self._end_sending()

    def _find(self, level: str, keys: dict[str, str]) -> list[Dataset]:
        model = StudyRootQueryRetrieveInformationModelFind

        def ask() -> list[Dataset]:
            found: list[Dataset] = []
            with self._association([build_context(model)], lacks="questions about studies (C-FIND)") as association:
                for told, answer in association.send_c_find(_identifier(level, keys), model):
                    status = _status(told)
                    if status in _PENDING:
                        found += [answer] if answer is not None else []
                        if len(found) > _MOST:
                            raise ArchiveError(f"{self.name} lists more than {_MOST} things: ask for fewer.")
                    elif status is None:
                        raise self._broken_off()
                    elif status != 0:
                        raise ArchiveError(f"{self.name} refuses the question ({status:#06x}).")
            return found

        result: list[Dataset] = self._ask(ask)
        return result

    def _get(self, asked: Dataset, give: Give) -> None:
        model = StudyRootQueryRetrieveInformationModelGet
        contexts = [build_context(model)]
        for kind in FETCHED:
            # An archive chooses one encoding a context, so what it may keep unchanged has contexts of its own.
            contexts += [build_context(kind, list(PLAIN)), *(build_context(kind, one) for one in COMPRESSED)]
        roles = [build_role(kind, scp_role=True) for kind in FETCHED]
        handlers = [(evt.EVT_C_STORE, _kept(give))]
        with self._association(
            contexts[:128], roles, handlers, model, f"C-GET: add {option('move_port')} to fetch by C-MOVE"
        ) as association:
            self._received(association.send_c_get(asked, model))

    def _move(self, asked: Dataset, give: Give) -> None:
        model = StudyRootQueryRetrieveInformationModelMove
        title, port = self._connection.aet, self._connection.move_port
        ours = AE(title)
        ours.require_called_aet = True
        for kind in FETCHED:
            ours.add_supported_context(kind, [*PLAIN, *COMPRESSED])
        place = "127.0.0.1" if self._connection.here else ""
        try:
            server = ours.start_server((place, port), block=False, evt_handlers=[(evt.EVT_C_STORE, _kept(give))])
        except OSError as error:
            raise InputError(
                f"Port {port} cannot be used to receive images: choose another {option('move_port')}.",
                type(error).__name__,
                field="move_port",
            ) from error
        try:
            with self._association([build_context(model)], needed=model, lacks="C-MOVE") as association:
                self._received(association.send_c_move(asked, title, model))
        finally:
            server.shutdown()

    def _received(self, answers: Iterator[tuple[Dataset, Dataset | None]]) -> None:
        for told, _ in answers:
            status = _status(told)
            if status in _PENDING or status in (0, 0xB000):  # what failed of it is missing then, and asked for again
                continue
            if status is None:
                raise self._broken_off()
            if status == 0xA801:
                raise ArchiveError(
                    f"{self.name} does not know our title {self._connection.aet}: have it entered there with this "
                    f"computer's address and the port of {option('move_port')}."
                )
            if status == 0xA702:
                raise Unreachable(f"{self.name} could not send the images to us (0xa702).")
            raise ArchiveError(f"{self.name} refuses to send the images ({status:#06x}).")

    def _to_send(self, kind: str, syntax: str) -> Association | None:
        """The open association for one kind of object; None where the archive takes none of these."""
        key = kind, syntax
        if self._sending is not None and self._sending[0] == key and self._sending[1].is_established:
            return self._sending[1]
        self._end_sending()
        association = self._associate([build_context(kind, syntax)])
        if not association.is_established:
            return None
        self._sending = key, association
        return association

    def _end_sending(self) -> None:
        if self._sending is not None:
            with suppress(Exception):
                self._sending[1].release()
            self._sending = None

    @contextmanager
    def _association(
        self,
        contexts: list[Any],
        roles: list[Any] | None = None,
        handlers: list[Any] | None = None,
        needed: str = "",
        lacks: str = "",
    ) -> Iterator[Association]:
        """An association while the block runs; ``lacks``: what an archive that takes no ``needed`` does not offer."""
        association = self._associate(contexts, roles, handlers)
        done = False
        try:
            accepted = {str(context.abstract_syntax) for context in association.accepted_contexts}
            if not association.is_established or (needed and needed not in accepted):
                raise ArchiveError(f"{self.name} does not offer {lacks}.")
            with quiet():
                yield association
            done = True
        finally:
            with suppress(Exception):
                if done and association.is_established:
                    association.release()
                else:
                    association.abort(block=False)

    def _associate(
        self, contexts: list[Any], roles: list[Any] | None = None, handlers: list[Any] | None = None
    ) -> Association:
        connection = self._connection
        entity = AE(connection.aet)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = connection.timeout
        entity.connection_timeout = connection.timeout
        port = int(connection.address.port or 0)
        try:
            place = socket.getaddrinfo(connection.host, port, type=socket.SOCK_STREAM)[0][4][0]
        except OSError:
            raise Unreachable(f"{self.name} is no known computer: check the address.") from None
        self._check_trust(str(place), port)
        association = entity.associate(
            str(place), port, contexts, self._title, ext_neg=roles, tls_args=self._tls, evt_handlers=handlers
        )
        if association.is_established:
            return association
        if association.is_rejected:
            raise self._rejected(association.acceptor.primitive)
        answer = association.acceptor.primitive
        if answer is not None and getattr(answer, "result", None) == 0:
            return association  # it let us in and takes nothing of what we speak, so that we have left
        if association.is_aborted and answer is None:
            raise Unreachable(f"{self.name} cannot be reached: check the address, the port and the network.")
        raise Unreachable(f"{self.name} broke off while we introduced ourselves: is this its DICOM port?")

    def _check_trust(self, place: str, port: int) -> None:
        """Where TLS is asked for: pynetdicom tells a certificate that is not trusted like any other broken line."""
        if self._tls is None:
            return
        context, host = self._tls
        try:
            with (
                socket.create_connection((place, port), self._connection.timeout) as plain,
                context.wrap_socket(plain, server_hostname=host),
            ):
                return
        except ssl.SSLCertVerificationError as error:
            raise ArchiveError(
                f"The certificate of {self.name} is not trusted: give the file of its authority with {option('ca')}.",
                type(error).__name__,
            ) from None
        except OSError as error:
            raise Unreachable(
                f"{self.name} cannot be reached with TLS: check the address, the port and the network.",
                type(error).__name__,
            ) from None

    def _rejected(self, answer: Any) -> ArchiveError:
        source, why = getattr(answer, "result_source", None), getattr(answer, "diagnostic", None)
        told = f"{source}, {why}"
        if source == 1 and why == 3:
            return ArchiveError(
                f"{self.name} does not know our title {self._connection.aet}: have it entered there, or give another "
                f"with {option('aet')}.",
                told,
            )
        if source == 1 and why == 7:
            return ArchiveError(f"{self.name} is not called {self._title}: check the title in its address.", told)
        if source == 3 and why in (1, 2):
            return Unreachable(f"{self.name} is too busy to let us in.", told)
        return ArchiveError(f"{self.name} lets us not in and does not say why ({told}).", told)

    def _broken_off(self) -> Unreachable:
        connection = self._connection
        return Unreachable(
            f"{self.name} broke off, or did not answer within {connection.timeout:g} s: some do so that do not know "
            f"our title {connection.aet}."
        )

    def _ask(self, call: Callable[[], Any]) -> Any:
        connection = self._connection
        silence = 10 * connection.timeout
        return patiently(
            lambda: answer(lambda: self._told(call), self._cancel, silence, self.name),
            self._cancel,
            connection.tries,
            connection.pause,
        )

    def _told(self, call: Callable[[], Any]) -> Any:
        """What a call returns; a line that ends between two steps is one that broke off."""
        try:
            return call()
        except (OSError, RuntimeError):
            raise self._broken_off() from None


def _identifier(level: str, keys: dict[str, str]) -> Dataset:
    made = Dataset()
    made.QueryRetrieveLevel = level
    made.SpecificCharacterSet = "ISO_IR 192"
    for name, value in keys.items():
        setattr(made, name, value)
    return made


def _status(told: Dataset | None) -> int | None:
    """A response's status; None where the line broke."""
    value = None if told is None else told.get("Status")
    return None if value is None else int(value)


def _kept(give: Give) -> Callable[[Any], int]:
    def handle(event: Any) -> int:
        dataset: Dataset = event.dataset
        dataset.file_meta = event.file_meta
        give(dataset)
        return 0x0000

    return handle
