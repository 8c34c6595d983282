"""Detection of sets of anomalies against one baseline: all the numbers of the published table, and their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...statistics.auroc import AurocEstimate, PublishedAuroc, auroc_published, estimate_auroc
from ..evaluation_options import DetectionOptions
from .score_files import Distances

ALL = "all sets"
MAIN_RATE, MAIN_SENSITIVITY = 0.05, 0.95


@dataclass(frozen=True)
class SetDetection:
    """One set of anomalies against the baseline."""

    name: str
    distances: Distances
    estimate: AurocEstimate
    published: PublishedAuroc


@dataclass
class DetectionEvaluation:
    """Every set, then (with several) all of them together, whose ``published`` holds the draws of every set."""

    options: DetectionOptions
    baseline: Distances
    sets: list[SetDetection]
    together: SetDetection | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[SetDetection]:
        """The sets, and all together where there are several."""
        return [*self.sets, *([self.together] if self.together else [])]


def evaluate_detection(
    baseline: Distances,
    anomalies: Mapping[str, Distances],
    options: DetectionOptions | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> DetectionEvaluation:
    """AUROCs of each set of anomalies, by name, against the baseline.

    Where both know their patients, intervals are over patients. Each set draws its published AUROCs with a seed of its
    own, so that their order does not matter to any but itself. Raises :class:`InputError` for no set, a set of the
    reserved name "all sets", the baseline given as a set, or options out of range.
    """
    options = options or DetectionOptions()
    if not anomalies:
        raise InputError("There is no set of anomalies: give at least one beside the baseline.")
    if ALL in anomalies:
        raise InputError(f"A set cannot be called {ALL!r}: give it another name.")
    for name, distances in anomalies.items():
        if distances.source == baseline.source and np.array_equal(distances.values, baseline.values):
            raise InputError(f"The baseline and {name} hold the same scores: give two different files.")
    out = DetectionEvaluation(options, baseline, [])
    step = 1 / (len(anomalies) + (len(anomalies) > 1))
    for number, (name, distances) in enumerate(anomalies.items()):
        if cancel is not None:
            cancel.check()
        seed = _seed(options.seed, name)
        published = auroc_published(baseline.values, distances.values, options.published_draws, seed)
        report = part(progress, number * step, (number + 1) * step)
        estimate = _estimate(baseline, distances, options, report, cancel)
        out.sets.append(SetDetection(name, distances, estimate, published))
    if len(out.sets) > 1:
        joined = join_sets([item.distances for item in out.sets], ALL)
        draws = np.concatenate([item.published.draws for item in out.sets])
        published = PublishedAuroc(float(draws.mean()), float(draws.std()), draws)
        estimate = _estimate(baseline, joined, options, part(progress, 1 - step, 1), cancel)
        out.together = SetDetection(ALL, joined, estimate, published)
    _warn(out)
    return out


def join_sets(sets: list[Distances], source: str) -> Distances:
    """Several sets as one; patients only where every set knows them."""
    values = np.concatenate([item.values for item in sets])
    names = tuple(name for item in sets for name in item.names)
    patients = None
    if all(item.patients is not None for item in sets):
        patients = tuple(patient for item in sets for patient in item.patients or ())
    return Distances(values, names, patients, sets[0].column, source, all(item.named for item in sets))


def _estimate(
    baseline: Distances,
    distances: Distances,
    options: DetectionOptions,
    progress: ProgressCallback,
    cancel: CancelToken | None,
) -> AurocEstimate:
    known = baseline.patients is not None and distances.patients is not None
    return estimate_auroc(
        baseline.values,
        distances.values,
        options.level,
        options.draws,
        options.seed,
        baseline.patients if known else None,
        distances.patients if known else None,
        options.at_rates,
        options.at_sensitivities,
        progress,
        cancel,
    )


def _seed(seed: int, name: str) -> int:
    """A seed for each set, so that a set's draws stay the same whatever stands beside it."""
    return int(np.random.SeedSequence([seed, *name.encode("utf-8")]).generate_state(1)[0])


def _warn(out: DetectionEvaluation) -> None:
    for item in out.rows:
        out.warnings += [f"{item.name}: {note}" for note in (*item.estimate.notes, item.published.note) if note]
    for item in out.sets:
        shared = set(out.baseline.patients or ()) & set(item.distances.patients or ())
        if shared:
            out.warnings.append(
                f"{item.name}: {len(shared)} patients go by the same name in the baseline, and are taken to be the "
                "same people; if they are not, give them different names."
            )
    known = [item.distances.patients is not None for item in out.sets]
    if out.baseline.patients is None or not all(known):
        one_sided = out.baseline.patients is not None or any(known)
        why = "not of every set" if one_sided else "not known"
        out.warnings.append(
            f"Whose the cases are is {why}, so that each counts as a patient of its own: where several are of one, "
            "intervals are too narrow (see --patient-pattern)."
        )
    columns = sorted({out.baseline.column, *(item.distances.column for item in out.sets)})
    if len(columns) > 1:
        out.warnings.append(f"The scores are from columns of different names: {', '.join(columns)}.")
