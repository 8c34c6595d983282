"""Whether plain values are of the kinds that a declaration says: files may come from anywhere.

A declaration is an annotation as Python has it: a dataclass, a TypedDict, ``int``, ``list[str]``, ``float | None``,
``tuple[int, int]``, ``tuple[str, ...]``, ``Literal["a", "b"]``, or ``Annotated[kind, check]`` with checks of the value:
functions that say what is wrong, or a TypedDict that says more of a dict. So the fields of a dataclass are said once.

pydantic and msgspec do the same and more, but Slicer would have to install either on every reader's computer, and
their sentences ("Input should be a valid integer") would have to be taken apart again to read like ours. What is
needed of them are the few lines below, which load in a millisecond.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict, overload

from ..errors import InputError

T = TypeVar("T")
LARGEST = 2**63 - 1
"""What the libraries beneath can count to."""
_COUNTS = {2: "two", 3: "three", 4: "four"}


class WrongKind(ValueError):
    """A value that is not as declared: ``place`` names the field ("findings[2].slice"), ``problem`` says the rest."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place} {problem}")
        self.place, self.problem = place, problem


@dataclasses.dataclass(frozen=True)
class Words:
    """In ``Annotated``: what the value must be, where the kind's own words would not do."""

    text: str


@overload
def read_as(kind: type[T], value: Any, source: str, remedy: str = ..., place: str = ...) -> T: ...


@overload
def read_as(kind: Any, value: Any, source: str, remedy: str = ..., place: str = ...) -> Any: ...


def read_as(kind: Any, value: Any, source: str, remedy: str = "correct it, or make it anew", place: str = "") -> Any:
    """The value as :func:`checked` gives it; raises :class:`InputError` naming ``source`` and the field at fault."""
    try:
        return checked(kind, value, place)
    except WrongKind as error:
        where = f"its {error.place}" if error.place else "it"
        raise InputError(f"{source} cannot be used: {where} {error.problem}; {remedy}.") from error


def checked(kind: Any, value: Any, place: str = "") -> Any:
    """The value, with dataclasses and tuples made where they are declared; raises :class:`WrongKind`.

    Whole numbers pass for ``float``; neither may be boolean, infinite, or larger than 64 bits hold. Keys that a
    dataclass does not know are left out; what a TypedDict declares is looked at and left as it is, with all its keys,
    since newer files may hold more.
    """
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if kind is Any:
        return value
    if origin is Annotated:
        return _annotated(inner[0], inner[1:], value, place)
    if origin in (Union, types.UnionType):
        return _one_of(inner, value, place)
    if dataclasses.is_dataclass(kind) or is_typeddict(kind):
        return _by_name(kind, value, place)
    if not _fits(kind, value):
        raise WrongKind(place, f"must be {kind_in_words(kind)}, not {value_in_words(value)}")
    if origin is tuple:
        kinds = inner[:1] * len(value) if inner[-1] is ... else inner
        return tuple(
            checked(one, item, f"{place}[{n}]") for n, (one, item) in enumerate(zip(kinds, value, strict=True))
        )
    if not inner or (origin is not tuple and inner[-1] is Any):
        return value
    if origin is list:
        return [checked(inner[0], item, f"{place}[{n}]") for n, item in enumerate(value)]
    if origin is dict:
        return {key: checked(inner[1], item, _below(place, key)) for key, item in value.items()}
    return value


def check_fields(item: Any) -> None:
    """Raise :class:`WrongKind` for the first field of a dataclass's object that is not as declared."""
    kind: Any = type(item)
    for name, declared in _hints(kind).items():
        checked(declared, getattr(item, name), name)


def at_least(least: float) -> Callable[[Any], str | None]:
    """A check for ``Annotated``: no smaller number."""
    said_least = "zero or more" if least == 0 else f"at least {least}"
    return lambda value: None if value >= least else f"must be {said_least}, not {value_in_words(value)}"


def at_most(most: float) -> Callable[[Any], str | None]:
    """A check for ``Annotated``: no larger number."""
    return lambda value: None if value <= most else f"must be at most {most}, not {value_in_words(value)}"


def any_number(value: Any) -> str | None:
    """A check for ``Annotated[Any, ...]``: a number, also one that is not finite."""
    return None if isinstance(value, float) or _fits(float, value) else f"must be a number, not {value_in_words(value)}"


def nameable(text: str) -> str | None:
    """A check for ``Annotated``: a text that a file can be called by."""
    try:
        # No file can be called otherwise, and asking the system for one fails in ways of its own.
        named = "\0" not in text and (text == "" or bool(text.encode("utf-8", "surrogateescape")))
    except UnicodeEncodeError:
        named = False
    return None if named else "holds characters that no name can have"


def filled(text: str) -> str | None:
    """A check for ``Annotated``: a text that is not blank."""
    return None if text.strip() else "is empty: leave it out, or give it a value"


Named = Annotated[str, filled, nameable]
"""The name or path of something."""


def value_in_words(value: object) -> str:
    """A value for a sentence, however large or deep it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python refuses to write out numbers of thousands of digits
        return "a number far too large"
    return text if len(text) <= 60 else f"{text[:60]}..."


def kind_in_words(kind: Any) -> str:
    """A kind in words: "a whole number", "three numbers", "one of wd, mse"."""
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if origin is Annotated:
        return next((one.text for one in inner if isinstance(one, Words)), kind_in_words(inner[0]))
    if origin is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if origin in (Union, types.UnionType):
        return " or ".join(kind_in_words(one) for one in inner if one is not type(None))
    if origin is tuple and inner[-1] is ...:
        return f"a list of {kind_in_words(inner[0]).partition(' ')[2]}s"
    if origin is tuple:
        return f"{_COUNTS.get(len(inner), len(inner))} {kind_in_words(inner[0]).partition(' ')[2]}s"
    words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list"}
    return words.get(origin, "names with values")


def _annotated(kind: Any, checks: tuple[Any, ...], value: Any, place: str) -> Any:
    words = next((check for check in checks if isinstance(check, Words)), None)
    try:
        value = checked(kind, value, place)
    except WrongKind as error:
        if words is None:
            raise
        raise WrongKind(place, f"must be {words.text}, not {value_in_words(value)}") from error
    for check in checks:
        if is_typeddict(check):
            checked(check, value, place)
        elif check is not words and (problem := check(value)):
            raise WrongKind(place, problem)
    return value


def _one_of(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    for kind in kinds[:-1]:
        try:
            return checked(kind, value, place)
        except WrongKind:
            continue
    try:
        return checked(kinds[-1], value, place)
    except WrongKind as error:
        if len(kinds) == 1 or error.place != place:
            raise
        raise WrongKind(place, f"must be {kind_in_words(Union[kinds])}, not {value_in_words(value)}") from error  # noqa: UP007


def _by_name(kind: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise WrongKind(place, f"must be {kind_in_words(dict)}, not {value_in_words(value)}")
    hints, found = _hints(kind), {}
    for name in sorted(_needed(kind) - value.keys()):
        raise WrongKind(_below(place, name), "is missing")
    for name, one in hints.items():
        if name in value:
            found[name] = checked(one, value[name], _below(place, name))
    return value if is_typeddict(kind) else kind(**found)


def _fits(kind: Any, value: Any) -> bool:
    origin, inner = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if origin is tuple:
        return isinstance(value, (list, tuple)) and (inner[-1] is ... or len(value) == len(inner))
    if origin is dict:
        return isinstance(value, dict) and all(isinstance(key, str) for key in value)
    if origin in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST
        return whole or (origin is float and isinstance(value, float) and math.isfinite(value))
    return isinstance(value, origin)


def _below(place: str, name: str) -> str:
    name = name if len(name) <= 40 else f"{name[:40]}..."
    return f"{place}.{name}" if place else name


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@lru_cache(maxsize=64)
def _needed(kind: Any) -> frozenset[str]:
    if is_typeddict(kind):
        keys: frozenset[str] = kind.__required_keys__
        return keys
    lacking = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return frozenset(f.name for f in fields if f.default is lacking and f.default_factory is lacking)
