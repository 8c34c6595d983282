"""slicer.packaging and slicer.util.pip_install: which packages are there is real, installing is only recorded."""

from __future__ import annotations

import importlib.metadata
import subprocess
from dataclasses import dataclass, field

import slicer
from packaging.requirements import Requirement


@dataclass
class Pip:
    """``missing`` holds names to take as absent; ``installed`` what was asked for; ``fail`` makes the next one fail."""

    missing: set[str] = field(default_factory=set)
    installed: list[str] = field(default_factory=list)
    fail: bool = False

    def reset(self) -> None:
        self.missing.clear()
        self.installed.clear()
        self.fail = False


pip = Pip()


def _requirements(given) -> list[Requirement]:
    items = given.split() if isinstance(given, str) else [given] if isinstance(given, Requirement) else given
    return [item if isinstance(item, Requirement) else Requirement(str(item)) for item in items]


def pip_check(req) -> bool:
    """Whether every requirement is met in this Python."""
    for requirement in _requirements(req):
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            return False
        if requirement.name in pip.missing or version not in requirement.specifier:
            return False
    return True


def pip_install(requirements, *arguments, **options) -> None:
    """Recorded. A CalledProcessError, as from pip, when ``pip.fail`` is set."""
    if pip.fail:
        pip.fail = False
        raise subprocess.CalledProcessError(1, ["pip", "install"], "", "no matching distribution")
    names = requirements if isinstance(requirements, str) else " ".join(str(r) for r in requirements)
    pip.installed.append(names)
    pip.missing -= {name for name in pip.missing if name in names}


def pip_ensure(
    requirements,
    constraints=None,
    skip_packages=None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> None:
    missing = [requirement for requirement in _requirements(requirements) if not pip_check(requirement)]
    if not missing or (skip_in_testing and slicer.app.testingEnabled()):
        return
    if prompt_install:
        title = f"{requester} - Install Python Packages" if requester else "Install Python Packages"
        text = f"{len(missing)} Python packages need to be installed. Continue?"
        details = "\n".join(f"- {requirement}" for requirement in missing)
        if not slicer.util.confirmOkCancelDisplay(text, title, detailedText=details):
            raise RuntimeError("User declined package installation")
    pip_install([str(requirement) for requirement in missing])


def load_requirements(path) -> list[Requirement]:
    """The requirements of a file, comments and empty lines left out."""
    with open(path, encoding="utf-8") as lines:
        wanted = [line.split("#")[0].strip() for line in lines]
    return [Requirement(line) for line in wanted if line]
