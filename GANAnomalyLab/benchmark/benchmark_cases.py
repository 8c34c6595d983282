"""The benchmark's cases on disk: each made once, whole or not at all, with a manifest that others can compare.

``cases/<name>/`` holds ``ct.nii.gz``, ``mask.nii.gz`` (0 and 1) and ``case.json``; ``manifest.json`` beside ``cases``
lists all of them with their hashes.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import disk_errors, growing, write_json
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.files.typed_values import checked
from GANAnomalyLib.models.store import model_hash
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress
from GANAnomalyLib.volume import write_volume

from ..simulate.anomalies import ANOMALIES_VERSION
from ..simulate.virtual_cohort import COHORT_VERSION
from .benchmark_cohort import make_case, slab_around
from .benchmark_plan import VERSIONS, CaseSpec, Plan

CT, MASK, FACTS = "ct.nii.gz", "mask.nii.gz", "case.json"
FOLDER, MANIFEST = "cases", "manifest.json"
_MADE_BY = {"cohort": COHORT_VERSION, "anomalies": ANOMALIES_VERSION}


def make_cases(
    plan: Plan,
    out: Path | str,
    workers: int = 1,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[dict[str, Any]]:
    """Make what is missing of a plan's cases in ``out``; returns their records in the plan's order.

    Parameters
    ----------
    workers: cases at a time, in threads.
    cancel: set it to stop within a second; cases that are whole stay and are not made again.

    Raises
    ------
    InputError: a plan that cannot be made, a folder of another version or that holds something else. Cancelled.
    GANAnomalyError: the disk is full, or refuses for another reason.
    """
    out, cancel, specs = Path(out), cancel or CancelToken(), plan.cases()
    held = _check_manifest(out / MANIFEST)
    if held is not None and held["benchmark"] != plan.version:
        raise InputError(
            f"{out} holds version {held['benchmark']} of the benchmark and this is {plan.version}: choose another "
            f"output folder, or go on with --benchmark-version {held['benchmark']}."
        )
    folder = out / FOLDER
    with disk_errors(out, "the cases"):
        folder.mkdir(parents=True, exist_ok=True)
    done: dict[str, dict[str, Any]] = {}
    progress(0.0, Message("making_cases"))

    def make(spec: CaseSpec) -> dict[str, Any]:
        return cancellable(lambda _: _case(spec, plan, folder, cancel), cancel)

    pool = ThreadPoolExecutor(max(1, workers))
    try:
        queue = iter(specs)
        waiting: set[Future[dict[str, Any]]] = set()
        while True:
            # Only so many at a time: waiting for one looks at all that are waited for.
            waiting |= {pool.submit(make, spec) for spec in islice(queue, 2 * max(1, workers) - len(waiting))}
            if not waiting:
                break
            ended, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            cancel.check()
            for one in ended:
                record = one.result()
                done[record["name"]] = record
                progress(len(done) / len(specs), Message("making_case", number=len(done), count=len(specs)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    records = [done[spec.name] for spec in specs]
    write_json(out / MANIFEST, {**_versions(plan), "plan": plan_facts(plan), "cases": records})
    return records


def plan_facts(plan: Plan) -> dict[str, Any]:
    """A plan in plain values; its version stands beside it in a manifest, and version 1 had no cohorts."""
    facts = {
        "patients": plan.patients,
        "baselines": plan.baselines,
        "kinds": list(plan.kinds),
        "levels": list(plan.levels),
        "slab": plan.slab,
        "train": plan.train,
        "calibration": plan.calibration,
        "standard": plan.standard,
    }
    return facts if plan.version == 1 else {**facts, "cohort": plan.cohort}


def _versions(plan: Plan) -> dict[str, int]:
    return {"benchmark": plan.version, **_MADE_BY}


def read_manifest(out: Path | str) -> dict[str, Any]:
    """The manifest of made cases; raises :class:`InputError` when there is none or it is of another version."""
    path = Path(out) / MANIFEST
    if not path.is_file():
        raise InputError(f"{out} holds no benchmark: run gananomaly benchmark --out {out} first.")
    return _check_manifest(path) or {}


def _case(spec: CaseSpec, plan: Plan, folder: Path, cancel: CancelToken) -> dict[str, Any]:
    """The record of a case that is there and whole, else of one just made."""
    held = _held(spec, plan, folder / spec.name)
    if held is not None:
        return held
    case = make_case(spec, plan.slab, cancel.check)
    with disk_errors(folder, "the cases"), growing(folder / spec.name) as part:
        write_volume(case.volume, part / CT)
        write_volume(case.volume.like(case.mask.astype("uint8")), part / MASK)
        files = {name: model_hash(part / name) for name in (CT, MASK)}
        write_json(part / FACTS, {**_versions(plan), "files": files, **case.record})
        # Nobody waits for a case any more that was stopped half-way: it must not appear afterwards.
        cancel.check()
    return case.record


def _held(spec: CaseSpec, plan: Plan, folder: Path) -> dict[str, Any] | None:
    """The record of a finished case whose files still hold what it says, with this plan's slab."""
    try:
        record = read_object(folder / FACTS)
        if any(record.pop(name) != version for name, version in _versions(plan).items()):
            return None
        if (record["name"], record["seed"], record["source"]) != (spec.name, spec.seed, spec.source):
            return None
        # The files' own hashes, which take no unpacking; they are this folder's, since compression may differ.
        if any(model_hash(folder / name) != value for name, value in record.pop("files").items()):
            return None
        record["slices"] = list(slab_around(record["middle"], plan.slab, record["count"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GANAnomalyError):
        # Missing, damaged or changed by hand: made again.
        return None
    return record


def _check_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest at ``path``, None without one; raises :class:`InputError` for one of another version."""
    if not path.exists():
        return None
    try:
        data = read_object(path)
        version, held = data["benchmark"], {name: data[name] for name in _MADE_BY}
        checked(list[dict[str, Any]], data["cases"], "cases")
    except (InputError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} is not a benchmark's manifest: choose another output folder, or remove it.", str(error)
        ) from error
    if version not in VERSIONS or held != _MADE_BY:
        raise InputError(
            f"{path.parent} holds version {version} of the benchmark and this program has {_words(VERSIONS)} (or its "
            "patients or anomalies are of another version): choose another output folder."
        )
    return data


def _words(versions: tuple[int, ...]) -> str:
    return " and ".join(str(version) for version in versions)
