"""What the commands about scores share: where scores are read from, and the hashes of what was read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from GANAnomalyLib.errors import InputError

if TYPE_CHECKING:
    from ...evaluate.detection.score_files import Distances

Function = TypeVar("Function", bound=Callable[..., Any])
PER = ("row", "volume")


def source_options(function: Function) -> Function:
    """Add the options of :func:`read` except ``--column``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS = [
    click.option(
        "--per",
        type=click.Choice(PER),
        help="Every row, or the highest of each patient (volume).  [default: rows of a CSV, volumes of results]",
    ),
    click.option("--name-column", help="The column of the cases' names.  [default: filename, file, name, case, image]"),
    click.option("--patient-column", help="The column of the patients.  [default: patient, patient_id, subject]"),
    click.option(
        "--patient-pattern", metavar="REGEX", help="Finds the patient in each case's name: its first group, or all."
    ),
    click.option("--low-is-abnormal", is_flag=True, help="Low scores mean abnormal, as with a similarity."),
]


def read(path: str, column: str | None, options: dict[str, Any]) -> Distances:
    """Scores of a CSV or of results, as the options say."""
    from ...evaluate.detection.score_files import read_distances

    per = options["per"]
    found = read_distances(
        path,
        column,
        highest=None if per is None else per == "volume",
        name_column=options["name_column"],
        patient_column=options["patient_column"],
        patient_pattern=options["patient_pattern"],
    )
    return found.turned() if options["low_is_abnormal"] else found


def only_csv_options(options: dict[str, Any]) -> None:
    """Refuse what a study's table has no use for: it says itself what is whose."""
    for name in ("name_column", "patient_column", "patient_pattern"):
        if options[name] is not None:
            raise click.UsageError(f"A study names its cases and patients: leave out --{name.replace('_', '-')}.")


def hashes(paths: dict[str, str]) -> dict[str, str]:
    """SHA-256 of each file by its name here; of results, of their manifests and scores together."""
    from GANAnomalyLib.files import hash_text
    from GANAnomalyLib.results.result import FILES, MANIFEST

    from ...report import file_hash

    out = {}
    for name, given in paths.items():
        path = Path(given)
        if not path.is_dir():
            out[name] = file_hash(path)
            continue
        folders = [path, *sorted(entry for entry in path.iterdir() if entry.is_dir())]
        found = ""
        for folder in folders:
            files = [folder / MANIFEST, folder / FILES["scores"]]
            if all(file.is_file() for file in files):
                found += "".join(file_hash(file) for file in files)
        out[name] = f"sha256:{hash_text(found)}"
    return out


def named(text: str) -> tuple[str, str]:
    """``needle=b.csv`` as its name and path; without a name, the file's own."""
    name, equals, path = text.partition("=")
    if equals and not Path(text).exists() and not re.search(r"[/\\]", name):
        if not name.strip() or not path.strip():
            raise InputError(f"{text!r} is no set: give name=path, as in needle=needle.csv.")
        return name.strip(), path.strip()
    return Path(text).resolve().stem, text
