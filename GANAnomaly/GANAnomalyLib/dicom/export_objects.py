"""A result as DICOM objects in a folder: whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ..errors import InputError
from ..files import folder_lock, growing, is_leftover
from ..pictures.result_maps import read_map
from ..results.result import REMEDY, AnalysisResult
from ..review.added_findings import CaseVerdict, ReaderFinding
from ..review.decisions import Decision
from ..review.report import write_report
from ..review.report.report_parts import AddedFinding
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..volume import Volume
from .agree import check_agreement
from .making import Making, Placed, save
from .on_planes import map_on_planes
from .own_findings import OwnPlaced, own_segmentation, place_own
from .parametric_map import heat_map
from .plain_objects import capture, encapsulated_pdf, picture_of
from .presentation import boxes
from .segmentation import findings_segmentation, heat_segmentation
from .source import Place, find_source
from .structured_report import machine_report, reader_report
from .uids import ANY, check_root

KINDS = ("seg", "heat", "sr", "map", "capture", "pdf", "gsps")
FILE_NAMES = {
    "seg": "findings_seg.dcm",
    "heat": "heat_seg.dcm",
    "sr": "findings_sr.dcm",
    "reader": "reader_sr.dcm",
    "reader_seg": "reader_seg.dcm",
    "map": "heat_map.dcm",
    "capture": "summary.dcm",
    "pdf": "report_pdf.dcm",
    "gsps": "boxes_gsps.dcm",
}
Put = Callable[..., Dataset | None]
"""Takes a kind, an object or None, and what to say where there is none; writes it and gives it back."""


@dataclass
class Exported:
    """The files by kind (:data:`FILE_NAMES`), and what is to be said of them."""

    files: dict[str, Path]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """What to make: ``kinds`` of :data:`KINDS`; ``labelmap`` segmentations instead of binary ones; ``root`` of UIDs, a
    site's own or "2.25"; a reader's ``decisions`` by rank, what the reader ``added`` and the ``verdict`` (which go with
    decisions), and who it was; the ``language`` of the PDF."""

    kinds: tuple[str, ...] = ("seg", "sr")
    labelmap: bool = False
    root: str = ANY
    decisions: Mapping[int, Decision] | None = None
    reader: str = ""
    added: Sequence[ReaderFinding] = ()
    verdict: CaseVerdict = field(default_factory=CaseVerdict)
    language: str = "en"


def export(
    result: AnalysisResult,
    folder: Path | str,
    wanted: Wanted,
    source: Place | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    image: Path | None = None,
) -> Exported:
    """Write objects into ``folder``, which must be empty, new, or hold nothing but an earlier export.

    ``source`` is where the images lie now, a folder or the files themselves; None where the analysis found them;
    ``image`` a file that shows what was analysed, where the result's own input was one that is gone. A report refers to
    segments, so "sr" brings "seg" with it. Raises :class:`InputError`, also as :func:`.source.find_source` does, and
    :class:`GANAnomalyError` when the disk is full.
    """
    folder, cancel = Path(folder), cancel or CancelToken()
    unknown = [kind for kind in wanted.kinds if kind not in KINDS]
    if unknown:
        raise InputError(f"There is no kind of object {unknown[0]!r}; there are: {', '.join(KINDS)}.")
    if wanted.decisions is not None and not wanted.reader.strip():
        raise InputError("A reader's decisions need the reader's name.", field="reader")
    _check_target(folder)
    root = check_root(wanted.root)
    _check_grid(result)

    def report(fraction: float, message: Message) -> None:
        cancel.check()
        progress(0.5 * fraction, message)

    making = Making(result, find_source(result, source, report, image), root)
    placed, outside = making.placed()
    exported = Exported({}, list(making.source.notes))
    for finding in outside:
        exported.notes.append(f"Finding {finding.rank} lies outside the images and was left out.")
    own = place_own(making, wanted.added if wanted.decisions is not None else ())
    kinds = set(wanted.kinds) | ({"seg"} if "sr" in wanted.kinds or wanted.decisions is not None else set())
    with folder_lock(folder, "GANAnomaly, exporting DICOM"), growing(folder, "the DICOM objects") as work:
        shown = image or (source if isinstance(source, Path | str) else None)
        _write(making, placed, own, kinds, wanted, shown, work, exported, progress, cancel)
        progress(0.95, Message("writing_result"))
        check_agreement(making, placed, exported.files, own)
    exported.files = {kind: folder / path.name for kind, path in exported.files.items()}
    return exported


def _write(
    making: Making,
    placed: list[Placed],
    own: list[OwnPlaced],
    kinds: set[str],
    wanted: Wanted,
    image: Path | str | None,
    work: Path,
    exported: Exported,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> None:
    def put(kind: str, dataset: Dataset | None, otherwise: str = "") -> Dataset | None:
        cancel.check()
        progress(0.5, Message("writing_result"))
        if dataset is None:
            exported.notes.append(otherwise)
            return None
        exported.files[kind] = save(dataset, work / FILE_NAMES[kind])
        return dataset

    segmentation = machine = None
    if "seg" in kinds:
        made = findings_segmentation(making, placed, wanted.labelmap) if placed else None
        segmentation = put("seg", made, "There is no finding to segment: no segmentation was written.")
    if "sr" in kinds or wanted.decisions is not None:
        machine = put("sr", machine_report(making, placed, segmentation))
    if wanted.decisions is not None and machine is not None:
        made = own_segmentation(making, own)
        drawn = None if made is None else put("reader_seg", made)
        who, said = wanted.reader.strip(), wanted.decisions
        put("reader", reader_report(making, placed, segmentation, machine, said, who, own, drawn, wanted.verdict))
    if kinds & {"map", "heat"}:
        _write_heat(making, kinds, put)
    if "capture" in kinds:
        path = making.result.path("summary")
        none = "The result has no summary picture (install matplotlib and analyse again): no capture was written."
        put("capture", capture(making, picture_of(path)) if path.is_file() else None, none)
    if "pdf" in kinds:
        put("pdf", encapsulated_pdf(making, _document(making, wanted, image, work)))
    if "gsps" in kinds:
        none = "There is no finding to draw a box around, or the images differ in their rescale: no boxes were written."
        put("gsps", boxes(making, placed) if placed else None, none)


def _write_heat(making: Making, kinds: set[str], put: Put) -> None:
    geometry = making.result.manifest["geometry"]
    grid = Volume(np.broadcast_to(np.int8(0), geometry["shape_kji"]), np.array(geometry["ijk_to_ras"], float))
    voxels = read_map(making.result.path("heatmap"), grid)
    numbers, heat = map_on_planes(making.source.planes, making.ras_to_ijk, voxels)
    if "map" in kinds:
        put(
            "map",
            heat_map(making, numbers, heat) if numbers else None,
            "The heat is zero everywhere: no map was written.",
        )
    if "heat" in kinds:
        threshold = float(making.result.manifest.get("heatmap_threshold") or 0.0)
        made = heat_segmentation(making, numbers, heat, threshold) if numbers else None
        put("heat", made, "The heat is nowhere above its threshold: no segmentation of it was written.")


def _document(making: Making, wanted: Wanted, given: Path | str | None, work: Path) -> bytes:
    """The report on the case, with a reader's decisions where they are exported, and with pictures of the image where
    that is found."""
    path = work / "report.pdf"
    decisions = list((wanted.decisions or {}).values())
    # What a reader said goes along where the reader's decisions do, and nowhere else.
    said = wanted.decisions is not None
    added = [AddedFinding.of(one) for one in wanted.added] if said else []
    for image in (given, None) if given is not None else (None,):
        try:
            write_report(
                making.result.folder,
                path,
                language=wanted.language,
                reader=wanted.reader,
                decisions=decisions,
                image=image,
                added=added,
                verdict=wanted.verdict.verdict if said else "",
            )
            break
        except InputError:
            if image is None:
                raise
    document = path.read_bytes()
    path.unlink()
    return document


def _check_grid(result: AnalysisResult) -> None:
    geometry = result.manifest.get("geometry") or {}
    matrix = np.array(geometry.get("ijk_to_ras", np.zeros((4, 4))), float)
    usable = np.isfinite(matrix).all() and abs(float(np.linalg.det(matrix))) > 1e-9 and "shape_kji" in geometry
    if not usable:
        raise InputError(f"The result in {result.folder} does not say where it lies: {REMEDY}.", field="result")


def _check_target(folder: Path) -> None:
    if folder.is_file():
        raise InputError(f"{folder} is a file, not a folder: choose another folder.", field="out")
    ours = set(FILE_NAMES.values())
    if folder.is_dir() and any(entry.name not in ours and not is_leftover(entry.name) for entry in folder.iterdir()):
        raise InputError(f"{folder} holds other files: choose an empty or a new folder.", field="out")
