"""Scores of picture pairs: two files, or two folders matched by name, one row for each metric and region."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import whole
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..spelling import meant
from ..volume.colour_channels import CHANNELS
from .channels import by_name, channel_distances, channel_windows
from .pair_checks import check_metric
from .regions import body_region
from .scored_pictures import ENDINGS, is_picture, read_planes

PAIR_REGIONS = ("full", "body", "patch", "mask")
COLUMNS = ("filename", "metric", "region", "dist", "row", "col")
TARGET, PROJECTION = "target", "proj"
"""File names (without ending) of the two pictures that the published projector writes into each slice's folder."""


def score_pairs(
    original: Path | str,
    reconstruction: Path | str,
    metrics: Sequence[str] = ("wd",),
    regions: Sequence[str] = ("full",),
    patch_size: int = 32,
    *,
    mask: Path | str | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[dict[str, Any]]:
    """Score one pair of pictures, or every pair in two folders.

    Parameters
    ----------
    original, reconstruction:
        Two PNG or JPEG files, grey or in colours (grey beside colours counts as grey in all of them); or two folders
        whose pictures have the same names (endings may differ). Either folder may instead hold one sub-folder a picture
        with ``target.png`` and ``proj.png``, as the published projector writes (the same folder may then be given
        twice).
    metrics: any of "wd", "mse", "ssim".
    regions:
        any of "full"; "body" (of the original picture); "patch" (the largest distance over every window position);
        "mask" (what is not black in the picture ``mask``, or in that with the pair's name in the folder ``mask``).
    patch_size: side of the windows of region "patch", in pixels.

    Returns
    -------
    Rows in the order of names, then metrics, then regions: ``filename``, ``metric``, ``region``, ``dist``, and ``row``
    and ``col`` (top left pixel of the highest patch; None for other regions). Of colour pictures ``dist`` is the mean
    of the channels' distances, which the row also has as ``red``, ``green`` and ``blue``.

    Raises
    ------
    InputError: names without partner, different sizes, pictures that are unreadable or of more than 8 bits, unknown
        metric or region, empty body or mask. Nothing is scored before all names are matched.
    """
    for metric in metrics:
        check_metric(metric)
    for region in regions:
        if region not in PAIR_REGIONS:
            near = meant(region, PAIR_REGIONS)
            raise InputError(
                f"There is no region {region!r} for pictures{near}; choose one of {', '.join(PAIR_REGIONS)}."
            )
    if not metrics or not regions:
        raise InputError("Name at least one metric and one region to score.")
    if "mask" in regions and mask is None:
        raise InputError("Region 'mask' needs a mask picture, or a folder of them: give one.")
    pairs = match_pairs(original, reconstruction)
    masks = _match_masks(mask, pairs) if mask is not None and "mask" in regions else {}
    rows: list[dict[str, Any]] = []
    for done, (name, first, second) in enumerate(pairs, 1):
        if cancel is not None:
            cancel.check()
        inside = read_planes(masks[name]).max(0) > 0 if masks else None
        try:
            images = _read_pair(first, second)
            scores = _score(*images, metrics, regions, patch_size, inside)
        except InputError as error:
            message = error.message if name in error.message else f"{name}: {error.message}"
            raise InputError(message, error.details) from error
        rows += [{"filename": name, **score} for score in scores]
        progress(done / len(pairs), Message("scored_pictures", number=done, count=len(pairs)))
    return rows


def match_pairs(original: Path | str, reconstruction: Path | str) -> list[tuple[str, Path, Path]]:
    """(name, original file, reconstruction file) in the order of names; :func:`score_pairs` says what may be given."""
    original, reconstruction = Path(original), Path(reconstruction)
    for path in (original, reconstruction):
        if not path.exists():
            raise InputError(f"There is no file or folder {path}: check the name.")
    if original.is_dir() != reconstruction.is_dir():
        raise InputError("Give two pictures or two folders, not one of each.")
    if not original.is_dir():
        return [(original.name, original, reconstruction)]
    first, second = _pictures(original, TARGET), _pictures(reconstruction, PROJECTION)
    for missing, folder in ((first.keys() - second.keys(), reconstruction), (second.keys() - first.keys(), original)):
        if missing:
            names = ", ".join(sorted(missing)[:3]) + (", ..." if len(missing) > 3 else "")
            raise InputError(f"{len(missing)} picture(s) have no partner in the folder {folder}: {names}.")
    return [(first[key][0], first[key][1], second[key][1]) for key in sorted(first)]


def write_csv(rows: Iterable[dict[str, Any]], path: Path | str, *, published: bool = False) -> Path:
    """Write the rows of :func:`score_pairs` as CSV, whole or not at all; columns of colours only where there are any.

    With ``published`` the columns are ``filename,dist`` as in the published evaluation, which has room for one metric
    in one region only. Raises :class:`InputError` otherwise, and when the file cannot be written.
    """
    rows, path = list(rows), Path(path)
    columns: Sequence[str] = (*COLUMNS, *(CHANNELS if any(CHANNELS[0] in row for row in rows) else ()))
    if published:
        columns = ("filename", "dist")
        kinds = {(row["metric"], row["region"]) for row in rows}
        if len(kinds) > 1:
            raise InputError(
                "The layout filename,dist holds one metric in one region: score one, or write all columns."
            )
    with whole(path, "the table", folders=False) as part, open(part, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _pictures(folder: Path, role: str) -> dict[str, tuple[str, Path]]:
    """{name without ending: (name, file)} of a folder in either layout."""
    found: dict[str, tuple[str, Path]] = {}
    flat = [path for path in folder.iterdir() if path.is_file() and is_picture(path)]
    if {path.stem for path in flat} >= {TARGET, PROJECTION}:
        # The projector's folder of a single slice, itself.
        flat = [path for path in flat if path.stem == role]
        return {folder.resolve().name: (folder.resolve().name, path) for path in flat}
    for path in sorted(flat):
        _add(found, _key(path.name), path.name, path)
    if not found:
        for sub in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
            for path in (sub / f"{role}{ending}" for ending in ENDINGS):
                if path.is_file():
                    _add(found, _key(sub.name), sub.name, path)
                    break
    if not found:
        raise InputError(f"The folder {folder} holds no PNG or JPEG pictures, nor folders with {role}.png in them.")
    return found


def _key(name: str) -> str:
    """What two names must share: the name without a picture's ending (folders are often named after the picture)."""
    return Path(name).stem if is_picture(Path(name)) else name


def _add(found: dict[str, tuple[str, Path]], key: str, name: str, path: Path) -> None:
    if key in found:
        raise InputError(f"{found[key][0]} and {name} in one folder have the same name before the ending: keep one.")
    found[key] = (name, path)


def _match_masks(mask: Path | str, pairs: list[tuple[str, Path, Path]]) -> dict[str, Path]:
    mask = Path(mask)
    if not mask.exists():
        raise InputError(f"There is no mask {mask}: check the name.")
    if not mask.is_dir():
        return {name: mask for name, _, _ in pairs}
    pictures = {path.stem: path for path in mask.iterdir() if is_picture(path)}
    masks = {}
    for name, _, _ in pairs:
        key = _key(name)
        if key not in pictures:
            raise InputError(f"The mask folder {mask} has no picture for {name}.")
        masks[name] = pictures[key]
    return masks


def _read_pair(first: Path, second: Path) -> tuple[np.ndarray, np.ndarray]:
    original, reconstruction = read_planes(first), read_planes(second)
    if original.shape[1:] != reconstruction.shape[1:]:
        sizes = [f"{image.shape[2]} x {image.shape[1]}" for image in (original, reconstruction)]
        raise InputError(
            f"{first.name} is {sizes[0]} pixels and its reconstruction {sizes[1]}: both must have the same size."
        )
    return original, reconstruction


def _score(
    original: np.ndarray,
    reconstruction: np.ndarray,
    metrics: Sequence[str],
    regions: Sequence[str],
    patch_size: int,
    inside: np.ndarray | None,
) -> list[dict[str, Any]]:
    masks: dict[str, np.ndarray | None] = {"full": None, "mask": inside}
    if "body" in regions:
        body = masks["body"] = body_region(original.max(0))
        if not body.any():
            raise InputError("the original picture is all black, so it has no body region: score the full image.")
    rows: list[dict[str, Any]] = []
    for metric in metrics:
        for region in regions:
            row: dict[str, Any] = {"metric": metric, "region": region, "row": None, "col": None}
            if region == "patch":
                windows = channel_windows(original, reconstruction, patch_size, metric)
                scores = windows.mean(0)
                row["row"], row["col"] = (int(i) for i in np.unravel_index(scores.argmax(), scores.shape))
                each = windows[:, row["row"], row["col"]]
            else:
                each = channel_distances(original, reconstruction, metric, masks[region])
            rows.append({**row, "dist": float(each.mean()), **by_name(each)})
    return rows
