"""The PICARD detector: hide the centre of each window, complete it with normal tissue, score what was there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from ...models.score_units import COMPLETION_DISTANCES
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress, part
from ..base import Detector, DetectorOptions, SliceResult, State
from .load import LoadedPicard
from .resolve_settings import picard_score, picard_settings


class PicardDetector(Detector):
    """Windows over each slice, see :mod:`.picard_heatmaps`.

    ``options.settings`` are those of :func:`.picard_options.picard_settings`; ``options.steps`` is the number of
    completions. Mode "fast" spends completions where they can matter, covers the slice up to its edge and leaves
    background out; "reference" is as published: every window all completions, whole windows only. With the setting
    ``score`` "restoration" the detector gives restored slices and leaves their scores to the score room.
    All slices have the same dropout, so that neighbours differ by what they show alone.
    """

    def __init__(self, model: LoadedPicard, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for settings that do not exist or do not fit it."""
        super().__init__(model, options)
        recommended = model.card.recommended.get("picard")
        self.settings = picard_settings(options, recommended)
        self.restores = picard_score(options, recommended) == "restoration"
        self.settings.check_for(model.picard)
        for network in model.networks():
            network.eval().requires_grad_(False)
        self.model, self.colours = model.picard, model.channels == 3
        self.metric = self.settings.metrics[0]
        self.unit = COMPLETION_DISTANCES[self.metric.rsplit("_", 1)[1]]

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. Where no hole was looked at, heat is 0 and the slice stands for itself."""
        from .heatmaps import heatmaps

        cancel = cancel or CancelToken()
        hole = self.settings.sizes(self.model)[1]
        done = {
            index for index, state in (known or {}).items() if self.restores or _usable(state, slices.shape[-2:], hole)
        }
        for position, (pixels, index) in enumerate(zip(slices, indices, strict=True)):
            if index in done:
                continue
            cancel.check()
            stretch = part(progress, position / len(indices), (position + 1) / len(indices))

            def report(
                fraction: float, message: Message, number: int = position + 1, stretch: ProgressCallback = stretch
            ) -> None:
                stretch(fraction, Message("one_slice", number=number, count=len(indices), doing=message))

            found = heatmaps(self.model, pixels, self.settings, progress=report, cancel=cancel)
            for note in found.notes:
                if note not in self.notes:
                    self.notes.append(note)
            if found.notes:
                # What did not fit once need not be tried on every slice.
                self.settings = dataclasses.replace(self.settings, batch=found.batch)
            restored = np.clip(found.reconstruction, -1, 1).astype(np.float32)
            info = {"completions": int(found.completions.sum()), "windows": int((found.completions > 0).sum())}
            if self.restores:
                yield SliceResult(index, restored, info=info)
                continue
            heat, windows = np.nan_to_num(found.map(), nan=0.0), found.windows()
            state = {"anomaly": heat, "windows": windows}
            yield SliceResult(index, restored, anomaly=heat, windows=windows, state=state, info=info)


def _usable(state: State, shape: tuple[int, ...], hole: int) -> bool:
    """Whether an earlier run's state is of slices of this shape and of this hole."""
    fitting = tuple(side - hole + 1 for side in shape)
    return (
        state.get("anomaly", np.empty(0)).shape == tuple(shape) and state.get("windows", np.empty(0)).shape == fitting
    )


DETECTOR = PicardDetector
