"""Which volumes lie in a folder, and a name for each that any file system takes."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..results.result import MANIFEST

VOLUMES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
PICTURES = (".png", ".jpg", ".jpeg")
DICOM = (".dcm", ".ima")
_LABELS = r"(masks?|segs?|segmentations?|labels?|labelmaps?|rois?)"
_LABEL_NAME = re.compile(rf"(^|.*[._\- ]){_LABELS}([._\- ]?\d+)?", re.IGNORECASE)
_LABEL_FOLDER = re.compile(rf"{_LABELS}(tr|ts)?", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST_NAME = 80
_NOT_SNIFFED = (".json", ".csv", ".txt", ".xml", ".html", ".md", ".zip", ".gz", ".pdf", ".raw", ".zraw", ".py", ".log")


@dataclass(frozen=True)
class Case:
    """One volume to analyse: a file or a DICOM folder, and the name its result gets (unique within the listing)."""

    name: str
    path: Path


def find_cases(inputs: Path | str | Iterable[Path | str]) -> list[Case]:
    """The volumes among ``inputs``: files as they are, folders searched with all that is below them.

    A folder that holds DICOM files is one case. Results of GANAnomaly, hidden files, and files or folders whose name
    says label, mask or segmentation are passed over inside folders; pictures too, unless a folder holds nothing else.
    The order is that of the inputs, then by path; names come from the path below the input.

    Raises
    ------
    InputError: an input does not exist, is not a readable kind of file, or nothing was found at all.
    """
    given = [inputs] if isinstance(inputs, (str, os.PathLike)) else list(inputs)
    found: dict[Path, str] = {}
    for item in map(Path, given):
        for path in _in(item):
            # The same volume named twice, or by its folder too, is one case.
            found.setdefault(path, _name(path, item))
    if not found:
        where = ", ".join(map(str, given[:3])) or "nothing"
        raise InputError(
            f"No volume was found in {where}: give NIfTI, NRRD, MetaImage or DICOM files or their folders."
        )
    # Names that differ by case only are one name on Windows and macOS.
    often = Counter(name.casefold() for name in found.values())
    cases = []
    for path, name in found.items():
        if often[name.casefold()] > 1:
            # All of them get a mark of their own path: then one more file changes no other's name and result.
            name = f"{name}_{hashlib.sha256(os.fsencode(str(path.absolute()))).hexdigest()[:6]}"
        cases.append(Case(name, path))
    return cases


def _in(item: Path) -> list[Path]:
    try:
        if item.is_dir():
            pictures: list[Path] = []
            volumes = list(_walk(item, pictures))
            return volumes or pictures
        if not item.exists():
            raise InputError(f"{item} does not exist: check the path.")
        if item.name.lower().endswith((*VOLUMES, *PICTURES, *DICOM)) or _is_dicom(item):
            return [item]
    except OSError as error:
        raise InputError(f"{item} cannot be opened: check that it may be read.", str(error)) from error
    raise InputError(f"{item} is not a kind of file that can be analysed: give volumes or folders.")


def _walk(folder: Path, pictures: list[Path]) -> Iterator[Path]:
    """Volumes in a folder and below it, by name; ``pictures`` collects the pictures met on the way."""
    entries = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    if any(entry.name in (MANIFEST, "gananomaly-partial.json") for entry in entries):
        return
    shown = [entry for entry in entries if not entry.name.startswith(".")]
    dicom = False
    for entry in shown:
        name = entry.name.lower()
        if entry.is_dir():
            skipped = name.endswith(("_gananomaly", "_gananomaly.partial")) or _LABEL_FOLDER.fullmatch(name)
            if not skipped and not entry.is_symlink():
                yield from _walk(entry, pictures)
        elif name.endswith((*VOLUMES, *PICTURES)):
            if _LABEL_NAME.fullmatch(_stem(name)):
                continue
            if name.endswith(PICTURES):
                pictures.append(entry)
            else:
                yield entry
        elif not dicom and name != "dicomdir" and (name.endswith(DICOM) or _is_dicom(entry)):
            dicom = True
    if dicom:
        yield folder


def _is_dicom(path: Path) -> bool:
    if path.name.lower().endswith(_NOT_SNIFFED) or not path.is_file():
        return False
    try:
        with open(path, "rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _stem(name: str) -> str:
    for ending in (*VOLUMES, *PICTURES, *DICOM):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _name(path: Path, under: Path) -> str:
    """The path below the input, made one plain name: pat1/ct.nii.gz becomes pat1_ct."""
    own = path.resolve().name if path.is_dir() else path.name
    parts = (own,) if path == under else path.relative_to(under).parts
    parts = (*parts[:-1], parts[-1] if path.is_dir() else _stem(parts[-1]))
    text = re.sub(r"[^\w.\-]+", "_", "_".join(parts)).strip("._- ")
    if len(text) > _LONGEST_NAME:
        mark = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]
        text = f"{text[: _LONGEST_NAME - 7]}_{mark}"
    # Windows keeps some names for its devices, with any ending.
    return f"case_{text}".rstrip("_") if not text or _RESERVED.fullmatch(text.split(".")[0]) else text
