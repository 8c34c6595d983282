"""Modal windows: what was shown is recorded, and a test says beforehand what the user answers.

A window that nobody expected would wait for ever; here it fails the test instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QColorDialog, QDialog, QFileDialog, QInputDialog, QMessageBox

from slicer_harness.pythonqt import put

_FILE_FUNCTIONS = ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory")
_INPUT_FUNCTIONS = ("getText", "getMultiLineText", "getItem", "getInt", "getDouble")


class UnexpectedDialog(AssertionError):
    """A modal window came up that the test had no answer for."""


@dataclass
class Shown:
    """One window: ``kind`` is its class or function, ``text`` the message or title, ``details`` the folded part."""

    kind: str
    text: str
    details: str = ""
    title: str = ""
    arguments: tuple = ()


@dataclass
class Dialogs:
    """``answer("ok")`` before the press that opens the window, ``shown`` after it."""

    shown: list[Shown] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    def answer(self, *answers: Any) -> None:
        """What the next windows get, in order.

        For a message box the name of a button ("ok", "yes", "cancel", ...); for a file or input window the text, path
        or list it gives ("" is a press on Cancel); for a dialog of the panel's own a function that is called with it
        once it is open and may press in it.
        """
        self.answers.extend(answers)

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.shown]

    def reset(self) -> None:
        self.shown.clear()
        self.answers.clear()

    def next(self, shown: Shown) -> Any:
        self.shown.append(shown)
        if not self.answers:
            raise UnexpectedDialog(f"{shown.kind} came up with no answer prepared: {shown.text}\n{shown.details}")
        return self.answers.pop(0)


dialogs = Dialogs()


def _button(box: QMessageBox, answer: str) -> int:
    offered = box.standardButtons() or QMessageBox.StandardButton.Ok
    for button in QMessageBox.StandardButton:
        if button.name.lower() == answer.lower() and button & offered:
            return int(button)
    for index, button in enumerate(box.buttons()):
        if button.text().replace("&", "").lower() == answer.lower():
            button.click()
            return index
    raise UnexpectedDialog(f"'{answer}' cannot be pressed in: {box.text()}")


def _exec_message(box: QMessageBox) -> int:
    shown = Shown(type(box).__name__, box.text(), box.detailedText(), box.windowTitle().strip())
    only_ok = box.standardButtons() in (QMessageBox.StandardButton.NoButton, QMessageBox.StandardButton.Ok)
    if only_ok and len(box.buttons()) <= 1 and not dialogs.answers:
        dialogs.shown.append(shown)
        return int(QMessageBox.StandardButton.Ok)
    return _button(box, dialogs.next(shown))


_exec = QDialog.exec
_installed: list[bool] = []


def _exec_dialog(dialog: QDialog) -> int:
    if isinstance(dialog, QMessageBox):
        return _exec_message(dialog)
    answer: Callable = dialogs.next(Shown(type(dialog).__name__, dialog.windowTitle(), title=dialog.windowTitle()))
    failures: list[BaseException] = []

    def act() -> None:
        try:
            answer(dialog)
        except BaseException as error:
            failures.append(error)
        if dialog.isVisible():
            dialog.reject()

    QTimer.singleShot(0, act)
    result = _exec(dialog)
    if failures:
        raise failures[0]
    return result


def _static(kind: str, function: str) -> Callable:
    def show(*arguments: Any) -> Any:
        words = [a for a in arguments if isinstance(a, str)]
        return dialogs.next(Shown(f"{kind}.{function}", words[0] if words else "", arguments=arguments))

    return show


def _static_box(function: str) -> Callable:
    def show(parent, title: str, text: str, *arguments: Any) -> int:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, parent=parent)
        if arguments:
            box.setStandardButtons(QMessageBox.StandardButton(int(arguments[0])))
        elif function == "question":
            box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
        return _exec_message(box)

    return show


def install() -> None:
    """Put the recorders in place of Qt's own modal functions, with PythonQt's results (a path, not a pair)."""
    if _installed:
        return
    _installed.append(True)
    for cls in (QDialog, QMessageBox, QFileDialog, QInputDialog, QColorDialog):
        put(cls, "exec", _exec_dialog)
        put(cls, "exec_", _exec_dialog)
    for function in _FILE_FUNCTIONS:
        put(QFileDialog, function, staticmethod(_static("QFileDialog", function)))
    for function in _INPUT_FUNCTIONS:
        put(QInputDialog, function, staticmethod(_static("QInputDialog", function)))
    for function in ("information", "warning", "critical", "question", "about"):
        put(QMessageBox, function, staticmethod(_static_box(function)))
    put(QColorDialog, "getColor", staticmethod(_static("QColorDialog", "getColor")))
