"""The StyleGAN2 detector: explain each slice by the closest image the generator can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import GANAnomalyError, InputError, out_of_memory
from ...models.registry import LoadedModel
from ...running.progress import CancelToken, ProgressCallback
from ..base import DetectorOptions, SliceResult, State, register
from .film import Film
from .settings import FAST_ONLY, StyleGAN2Settings

if TYPE_CHECKING:
    from .reference_projection import StepCallback

FAST_STEPS = 20
REFERENCE_STEPS = 1000
REFERENCE_BATCH = 8
FAST_BATCH_AT_128 = 16


@register("stylegan2")
class StyleGAN2Detector:
    """Projection into the generator's w space; see :mod:`.fast_projection` and :mod:`.reference_projection`.

    ``options.settings`` are those of :class:`~.stylegan2_settings.StyleGAN2Settings`.
    """

    name = "stylegan2"

    def __init__(self) -> None:
        self.notes: list[str] = []

    def load(self, model: LoadedModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for another kind of model or settings it does not know."""
        if model.card.kind != "stylegan2":
            raise InputError(
                f"The model {model.card.name!r} is a {model.card.kind} model: the stylegan2 detector cannot use it."
            )
        self.settings = StyleGAN2Settings.parse(options.settings, options.mode, model.generator.c_dim)
        self.model, self.options = model, options
        self.generator = model.generator.to(options.device)
        self.encoder = None if model.encoder is None else model.encoder.to(options.device)

    def detect(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. RGB networks get the slice in all channels; their mean comes back."""
        targets = np.repeat(slices[:, None].astype(np.float32, copy=False), self.generator.img_channels, axis=1)
        run = self._reference if self.options.mode == "reference" else self._fast
        film = self._film(targets, indices)
        known = self._usable(known or {}, indices, film)
        for position, image, w, steps in run(targets, indices, progress, cancel, known, film):
            picture = np.clip(image.mean(0), -1, 1).astype(np.float32)
            if film is not None and indices[position] == film.index:
                film.write()
            yield SliceResult(indices[position], picture, state={"w": w}, info={"steps": steps})

    def _fast_settings(self) -> dict[str, Any]:
        """The card's, and over them the request's; nothing for the published projection."""
        if self.options.mode == "reference":
            return {}
        return {**_recommended(self.model.card.recommended.get("fast")), **self.settings.fast}

    def _film(self, targets: np.ndarray, indices: list[int]) -> Film | None:
        path, index = self.settings.video, self.settings.video_slice
        if path is None:
            return None
        index = indices[0] if index is None else index
        if index not in indices:
            raise InputError(f"Slice {index} cannot be filmed: it is not among the slices that are analysed.")
        return Film(path, index, targets[indices.index(index)])

    def _usable(self, known: Mapping[int, State], indices: list[int], film: Film | None) -> dict[int, State]:
        """Without slices whose state does not fit, and those whose film or projection has still to be made."""
        folder, size = self.settings.projections, (self.generator.w_dim,)
        if self._fast_settings().get("latent") == "w+":
            size = (self.generator.num_ws, *size)
        return {
            index: state
            for index, state in known.items()
            if state.get("w", np.empty(0)).shape == size
            and (film is None or index != film.index)
            and (folder is None or (projection_folder(folder, index) / "projected_w.npz").is_file())
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

        options, card = self.options, self.model.card
        chosen = self._fast_settings()
        steps = int(card.recommended.get("steps", FAST_STEPS)) if options.steps is None else options.steps
        if chosen.get("grain_steps"):
            if film is not None:
                raise InputError("The fitting of grain cannot be filmed: leave grain_steps or save_video out.")
            self.notes.append(
                "Grain was explained too: faint anomalies are hidden, and what the model calls usual does not hold."
            )
        size = targets.shape[-1]
        batch = options.batch or max(1, min(64, FAST_BATCH_AT_128 * 128 * 128 // (size * size)))
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

        options, settings = self.options, self.settings
        steps = REFERENCE_STEPS if options.steps is None else options.steps
        features = None if settings.vgg16 is None else VGG16Features.from_file(settings.vgg16)
        statistics = w_statistics(self.generator, label=settings.label)
        todo = list(range(len(indices)))
        batch = options.batch or REFERENCE_BATCH
        while todo:
            rows = todo[:batch]
            # As in the fast mode, batches do not depend on what is known, so that the numbers do not either.
            fresh = [row for row in rows if indices[row] not in known]
            if not fresh:
                todo = todo[batch:]
                continue
            done, now = len(indices) - len(todo), len(rows)

            def part(fraction: float, message: str, done: int = done, now: int = now) -> None:
                progress(
                    (done + fraction * now) / len(indices),
                    f"Slices {done + 1}-{done + now} of {len(indices)}: {message}",
                )

            try:
                result = project_reference(
                    self.generator,
                    targets[rows],
                    steps=steps,
                    seed=options.seed,
                    features=features,
                    statistics=statistics,
                    label=settings.label,
                    optimise_noise=settings.optimise_noise,
                    progress=part,
                    cancel=cancel,
                    on_step=_one_row(film, [indices[row] for row in rows]),
                )
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, GANAnomalyError) or not out_of_memory(error) or batch == 1:
                    raise
                batch = max(batch // 2, 1)
                self.notes.append(f"Memory ran out: the batch was halved to {batch} slices.")
                continue
            for row in fresh:
                at = rows.index(row)
                if settings.projections is not None:
                    save_projection(projection_folder(settings.projections, indices[row]), targets[row], result, at)
                yield row, result.images[at], result.ws[at, 0], steps
            todo = todo[batch:]


def projection_folder(folder: Path, index: int) -> Path:
    """Where the published files of a slice go."""
    return folder / f"slice_{index:04d}"


def _recommended(fast: Any) -> dict[str, Any]:
    """A card's settings of the fast mode; raises :class:`InputError` when they are not usable."""
    if not isinstance(fast, dict | None):
        raise InputError("The model's card recommends settings that cannot be read: get the model again.")
    known = {name: value for name, value in (fast or {}).items() if name in FAST_ONLY}
    return StyleGAN2Settings.parse(known, "fast", 0).fast


def _one_row(film: Film | None, names: list[int]) -> StepCallback | None:
    if film is None or film.index not in names:
        return None
    row = names.index(film.index)
    return lambda step, images, losses: film(step, images[row : row + 1], losses[row : row + 1])
