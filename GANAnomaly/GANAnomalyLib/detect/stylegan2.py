"""The StyleGAN2 detector: explain each slice by the closest image the generator can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..errors import GANAnomalyError, InputError
from ..models.registry import LoadedModel
from ..progress import CancelToken, ProgressCallback
from .base import DetectorOptions, SliceResult, State, register

FAST_STEPS = 20
REFERENCE_STEPS = 1000
REFERENCE_BATCH = 8
FAST_BATCH_AT_128 = 16
SETTINGS = ("learning_rate", "anchor_weight", "stop", "vgg16", "optimise_noise")


@register("stylegan2")
class StyleGAN2Detector:
    """Projection into the generator's w space; see :mod:`.fast_projection` and :mod:`.reference_projection`.

    ``options.settings`` may hold ``vgg16`` (path of torchvision's VGG16 weights: perceptual features in reference
    mode), ``optimise_noise`` (reference mode, default true as published), ``learning_rate``, ``anchor_weight`` and
    ``stop`` (fast mode).
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
        unknown = sorted(set(options.settings) - set(SETTINGS))
        if unknown:
            raise InputError(f"The stylegan2 detector has no setting {unknown[0]!r}; it has: {', '.join(SETTINGS)}.")
        if options.mode == "fast" and options.settings.get("vgg16"):
            raise InputError("VGG16 features belong to the published projection: add --mode reference.")
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
        for position, image, w, steps in run(targets, indices, progress, cancel, known or {}):
            picture = np.clip(image.mean(0), -1, 1).astype(np.float32)
            yield SliceResult(indices[position], picture, state={"w": w}, info={"steps": steps})

    def _fast(
        self,
        targets: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State],
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, int]]:
        from .fast_projection import FastSettings, project_fast

        options, card = self.options, self.model.card
        chosen = {**card.recommended.get("fast", {}), **options.settings}
        known = {key: float(chosen[key]) for key in ("learning_rate", "anchor_weight", "stop") if key in chosen}
        steps = options.steps or int(card.recommended.get("steps", FAST_STEPS))
        size = targets.shape[-1]
        batch = options.batch or max(1, min(64, FAST_BATCH_AT_128 * 128 * 128 // (size * size)))
        yield from project_fast(
            self.generator,
            self.encoder,
            targets,
            indices,
            FastSettings(steps=steps, **known),
            batch,
            options.seed,
            options.device,
            progress,
            cancel,
            self.notes,
            {index: state["w"] for index, state in known.items()},
        )

    def _reference(
        self,
        targets: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State],
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, int]]:
        from .fast_projection import out_of_memory
        from .features import VGG16Features
        from .reference_projection import project_reference, w_statistics

        options = self.options
        steps = options.steps or REFERENCE_STEPS
        vgg16 = options.settings.get("vgg16")
        features = VGG16Features.from_file(Path(vgg16)) if vgg16 else None
        statistics = w_statistics(self.generator)
        todo = [row for row, index in enumerate(indices) if index not in known]
        batch = options.batch or REFERENCE_BATCH
        while todo:
            rows = todo[:batch]

            def part(fraction: float, message: str, done: int = len(indices) - len(todo), now: int = len(rows)) -> None:
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
                    optimise_noise=bool(options.settings.get("optimise_noise", True)),
                    progress=part,
                    cancel=cancel,
                )
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, GANAnomalyError) or not out_of_memory(error) or batch == 1:
                    raise
                batch = max(batch // 2, 1)
                self.notes.append(f"Memory ran out: the batch was halved to {batch} slices.")
                continue
            for row, image, w in zip(rows, result.images, result.ws, strict=True):
                yield row, image, w[0], steps
            todo = todo[len(rows) :]
