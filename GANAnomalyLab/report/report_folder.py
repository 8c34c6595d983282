"""The folder of an evaluation: all of its files, or none; an older one goes only when the new one stands."""

from __future__ import annotations

import contextlib
import fnmatch
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import beside, disk_errors, growing, locked, replace
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.version import __version__

from ..tables.write_csv import plain, write_table
from .drawing import save_png
from .html_page import Page
from .provenance import provenance

RESULTS, PAGE = "results.json", "report.html"
NO_PICTURES = "No pictures were drawn: install matplotlib (the extra 'pictures') for them."

Drawn = Mapping[str, tuple[Any, str]]
"""Figures and their captions, by the names of their files."""


Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows that name their values, by the names of their files; one without rows is not written."""


@dataclass(frozen=True)
class ReportFolder:
    """What an evaluation's folder holds: results.json, which says that it is of this ``kind`` and ``schema``, and what
    of ``files`` there is, report.html among them; ``boxes_*.png`` stands for as many as there are. What is ``kept``
    there stays when an evaluation is replaced."""

    kind: str
    schema: int
    files: tuple[str, ...]
    kept: tuple[str, ...] = ()

    def check(self, folder: Path | str, force: bool = False) -> None:
        """Raise :class:`InputError` unless the folder is new or empty, or an evaluation of this kind that may go."""
        folder = Path(folder)
        if not folder.exists():
            return
        if not folder.is_dir():
            raise InputError(f"{folder} is a file, not a folder: choose another output folder.")
        with disk_errors(folder, "the evaluation"):
            held = {entry.name for entry in folder.iterdir()} - set(self.kept)
        if not held:
            return
        if RESULTS not in held or held - {RESULTS, *self.listed(held)} or _kind(folder / RESULTS) != self.kind:
            raise InputError(f"{folder} holds other files: choose another output folder.")
        if not force:
            raise InputError(
                f"{folder} already holds an evaluation: choose another folder, or replace it with --force."
            )

    def listed(self, names: Iterable[str]) -> list[str]:
        """Of the names of files those that are an evaluation's, in the order of ``files``."""
        names = sorted(names)
        return [name for pattern in self.files for name in names if fnmatch.fnmatchcase(name, pattern)]

    @property
    def heading(self) -> dict[str, Any]:
        """What results.json begins with."""
        return {"schema_version": self.schema, "kind": self.kind, "version": __version__}

    def write(
        self,
        folder: Path | str,
        data: Mapping[str, Any],
        page: Page,
        force: bool = False,
        tables: Tables | None = None,
        drawn: Drawn | None = None,
        more: Mapping[str, bytes] | None = None,
    ) -> list[Path]:
        """Write results.json from ``data``, the page, the tables, the figures and ``more`` files, all or none.

        Returns the files that are there. Raises as :meth:`check`; GANAnomalyError when the disk is full.
        """
        place = Path(os.path.abspath(folder))
        return _write(place, self, data, page, force, tables or {}, drawn or {}, more or {})


@locked("folder", "gananomaly evaluate")
def _write(
    folder: Path,
    kind: ReportFolder,
    data: Mapping[str, Any],
    page: Page,
    force: bool,
    tables: Tables,
    drawn: Drawn,
    more: Mapping[str, bytes],
) -> list[Path]:
    kind.check(folder, force)
    with _joining(folder, kind) if kind.kept else growing(folder, "the evaluation") as work:
        for name, (figure, _) in drawn.items():
            save_png(figure, work / name)
        for name, rows in tables.items():
            if rows:
                write_table(work / name, rows[0], rows)
        for name, content in more.items():
            (work / name).write_bytes(content)
        page.write(work / PAGE)
        text = json.dumps(plain(data), indent=2, allow_nan=False, ensure_ascii=False)
        (work / RESULTS).write_text(text + "\n", encoding="utf-8")
    return [folder / name for name in (RESULTS, *kind.listed(entry.name for entry in folder.iterdir()))]


@contextlib.contextmanager
def _joining(folder: Path, kind: ReportFolder) -> Iterator[Path]:
    """As :func:`growing`, beside what stays in the folder; results.json comes last, for without it there is nothing."""
    with disk_errors(folder, "the evaluation"):
        folder.mkdir(parents=True, exist_ok=True)
        work = beside(folder)
        work.mkdir()
        try:
            yield work
            for name in (RESULTS, *kind.listed(entry.name for entry in folder.iterdir())):
                (folder / name).unlink(missing_ok=True)
            for name in (*kind.listed(entry.name for entry in work.iterdir()), RESULTS):
                replace(work / name, folder / name)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def origin(inputs: Mapping[str, Any] | None) -> dict[str, Any]:
    """What results.json ends with; ``inputs`` are facts of what was read, such as hashes."""
    return {"inputs": dict(inputs or {}), "provenance": provenance()}


def drawn_if_possible(figures: Callable[[], Drawn], warnings: list[str]) -> Drawn:
    """The figures; none where there is no matplotlib, which ``warnings`` then says once."""
    if importlib.util.find_spec("matplotlib") is not None:
        return figures()
    if NO_PICTURES not in warnings:
        warnings.append(NO_PICTURES)
    return {}


def show_figures(page: Page, drawn: Drawn) -> None:
    """Add figures to a page, with what they show for those who cannot see them."""
    for figure, caption in drawn.values():
        page.figure(figure, caption, caption)


def read_with_care(page: Page, warnings: list[str]) -> None:
    """Add what a reader must know, where there is anything."""
    if warnings:
        page.section("Read with care").text("\n\n".join(warnings))


def to_repeat(page: Page, data: Mapping[str, Any], **tables: Mapping[str, Any]) -> None:
    """Add what an evaluation was made with: ``tables`` under their names (underscores as blanks), then its inputs."""
    page.section("To repeat it")
    for name, facts in tables.items():
        page.facts(facts, name.replace("_", " "))
    page.facts(data["inputs"] | data["provenance"], "Inputs and versions")


def _kind(path: Path) -> str | None:
    try:
        return read_object(path).get("kind")
    except InputError:
        return None
