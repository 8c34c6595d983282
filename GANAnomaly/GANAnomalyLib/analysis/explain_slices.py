"""Every slice explained by the detector, kept as soon as it is done, and gone on with after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import starmap

import numpy as np

from ..detectors.kinds import find_kind
from ..errors import GANAnomalyError, InputError, OutOfMemory, option, out_of_memory
from ..running.messages import Message
from ..running.progress import ProgressCallback
from ..running.seeded import seeded
from ..score import to_gray8
from ..score.depth import smoothed_along_z
from ..score.map_scores import MapScores
from ..score.own_scores import OwnScores
from ..volume.colour_channels import grey_levels
from .analysis_state import Analysis, Explained, OwnScoring


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Explain the slices."""
    try:
        analysis.explained = _explain(analysis, progress)
    except InputError:
        analysis.work.drop_if_unused()
        raise


def _explain(analysis: Analysis, progress: ProgressCallback) -> Explained:
    detector, prepared = analysis.detector, analysis.prepared
    out = np.zeros_like(prepared.originals)
    places = {index: position for position, index in enumerate(prepared.indices)}
    kept = {index: item for index, item in analysis.work.load_slices(out.shape[1:]).items() if index in places}
    for index, (picture, _) in kept.items():
        out[places[index]] = picture
    known = {index: state for index, (_, state) in kept.items()}
    arrays = {name: tensor.numpy() for name, tensor in analysis.model.calibration.items()}
    maps = MapScores.of_model(analysis.model.card.resolution, arrays if analysis.request.calibrate else {})
    scores = {
        index: own_scores(state.get("anomaly"), state.get("windows"), kept[index][0], maps)
        for index, state in known.items()
    }
    try:
        # Also when every slice is known: a film or projections may have to be made yet.
        with seeded(analysis.request.seed, analysis.device):
            for item in detector.explain(prepared.targets, prepared.indices, progress, analysis.cancel, known):
                picture = to_gray8(analysis.resolved.shown(item.reconstruction))
                out[places[item.index]] = picture
                scores[item.index] = own_scores(item.anomaly, item.windows, picture, maps)
                analysis.work.save_slice(item.index, picture, item.state)
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, GANAnomalyError) or not out_of_memory(error):
            raise
        raise OutOfMemory(
            f"Memory ran out even for a single slice: close other programs, or use {option('device', 'cpu')}.",
            str(error),
        ) from error
    notes = [*prepared.warnings, *detector.notes]
    if known:
        notes.append(Message("resumed", number=len(known), count=len(places)))
    own = [scores.get(index) for index in prepared.indices]
    whole = [score for score in own if score is not None]
    if len(whole) != len(own):
        return Explained(out, None, notes, len(known))
    heights = np.array(prepared.indices) * prepared.stack.spacing_mm[0]
    smooth = dict(zip(prepared.indices, along_z(whole, heights, detector.depth_mm), strict=True))
    card = analysis.model.card
    mapped = find_kind(card.kind).maps(card.recommended, analysis.request.settings)
    unit = maps.unit(detector.unit) if mapped else detector.unit
    return Explained(out, OwnScoring(smooth, detector.metric, unit, detector.depth_mm > 0), notes, len(known))


def own_scores(
    anomaly: np.ndarray | None, windows: np.ndarray | None, picture: np.ndarray, maps: MapScores
) -> OwnScores | None:
    """A detector's own scores of a slice: as it gives them, or those of the patches of its anomaly map."""
    if anomaly is not None and windows is None:
        return maps.scores(anomaly, grey_levels(picture))
    return OwnScores.of(anomaly, windows)


def along_z(scores: list[OwnScores], heights_mm: np.ndarray, spread_mm: float) -> Iterator[OwnScores]:
    """The scores of slices averaged along z, see :func:`~..score.depth.smoothed_along_z`."""
    parts = ([score.heat for score in scores], [score.windows for score in scores])
    return starmap(OwnScores, zip(*(smoothed_along_z(maps, heights_mm, spread_mm) for maps in parts), strict=True))
