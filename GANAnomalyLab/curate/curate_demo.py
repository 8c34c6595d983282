"""The demonstration: radiographs of virtual patients, some of which do not belong, looked through like any others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from .curate_options import CurateOptions
from .demo_films import write_films
from .films_demo import films_model
from .gallery.gallery_folder import write_gallery
from .run_curation import CurationSummary, curate

NORMAL, EACH = 160, 6
"""Films that belong, and films of each of the sixteen attributes."""
DEMO_FOLDER = "gananomaly_curate_demo"


@dataclass(frozen=True)
class CurateDemo:
    """What there is to look at: ``store``, ``gallery`` (its page), ``attributes`` (a CSV that says what each film is),
    and how well each attribute is ``found`` (:func:`~.score_groups.attributes_found`)."""

    summary: CurationSummary
    store: Path
    gallery: Path
    attributes: Path
    found: list[dict[str, object]]


def curate_demo(
    folder: Path | str,
    workers: int | None = None,
    normal: int = NORMAL,
    each: int = EACH,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> CurateDemo:
    """Draw the films into a new folder (or take those of an earlier demonstration), and curate them.

    Raises :class:`InputError` for a folder of other things, and as :func:`~.run_curation.curate`.
    """
    folder = Path(folder)
    attributes = folder / "attributes.csv"
    if not attributes.is_file():
        if folder.exists() and any(one.name != "films" for one in folder.iterdir()):
            raise InputError(f"{folder} holds other things: name a new folder with --out.")
        write_films(folder, normal, each, part(progress, 0.0, 0.5), cancel)
    options = CurateOptions([str(folder / "films")], str(folder / "store"), model=str(films_model()), workers=workers)
    summary = curate(options, part(progress, 0.5, 0.9), cancel)
    gallery = folder / "gallery"
    drawing = part(progress, 0.9, 1.0)
    written = write_gallery(options.out, gallery, attributes=attributes, force=True, progress=drawing, cancel=cancel)
    return CurateDemo(summary, folder / "store", gallery / "index.html", attributes, written.attributes or [])
