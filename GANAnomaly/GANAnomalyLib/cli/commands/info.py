"""``gananomaly info``: what a result, a model or an image is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import InputError
from ...modalities import MR, modality_code
from ...results.result import MANIFEST, AnalysisResult, verdict_of
from ..card_text import card_rows, threshold_lines
from ..finding_tables import print_table, result_data, result_findings, written
from ..options import hu_offset_option, usual_option
from ..session import Session, standard_options

if TYPE_CHECKING:
    from ...review.opinions import Opinions
    from ...review.result_facts import OpinionSource

MODEL_ENDINGS = (".safetensors", ".pkl", ".pt", ".pth")


@click.command("info", short_help="Say what a result, a model or an image is.")
@click.argument("what", metavar="RESULT|MODEL|VOLUME")
@click.option(
    "--series", help="Which DICOM series: its UID, number (#) in the list, DICOM number, or words of its description."
)
@hu_offset_option
@usual_option
@standard_options
def command(session: Session, what: str, series: str | None, hu_offset: float | None, usual: int) -> None:
    """Say what a result, a model or an image is.

    \b
    Example:
      gananomaly info chest_result     the findings, and how they were computed
      gananomaly info demo             a model's card: training data, window, thresholds, limits
      gananomaly info ct_folder        size, voxel size, orientation; of DICOM folders the series in them

    What comes out: a short text; with --json everything there is to know. No patient's name or number is shown.
    """
    path = Path(what)
    if (path / MANIFEST).is_file() or path.name == MANIFEST:
        _result(session, path if path.name != MANIFEST else path.parent, usual)
    elif what.lower().endswith(MODEL_ENDINGS) or _is_model_name(path):
        _model(session, what)
    elif path.exists():
        _volume(session, path, series, hu_offset)
    else:
        raise InputError(f"{what} is no file, no folder and no model's name: see gananomaly models for those.")


def _is_model_name(path: Path) -> bool:
    if path.exists():
        return False
    from ...models.registry import list_models

    return any(entry.name == str(path) for entry in list_models())


def _result(session: Session, folder: Path, usual: int) -> None:
    result = AnalysisResult.read(folder)
    opinions, wrong = _opinions(folder)
    if session.json:
        told = None if opinions is None else dataclasses.asdict(opinions)
        session.emit({"kind": "result", **result_data(result), "second_opinions": told})
        return
    rows = result_rows(result.manifest)
    if opinions is not None:
        rows.append(["second opinion", opinion_words(opinions.source)])
    print_table(f"Result {folder}", ["", ""], rows)
    result_findings(result, percent=usual, opinions=None if opinions is None else opinions.by_rank())
    if wrong:
        session.say(f"Note: no second opinions are shown: {wrong}")
    session.say("Research use only, not a medical device.")
    for name, path in written(result).items():
        session.say(f"  {name.replace('_', ' '):22s} {path}")


def _opinions(folder: Path) -> tuple[Opinions | None, str]:
    """Second opinions beside a result; where their file cannot be read, why: the result is told all the same."""
    from ...review.opinions import load_opinions

    try:
        return load_opinions(folder), ""
    except InputError as error:
        return None, error.message


def opinion_words(source: OpinionSource) -> str:
    """Who gave second opinions, and what they are worth."""
    said = f"by {source.model}, from {source.accepted} accepted and {source.rejected} rejected findings"
    said += f" of {source.patients} patients"
    if source.auroc is not None:
        said += f", AUROC {source.auroc:.2f} on others"
    return f"{said}; how probably a reader would accept a finding"


def result_rows(manifest: dict[str, Any]) -> list[list[str]]:
    """The facts of a manifest that a reader asks for; the others are in result.json and under ``--json``."""
    request, settings, model = (manifest.get(name, {}) for name in ("request", "settings", "model"))
    slices = request.get("slices")
    unit = "" if modality_code(str(manifest.get("input", {}).get("modality"))) == MR else " HU"
    rows = [
        ["made", manifest.get("created")],
        ["from", request.get("input")],
        ["slices", f"{slices[0]}:{slices[1]}" if slices else "all"],
        ["model", " - ".join(model[name] for name in ("name", "title") if model.get(name))],
        ["detector", f"{request.get('detector')}, {request.get('mode')}, seed {request.get('seed')}"],
        ["window / level", f"{settings.get('window')} / {settings.get('level')}{unit}"],
        ["score", _scored(settings, request)],
        ["scan", _SCANS.get(verdict_of(manifest) or "")],
        *(["threshold", line] for line in threshold_lines(manifest.get("slice_thresholds") or {})),
        ["device", manifest.get("device", {}).get("name")],
        ["time", f"{manifest.get('timings_s', {}).get('total')} s"],
        *(["warning", warning] for warning in manifest.get("warnings", [])),
        *(["not for", reason] for reason in model.get("not_for", [])),
    ]
    return [[name, str(text)] for name, text in rows if text]


def _scored(settings: dict[str, Any], request: dict[str, Any]) -> str:
    """What scores are, for example "wd over patches of 23.62 mm, region full, in times what is usual there"."""
    unit = settings.get("score_unit")
    what = f"{settings.get('metric')} over patches of {settings.get('patch_mm')} mm, region {request.get('region')}"
    return f"{what}, in {unit}" if unit else what


def _model(session: Session, name: str) -> None:
    from ...models.card import ModelCard
    from ...models.registry import find_model

    path = find_model(name)
    beside = path.with_suffix(".json")
    if beside.is_file():
        card = ModelCard.read(beside)
    else:  # no card: what the tensors themselves tell
        from ...detectors.loading import load_model

        card = load_model(str(path)).card
    if session.json:
        session.emit({"kind": "model", "path": str(path), "card": dataclasses.asdict(card)})
        return
    print_table(f"Model {card.name}", ["", ""], card_rows(card))
    session.say(f"  {path}")


def _volume(session: Session, path: Path, series: str | None, hu_offset: float | None) -> None:
    from ...volume import read_volume

    listed = _series(path)
    try:
        volume = read_volume(path, series, allow_any=True, hu_offset=hu_offset, colours=True)
    except InputError:
        _show_series(session, listed)  # perhaps one of them has to be chosen
        raise
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    k, j, i = volume.voxels.shape
    data: dict[str, Any] = {
        "kind": "volume",
        "size_ijk": [i, j, k],
        "spacing_mm": [round(size, 4) for size in volume.spacing],
        "axes": axes(volume.directions),
        "ijk_to_ras": volume.ijk_to_ras.tolist(),
        "modality": volume.modality,
        "type": volume.voxels.dtype.name,
        "colours": volume.colours is not None,
        "range": [low, high],
        "warnings": volume.warnings,
        "series": listed,
    }
    if session.json:
        session.emit(data)
        return
    rows = [
        ["size", f"{i} x {j} x {k} voxels"],
        ["voxel size", " x ".join(f"{size:.4g}" for size in volume.spacing) + " mm"],
        ["axes", " ".join(data["axes"])],
        ["modality", volume.modality or "not said"],
        [
            "values",
            f"{low:g} to {high:g} ({data['type']}{'' if volume.colours is None else ', grey levels of colours'})",
        ],
    ]
    print_table("Image", ["", ""], rows)
    _show_series(session, listed)
    for warning in volume.warnings:
        session.say(f"Note: {warning}")


def _show_series(session: Session, listed: list[dict[str, Any]]) -> None:
    if len(listed) > 1 and not session.json:
        # The table is wide: whose a series is, is said where there are several.
        patients = len({one["patient"] for one in listed}) > 1
        columns = {name: head for name, head in _COLUMNS.items() if patients or name != "patient"}
        print_table("Series in this folder", list(columns.values()), [_cells(one, columns) for one in listed])
        for one in listed:  # too long for the table
            session.say(f"  {one['number']}: {one['uid']}")


def _series(path: Path) -> list[dict[str, Any]]:
    """The DICOM series of a folder; none of a file or of a folder of pictures."""
    if not path.is_dir():
        return []
    from ...volume import list_series

    try:
        found = list_series(path)
    except InputError:
        return []
    return [
        {
            "number": s.number,
            "uid": s.uid,
            "modality": s.modality,
            "count": s.count,
            "patient": s.patient,
            "series_number": s.series_number,
            **dataclasses.asdict(s.facts),
        }
        for s in found
    ]


_SCANS = {
    "known": "like those that the model was made on",
    "unusual": "unusual for the model",
    "unknown": "not what the model knows",
}
_COLUMNS = {
    "number": "#",
    "patient": "patient",
    "series_number": "DICOM #",
    "modality": "kind",
    "description": "description",
    "body_part": "body part",
    "kernel": "kernel",
    "thickness": "mm",
    "count": "images",
    "time": "time",
}


def _cells(one: dict[str, Any], columns: Iterable[str]) -> list[str]:
    """A series' row of the table."""
    values = [one[name] for name in columns]
    return ["" if v is None else f"{v:g}" if isinstance(v, float) else str(v) for v in values]


def axes(directions: Any) -> list[str]:
    """Where the i, j and k axes point, in the patient's nearest direction: ``["R", "A", "S"]``."""
    names = (("R", "L"), ("A", "P"), ("S", "I"))
    found = []
    for axis in range(3):
        column = [float(value) for value in directions[:, axis]]
        sizes = [abs(value) for value in column]
        nearest = sizes.index(max(sizes))
        found.append(names[nearest][column[nearest] < 0])
    return found
