"""slicer.parameterNodeWrapper: a class of typed parameters over a real vtkMRMLScriptedModuleNode, tied to widgets."""

from __future__ import annotations

import typing

import slicer
import vtk
from PySide6.QtWidgets import QWidget

from slicer_harness.parameter_types import Default, Validator, find, kind_of, split

PARAMETER_NAME = "SlicerParameterName"


class _Parameter:
    """One parameter of a class: its name, how it is kept, what it may be."""

    def __init__(self, name: str, annotated, owner: type) -> None:
        self.name, self.annotated = name, annotated
        type_, annotations = split(annotated)
        self.kind = kind_of(type_)
        self.validators = [a() if isinstance(a, type) else a for a in annotations if _is_validator(a)]
        self.default = Default(getattr(owner, name)) if hasattr(owner, name) else find(annotations, Default)
        if self.default is None:
            self.default = Default(self.kind.default())

    def write(self, node, value) -> None:
        self.kind.check(value)
        for validator in self.validators:
            validator.validate(value)
        with slicer.util.NodeModify(node):
            self.kind.write(node, self.name, value)

    def read(self, node):
        if not self.kind.present(node, self.name):
            self.write(node, self.default.value)
        return self.kind.read(node, self.name)


def _is_validator(annotation) -> bool:
    return isinstance(annotation, Validator) or (isinstance(annotation, type) and issubclass(annotation, Validator))


class _Wrapper:
    """What every wrapped class gets. Slicer keeps these names from being parameters, and so does the harness."""

    allParameters: typing.ClassVar[dict[str, _Parameter]]
    _is_parameter_node_wrapper = True

    def __init__(self, parameterNode, prefix: str | None = None) -> None:
        self.parameterNode = parameterNode
        self._connections: dict[int, tuple[dict, int]] = {}
        self._next_tag, self._updating = 0, False
        for parameter in self.allParameters.values():
            parameter.read(parameterNode)

    def default(self, name: str) -> Default:
        return self._parameter(name).default

    @classmethod
    def dataType(cls, name: str):
        return cls._parameter(name).annotated

    @classmethod
    def _parameter(cls, name: str) -> _Parameter:
        if name not in cls.allParameters:
            raise ValueError(f"there is no parameter {name}, only {', '.join(cls.allParameters)}")
        return cls.allParameters[name]

    def getValue(self, name: str):
        return self._parameter(name).read(self.parameterNode)

    def setValue(self, name: str, value) -> None:
        self._parameter(name).write(self.parameterNode, value)

    def connectGui(self, gui) -> int:
        """Tie every widget with a SlicerParameterName, below a widget or among an object's attributes."""
        widgets = gui.findChildren(QWidget) if isinstance(gui, QWidget) else list(vars(gui).values())
        named = {w.property(PARAMETER_NAME): w for w in widgets if w.property(PARAMETER_NAME)}
        return self.connectParametersToGui(named)

    def connectParametersToGui(self, mapping: dict) -> int:
        from slicer_harness.parameter_connectors import GuiConnector, createGuiConnector

        for name in mapping:
            self._parameter(name)
        connectors = {
            name: widget if isinstance(widget, GuiConnector) else createGuiConnector(widget, self.dataType(name))
            for name, widget in mapping.items()
        }
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.onChanged(self._writer(name, connector))
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._show())
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._connections[tag] = (connectors, observer)
        return tag

    def disconnectGui(self, tag: int | None) -> None:
        if tag in self._connections:
            connectors, observer = self._connections.pop(tag)
            for connector in connectors.values():
                connector.onChanged(None)
            self.RemoveObserver(observer)

    def _writer(self, name: str, connector):
        def write() -> None:
            with slicer.util.NodeModify(self):
                if not self._updating:
                    self.setValue(name, connector.read())

        return write

    def _show(self) -> None:
        """The parameters into the widgets; the widgets' answers to that are not written back."""
        if self._updating:
            return
        self._updating = True
        try:
            with slicer.util.NodeModify(self):
                for connectors, _ in list(self._connections.values()):
                    for name, connector in connectors.items():
                        connector.write(self.getValue(name))
        finally:
            self._updating = False

    def StartModify(self):
        return self.parameterNode.StartModify()

    def EndModify(self, was_modified):
        return self.parameterNode.EndModify(was_modified)

    def AddObserver(self, event, callback, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


_SHARED = [name for name in vars(_Wrapper) if not name.startswith("__") or name == "__init__"]


def _property(parameter: _Parameter) -> property:
    return property(
        lambda self: parameter.read(self.parameterNode),
        lambda self, value: parameter.write(self.parameterNode, value),
    )


def parameterNodeWrapper(cls: type | None = None):
    """Class decorator, with or without parentheses."""
    if cls is None:
        return parameterNodeWrapper
    parameters = {}
    for name, annotated in typing.get_type_hints(cls, include_extras=True).items():
        if name in _SHARED:
            raise ValueError(f"the name {name} is the parameter node wrapper's own")
        parameters[name] = _Parameter(name, annotated, cls)
        setattr(cls, name, _property(parameters[name]))
    for name in _SHARED:
        setattr(cls, name, vars(_Wrapper)[name])
    cls.allParameters = parameters
    return cls
