"""Latents for a batch of pictures: the published search, or the fast one that analyses use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import GANAnomalyError, out_of_memory
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from ..latents import one_hot
from ..picture_maker import PictureMaker
from ..projection_options import ProjectOptions

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.stylegan2.film import Film
    from GANAnomalyLib.detectors.stylegan2.reference_projection import ProjectionResult

REFERENCE_BATCH_AT_128 = 8
LONELY = 4
"""Without an encoder the search starts far away and takes this many times as many steps."""


@dataclass(frozen=True)
class Projection:
    """What was found for N pictures, and in how many steps each."""

    found: ProjectionResult
    steps: list[int]


class ProjectionSearch:
    """Projects pictures onto one model. Each picture's result is its own: no other picture of its batch changes it.

    Raises :class:`InputError` for a class or weights that do not fit.
    """

    def __init__(self, maker: PictureMaker, options: ProjectOptions, batch: int | None = None) -> None:
        self.maker, self.options = maker, options
        self.generator, self.device = maker.generator, maker.device
        size = self.generator.img_resolution
        self.batch = batch or max(1, min(64, REFERENCE_BATCH_AT_128 * 128 * 128 // (size * size)))
        self.notes: list[str] = []
        if options.mode == "reference":
            self._open_reference()
        else:
            self._open_fast()

    def solve(
        self,
        targets: np.ndarray,
        films: Sequence[Film | None],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Projection:
        """Project ``targets`` (N, C, R, R) float32 in [-1, 1]; ``films`` follow the steps of each.

        When memory runs out the batch is halved, down to one picture; ``notes`` then says so.
        """
        try:
            # In a thread, as one step of a large network takes longer than a person who cancels should wait; the
            # thread looks at the same token and ends with its step.
            return cancellable(lambda told: self._search(targets, films, told, cancel), cancel, progress)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, GANAnomalyError) or not out_of_memory(error) or len(targets) == 1:
                raise
        half = len(targets) // 2
        if half < self.batch:
            self.batch = half
            self.notes.append(f"Memory ran out: the batch was halved to {half} pictures.")
        if self.device.startswith("cuda"):
            import torch

            torch.cuda.empty_cache()
        first = self.solve(targets[:half], films[:half], part(progress, 0.0, half / len(targets)), cancel)
        second = self.solve(targets[half:], films[half:], part(progress, half / len(targets), 1.0), cancel)
        return Projection(_joined(first.found, second.found), first.steps + second.steps)

    def _open_reference(self) -> None:
        from GANAnomalyLib.detectors.stylegan2.features import VGG16Features
        from GANAnomalyLib.detectors.stylegan2.reference_projection import STEPS
        from GANAnomalyLib.detectors.stylegan2.vgg16_file import weights_notice

        options = self.options
        self.label = one_hot(options.class_index, self.generator.c_dim)
        self.features = None
        if options.vgg16 is not None:
            self.features = VGG16Features.from_file(options.vgg16)
            self.notes += weights_notice(options.vgg16)
        self.steps = STEPS if options.steps is None else options.steps
        self.statistics: tuple[np.ndarray, float] | None = None
        self._search: Callable[..., Projection] = self._reference

    def _open_fast(self) -> None:
        from GANAnomalyLib.detectors.stylegan2.detector import FAST_STEPS
        from GANAnomalyLib.detectors.stylegan2.fast_projection import FastSettings, Starter
        from GANAnomalyLib.detectors.stylegan2.settings import recommended_settings

        model, options = self.maker.model, self.options
        fast = model.card.recommended.get("fast")
        chosen = recommended_settings(fast if isinstance(fast, dict) else None)
        chosen.pop("latent", None)  # its own choice here
        if not options.warp:
            chosen["warp_steps"] = 0
        if options.steps is not None:
            self.steps = options.steps
        else:
            recommended = model.card.recommended.get("steps", FAST_STEPS)
            self.steps = int(recommended if isinstance(recommended, int) else FAST_STEPS)
            self.steps *= LONELY if model.encoder is None else 1
        self.settings = FastSettings(steps=self.steps, **chosen)
        encoder = None if model.encoder is None else model.encoder.to(self.device)
        self.starter = Starter(self.generator, encoder, options.seed)
        self._search = self._fast

    def _reference(
        self, targets: np.ndarray, films: Sequence[Film | None], progress: ProgressCallback, cancel: CancelToken
    ) -> Projection:
        from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference, w_statistics

        if self.statistics is None:
            self.statistics = w_statistics(self.generator, label=self.label)

        def follow(step: int, images, losses) -> None:
            for row, film in enumerate(films):
                if film is not None:
                    film(step, images[row : row + 1], losses[row : row + 1])

        found = project_reference(
            self.generator,
            targets,
            steps=self.steps,
            seed=self.options.seed,
            features=self.features,
            statistics=self.statistics,
            label=self.label,
            optimise_noise=self.options.optimise_noise,
            progress=progress,
            cancel=cancel,
            on_step=follow if any(films) else None,
        )
        return Projection(found, [self.steps] * len(targets))

    def _fast(
        self, targets: np.ndarray, films: Sequence[Film | None], progress: ProgressCallback, cancel: CancelToken
    ) -> Projection:
        import torch

        from GANAnomalyLib.detectors.stylegan2.fast_projection import pixel_loss, refine
        from GANAnomalyLib.detectors.stylegan2.reference_projection import ProjectionResult
        from GANAnomalyLib.score.warp import warp_to

        # The search follows one picture of a batch, so filmed ones go alone.
        rows = [slice(n, n + 1) for n in range(len(targets))] if any(films) else [slice(0, len(targets))]
        images, ws, losses, steps = [], [], [], []
        for number, row in enumerate(rows):
            target = torch.from_numpy(np.ascontiguousarray(targets[row], np.float32)).to(self.device)
            start = self.starter.start(target, list(range(len(target))))
            film = films[row.start]
            made, w, taken = refine(self.generator, target, start, self.settings, cancel.check, 0, film)
            made = warp_to(made, target, self.settings.warp, cancel.check)
            images.append(made.clamp(-1, 1).cpu().numpy())
            ws.append(w.cpu().numpy()[:, None])
            losses.append(pixel_loss(made, target).cpu().numpy())
            steps += [int(count) for count in taken]
            progress((number + 1) / len(rows), Message("searched_latents", number=row.stop, count=len(targets)))
        found = ProjectionResult(
            np.concatenate(ws),
            np.concatenate(images),
            np.concatenate(losses),
            self.generator.mapping.w_avg.detach().cpu().numpy(),
            0.0,
            self.generator.num_ws,
        )
        return Projection(found, steps)


def _joined(first: ProjectionResult, second: ProjectionResult) -> ProjectionResult:
    from dataclasses import replace

    ws, images, losses = (
        np.concatenate([getattr(r, name) for r in (first, second)]) for name in ("ws", "images", "losses")
    )
    return replace(first, ws=ws, images=images, losses=losses)
