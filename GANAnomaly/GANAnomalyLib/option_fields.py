"""Options of a run, each declared once: as a field of a dataclass, with what it means and what it may be.

::

    @dataclass
    class Walk(Options):
        steps: int = option(10, "How many steps.", above=0, flags="--steps")

From that come the checks, the class's documentation, the JSON form, a panel's fields and, with
:func:`GANAnomalyLib.cli.options.click_options`, the options of a command.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import ge, gt, le, lt
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import InputError
from .files.typed_values import LARGEST, Words, WrongKind, checked, kind_in_words, nameable, value_in_words
from .spelling import meant

T = TypeVar("T", bound="Options")
Check = Callable[[Any], "str | None"]
ValueKind = Literal["number", "whole", "switch", "share", "choice", "path", "names", "text"]
_OPTION = "option"


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    help: what it means, for the command line, "" for what is not told there. doc: what the documentation says besides.
    name: what requests call it. kind: its annotation, without None, which ``optional`` tells; ``required``: no default.
    low, above, high, below: the smallest and largest value, or what a value must exceed or stay below.
    choices: all that it may be. check_value: says what is wrong with a value that passes all else, or None.
    flags: spellings on the command line, separated by blanks; "" for the field's name. metavar: what stands behind.
    shown: the default in words, "" for silence, None for the value itself.
    label: what a panel calls it, "" for no field there; choice_labels: what it calls the choices.
    mode: the only mode it belongs to, "" for all.
    called, place: how sentences name it, and where it stands in a request (an error's ``field``); "" for its name.
    free: whether it may change when a run goes on. published: its key in another program's configuration.
    """

    help: str = ""
    doc: str = ""
    name: str = ""
    kind: Any = None
    optional: bool = False
    required: bool = False
    default: Any = None
    low: float | None = None
    above: float | None = None
    high: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] = ()
    check_value: Check | None = None
    flags: str = ""
    metavar: str | None = None
    shown: str | None = None
    label: str = ""
    choice_labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    mode: str = ""
    called: str = ""
    place: str = ""
    free: bool = False
    published: str = ""

    def check(self, value: Any) -> Any:
        """The value as it is used (a list as the declared tuple); raises :class:`InputError` naming the option."""
        try:
            return checked(self._kind, value, self.called or self.name)
        except WrongKind as error:
            raise InputError(f"{error}.", field=self.place or self.name, values=self._told(value)) from error

    def _told(self, value: Any) -> dict[str, Any]:
        """What the sentence of a refusal tells, for programs."""
        if self.choices:
            return {"given": value_in_words(value), "choices": list(self.choices)}
        if _is_number(value):
            return {"given": value}
        several = isinstance(value, list | tuple) and 0 < len(value) <= 4 and all(map(_is_number, value))
        return {"given": list(value)} if several else {}

    @cached_property
    def _kind(self) -> Any:
        """The annotation with all that is declared beside it, as :func:`checked` takes it."""
        kind = self.kind
        if self._limits or self.choices:
            kind = Annotated[kind, Words(self.wanted), self._refusal]
        if self.check_value is not None:
            kind = Annotated[kind, self.check_value]
        return Union[kind, None] if self.optional else kind  # noqa: UP007

    def _refusal(self, value: Any) -> str | None:
        if self.choices and value not in self.choices:
            near = meant(value, [one for one in self.choices if isinstance(one, str)])
            return f"must be {self.wanted}, not {value_in_words(value)}{near}"
        number = isinstance(value, int | float) and not isinstance(value, bool)
        within = not number or all(fits(value, limit) for fits, limit in self._limits)
        return None if within else f"must be {self.wanted}, not {value_in_words(value)}"

    @property
    def _limits(self) -> list[tuple[Callable[[float, float], bool], float]]:
        return [(fits, limit) for fits, limit in zip((ge, gt, le, lt), self._ends, strict=True) if limit is not None]

    @property
    def _ends(self) -> tuple[float | None, ...]:
        return self.low, self.above, self.high, self.below

    @property
    def plain_kind(self) -> Any:
        """The annotation without checks."""
        return get_args(self.kind)[0] if get_origin(self.kind) is Annotated else self.kind

    @property
    def value_kind(self) -> ValueKind:
        """What a value is to those who make fields for it: a panel, or the command line."""
        if self.choices:
            return "choice"
        if bool in get_args(self.plain_kind):
            return "share"
        if (get_origin(self.plain_kind) or self.plain_kind) in (list, tuple):
            return "names"
        if get_origin(self.kind) is Annotated and nameable in self.kind.__metadata__:
            return "path"
        kinds: dict[Any, ValueKind] = {bool: "switch", int: "whole", float: "number"}
        return kinds.get(self.plain_kind, "text")

    @property
    def wanted(self) -> str:
        """What a value may be, in words: "a whole number of 2 or more"."""
        if self.choices:
            return f"one of {', '.join(str(one) for one in self.choices)}"
        low, above, high, below = ("" if one is None else f"{one:.10g}" for one in self._ends)
        if above:
            limits = f" above {above}" + (f" and up to {high}" if high else f" and below {below}" if below else "")
        elif low:
            end = high or (below and f"below {below}")
            limits = f" from {low} to {end}" if end else f" of {low} or more"
        else:
            limits = f" up to {high}" if high else f" below {below}" if below else ""
        return kind_in_words(self.plain_kind) + limits


def option(default: Any, help: str = "", **declared: Any) -> Any:
    """A field of a class of :class:`Options`; the keywords are the attributes of :class:`Option`.

    ``default`` may be a function without parameters that makes one, such as ``dict``, or MISSING for none.
    """
    metadata = {_OPTION: Option(help, **declared)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def option_of(other: type[Options], name: str, **declared: Any) -> Any:
    """A field that is declared as another class's of that name is; the keywords change what this one says besides."""
    found = next(item for item in dataclasses.fields(other) if item.name == name)  # type: ignore[arg-type]
    told = dataclasses.replace(found.metadata[_OPTION], **declared)
    return field(default=found.default, metadata={_OPTION: told})


class Options:
    """Base of dataclasses whose fields are made with :func:`option`. ``WHAT`` is what one of them is called."""

    WHAT: ClassVar[str] = "setting"

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        lines = [f"{name}: {_described(item)}" for name, item in vars(cls).items() if _option_of(item) is not None]
        if lines and cls.__doc__:
            cls.__doc__ = "\n".join([inspect.cleandoc(cls.__doc__), "", "Attributes", "----------", *lines])

    @classmethod
    def options(cls) -> dict[str, Option]:
        """The options by the fields' names, in the order of their declaration."""
        return _options(cls)  # type: ignore[arg-type]

    @classmethod
    def called(cls, name: str) -> str:
        """How a sentence names an option."""
        return name

    @classmethod
    def place(cls, name: str) -> str:
        """Where an option stands in a request, as errors' ``field`` says it."""
        return name

    def check(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be; lists become the declared tuples."""
        for name, item in self.options().items():
            value = getattr(self, name)
            taken = item.check(value)
            if taken is not value:
                object.__setattr__(self, name, taken)  # also where the class is frozen
        self.check_together()

    def check_together(self) -> None:
        """Raise :class:`InputError` for values that contradict each other."""

    def fixed(self) -> dict[str, Any]:
        """The options that a run keeps from its beginning to its end."""
        free = {item.name for item in self.options().values() if item.free}
        return {name: value for name, value in self.to_dict().items() if name not in free}

    def to_dict(self) -> dict[str, Any]:
        """By the names that requests and files use; plain values, ready for JSON."""
        names = {field: item.name for field, item in self.options().items()}
        values = dataclasses.asdict(self)  # type: ignore[call-overload]
        return {names.get(field, field): list(v) if isinstance(v, tuple) else v for field, v in values.items()}

    @classmethod
    def from_dict(cls: type[T], values: Mapping[str, Any]) -> T:
        """From the fields' own names; raises :class:`InputError` for unknown names and impossible values."""
        check_names(values, cls.options(), f"There is no {cls.WHAT} called {{}}")
        options = cls(**values)
        options.check()
        return options


def check_names(given: Mapping[Any, Any], known: Mapping[str, Any], sentence: str) -> None:
    """Raise :class:`InputError` with ``sentence``, its {} replaced, for names that are not known."""
    unknown = sorted((name for name in given if name not in known), key=str)
    if unknown:
        named = ", ".join(map(value_in_words, unknown[:5]))
        raise InputError(f"{sentence.format(named)}{meant(unknown[0], known)}: check the spelling.")


def usable_as_file_name(name: str) -> str | None:
    """A check: a name that a file can have on every system."""
    return f"must be usable as a file name, which {name[:60]!r} is not" if set(name) & set('/\\:*?"<>|') else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and -LARGEST <= value <= LARGEST


def _option_of(item: Any) -> Option | None:
    return item.metadata.get(_OPTION) if isinstance(item, dataclasses.Field) else None


def _described(item: Any) -> str:
    found = item.metadata[_OPTION]
    return " ".join(part for part in (found.help, found.doc) if part)


@lru_cache(maxsize=64)
def _options(cls: type[Options]) -> dict[str, Option]:
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        declared = _option_of(item)
        if declared is not None:
            default = item.default_factory() if callable(item.default_factory) else item.default
            kind, optional = _without_none(hints[item.name])
            required = default is dataclasses.MISSING
            name = declared.name or item.name
            found[item.name] = dataclasses.replace(
                declared,
                name=name,
                called=cls.called(name),
                place=cls.place(name),
                kind=kind,
                optional=optional,
                required=required,
                default=None if required else default,
            )
    return found


def _without_none(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) not in (Union, types.UnionType):
        return kind, False
    kinds = [one for one in get_args(kind) if one is not type(None)]
    # Union[...] of one is that one.
    return Union[tuple(kinds)], len(kinds) < len(get_args(kind))  # noqa: UP007
