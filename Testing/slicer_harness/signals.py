"""``connect("clicked(bool)", slot)`` as in PythonQt: by the C++ signature, with as many arguments as the slot takes."""

from __future__ import annotations

import contextlib
import inspect
import sys
import warnings
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import SIGNAL, QMetaObject, QObject, SignalInstance

_relays: dict[tuple[int, str], list[tuple[Callable, Callable]]] = {}
_made: list[tuple[Any, Any, Callable]] = []


class UnknownSignal(Exception):
    """PythonQt only prints a warning and goes on unconnected; a test must not."""


def connect(sender: Any, *arguments: Any, **options: Any) -> Any:
    """Stands where watched code says ``sender.connect(...)``."""
    if not (isinstance(sender, QObject) and arguments and isinstance(arguments[0], str)):
        connection = sender.connect(*arguments, **options)
        if isinstance(sender, SignalInstance) and arguments:
            _made.append((sender, None, arguments[0]))
        return connection
    signal, slot = arguments[0], _slot(arguments[1:])
    relay = _relay(slot)
    source = _bound_signal(sender, signal)
    _made.append((sender, signal, relay) if source is None else (source, None, relay))
    if source is not None:
        source.connect(relay)
    elif not QObject.connect(sender, SIGNAL(_normalized(signal)), relay):
        raise UnknownSignal(f"{signal} of {_describe(sender)} could not be connected")
    _relays.setdefault(_key(sender, signal), []).append((slot, relay))
    return True


def disconnect(sender: Any, *arguments: Any, **options: Any) -> Any:
    """Stands where watched code says ``sender.disconnect(...)``; False, as PythonQt, if it was not connected."""
    if not (isinstance(sender, QObject) and arguments and isinstance(arguments[0], str)):
        return sender.disconnect(*arguments, **options)
    signal = arguments[0]
    wanted = _slot(arguments[1:]) if len(arguments) > 1 else None
    source = _bound_signal(sender, signal)
    relays = _relays.get(_key(sender, signal), [])
    found = [pair for pair in relays if wanted is None or pair[0] == wanted]
    for pair in found:
        relays.remove(pair)
        if source is not None:
            source.disconnect(pair[1])
        else:
            QObject.disconnect(sender, SIGNAL(_normalized(signal)), pair[1])
    return bool(found)


def forget() -> None:
    """Undo every connection: the application object outlives a test, and with it what was tied to its signals."""
    for sender, signal, slot in _made:
        # Gone with its widget, or taken away by the code under test.
        with contextlib.suppress(RuntimeError, TypeError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if signal is None:
                sender.disconnect(slot)
            elif shiboken6.isValid(sender):
                QObject.disconnect(sender, SIGNAL(_normalized(signal)), slot)
    _made.clear()
    _relays.clear()


def _slot(arguments: tuple) -> Callable:
    """A callable, or a receiver with the signature of a slot, which PythonQt takes too."""
    if len(arguments) == 2 and isinstance(arguments[1], str):
        return getattr(arguments[0], arguments[1].split("(")[0])
    return arguments[0]


def _key(sender: QObject, signal: str) -> tuple[int, str]:
    return shiboken6.getCppPointer(sender)[0], _normalized(signal)


def _normalized(signal: str) -> str:
    return bytes(QMetaObject.normalizedSignature(signal).data()).decode()


def _describe(sender: QObject) -> str:
    return f"{type(sender).__name__} '{sender.objectName()}'"


def _bound_signal(sender: QObject, signal: str) -> Any:
    """The stand-in's own Python signal of that C++ signature; None for a signal of Qt's; raises for neither."""
    table = getattr(type(sender), "SIGNALS", {})
    for name, attribute in table.items():
        if _normalized(name) == _normalized(signal):
            return getattr(sender, attribute)
    if sender.metaObject().indexOfSignal(_normalized(signal)) < 0:
        raise UnknownSignal(
            f"{_describe(sender)} has no signal {signal}: in 3D Slicer the connection would silently not be made"
        )
    return None


def _positional(slot: Callable) -> int | None:
    """How many arguments the slot can take; None for any number, or for what cannot be told."""
    try:
        parameters = inspect.signature(slot).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def _relay(slot: Callable) -> Callable:
    taken = _positional(slot)

    def relay(*arguments: Any) -> None:
        try:
            slot(*(arguments if taken is None else arguments[:taken]))
        except Exception:
            sys.excepthook(*sys.exc_info())

    return relay
