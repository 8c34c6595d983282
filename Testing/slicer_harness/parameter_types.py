"""What a parameter node wrapper can hold, how it is written into the parameter node, and what its annotations mean.

The written form is Slicer's own, so that a scene saved here opens there: numbers and strings as ``str``, booleans as
"True" and "False", an enumeration by its member's name, a node as a node reference beside an empty parameter.
"""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import dataclass

import slicer


class Default:
    """The value a parameter starts with, or a function that makes it."""

    def __init__(self, value=None, *, generator=None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self):
        return self._generator() if self._generator else self._value


class Validator:
    """Raises when a value may not be written."""

    def validate(self, value) -> None:
        raise NotImplementedError


@dataclass
class WithinRange(Validator):
    minimum: float
    maximum: float

    def validate(self, value) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within [{self.minimum}, {self.maximum}]")


@dataclass
class Choice(Validator):
    choices: typing.Sequence

    def validate(self, value) -> None:
        if value not in self.choices:
            raise ValueError(f"{value} is none of {list(self.choices)}")


def split(annotated) -> tuple[typing.Any, tuple]:
    """The bare type and its annotations."""
    if typing.get_origin(annotated) is typing.Annotated:
        return annotated.__origin__, annotated.__metadata__
    return annotated, ()


def bare(annotated):
    return split(annotated)[0]


def find(annotations, kind):
    """The first annotation of a kind, or None."""
    return next((a for a in annotations if isinstance(a, kind)), None)


def node_types(annotated) -> list[type]:
    """The node classes of a node type or of a union of them with None; empty for any other type."""
    members = [bare(annotated)]
    if typing.get_origin(members[0]) in (typing.Union, types.UnionType):
        members = [bare(m) for m in typing.get_args(members[0])]
    if not all(isinstance(m, type) and issubclass(m, (slicer.vtkMRMLNode, type(None))) for m in members):
        return []
    return [m for m in members if m is not type(None)]


class Kind:
    """How one type lies in a parameter node. ``none_allowed``: None is a value of it."""

    none_allowed = False

    def __init__(self, type_) -> None:
        self.type = type_

    def default(self):
        return self.type()

    def check(self, value) -> None:
        if value is None and not self.none_allowed:
            raise ValueError("the value is None")
        if value is not None and not isinstance(value, self.type):
            raise TypeError(f"{value!r} is not of type {self.type}")

    def present(self, node, name: str) -> bool:
        return node.HasParameter(name)

    def write(self, node, name: str, value) -> None:
        node.SetParameter(name, str(value))

    def read(self, node, name: str):
        return self.type(node.GetParameter(name))


class BoolKind(Kind):
    def read(self, node, name: str) -> bool:
        return node.GetParameter(name) == "True"


class FloatKind(Kind):
    def check(self, value) -> None:
        if value is None:
            raise ValueError("the value is None")
        if not isinstance(value, (int, float)):
            raise TypeError(f"{value!r} is not a number")


class EnumKind(Kind):
    def default(self):
        return next(iter(self.type))

    def write(self, node, name: str, value) -> None:
        node.SetParameter(name, value.name)

    def read(self, node, name: str):
        return self.type[node.GetParameter(name)]


class NodeKind(Kind):
    none_allowed = True

    def default(self):
        return None

    def write(self, node, name: str, value) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name: str):
        return node.GetNodeReference(name)


def kind_of(type_) -> Kind:
    """The :class:`Kind` of a bare type; TypeError for one the harness does not have (Slicer may)."""
    simple = {bool: BoolKind, float: FloatKind, int: Kind, str: Kind}
    if type_ in simple:
        return simple[type_](type_)
    if isinstance(type_, type):
        if issubclass(type_, enum.Enum):
            return EnumKind(type_)
        if issubclass(type_, slicer.vtkMRMLNode):
            return NodeKind(type_)
    raise TypeError(f"the harness has no parameter of type {type_}: use a simpler one, or add it to parameter_types.py")
