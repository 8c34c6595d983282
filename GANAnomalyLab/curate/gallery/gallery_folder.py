"""The gallery as a folder that opens from the disk: all of its files or none, and no other folder's are replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from GANAnomalyLib.files import growing, locked
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...report.report_folder import RESULTS, ReportFolder
from ..score_groups import attributes_found
from .full_pictures import FullPictures
from .gallery_data import GalleryData
from .gallery_page import ASSETS, PAGE_FILE, asset, gallery_page
from .summary_page import summary, summary_page

INDEX, DATA, PICTURES, ASSET_FOLDER = "index.html", "data", "pictures", "assets"
FULL = 500
"""Images of which a full picture is read by default."""
_KIND = ReportFolder("curation_gallery", 1, (INDEX, PAGE_FILE, DATA, ASSET_FOLDER))
_PICTURES_SHARE = 0.8
_TOLD_EVERY = 16


@dataclass(frozen=True)
class GalleryWritten:
    """``pictures`` of ``wanted`` sources could be read anew."""

    folder: str
    rows: int
    wanted: int
    pictures: int
    bytes: int
    attributes: list[dict[str, object]] | None = None


def write_gallery(
    store: str,
    folder: Path | str,
    full: int = FULL,
    by: str | None = None,
    force: bool = False,
    attributes: Path | str | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> GalleryWritten:
    """Write the gallery of a store.

    Parameters
    ----------
    full: of so many of the first rows the source is read again, for a picture of up to 512 pixels.
    by: "score" or "checks", the order of rank; None for scores where there are any.
    force: replace an earlier gallery.
    attributes: a CSV with path and attribute: the first page tells how well each is found.

    Raises
    ------
    InputError: no store, or ``folder`` holds something else, or a gallery without ``force``. Cancelled: nothing is
    written. GANAnomalyError: a full disk.
    """
    place = Path(os.path.abspath(folder))
    _KIND.check(place, force)
    known = None if attributes is None else attributes_found(store, attributes)
    return _write(place, GalleryData.of(store, by), full, force, known, progress, cancel or CancelToken())


@locked("folder", "gananomaly curate report")
def _write(
    folder: Path,
    data: GalleryData,
    full: int,
    force: bool,
    known: list[dict[str, object]] | None,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> GalleryWritten:
    _KIND.check(folder, force)
    with growing(folder, "the gallery") as work:
        for name in (f"{DATA}/{PICTURES}", ASSET_FOLDER):
            (work / name).mkdir(parents=True)
        wanted = [rank for rank in range(min(full, len(data))) if data.judged.readable[data.order[rank]]]
        ranks = list(_full_pictures(work / DATA / PICTURES, data, wanted, progress, cancel))
        data = GalleryData(data.judged, ranks)
        names = list(data.names())
        for number, name in enumerate(names):
            if number % _TOLD_EVERY == 0:
                cancel.check()
                begun = _PICTURES_SHARE if wanted else 0.0
                share = begun + (1 - begun) * number / len(names)
                progress(share, Message("gallery_packing", number=number, count=len(names)))
            (work / DATA / f"{name}.js").write_bytes(data.content(name))
        for name in ASSETS:
            (work / ASSET_FOLDER / name).write_bytes(asset(name))
        (work / PAGE_FILE).write_bytes(gallery_page(data.judged.store.folder.resolve().name, DATA))
        (work / INDEX).write_text(summary_page(data, known).html(), encoding="utf-8")
        told = {**_KIND.heading, **summary(data.judged), "pictures": len(ranks)}
        if known is not None:
            told["attributes"] = known
        (work / RESULTS).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
        cancel.check()
    return GalleryWritten(str(folder), len(data), len(wanted), len(ranks), size, known)


def _full_pictures(
    folder: Path, data: GalleryData, wanted: list[int], progress: ProgressCallback, cancel: CancelToken
) -> Iterator[int]:
    """The ranks whose picture could be written."""
    pictures = FullPictures(data.judged.store, data.judged.table)
    for number, rank in enumerate(wanted):
        cancel.check()
        progress(_PICTURES_SHARE * number / len(wanted), Message("gallery_pictures", number=number, count=len(wanted)))
        jpeg = pictures.jpeg(int(data.order[rank]))
        if jpeg is not None:
            (folder / f"{rank:06d}.jpg").write_bytes(jpeg)
            yield rank


def in_numbers(written: GalleryWritten) -> dict[str, object]:
    """What was written, as plain data."""
    return asdict(written)
