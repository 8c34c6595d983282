"""Static checks of a scripted module: its .ui file and Python files against each other and against Slicer's facts.

Each gives a list of sentences, empty when all is well; a test asserts that.
"""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from pathlib import Path

from slicer_harness import facts, qt_facts

# What PythonQt adds to every QObject.
PYTHONQT = {"connect", "disconnect", "name", "delete", "className"}
TRANSLATORS = {"_", "tr", "translate"}
SHOWN_PROPERTIES = {
    *("text", "toolTip", "title", "windowTitle", "statusTip", "placeholderText", "labelText", "helpText"),
    *("acknowledgementText", "whatsThis", "noneDisplay", "defaultText", "plainText", "informativeText", "detailedText"),
}
SHOWN_CALLS = {
    *("addItem", "addItems", "addAction", "addMenu", "addTab", "addRow", "insertItem", "setHorizontalHeaderLabels"),
    *("errorDisplay", "warningDisplay", "infoDisplay", "messageBox", "confirmOkCancelDisplay", "confirmYesNoDisplay"),
    *("showStatusMessage", "tryWithErrorDisplay", "showMessage", "createProgressDialog"),
    *("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu", "QTableWidgetItem"),
    *("getOpenFileName", "getSaveFileName", "getExistingDirectory", "getText", "getItem", "question", "information"),
    *(f"set{name[0].upper()}{name[1:]}" for name in SHOWN_PROPERTIES),
}
# addItem(text, data), insertItem(index, text, data): the data is not shown.
DATA_AFTER = {"addItem": 1, "insertItem": 2}
SECTIONS = {"ctkCollapsibleButton", "ctkCollapsibleGroupBox", "qMRMLWidget"}
USED = re.compile(
    r"Q(PushButton|ToolButton|CheckBox|RadioButton|ComboBox|LineEdit|SpinBox|DoubleSpinBox|Slider|TextEdit|PlainTextEdit"
    r"|TableWidget|TableView|ListWidget|TreeWidget|TreeView)|ctk\w+|qMRML\w+"
)


def ui_widgets(ui: Path) -> dict[str, str]:
    """Name to class of everything in the .ui file that has a name."""
    tree = xml.parse(ui)
    return {e.get("name"): e.get("class") for e in tree.iter() if e.tag in ("widget", "action") and e.get("name")}


def _layouts(ui: Path) -> set[str]:
    return {e.get("name") for e in xml.parse(ui).iter() if e.tag in ("layout", "spacer") and e.get("name")}


def _walk(sources: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            yield source, node


def _at(source: Path, node: ast.AST) -> str:
    return f"{source.name}:{node.lineno}"


def _is_ui(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "ui") or (isinstance(node, ast.Name) and node.id == "ui")


def unknown_widgets(ui: Path, sources: list[Path]) -> list[str]:
    """Names taken from ``ui`` that the .ui file does not have."""
    known = set(ui_widgets(ui)) | _layouts(ui)
    return [
        f"{_at(source, node)}: ui.{node.attr} is not in {ui.name}"
        for source, node in _walk(sources)
        if isinstance(node, ast.Attribute) and _is_ui(node.value) and node.attr not in known
    ]


def unknown_classes(ui: Path) -> list[str]:
    """Classes in the .ui file that neither Qt nor Slicer nor CTK has, or that are used without being declared."""
    from PySide6 import QtWidgets

    tree = xml.parse(ui)
    declared = {e.text for e in tree.iterfind("customwidgets/customwidget/class")}
    problems = []
    for name, cls in sorted(ui_widgets(ui).items()):
        if cls.startswith(("ctk", "qMRML", "qSlicer")):
            if not facts.known_class(cls):
                problems.append(f"{name}: there is no class {cls}")
            if cls not in declared:
                problems.append(f"{name}: {cls} is not among the custom widgets")
        elif cls != "QAction" and not hasattr(QtWidgets, cls):
            problems.append(f"{name}: there is no class {cls}")
    return problems


def wrong_properties(ui: Path) -> list[str]:
    """Properties of Slicer's and CTK's widgets in the .ui file that the class does not have."""
    problems = []
    for element in xml.parse(ui).iter("widget"):
        cls = element.get("class")
        if cls not in facts.facts()["classes"]:
            continue
        for item in element.iterfind("property"):
            name = item.get("name")
            dynamic = item.get("stdset") == "0"
            if not (dynamic or name in facts.members(cls) or name in qt_facts.members(facts.lineage(cls)[-1])):
                problems.append(f"{element.get('name')}: {cls} has no property {name}")
    return problems


def _has_member(cls: str, member: str) -> bool:
    return member in PYTHONQT or member in facts.members(cls) or member in qt_facts.members(facts.lineage(cls)[-1])


def unknown_members(ui: Path, sources: list[Path]) -> list[str]:
    """``ui.widget.member`` that the widget's class does not have."""
    widgets = ui_widgets(ui)
    problems = []
    for source, node in _walk(sources):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and _is_ui(node.value.value)):
            continue
        cls = widgets.get(node.value.attr)
        if cls and not _has_member(cls, node.attr):
            problems.append(f"{_at(source, node)}: {node.value.attr} is a {cls}, which has no {node.attr}")
    return problems


def unknown_signals(ui: Path, sources: list[Path]) -> list[str]:
    """``ui.widget.connect("signal(type)", ...)`` with a signal that the class does not have."""
    from PySide6.QtCore import QMetaObject

    widgets = ui_widgets(ui)
    problems = []
    for source, node in _walk(sources):
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
        if not call or node.func.attr not in ("connect", "disconnect"):
            continue
        sender, first = node.func.value, node.args[0]
        if not (isinstance(sender, ast.Attribute) and _is_ui(sender.value) and isinstance(first, ast.Constant)):
            continue
        cls = widgets.get(sender.attr)
        signature = bytes(QMetaObject.normalizedSignature(str(first.value)).data()).decode()
        if cls and signature not in facts.signals(cls) | qt_facts.signals(facts.lineage(cls)[-1]):
            problems.append(f"{_at(source, node)}: {cls} has no signal {first.value}")
    return problems


def _chain(node: ast.Attribute) -> list[str]:
    parts = [node.attr]
    while isinstance(node.value, ast.Attribute):
        node = node.value
        parts.append(node.attr)
    if not isinstance(node.value, ast.Name):
        return []
    return [node.value.id, *reversed(parts)]


def _unknown_slicer(parts: list[str]) -> bool:
    import slicer

    first = parts[1]
    if first in ("util", "packaging") and len(parts) > 2:
        return parts[2] not in facts.module_names(f"slicer.{first}")
    if first == "app" and len(parts) > 2:
        return not _has_member("qSlicerApplication", parts[2])
    if first in ("util", "packaging", "app", "modules", "mrmlScene", "selfTests", "i18n", "testing", "cli", "logic"):
        return False
    if facts.known_class(first):
        return len(parts) > 2 and first in facts.facts()["classes"] and not _has_member(first, parts[2])
    owner = getattr(slicer, first, None)
    return owner is None or (len(parts) > 2 and isinstance(owner, type) and not hasattr(owner, parts[2]))


def _unknown_qt(parts: list[str]) -> bool:
    from PySide6 import QtCore, QtGui, QtNetwork, QtUiTools, QtWidgets

    modules = (QtCore, QtGui, QtWidgets, QtNetwork, QtUiTools)
    owner = next((getattr(m, parts[1]) for m in modules if hasattr(m, parts[1])), None)
    return owner is None or (len(parts) > 2 and parts[2] not in PYTHONQT and not hasattr(owner, parts[2]))


def _unknown_ctk(parts: list[str]) -> bool:
    if not facts.known_class(parts[1]):
        return True
    described = parts[1] in facts.facts()["classes"]
    return len(parts) > 2 and described and not _has_member(parts[1], parts[2])


def unknown_names(sources: list[Path]) -> list[str]:
    """``slicer.x.y``, ``qt.X.y`` and ``ctk.X.y`` that are neither in the facts, nor in slicer-core, nor in Qt.

    What a file asks for with hasattr or getattr, or imports by "from", is not seen.
    """
    unknown = {"slicer": _unknown_slicer, "qt": _unknown_qt, "ctk": _unknown_ctk}
    problems = []
    for source, node in _walk(sources):
        parts = _chain(node) if isinstance(node, ast.Attribute) else []
        if parts and parts[0] in unknown and unknown[parts[0]](parts):
            problems.append(f"{_at(source, node)}: there is no {'.'.join(parts[:3])}")
    return sorted(set(problems))


def _shown_text(node: ast.AST | None) -> Iterator[ast.AST]:
    """The literal words of an expression that a user would read untranslated."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search(r"[A-Za-z]{2}", re.sub(r"<[^>]*>|https?://\S+|\{[^}]*\}", "", node.value)):
            yield node
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _shown_text(part)
    elif isinstance(node, ast.FormattedValue):
        yield from _shown_text(node.value)
    elif isinstance(node, ast.BinOp):
        yield from _shown_text(node.left)
        yield from _shown_text(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _shown_text(node.body)
        yield from _shown_text(node.orelse)
    elif isinstance(node, (ast.BoolOp, ast.List, ast.Tuple)):
        for part in getattr(node, "values", None) or getattr(node, "elts", []):
            yield from _shown_text(part)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join"):
        yield from _shown_text(node.func.value)


def _function_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def untranslated(sources: list[Path], names: tuple[str, ...] = ()) -> list[str]:
    """Words given to a widget or a message outside ``_()``, and ``_()`` of anything but a plain string.

    ``names`` are proper names, which stay as they are in every language.
    """
    problems = []
    for source, node in _walk(sources):
        words: list[ast.AST] = []
        if isinstance(node, ast.Assign):
            targets = {t.attr for t in node.targets if isinstance(t, ast.Attribute)}
            words = list(_shown_text(node.value)) if targets & SHOWN_PROPERTIES else []
        elif isinstance(node, ast.Call) and _function_name(node) in SHOWN_CALLS:
            arguments = node.args[: DATA_AFTER.get(_function_name(node))]
            arguments += [k.value for k in node.keywords if k.arg in SHOWN_PROPERTIES]
            words = [w for argument in arguments for w in _shown_text(argument)]
        elif isinstance(node, ast.Call) and _function_name(node) in TRANSLATORS and isinstance(node.func, ast.Name):
            words = [a for a in node.args if not (isinstance(a, ast.Constant) and isinstance(a.value, str))]
        words = [word for word in words if getattr(word, "value", None) not in names]
        problems += [f"{_at(source, word)}: not translatable: {ast.unparse(word)}" for word in words]
    return problems


def without_tooltip(ui: Path, sources: list[Path] = ()) -> list[str]:
    """Widgets of the .ui file that a user acts on and that have no tooltip, there or set in the code."""
    given = {
        target.value.attr
        for _, node in _walk(list(sources))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "toolTip" and isinstance(target.value, ast.Attribute)
    }
    problems = []
    for element in xml.parse(ui).iter("widget"):
        cls, name = element.get("class"), element.get("name")
        tip = element.findtext("property[@name='toolTip']/string") or ""
        if USED.fullmatch(cls) and cls not in SECTIONS and not tip.strip() and name not in given:
            problems.append(f"{name} ({cls}) has no tooltip")
    return problems
