"""A film that goes from seed to seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from GANAnomalyLib.files import write_whole
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .generate_options import GenerateOptions, check_frames
from .picture_maker import PictureMaker

FRAME_MS = 60


def path_of_latents(ends: np.ndarray, steps: int) -> np.ndarray:
    """Latents (M, num_ws, w_dim) from each of ``ends`` (N, num_ws, w_dim) to the next in ``steps``, and the last.

    Straight lines in w, where equal steps look alike (Karras et al. 2019, perceptual path length).
    """
    shares = np.arange(steps, dtype=np.float32)[:, None, None] / steps
    parts = [first + shares * (second - first) for first, second in pairwise(ends)]
    return np.concatenate([*parts, ends[-1:]]).astype(np.float32)


def write_interpolation(
    maker: PictureMaker,
    seeds: list[int],
    path: Path,
    options: GenerateOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Path:
    """Write the film as GIF, whole or not at all; returns its path. One noise for all frames, or it would flicker."""
    from PIL import Image

    from GANAnomalyLib.detectors.stylegan2.reference_projection import to_picture

    count = check_frames(len(seeds), options.interpolate)
    ends = maker.ws_of_seeds(seeds, options.truncation_psi, options.class_index)
    ws = path_of_latents(ends, options.interpolate)

    def frames() -> Iterator[Image.Image]:
        made = maker.pictures(ws, options.noise_mode, [seeds[0]] * count, cancel)
        for number, picture in enumerate(made, 1):
            progress(number / count, Message("made_frames", number=number, count=count))
            yield Image.fromarray(to_picture(picture))

    shown = frames()
    first = next(shown)
    return write_whole(
        path,
        lambda part: first.save(
            part, format="GIF", save_all=True, append_images=shown, duration=FRAME_MS, loop=0, optimize=False
        ),
        "the film",
    )
