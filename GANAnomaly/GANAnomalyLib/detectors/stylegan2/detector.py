"""The StyleGAN2 detector: explain each slice by the closest image the generator can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import GANAnomalyError, InputError, out_of_memory
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import Detector, DetectorOptions, SliceResult, State
from .film import Film
from .load import StyleGAN2Model
from .settings import StyleGAN2Settings, recommended_settings

if TYPE_CHECKING:
    from .reference_projection import StepCallback

FAST_STEPS = 20
REFERENCE_STEPS = 1000
REFERENCE_BATCH, REFERENCE_BATCH_ON_A_CARD = 8, 32
FAST_BATCH_AT_128, FAST_BATCH_AT_128_ON_A_CARD = 16, 128
"""Slices at a time; a card waits for its next small task otherwise. No slice's result depends on its batch."""


class StyleGAN2Detector(Detector):
    """Projection into the generator's w space; see :mod:`.fast_projection` and :mod:`.reference_projection`.

    ``options.settings`` are those of :class:`~.settings.StyleGAN2Settings`.
    """

    def __init__(self, model: StyleGAN2Model, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for settings that do not exist or do not fit it."""
        super().__init__(model, options)
        self.settings = StyleGAN2Settings.read(options.settings, options.mode)
        self.label = self.settings.label(model.generator.c_dim) if options.mode == "reference" else None
        self.card, self.generator, self.encoder = model.card, model.generator, model.encoder
        self.colours = model.channels == 3

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. RGB networks get a grey slice in all channels; their mean comes back."""
        targets, grey = slices.astype(np.float32, copy=False), slices.ndim == 3
        if grey:
            targets = np.repeat(targets[:, None], self.generator.img_channels, axis=1)
        run = self._reference if self.options.mode == "reference" else self._fast
        film = self._film(targets, indices)
        known = self._usable(known or {}, indices, film)
        for position, image, w, steps in run(targets, indices, progress, cancel or CancelToken(), known, film):
            picture = np.clip(image.mean(0) if grey else image, -1, 1).astype(np.float32)
            if film is not None and indices[position] == film.index:
                film.write()
            yield SliceResult(indices[position], picture, state={"w": w}, info={"steps": steps})

    def _fast_settings(self) -> dict[str, Any]:
        """The card's, and over them the request's; nothing for the published projection."""
        if self.options.mode == "reference":
            return {}
        return {**recommended_settings(self.card.recommended.get("fast")), **self.settings.fast}

    def _film(self, targets: np.ndarray, indices: list[int]) -> Film | None:
        path, index = self.settings.save_video, self.settings.video_slice
        if path is None:
            return None
        index = indices[0] if index is None else index
        if index not in indices:
            raise InputError(f"Slice {index} cannot be filmed: it is not among the slices that are analysed.")
        return Film(Path(path), index, targets[indices.index(index)])

    def _usable(self, known: Mapping[int, State], indices: list[int], film: Film | None) -> dict[int, State]:
        """Without slices whose state does not fit, and those whose film or projection has still to be made."""
        folder = self.settings.projections
        size: tuple[int, ...] = (self.generator.w_dim,)
        if self._fast_settings().get("latent") == "w+":
            size = (self.generator.num_ws, *size)
        return {
            index: state
            for index, state in known.items()
            if state.get("w", np.empty(0)).shape == size
            and (film is None or index != film.index)
            and (folder is None or (projection_folder(Path(folder), index) / "projected_w.npz").is_file())
        }

    def _fast(
        self,
        targets: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State],
        film: Film | None,
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, int]]:
        from .fast_projection import FastSettings, project_fast

        options, card = self.options, self.card
        chosen = self._fast_settings()
        steps = int(card.recommended.get("steps", FAST_STEPS)) if options.steps is None else options.steps
        if chosen.get("grain_steps"):
            if film is not None:
                raise InputError("The fitting of grain cannot be filmed: leave grain_steps or save_video out.")
            self.notes.append(Message("grain_explained"))
        batch = options.batch or fast_batch(targets.shape[-1], options.device)
        yield from project_fast(
            self.generator,
            self.encoder,
            targets,
            indices,
            FastSettings(steps=steps, **chosen),
            batch,
            options.seed,
            options.device,
            progress,
            cancel,
            self.notes,
            {index: state["w"] for index, state in known.items()},
            None if film is None else film.index,
            film,
        )

    def _reference(
        self,
        targets: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State],
        film: Film | None,
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, int]]:
        from .features import VGG16Features
        from .reference_projection import project_reference, save_projection, w_statistics
        from .vgg16_file import weights_notice

        options, settings = self.options, self.settings
        steps = REFERENCE_STEPS if options.steps is None else options.steps
        features = None
        if settings.vgg16 is not None:
            weights = Path(settings.vgg16)
            features = VGG16Features.from_file(weights)
            self.notes += weights_notice(weights)
        statistics = w_statistics(self.generator, label=self.label)
        todo = list(range(len(indices)))
        on_card = options.device.startswith("cuda")
        batch = options.batch or (REFERENCE_BATCH_ON_A_CARD if on_card else REFERENCE_BATCH)
        while todo:
            rows = todo[:batch]
            # As in the fast mode, batches do not depend on what is known, so that the numbers do not either.
            fresh = [row for row in rows if indices[row] not in known]
            if not fresh:
                todo = todo[batch:]
                continue
            done, now = len(indices) - len(todo), len(rows)

            def part(fraction: float, message: Message, done: int = done, now: int = now) -> None:
                progress(
                    (done + fraction * now) / len(indices),
                    Message("several_slices", first=done + 1, last=done + now, count=len(indices), doing=message),
                )

            try:
                result = project_reference(
                    self.generator,
                    targets[rows],
                    steps=steps,
                    seed=options.seed,
                    features=features,
                    statistics=statistics,
                    label=self.label,
                    optimise_noise=settings.optimise_noise is not False,
                    progress=part,
                    cancel=cancel,
                    on_step=_one_row(film, [indices[row] for row in rows]),
                )
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, GANAnomalyError) or not out_of_memory(error) or batch == 1:
                    raise
                batch = max(batch // 2, 1)
                self.notes.append(Message("batch_halved_slices", batch=batch))
                continue
            for row in fresh:
                at = rows.index(row)
                if settings.projections is not None:
                    save_projection(
                        projection_folder(Path(settings.projections), indices[row]), targets[row], result, at
                    )
                yield row, result.images[at], result.ws[at, 0], steps
            todo = todo[batch:]


def fast_batch(size: int, device: str) -> int:
    """Slices of ``size`` pixels at a time: 1 to 64, up to 256 on a graphics card."""
    at_128, most = (FAST_BATCH_AT_128_ON_A_CARD, 256) if device.startswith("cuda") else (FAST_BATCH_AT_128, 64)
    return max(1, min(most, at_128 * 128 * 128 // (size * size)))


def projection_folder(folder: Path, index: int) -> Path:
    """Where the published files of a slice go."""
    return folder / f"slice_{index:04d}"


def _one_row(film: Film | None, names: list[int]) -> StepCallback | None:
    if film is None or film.index not in names:
        return None
    row = names.index(film.index)
    return lambda step, images, losses: film(step, images[row : row + 1], losses[row : row + 1])


DETECTOR = StyleGAN2Detector
