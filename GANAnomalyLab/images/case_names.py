"""Which case a file belongs to, by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES

VOLUMES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
PICTURES = (".png",)
ARRAYS = (".npy", ".pt")
ENDINGS = (*VOLUMES, *PICTURES, *ARRAYS)
HEATMAP = FILES["heatmap"]
_ALSO = (".seg.nrrd", ".jpg", ".jpeg", ".dcm", *ENDINGS)
_ROLE = re.compile(
    r"(?i)[._\- ](heat[_-]?map|heat|masks?|seg|segmentation|labels?|truth|gt|ignore|boxes|anomaly[_-]?map)$"
)
_IN_FOLDER = ("mask", "truth", "label", "ignore", "segmentation", "seg")


def case_name(file: str) -> str:
    """``sub/p1_heatmap.nii.gz`` as ``p1``: without folders, a file's ending, and a last word for the file's role."""
    name = PurePosixPath(file.replace("\\", "/")).name
    ending = next((e for e in sorted(_ALSO, key=len, reverse=True) if name.lower().endswith(e)), "")
    name = name[: len(name) - len(ending)] if len(name) > len(ending) else name
    return _ROLE.sub("", name) or name


def find_heatmaps(path: Path | str) -> dict[str, Path]:
    """Heatmaps by case, in the order of their names.

    ``path`` is one file, one result folder, or a folder of either. Where a folder holds result folders, as a batch
    leaves it, files beside them are passed over. Raises :class:`InputError` when there is none, or two for a case.
    """
    path = Path(path)
    if path.is_dir():
        if (path / HEATMAP).is_file():
            return {path.resolve().name: path / HEATMAP}
        folders = [f for f in _listed(path) if f.is_dir() and (f / HEATMAP).is_file() and _whole(f.name)]
        if folders:
            return _unique([(folder.name, folder / HEATMAP) for folder in folders], path)
    return find_files(path, "heatmap")


def find_files(path: Path | str, what: str) -> dict[str, Path]:
    """Volumes, PNG pictures and arrays by case: a file, a case's own folder, or a folder of either.

    In a case's own folder the file is called mask, truth, label, segmentation or ignore, as ``gananomaly simulate``
    leaves it. ``what`` is for the sentence
    of :class:`InputError` when there is nothing, or two files are of one case.
    """
    path = Path(path)
    if path.is_file():
        if not path.name.lower().endswith(ENDINGS):
            raise InputError(f"{path.name} is not a {what} that can be read: give NRRD, NIfTI, PNG or NPY.")
        return {case_name(path.name): path}
    if not path.is_dir():
        raise InputError(f"{path} does not exist: check the path.")
    found = [(path.resolve().name, file) for file in _by_role(path)]
    for entry in () if found else _listed(path):
        if entry.is_dir():
            found += [(entry.name, file) for file in _by_role(entry)]
        elif entry.name.lower().endswith(ENDINGS):
            found.append((case_name(entry.name), entry))
    if not found:
        raise InputError(f"{path} holds no {what}: give a folder of NRRD, NIfTI, PNG or NPY files.")
    return _unique(found, path)


def some(names: Sequence[str]) -> str:
    """``a, b, c and 4 more``, for sentences."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _by_role(folder: Path) -> list[Path]:
    files = [file for file in _listed(folder) if file.is_file() and file.name.lower().endswith(ENDINGS)]
    return [file for file in files if file.name.split(".")[0].lower() in _IN_FOLDER]


def _whole(name: str) -> bool:
    """Not what an analysis leaves while it is at work."""
    return not name.endswith((".partial", ".old"))


def _listed(folder: Path) -> list[Path]:
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise InputError(f"{folder} cannot be opened: check that it may be read.", str(error)) from error
    return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))


def _unique(found: list[tuple[str, Path]], folder: Path) -> dict[str, Path]:
    out: dict[str, Path] = {}
    for name, path in found:
        if name in out:
            raise InputError(
                f"{folder} holds two files for the case {name} ({out[name].name} and {path.name}): keep one."
            )
        out[name] = path
    return out
