"""The files of a result, but for the manifest and the pictures that need it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from ..files import disk_errors
from ..pictures import write_patch_picture
from ..results.result import FILES, finding_dict
from ..results.segmentation_file import box_labels, finding_segments, write_seg_nrrd
from ..results.usual import rarer_than
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback
from ..score.channels import planes_of
from ..volume import write_volume
from ..volume.colour_channels import luma
from ..volume.voxel_types import kept_as
from ..volume.write_volume import write_colours
from .analysis_state import Analysis, Scored
from .prepare import Prepared, Resolved
from .result_manifest import manifest_of, thresholds_of


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Write heatmap, reconstruction, findings, scores and patches into the work folder."""
    progress(0.0, Message("writing_result"))
    thresholds = thresholds_of(analysis.request, analysis.model.card, analysis.scored)
    for finding in analysis.scored.findings:
        finding.rarer_than = rarer_than(finding.score, thresholds)
    with disk_errors(analysis.request.output_folder, kept="what was finished is kept"):
        write_outputs(
            analysis.work.path,
            analysis.prepared,
            analysis.explained.reconstructions,
            analysis.scored,
            analysis.resolved,
            analysis.cancel,
        )
    analysis.manifest = manifest_of(analysis)


def write_outputs(
    folder: Path,
    prepared: Prepared,
    reconstructions: np.ndarray,
    scored: Scored,
    resolved: Resolved,
    cancel: CancelToken,
) -> None:
    """Write everything but the manifest and pictures that need the finished result."""
    stack, volume = prepared.stack, prepared.volume
    write_volume(volume.like(stack.to_voxels(scored.heat)), folder / FILES["heatmap"], check=cancel.check)
    channels = np.moveaxis(planes_of(reconstructions), 1, 0)
    restored = [stack.to_voxels(_on_stack(prepared, channel, resolved, cancel)) for channel in channels]
    voxels = restored[0]
    if len(restored) > 1:
        colours = np.clip(np.stack(restored, axis=-1), 0, 255).astype(np.uint8)
        write_colours(volume, colours, folder / FILES["reconstruction_colours"], cancel.check)
        voxels = luma(colours).astype(voxels.dtype)
    write_volume(volume.like(voxels), folder / FILES["reconstruction"], check=cancel.check)
    labels = box_labels(scored.findings, volume.voxels.shape)
    segments = finding_segments(scored.findings, scored.unit)
    write_seg_nrrd(folder / FILES["findings_segmentation"], labels, volume.ijk_to_ras, segments)
    (folder / FILES["findings"]).write_text(
        json.dumps({"findings": [finding_dict(finding) for finding in scored.findings]}, indent=2), encoding="utf-8"
    )
    with open(folder / FILES["scores"], "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(scored.rows[0]))
        writer.writeheader()
        writer.writerows(scored.rows)
    (folder / FILES["patches"]).mkdir(exist_ok=True)
    places = {index: position for position, index in enumerate(prepared.indices)}
    for finding in scored.findings:
        peak = next(item for item in finding.per_slice if item["slice"] == finding.slice)
        rows = slice(peak["row"], peak["row"] + scored.patch_size)
        cols = slice(peak["col"], peak["col"] + scored.patch_size)
        at = places[finding.slice]
        original, normal = (_last(images[at][..., rows, cols]) for images in (prepared.originals, reconstructions))
        write_patch_picture(folder / finding.patch_picture, original, normal)


def _on_stack(prepared: Prepared, pictures: np.ndarray, resolved: Resolved, cancel: CancelToken) -> np.ndarray:
    """Pictures (N, R, R) uint8 as values of the image on the stack's grid (S, H, W)."""
    frames, kind = prepared.frames, kept_as(resolved.window, resolved.level, prepared.volume.modality)
    whole = issubclass(kind, np.integer)
    restored = np.full(prepared.stack.slices.shape, np.floor(resolved.floor) if whole else resolved.floor, kind)
    for index, picture in zip(prepared.indices, pictures, strict=True):
        cancel.check()
        hu = picture.astype(np.float32) / 255 * resolved.window + resolved.floor
        plane = frames[index].from_network(hu[None], fill=resolved.floor)[0]
        restored[index] = np.rint(plane) if whole else plane
    return restored


def _last(picture: np.ndarray) -> np.ndarray:
    """(R, R), or with its colours last (R, R, 3) of (3, R, R)."""
    return picture if picture.ndim == 2 else picture.transpose(1, 2, 0)
