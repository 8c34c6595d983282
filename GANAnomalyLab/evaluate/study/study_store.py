"""The study's folder: what belongs in it, and what is kept of each run beside its result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib import files
from GANAnomalyLib.batch.reuse import input_stamp
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors, hash_json, is_leftover
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.results.result import MANIFEST, AnalysisResult
from GANAnomalyLib.version import __version__

from .measure import Measured
from .study_cases import Configuration, StudyCase

STUDY, RESULTS = "study.json", "results"
_SCHEMA = 1
_KIND = "gananomaly study"
_LOOKED_AT = (MANIFEST, "scores.csv", "findings.json", "heatmap.nrrd")


def result_folder(out: Path, configuration: Configuration, case: StudyCase) -> Path:
    """Where a run's result goes."""
    return out / RESULTS / configuration.name / case.name


def record_path(out: Path, configuration: Configuration, case: StudyCase) -> Path:
    """The file beside a result that keeps what was measured of it."""
    return out / RESULTS / configuration.name / f"{case.name}.json"


def open_study(out: Path, configurations: Sequence[Configuration], force: bool = False) -> None:
    """Make the folder, or go on in one of an earlier study.

    Raises :class:`InputError` when the folder holds other files, or another study's results under a name that is given
    here (unless ``force``); GANAnomalyError when the disk refuses.
    """
    before = check_folder(out)
    requests = {item.name: _plain(item.request) for item in configurations}
    for name, request in requests.items():
        if name in before and before[name] != request and not force:
            raise InputError(
                f"{out} holds results of {name!r} with other settings: choose another folder, or replace them with "
                "--force."
            )
    with disk_errors(out, "the study", kept="what was finished is kept"):
        out.mkdir(parents=True, exist_ok=True)
        held = {**before, **requests}
        head = {"kind": _KIND, "schema_version": _SCHEMA, "version": __version__}
        write_json(out / STUDY, {**head, "configurations": held})


def check_folder(out: Path) -> dict[str, Any]:
    """The configurations of the study in a folder, none for a new one; raises as :func:`open_study`."""
    if not out.exists():
        return {}
    if not out.is_dir():
        raise InputError(f"{out} is a file, not a folder: choose another output folder.")
    with disk_errors(out):
        held = any(not is_leftover(entry.name) for entry in out.iterdir())
    if not held:
        return {}
    try:
        data = read_object(out / STUDY)
        if data["kind"] != _KIND or data["schema_version"] > _SCHEMA:
            raise ValueError(f"kind {data['kind']!r}, version {data['schema_version']!r}")
        return dict(data["configurations"])
    except (InputError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{out} holds other files: choose another output folder.", repr(error)) from error


def run_key(
    configuration: Configuration, case: StudyCase, out: Path, model_hash: str, min_lesion_pixels: int | None
) -> str | None:
    """What a run and its measurement depend on, as a hash; None where a file's content cannot be told by its time."""
    request = configuration.ask(case, result_folder(out, configuration, case)).to_dict()
    for name in ("output", "batch", "scene"):
        request.pop(name)
    stamps = [input_stamp(path) for path in (case.path, case.mask, case.region_mask) if path is not None]
    if any(stamp is None for stamp in stamps):
        return None
    seen = (__version__, _SCHEMA, _plain(request), model_hash, stamps, case.normal, str(case.mask), min_lesion_pixels)
    return hash_json(seen)


def save_record(path: Path, key: str | None, fingerprint: str, measured: Measured) -> None:
    """Keep what was measured, whole or not at all; raises a GANAnomalyError when the disk refuses."""
    write_json(path, {"schema_version": _SCHEMA, "key": key, "fingerprint": fingerprint, **measured.to_dict()})


def load_record(path: Path) -> tuple[str | None, str, Measured] | None:
    """(key, fingerprint of the result, what was measured), or None where there is no whole record."""
    try:
        data = read_object(path)
        if data["schema_version"] != _SCHEMA:
            return None
        return data["key"], str(data["fingerprint"]), Measured.from_dict(data)
    except (InputError, ValueError, KeyError, TypeError):
        return None


def finished(path: Path, folder: Path, key: str | None) -> Measured | None:
    """What was measured of a run with this very key, if its result is still there."""
    record = load_record(path)
    if record is None or key is None or record[0] != key:
        return None
    if not all((folder / name).is_file() for name in _LOOKED_AT):
        return None
    try:
        found = AnalysisResult.read(folder).manifest.get("fingerprint")
    except InputError:
        return None
    return record[2] if found == record[1] else None


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file, whole or not at all; raises a GANAnomalyError when the disk refuses."""
    files.write_json(path, data, "the study", indent=1)


def _plain(request: Mapping[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(dict(request), sort_keys=True, default=str))
