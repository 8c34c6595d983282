"""Writes facts.json: which classes Slicer and CTK have, and what the ones a panel uses offer.

    python make_facts.py SLICER_GIT_DIRECTORY CTK_GIT_DIRECTORY

Only names and signatures are taken, from headers and from slicer/util.py and slicer/packaging.py at HEAD.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

MEMBERS_OF = (
    *("qSlicerCoreApplication", "qSlicerApplication", "qSlicerCoreIOManager", "qSlicerModuleManager", "qSlicerWidget"),
    *("qMRMLLayoutManager", "qSlicerLayoutManager", "qMRMLWidget", "qMRMLNodeComboBox", "qMRMLSortFilterProxyModel"),
    *("qMRMLColorTableComboBox", "qMRMLSegmentSelectorWidget", "qMRMLSliceWidget", "qMRMLAbstractViewWidget"),
    *("qMRMLSliderWidget", "qMRMLSpinBox", "qMRMLRangeWidget", "ctkLayoutManager", "ctkLayoutFactory"),
    *("ctkCollapsibleButton", "ctkCollapsibleGroupBox", "ctkCheckBox", "ctkPushButton", "ctkComboBox", "ctkMessageBox"),
    *("ctkPathLineEdit", "ctkDirectoryButton", "ctkColorPickerButton", "ctkDoubleSpinBox", "ctkSliderWidget"),
    *("ctkDoubleSlider", "ctkRangeWidget", "ctkDICOMDatabase"),
)
SECTION = re.compile(r"\b(Q_SIGNALS|signals|public Q_SLOTS|public slots|public|protected|private)\b[^;()]*:")
METHOD = re.compile(r"([~\w]+)\s*\(([^()]*)\)\s*(?:const)?\s*(?:override)?\s*(?:=\s*0)?[;{]?\s*$")
FOLDERS = ("Base/", "Libs/MRML/Widgets/", "Modules/Loadable/", "Libs/Widgets/", "Libs/Core/", "Libs/DICOM/Core/")


def git(directory: str, *words: str) -> str:
    return subprocess.run(["git", f"--git-dir={directory}", *words], check=True, capture_output=True, text=True).stdout


def headers(directory: str) -> dict[str, str]:
    """Class name to path, from the headers that are named after their class."""
    paths = git(directory, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    wanted = [p for p in paths if p.endswith(".h") and p.startswith(FOLDERS) and "/Testing/" not in p]
    return {Path(p).stem: p for p in wanted if re.match(r"(ctk|qMRML|qSlicer)[A-Z]", Path(p).stem) and "_p" not in p}


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def types_of(arguments: str) -> str:
    """The argument types alone: no names, defaults, const or references."""
    types = []
    for argument in filter(None, (part.split("=")[0].strip() for part in arguments.split(","))):
        bare = re.sub(r"\bconst\b|&", " ", argument)
        words = bare.replace("*", " * ").split()
        if len(words) > 1 and re.fullmatch(r"\w+", words[-1]) and words[-1] not in ("int", "long", "char"):
            words.pop()
        types.append("".join(words) if "*" in words else " ".join(words))
    return ",".join(types)


def describe(name: str, text: str) -> dict:
    """The base class, the members by name, and the signals by signature."""
    text = re.sub(r"=\s*[\w:]+\(\)", "= 0", without_comments(text))
    start = re.search(rf"class\s+\w*EXPORT\s+{name}\s*:\s*public\s+(\w+)", text)
    if start is None:
        return {"base": "", "members": [], "signals": []}
    body = text[start.end() :].split("\n};")[0]
    members = set(re.findall(r"Q_PROPERTY\s*\(\s*[\w:<>\s]+?[\s*&](\w+)\s+READ", body))
    members |= set(re.findall(r"^\s+([A-Z]\w+)\s*(?:=\s*0x[0-9a-fA-F]+|=\s*\d+)?\s*,?\s*$", body, re.MULTILINE))
    members |= set(re.findall(r"enum\s+\w+\s*\{\s*(\w+)\s*=", body))
    signals, section = set(), ""
    for statement in re.split(r"(?<=[;{}:])\s*\n", body):
        found = re.search(
            r"\b(Q_SIGNALS|signals|public Q_SLOTS|public slots|public|protected|private)\b[^;()]*:", statement
        )
        if found:
            section = found.group(1)
        method = re.search(
            r"([~\w]+)\s*\(([^()]*)\)\s*(?:const)?\s*(?:override)?\s*(?:=\s*0)?[;{]?\s*$", statement.strip()
        )
        if method and not section.startswith(("protected", "private")):
            members.add(method.group(1))
            if section in ("signals", "Q_SIGNALS"):
                signals.add(f"{method.group(1)}({types_of(method.group(2))})")
    members = {m for m in members if m != name and not m.startswith(("~", "Q_", "QVTK_", "_"))}
    return {"base": start.group(1), "members": sorted(members), "signals": sorted(signals)}


def functions(source: str) -> list[str]:
    tree = ast.parse(source)
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names += [t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
    return sorted(name for name in names if not name.startswith("_"))


def main(slicer_git: str, ctk_git: str) -> None:
    classes, names = {}, []
    for directory in (slicer_git, ctk_git):
        for name, path in headers(directory).items():
            names.append(name)
            if name in MEMBERS_OF:
                classes[name] = describe(name, git(directory, "show", f"HEAD:{path}"))
    # Static functions that Slicer adds for Python only.
    for path in git(slicer_git, "ls-tree", "-r", "--name-only", "HEAD", "Base").splitlines():
        if path.endswith("PythonQtDecorators.h"):
            for name, function in re.findall(r"\bstatic_([a-zA-Z]+)_(\w+)\(", git(slicer_git, "show", f"HEAD:{path}")):
                if name in classes:
                    classes[name]["members"] = sorted({*classes[name]["members"], function})
    util = git(slicer_git, "show", "HEAD:Base/Python/slicer/util.py")
    packaging = git(slicer_git, "show", "HEAD:Base/Python/slicer/packaging.py")
    facts = {
        "from": {
            "Slicer/Slicer": git(slicer_git, "rev-parse", "HEAD").strip(),
            "commontk/CTK": git(ctk_git, "rev-parse", "HEAD").strip(),
        },
        "slicer.util": functions(util),
        "slicer.packaging": functions(packaging),
        "classes": classes,
        "names": sorted(names),
    }
    text = json.dumps(facts, separators=(",", ":"))
    # A line for each class, so that a change can be read.
    text = re.sub(r'(?<=[}\]]),(?="[\w./]+":)', ",\n", text)
    (Path(__file__).parent / "facts.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
