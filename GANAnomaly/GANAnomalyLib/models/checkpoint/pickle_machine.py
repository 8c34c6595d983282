"""A pickle reader that cannot run code: opcodes in, an inert tree out.

Python's own unpickler calls what a file names. This one has nothing to call: the standard library's ``pickletools``
splits the stream into instructions, and the few instructions that a published checkpoint needs build lists, dicts and
:class:`Node` objects, which only remember what the file asked for. Names outside the allowed ones stop the reading at
the point where they are named. Nothing is imported, hashed or called on the file's behalf: dict keys must be plain
strings or small numbers (hashing nested tuples can hang or crash an interpreter), and nothing here recurses.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Collection
from typing import IO, Any, BinaryIO, cast

from ...errors import InputError

OPCODE_LIMIT = 5_000_000
"""Instructions in one file; the largest published networks need a few hundred thousand."""
LINE_LIMIT = 1000
KEY_LIMIT = 1 << 60

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
_LITERALS |= {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8"}
_REFERENCES = {"PERSID", "BINPERSID"}
_MARK = object()


class GlobalName:
    """A Python object the file refers to, as its name alone (``"module name"``)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Node:
    """A call the file asked for and did not get: the callable's name, arguments, later state and contents."""

    __slots__ = ("args", "items", "name", "pairs", "state")

    def __init__(self, name: str, args: tuple[Any, ...] = ()) -> None:
        self.name = name
        self.args = args
        self.state: Any = None
        self.items: list[Any] = []
        self.pairs: dict[Any, Any] = {}


class _Stream:
    """A file of known size that never allocates more than it holds, and reads no endless lines."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, count: int) -> bytes:
        data = self._file.read(max(0, min(count, self._left)))
        self._left -= len(data)
        return data

    def readline(self) -> bytes:
        data = self._file.readline(min(LINE_LIMIT, self._left))
        self._left -= len(data)
        return data

    @property
    def at_end(self) -> bool:
        return self._left <= 0


def read_tree(file: BinaryIO, size: int, allowed: Collection[str], refuse: Callable[[str], InputError]) -> Any:
    """Read one pickle into lists, tuples, dicts, literals and :class:`Node` objects.

    Parameters
    ----------
    file, size: an open binary file and how many bytes it holds.
    allowed: names that may appear, written ``"module name"``.
    refuse: makes the error for a name that may not (given as ``"module.name"``).

    Raises
    ------
    InputError
        A forbidden name, a persistent reference, an instruction published checkpoints do not use, too many
        instructions, or a damaged or truncated stream.
    """
    stream = _Stream(file, size)
    machine = _Machine(allowed, refuse)
    try:
        for count, (opcode, arg, _) in enumerate(pickletools.genops(cast("IO[bytes]", stream))):
            if count >= OPCODE_LIMIT:
                raise InputError(
                    f"it holds more than {OPCODE_LIMIT:,} pickle instructions, far more than a network needs."
                )
            if machine.step(opcode.name, arg):
                return machine.stack[-1]
    except InputError:
        raise
    except Exception as error:
        if stream.at_end:
            raise InputError("it is truncated: copy or download it again.", repr(error)) from error
        raise InputError("it is damaged, or not a checkpoint: copy or download it again.", repr(error)) from error
    raise InputError("it is truncated: copy or download it again.")


class _Machine:
    """The stack, the marks and the memo of one reading."""

    def __init__(self, allowed: Collection[str], refuse: Callable[[str], InputError]) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._allowed = allowed
        self._refuse = refuse

    def step(self, name: str, arg: Any) -> bool:
        """Carry out one instruction; True at the end of the pickle."""
        if name in _LITERALS:
            self.stack.append(arg)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[arg] = self.stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self._memo[arg])
        elif name == "STOP":
            return True
        elif name in _REFERENCES:
            raise InputError("it refers to data outside itself (a persistent reference), which is refused.")
        elif name not in ("PROTO", "FRAME"):
            method = getattr(self, f"_{name.lower()}", None)
            if method is None:
                raise InputError(f"it uses the pickle instruction {name}, which published checkpoints do not use.")
            method(arg)
        return False

    def _name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("a name that is not text")
        if f"{module} {name}" not in self._allowed:
            shown = f"{module}.{name}"[:120]
            raise self._refuse("".join(letter if letter.isprintable() else "?" for letter in shown))
        self.stack.append(GlobalName(f"{module} {name}"))

    def _global(self, arg: str) -> None:
        module, _, name = arg.partition(" ")
        self._name(module, name)

    def _stack_global(self, arg: None) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._name(module, name)

    def _reduce(self, arg: None) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, GlobalName) or not isinstance(args, tuple):
            raise ValueError("a call of something that is not a name")
        self.stack.append(Node(function.name, args))

    _newobj = _reduce

    def _newobj_ex(self, arg: None) -> None:
        if self.stack.pop():
            raise ValueError("keyword arguments where none belong")
        self._reduce(None)

    def _build(self, arg: None) -> None:
        state = self.stack.pop()
        self._node().state = state

    def _mark(self, arg: None) -> None:
        self.stack.append(_MARK)

    def _since_mark(self) -> list[Any]:
        where = len(self.stack) - 1
        while self.stack[where] is not _MARK:
            where -= 1
            if where < 0:
                raise ValueError("no mark")
        found = self.stack[where + 1 :]
        del self.stack[where:]
        return found

    def _pop(self, arg: None) -> None:
        self.stack.pop()

    def _pop_mark(self, arg: None) -> None:
        self._since_mark()

    def _empty_list(self, arg: None) -> None:
        self.stack.append([])

    def _empty_tuple(self, arg: None) -> None:
        self.stack.append(())

    def _empty_dict(self, arg: None) -> None:
        self.stack.append({})

    def _empty_set(self, arg: None) -> None:
        self.stack.append(Node("builtins set"))

    def _frozenset(self, arg: None) -> None:
        node = Node("builtins frozenset")
        node.items = self._since_mark()
        self.stack.append(node)

    def _tuple(self, arg: None) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _tuple1(self, arg: None) -> None:
        self._last(1)

    def _tuple2(self, arg: None) -> None:
        self._last(2)

    def _tuple3(self, arg: None) -> None:
        self._last(3)

    def _last(self, count: int) -> None:
        found = tuple(self.stack[-count:])
        if len(found) < count or any(item is _MARK for item in found):
            raise ValueError("too little on the stack")
        del self.stack[-count:]
        self.stack.append(found)

    def _append(self, arg: None) -> None:
        value = self.stack.pop()
        self._extend([value])

    def _appends(self, arg: None) -> None:
        self._extend(self._since_mark())

    _additems = _appends

    def _extend(self, values: list[Any]) -> None:
        target = self.stack[-1]
        (target if isinstance(target, list) else self._node().items).extend(values)

    def _setitem(self, arg: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._update([key, value])

    def _setitems(self, arg: None) -> None:
        self._update(self._since_mark())

    def _update(self, values: list[Any]) -> None:
        target = self.stack[-1]
        pairs = target if isinstance(target, dict) else self._node().pairs
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, str | int | float | None) or (isinstance(key, int) and abs(key) > KEY_LIMIT):
                raise ValueError("a dictionary key that is neither text nor a small number")
            pairs[key] = value

    def _node(self) -> Node:
        node = self.stack[-1]
        if not isinstance(node, Node):
            raise ValueError("contents for something that holds none")
        return node
