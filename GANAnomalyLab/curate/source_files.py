"""What a repository holds: one entry an image, volume or DICOM series, by path, size and time of change alone."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from GANAnomalyLib.batch.find_cases import DICOM, PICTURES, VOLUMES
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

IMAGE, VOLUME, SERIES = "image", "volume", "series"
TABLES = (".csv", ".parquet")
_PATH_COLUMNS = ("path", "file", "filename")
_SLICES = frozenset(("CT", "MR", "PT", "NM"))
"""DICOM modalities whose files are slices: all of a folder is one series."""
_EVERY = 5000
_DICOM = "dicom"
"""A DICOM file, of which its folder says whether it is an image or a slice."""


@dataclass(frozen=True)
class SourceFile:
    """One entry.

    ``path`` as it is opened; ``kind`` :data:`IMAGE`, :data:`VOLUME` (a file of slices) or :data:`SERIES` (a folder of
    DICOM slices); ``size`` in bytes and ``changed`` in nanoseconds say whether it is still what it was.
    """

    path: str
    kind: str
    size: int
    changed: int

    @property
    def state(self) -> str:
        """A text that changes when the file does."""
        return f"{self.size} {self.changed}"


@dataclass
class Listing:
    """The entries in the order of their paths, and how often something was passed over, by the reason."""

    files: list[SourceFile] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)


def list_sources(
    sources: Iterable[str | Path], progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> Listing:
    """Look through the sources without opening images; of a folder of DICOM one file's header is read.

    Links that lead out of a source, hidden files and other kinds of files are passed over and counted.

    Raises
    ------
    InputError: a source is missing or of no kind that is known, a table has no column of paths, or nothing was found.
    """
    cancel, out, seen = cancel or CancelToken(), Listing(), set()
    given = [str(source) for source in sources]
    for source in given:
        for found in _of_source(Path(source), out.passed_over):
            if found.path in seen:
                out.passed_over["named twice"] += 1
                continue
            seen.add(found.path)
            out.files.append(found)
            if len(out.files) % _EVERY == 0:
                cancel.check()
                progress(0.0, Message("curate_listing", number=len(out.files)))
    if not out.files:
        told = ", ".join(f"{count} {reason}" for reason, count in out.passed_over.most_common(3))
        raise InputError(
            f"No image was found in {', '.join(given[:3]) or 'nothing'}: give DICOM, PNG, JPEG, NIfTI, NRRD or "
            f"MetaImage files or their folders{f' (passed over: {told})' if told else ''}."
        )
    out.files.sort(key=lambda file: file.path)
    return out


def _of_source(source: Path, passed: Counter[str]) -> Iterator[SourceFile]:
    try:
        if source.is_dir():
            yield from _in_folder(source, os.path.realpath(source), passed)
        elif not source.exists():
            raise InputError(f"{source} does not exist: check the path.")
        elif source.suffix.lower() in TABLES:
            yield from _in_table(source, passed)
        elif kind := _kind(source.name, source):
            yield _entry(str(source.absolute()), kind)
        else:
            raise InputError(
                f"{source} is not a kind of file that can be curated: give images, volumes, their folders, or a CSV or "
                "Parquet with a column path."
            )
    except OSError as error:
        raise InputError(f"{source} cannot be opened: check that it may be read.", str(error)) from error


def _in_folder(folder: Path, root: str, passed: Counter[str]) -> Iterator[SourceFile]:
    for at, folders, names in os.walk(folder, onerror=lambda error: _denied(passed)):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and _inside(at, name, root, passed))
        dicom, kinds = [], {}
        for name in sorted(names):
            if name.startswith(".") or name.upper() == "DICOMDIR" or not _inside(at, name, root, passed):
                continue
            kind = _kind(name, Path(at, name))
            if kind is None:
                passed["of other kinds"] += 1
            elif kind == _DICOM:
                dicom.append(name)
            else:
                kinds[name] = kind
        if dicom and _is_series(Path(at, dicom[0])):
            yield _series(at, dicom)
            dicom = []
        kinds |= dict.fromkeys(dicom, IMAGE)
        for name in sorted(kinds):
            try:
                yield _entry(os.path.abspath(os.path.join(at, name)), kinds[name])
            except OSError:
                passed["gone while it was listed"] += 1


def _denied(passed: Counter[str]) -> None:
    passed["folders that may not be read"] += 1


def _inside(at: str, name: str, root: str, passed: Counter[str]) -> bool:
    """Whether an entry is no link, or one to something below the source's root."""
    path = os.path.join(at, name)
    if not os.path.islink(path):
        return True
    real = os.path.realpath(path)
    if real.startswith(root + os.sep) and os.path.isfile(real):
        return True
    passed["links that lead out, to folders or nowhere"] += 1
    return False


def _in_table(table: Path, passed: Counter[str]) -> Iterator[SourceFile]:
    """Paths of a table, those that are relative from where the table lies."""
    for text in _paths_of(table):
        path = Path(os.path.abspath(table.parent / text))
        try:
            if path.is_dir():
                names = sorted(name for name in os.listdir(path) if _kind(name, path / name) == _DICOM)
                found = _series(str(path), names) if names else None
            else:
                kind = _kind(path.name, path)
                found = _entry(str(path), kind) if kind else None
            if found is None:
                passed["of other kinds"] += 1
            else:
                yield found
        except OSError:
            passed["named in the table and not there"] += 1


def _paths_of(table: Path) -> list[str]:
    if table.suffix.lower() == ".parquet":
        from .packages import parquet

        try:
            names = {name.lower(): name for name in parquet().read_schema(table).names}
            column = next((names[name] for name in _PATH_COLUMNS if name in names), None)
            values = [] if column is None else parquet().read_table(table, columns=[column])[column].to_pylist()
        except (OSError, ValueError) as error:
            raise InputError(
                f"{table.name} is no Parquet file that can be read: write it again.", str(error)
            ) from error
    else:
        try:
            with table.open(newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file)
                names = {str(name).strip().lower(): name for name in rows.fieldnames or ()}
                column = next((names[name] for name in _PATH_COLUMNS if name in names), None)
                values = [] if column is None else [row[column] for row in rows]
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{table.name} is no table in UTF-8: save it as CSV again.", str(error)) from error
    if column is None:
        raise InputError(f"{table.name} has no column of paths: call one of its columns {_PATH_COLUMNS[0]}.")
    return [str(value).strip() for value in values if value and str(value).strip()]


def _kind(name: str, path: Path) -> str | None:
    """:data:`IMAGE`, :data:`VOLUME`, :data:`_DICOM`; None for a file of another kind."""
    lower = name.lower()
    if lower.endswith(PICTURES):
        return IMAGE
    if lower.endswith(VOLUMES):
        return VOLUME
    if lower.endswith((*DICOM, ".dicom")):
        return _DICOM
    if "." in name[-6:]:
        return None
    # Archives name DICOM files by numbers and UIDs, without an ending.
    try:
        with open(path, "rb") as file:
            return _DICOM if file.read(132)[128:] == b"DICM" else None
    except OSError:
        return None


def _is_series(file: Path) -> bool:
    """Whether a folder's DICOM files are slices of scans, by the header of one."""
    import pydicom

    from GANAnomalyLib.running.quiet import quiet

    try:
        with quiet():
            header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["Modality", "NumberOfFrames"])
    except Exception:  # a damaged one is quarantined by itself
        return False
    return str(header.get("Modality") or "") in _SLICES


def _series(folder: str, names: list[str]) -> SourceFile:
    facts = [os.stat(os.path.join(folder, name)) for name in names]
    return SourceFile(
        os.path.abspath(folder), SERIES, sum(one.st_size for one in facts), max(one.st_mtime_ns for one in facts)
    )


def _entry(path: str, kind: str) -> SourceFile:
    facts = os.stat(path)
    return SourceFile(path, IMAGE if kind == _DICOM else kind, facts.st_size, facts.st_mtime_ns)
