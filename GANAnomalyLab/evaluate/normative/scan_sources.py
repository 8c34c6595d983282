"""From folders to scans: results as they are, CTs after an analysis each, and training scans as the model sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.batch.find_cases import Case
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress
from GANAnomalyLib.volume import read_volume

from .restored_scans import Scan, as_kept, find_scans, holds_results


def scans_of(
    path: Path | str,
    masks: Path | str | None,
    out: Path,
    template: AnalysisRequest,
    workers: int = 1,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Callable[[str], Any] = lambda sentence: None,
) -> list[Scan]:
    """The scans below ``path``: results that lie there, or CTs, analysed into ``out`` as ``template`` says.

    What was analysed before is taken again; ``say`` is told of a CT that cannot be, which is left out then with its
    mask.

    Raises
    ------
    InputError: nothing to analyse, no CT that can be, or masks and scans that do not belong together. Cancelled.
    """
    from GANAnomalyLib.batch import find_cases, run_batch

    cancel = cancel or CancelToken()
    if holds_results(path):
        return find_scans(path, masks)
    cases = find_cases(path)
    # Before the hours of analysis, not after.
    marked = {} if masks is None else masks_of(cases, masks)
    summary = run_batch(cases, template, out, workers, progress=progress, cancel=cancel)
    if summary.stopped:
        raise Cancelled()
    done = {row.case: out / row.result for row in summary.rows if row.result}
    for row in summary.rows:
        if not row.result:
            say(f"{row.case} is left out: {row.message}")
    if not done:
        raise InputError(f"None of the CTs in {path} could be analysed: {summary.rows[0].message}")
    return [Scan(name, folder, marked.get(name)) for name, folder in done.items()]


def masks_of(cases: Sequence[Case], masks: Path | str) -> dict[str, Path]:
    """A mask for each of the CTs, by name; one CT and one mask belong together whatever they are called.

    Raises :class:`InputError` naming CTs that have none.
    """
    from ...images.case_names import find_files, some

    marked = find_files(masks, "mask")
    if len(marked) == len(cases) == 1:
        return {cases[0].name: next(iter(marked.values()))}
    lacking = [case.name for case in cases if case.name not in marked]
    if lacking:
        raise InputError(f"There is no mask for {some(lacking)}: add it; they belong together by name.")
    return marked


def training_pictures(path: Path | str, template: AnalysisRequest, card: ModelCard) -> list[Callable[[], np.ndarray]]:
    """A function for each CT below ``path`` that gives its slices as the model sees them, (n, R, R) uint8.

    Raises :class:`InputError` when nothing is there; the functions do for a CT that cannot be used.
    """
    from GANAnomalyLib.batch import find_cases

    return [partial(_pictures, case.path, template, card) for case in find_cases(path)]


def _pictures(path: Path, template: AnalysisRequest, card: ModelCard) -> np.ndarray:
    import dataclasses

    volume = read_volume(path, None, template.allow_any, hu_offset=template.hu_offset, modality=card.modality)
    request = dataclasses.replace(template, input=str(path), region="full", mask=None, settings={})
    resolved = Resolved.of(request, card, volume)
    prepared = prepare(request, resolved, card, volume)
    # The way that results go: onto the CT's grid and back.
    window, level = resolved.window, resolved.level
    return as_kept(prepared.originals, prepared.frames, prepared.indices, window, level, volume.modality)
