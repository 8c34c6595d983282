"""A film of one slice being projected: the target beside the current synthesis, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...errors import InputError
from ...files import whole
from .reference_projection import to_picture

ENDINGS = (".gif", ".mp4")
_STRIP = 24
"""Pixels of the caption below the pictures; even, since H.264 needs even sides."""
_HOLD_SECONDS = 1.0
"""How long the last frame of a GIF stays before it starts again."""
_GIF_STEP_MS = 10
"""GIF delays are stored in hundredths of a second."""


class ProgressVideo:
    """Collects frames of one slice during a projection and writes them as GIF or MP4, told by the file's ending.

    Use it as ``on_step`` of a projection, then call :meth:`write`. Memory stays bounded whatever the number of steps:
    frames are 8 bit, and once ``max_frames`` are held, every second one is dropped and from then on only every second
    step is kept. The last step is always shown.

    Parameters
    ----------
    path: where to write; ``.gif`` needs nothing more, ``.mp4`` needs the packages imageio and imageio-ffmpeg.
    target: (R, R) or (1 or 3, R, R) in [-1, 1].
    index: which picture of the projected batch is filmed.
    max_frames: at least 2. fps: frames a second. panel: side of each of the two pictures in pixels, at least 32.

    Raises
    ------
    InputError: for another ending, or ``.mp4`` without its encoder; at once, before the projection's minutes are spent.
    """

    def __init__(
        self,
        path: Path | str,
        target: np.ndarray,
        index: int = 0,
        max_frames: int = 150,
        fps: int = 15,
        panel: int = 256,
    ) -> None:
        self.path = Path(path)
        self.ending = self.path.suffix.lower()
        if self.ending not in ENDINGS:
            raise InputError(f"The video {self.path.name} has an unknown ending: name it .gif or .mp4.")
        if self.ending == ".mp4":
            _mp4_encoder()
        if max_frames < 2 or fps < 1 or panel < 32:
            raise InputError("A video needs at least 2 frames, 1 frame a second and pictures of 32 pixels.")
        self.index, self.max_frames, self.fps = index, max_frames, fps
        self.panel = panel + panel % 2
        self._target = self._resized(target)
        self._frames: list[np.ndarray] = []
        self._latest: tuple[int, np.ndarray, float] | None = None
        self._stride = 1
        self._calls = 0

    def __call__(self, step: int, images: Any, distances: Any) -> None:
        """Note one step: its number, the pictures (N, C, R, R) in [-1, 1] and distances (N,), arrays or tensors."""
        image = np.array(_as_array(images[self.index]), dtype=np.float32)
        distance = float(distances[self.index])
        kept = self._calls % self._stride == 0
        self._calls += 1
        self._latest = None if kept else (step, image, distance)
        if not kept:
            return
        self._frames.append(self._frame(step, image, distance))
        if len(self._frames) >= self.max_frames:
            self._frames = self._frames[::2]
            self._stride *= 2
            # Dropping every second frame may drop the newest, which is then the latest step not among the frames.
            if (self._calls - 1) % self._stride != 0:
                self._latest = (step, image, distance)

    @property
    def frames(self) -> list[np.ndarray]:
        """What would be written now: uint8 (height, width) grey or (height, width, 3), oldest first."""
        last = [] if self._latest is None else [self._frame(*self._latest)]
        return self._frames + last

    def write(self) -> Path:
        """Write the file, whole or not at all, and return its path. InputError when nothing was filmed or no room."""
        frames = self.frames
        if not frames:
            raise InputError(f"The video {self.path.name} has no frames: the projection did not make a step.")
        with whole(self.path, "the film", ending=self.ending, advice="choose another place for the film") as part:
            if self.ending == ".gif":
                _write_gif(part, frames, self.fps)
            else:
                _write_mp4(part, frames, self.fps)
        return self.path

    def _resized(self, image: np.ndarray) -> Image.Image:
        """A square picture of the panel's size: pixels enlarged as they are, or averaged down."""
        picture = Image.fromarray(to_picture(image))
        how = Image.Resampling.NEAREST if max(picture.size) <= self.panel else Image.Resampling.BOX
        return picture.resize((self.panel, self.panel), how)

    def _frame(self, step: int, image: np.ndarray, distance: float) -> np.ndarray:
        current = self._resized(image)
        mode = "RGB" if "RGB" in (current.mode, self._target.mode) else "L"
        frame = Image.new(mode, (2 * self.panel, self.panel + _STRIP))
        frame.paste(self._target.convert(mode), (0, 0))
        frame.paste(current.convert(mode), (self.panel, 0))
        draw = ImageDraw.Draw(frame)
        draw.text((4, self.panel + 6), "target", fill="white", font=_font())
        caption = f"step {step}" if self.panel < 128 else f"step {step}   distance {distance:.4g}"
        draw.text((self.panel + 4, self.panel + 6), caption, fill="white", font=_font())
        pixels: np.ndarray = np.asarray(frame).copy()
        return pixels


def _font() -> Any:
    return ImageFont.load_default()


def _as_array(image: Any) -> np.ndarray:
    """An array, also from a tensor on any device."""
    return image.detach().float().cpu().numpy() if hasattr(image, "detach") else np.asarray(image)


def _mp4_encoder() -> Any:
    """imageio's writer module; InputError when it or its ffmpeg is not installed."""
    try:
        import imageio.v2 as imageio
        import imageio_ffmpeg

        imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise InputError(
            "An .mp4 video needs the packages imageio and imageio-ffmpeg: install them, or name the video .gif.",
            str(error),
        ) from error
    return imageio


def _write_gif(path: Path, frames: list[np.ndarray], fps: int) -> None:
    pictures = [Image.fromarray(frame) for frame in frames]
    delay = max(2 * _GIF_STEP_MS, round(1000 / fps / _GIF_STEP_MS) * _GIF_STEP_MS)
    durations = [delay] * (len(pictures) - 1) + [round(_HOLD_SECONDS * 1000)]
    pictures[0].save(
        path, format="GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0, optimize=False
    )


def _write_mp4(path: Path, frames: list[np.ndarray], fps: int) -> None:
    imageio = _mp4_encoder()
    with imageio.get_writer(str(path), format="FFMPEG", fps=fps, codec="libx264", macro_block_size=2) as writer:
        for frame in frames:
            writer.append_data(frame)
