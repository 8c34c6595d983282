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
from .score_groups import GroupRow, group_scores

NORMAL, EACH = 160, 6
"""Films that belong, and films of each of the sixteen attributes."""
DEMO_FOLDER = "gananomaly_curate_demo"


@dataclass(frozen=True)
class CurateDemo:
    """What there is to look at: ``store``, ``gallery`` (its page), ``attributes`` (a CSV that says what each film is),
    and the groups' rows by score and by checks."""

    summary: CurationSummary
    store: Path
    gallery: Path
    attributes: Path
    by_score: list[GroupRow]
    by_checks: list[GroupRow]


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
    write_gallery(options.out, gallery, force=True, progress=part(progress, 0.9, 1.0), cancel=cancel)
    by_score, by_checks = (group_scores(options.out, None, attributes, order) for order in ("score", "checks"))
    return CurateDemo(summary, folder / "store", gallery / "index.html", attributes, by_score, by_checks)


def groups_table(demo: CurateDemo) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: the AUROC of each attribute by score and by checks, the highest of either first."""
    checks = {row.group: row for row in demo.by_checks}
    rows = sorted(demo.by_score, key=lambda row: -max(row.auroc, checks[row.group].auroc))
    return ["does not belong", "films", "AUROC by score", "by checks"], [
        [row.group.replace("_", " "), str(row.images), f"{row.auroc:.2f}", f"{checks[row.group].auroc:.2f}"]
        for row in rows
    ]
