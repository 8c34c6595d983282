"""Many pictures projected into one folder; finished ones are passed over when the same is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.batch.find_cases import Case, find_cases
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..picture_maker import PictureMaker
from ..picture_writer import check_format
from ..projection_options import ProjectOptions, settings_hash
from . import projection_records as records
from .projection_search import ProjectionSearch
from .projection_targets import FailedInput, ProjectionTarget, read_targets

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.loaded_model import LoadedModel
    from GANAnomalyLib.detectors.stylegan2.film import Film


@dataclass(frozen=True)
class ProjectionRow:
    """One projected picture.

    ``dist`` is the distance of target and projection in the metric asked for, ``loss`` that of the search (units of
    its feature space), ``steps`` how many were taken; ``reused`` when an earlier run had made it.
    """

    name: str
    folder: Path
    dist: float
    loss: float
    steps: int
    reused: bool


@dataclass
class ProjectSummary:
    """What came of a run; ``csv`` is distances.csv. ``notes`` are sentences such as that memory ran out."""

    rows: list[ProjectionRow]
    csv: Path
    failures: list[FailedInput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 1 when some inputs could not be used."""
        return 1 if self.failures else 0


@locked("outdir", "gananomaly project")
def project_images(
    model: str | Path | LoadedModel,
    inputs: Path | str | Iterable[Path | str],
    outdir: Path | str,
    options: ProjectOptions | None = None,
    *,
    device: str = "auto",
    batch: int | None = None,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> ProjectSummary:
    """Find the latents of pictures and of volumes' slices, and write them as the published projector does.

    Parameters
    ----------
    model: a registered name, a file, or a loaded model of kind stylegan2.
    inputs: pictures, volumes, DICOM files and folders of them (:func:`GANAnomalyLib.batch.find_cases.find_cases`).
    outdir: gets ``target.png``, ``proj.png`` and ``projected_w.npz`` (key ``w``, (1, num_ws, w_dim)) of a single
        picture; of several, and of folders, in a sub-folder each. Beside them ``distances.csv`` (filename,dist).
    batch: pictures at a time; None chooses by resolution.
    force: compute anew, and write over what is there.

    Raises
    ------
    InputError: options, model or inputs that cannot be used; a folder with other projections.
    Cancelled: finished pictures stay; the same call goes on from them.
    """
    options = options or ProjectOptions()
    options.validate()
    if batch is not None and batch < 1:
        raise InputError(f"At least one picture must be projected at a time, not {batch}: give a larger batch.")
    cancel, folder = cancel or CancelToken(), Path(outdir)
    given = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    cases = find_cases(given)
    _check_apart(folder, given)
    progress(0.0, Message("loading_model"))
    maker = PictureMaker(model, device, batch)
    check_format("png", maker.generator.img_channels)
    solver = ProjectionSearch(maker, options, batch)
    settings = options.settings(maker.model.model_hash, solver.steps)
    records.check_run(folder, settings, force)
    run = _Run(folder, settings, options, solver, force, _alone(given, cases), progress, cancel)
    targets = read_targets(cases, maker.card, maker.generator.img_channels, options, cancel)
    try:
        run.all(targets)
    except Cancelled as error:
        raise Cancelled(
            f"Stopped: {len(run.rows)} finished pictures are kept; the same command goes on from them."
        ) from error
    if not run.rows:
        raise InputError(f"None of the {len(run.failures)} inputs could be used; the first: {run.failures[0].reason}")
    csv = records.write_distances(folder, [(row.name, row.dist) for row in run.rows], options.metric)
    progress(1.0, Message("projected_pictures", count=len(run.rows)))
    return ProjectSummary(run.rows, csv, run.failures, solver.notes)


class _Run:
    """Batches of targets, each written as soon as it is found."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, Any],
        options: ProjectOptions,
        solver: ProjectionSearch,
        force: bool,
        flat: bool,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> None:
        self.folder, self.settings, self.options, self.solver = folder, settings, options, solver
        self.mark = settings_hash(settings)
        self.force, self.flat, self.progress, self.cancel = force, flat, progress, cancel
        self.rows: list[ProjectionRow] = []
        self.failures: list[FailedInput] = []
        self.names: set[str] = set()
        self.at = 0.0

    def all(self, targets: Iterator[ProjectionTarget | FailedInput]) -> None:
        waiting: list[ProjectionTarget] = []
        for item in targets:
            self.cancel.check()
            if isinstance(item, FailedInput):
                self.failures.append(item)
                continue
            if item.name in self.names:
                raise InputError(f"Two of the inputs are called {item.name}: rename one, or project them apart.")
            self.names.add(item.name)
            waiting.append(item)
            if len(waiting) >= self.solver.batch:
                self.batch(waiting)
                waiting = []
        if waiting:
            self.batch(waiting)

    def batch(self, targets: list[ProjectionTarget]) -> None:
        """One batch. It is the same whether some of it is finished or not, so that the numbers are too."""
        marks = [records.target_mark(self.mark, target.image) for target in targets]
        places = [self.place(target) for target in targets]
        known: list[dict[str, Any] | None] = [
            None if self.force else records.finished(place, mark, self.options.video)
            for place, mark in zip(places, marks, strict=True)
        ]
        if not all(known):
            for place, mark, record in zip(places, marks, known, strict=True):
                if record is None and not self.force:
                    records.check_ours(place, mark)
            films = [self.film(*item) for item in zip(places, targets, known, strict=True)]
            told = part(self.progress, self.at, targets[-1].done)
            solution = self.solver.solve(np.stack([target.image for target in targets]), films, told, self.cancel)
            records.write_run(self.folder, self.settings)
            for n, record in enumerate(known):
                if record is None:
                    known[n] = {**self.write(places[n], marks[n], targets[n], solution, n, films[n]), "reused": False}
        for target, place, record in zip(targets, places, known, strict=True):
            assert record is not None  # those that were missing have just been written
            dist = picture_distance(place, self.options.metric)
            reused = bool(record.get("reused", True))
            row = ProjectionRow(target.name, place, dist, float(record["loss"]), int(record["steps"]), reused)
            self.rows.append(row)
        self.at = targets[-1].done
        self.progress(self.at, Message("projected_pictures", count=len(self.rows)))

    def place(self, target: ProjectionTarget) -> Path:
        return self.folder if self.flat else self.folder / target.name

    def film(self, place: Path, target: ProjectionTarget, known: object) -> Film | None:
        from GANAnomalyLib.detectors.stylegan2.film import Film

        if self.options.video == "none" or known is not None:
            return None
        return Film(place / f"proj.{self.options.video}", 0, target.image)

    def write(self, place: Path, mark: str, target: ProjectionTarget, solution, n: int, film: Film | None) -> dict:
        from GANAnomalyLib.detectors.stylegan2.reference_projection import save_projection

        records.write_record(place, mark)
        save_projection(place, target.image, solution.found, n)
        if film is not None:
            film.write()
        facts = {"steps": solution.steps[n], "loss": float(solution.found.losses[n])}
        return records.write_record(place, mark, complete=True, **facts)


def picture_distance(folder: Path, metric: str) -> float:
    """Distance of target.png and proj.png on grey levels 0..255; of colour pictures the mean over the channels."""
    from GANAnomalyLib.score.channels import channel_distances
    from GANAnomalyLib.score.scored_pictures import read_planes

    try:
        first, second = (read_planes(folder / name) for name in records.FILES[:2])
    except InputError as error:
        raise InputError(
            f"The pictures in {folder} cannot be read any more: project again with --force.", error.message
        ) from error
    if first.shape[1:] != second.shape[1:]:
        raise InputError(f"The pictures in {folder} were changed: project again with --force.")
    return float(channel_distances(first, second, metric).mean())


def _alone(given: Sequence[Path | str], cases: list[Case]) -> bool:
    """Whether a single picture was given, whose files go into the folder itself, as the published projector does."""
    from GANAnomalyLib.batch.find_cases import PICTURES

    return len(given) == 1 and len(cases) == 1 and Path(given[0]).name.lower().endswith(PICTURES)


def _check_apart(folder: Path, given: Sequence[Path | str]) -> None:
    """The pictures that are written must not become the inputs of the next run."""
    out = folder.resolve()
    for item in map(Path, given):
        if item.is_dir() and (out == item.resolve() or out.is_relative_to(item.resolve())):
            raise InputError(
                f"{folder} lies in the folder of the inputs {item}: choose a folder beside it with --outdir."
            )
