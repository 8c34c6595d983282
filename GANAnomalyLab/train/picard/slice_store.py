"""Normal volumes or pictures as a pool of framed slices, in a file, so that memory holds a batch, not a cohort."""

from __future__ import annotations

import contextlib
import dataclasses
import glob
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.batch.find_cases import PICTURES, Case, find_cases
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors, replace, write_json
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.files.typed_values import checked
from GANAnomalyLib.modalities import CT, modality_code
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress
from GANAnomalyLib.volume import AxialStack, Frames, boxes_of, modality_of, read_volume
from GANAnomalyLib.volume.framing import PlaneBox

from .patch_pool import Pool, window_shares
from .picard_config import PicardConfig

Say = Callable[[str], None]
STEP = 8
"""Framed images have sides divisible by this, as windows have."""
_RULE = 2
"""Which rule slices are framed and chosen by: what an earlier one made is made anew."""
_NAMED = 16
"""Letters of the data's hash in the name of the file of its pixels."""


def read_pool(
    config: PicardConfig,
    source: str | None,
    store: Path,
    side: int | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
) -> Pool:
    """Read the normal slices below ``source``, framed and windowed as the model's card will say.

    Parameters
    ----------
    source: a folder of volumes or pictures, or one file.
    store: where the framed slices go (``store``.json, and ``store``-HASH.raw, which it names); they are read from there
        when the same data is asked for again. They hold pixels and hashes, no names.
    side: pixels of a framed image; None for ``config.resolution``, or else what the first case has.
    say: told, in sentences, of what was left out.

    Raises
    ------
    InputError: nothing usable is there, or images are smaller than a window.
    """
    cancel = cancel or CancelToken()
    if source is None:
        raise InputError("Nothing to train on was named: give a folder of normal volumes or pictures with --data.")
    cases = _cases(config, Path(source))
    side = side or config.resolution
    mark = _mark(config, cases, side)
    known = _stored(store, mark)
    if known is not None:
        return known
    writer = _Writer(store)
    left_out: list[InputError] = []
    try:
        for number, case in enumerate(cases):
            progress(number / len(cases), Message("reading_normal_images", number=number + 1, count=len(cases)))
            cancel.check()
            try:
                for slices in _slices(config, case, side):
                    side = slices.shape[1]
                    writer.add([picture for picture in slices if most_tissue(picture, config) >= config.tissue])
            except _TooSmall:
                raise
            except InputError as error:
                left_out.append(error)
        if writer.count == 0:
            raise left_out[0] if left_out else _no_tissue(config, source)
        pool = writer.finish(mark)
    except BaseException:
        writer.abandon()
        raise
    if left_out:
        say(f"{len(left_out)} of {len(cases)} files were left out; the first because: {left_out[0].message}")
    return pool


def most_tissue(picture: np.ndarray, config: PicardConfig) -> float:
    """The largest share of tissue that a window has anywhere in a framed picture (R, R) or (R, R, C)."""
    return float(window_shares(Pool(picture[None]).bright(picture), config.window).max())


def _cases(config: PicardConfig, source: Path) -> list[Case]:
    cases = find_cases(source)
    if not config.subfolders:
        cases = [case for case in cases if case.path.parent == source or case.path == source]
        if not cases:
            raise InputError(f"{source} holds images in folders below it only: allow subfolders, or move them up.")
    return cases


def _slices(config: PicardConfig, case: Case, side: int | None) -> Iterator[np.ndarray]:
    """One (S, R, R[, C]) array of a case, uint8 for pictures of 8 bits, else uint16."""
    if config.channels == 3:
        yield _coloured(config, case.path, side)
        return
    volume = read_volume(case.path, allow_any=config.allow_any, hu_offset=config.hu_offset, modality=config.modality)
    stack = AxialStack.from_volume(volume)
    window, level, boxes = config.hu_window, config.hu_level, None
    slices = stack.slices
    if volume.meta.get("kind") == "picture":
        window = float(2 ** int(volume.meta.get("bits", 8)) - 1)  # type: ignore[call-overload]
        level = window / 2
    else:
        look = modality_of(config.modality)
        window, level = look.window(volume.voxels, window, level, config.percentile, config.percentile_of)
        body = look.body_in(volume, stack, level - window / 2, config.framing)
        if body is not None and not body.held().any() and config.framing != "full":
            raise InputError("a volume shows no body in this window and level: check them.")
        boxes = boxes_of(body, config.framing)
        if body is not None and body.held().any():
            slices = slices[body.held()]
            boxes = None if boxes is None else [box for box, held in zip(boxes, body.held(), strict=True) if held]
    yield _framed(config, slices, stack.spacing_mm, (window, level), side, boxes)


def _coloured(config: PicardConfig, path: Path, side: int | None) -> np.ndarray:
    from GANAnomalyLib.volume.formats.picture_pixels import read_pixels

    if not path.name.lower().endswith(PICTURES):
        raise InputError(f"{path.name} is no PNG or JPEG picture: colours (3 channels) are learnt from pictures only.")
    pixels = read_pixels(path)
    white = float(np.iinfo(pixels.dtype).max)
    planes = np.broadcast_to(np.atleast_3d(pixels), (*pixels.shape[:2], 3)).transpose(2, 0, 1)
    return _framed(config, planes, (1.0, 1.0, 1.0), (white, white / 2), side, None).transpose(1, 2, 0)[None]


def _framed(
    config: PicardConfig,
    slices: np.ndarray,
    spacing: tuple[float, float, float],
    window: tuple[float, float],
    side: int | None,
    boxes: list[PlaneBox] | None,
) -> np.ndarray:
    _, rows, columns = slices.shape
    seen = [(rows, columns)] if boxes is None else [(r1 - r0, c1 - c0) for r0, r1, c0, c1 in boxes]
    height, width = (max(side) for side in zip(*seen, strict=True))
    if not config.random_crop:
        side = config.window
    if side is None:
        side = -(-max(height, width) // STEP) * STEP
        if side < config.window:
            raise _TooSmall(
                f"The images are {width} x {height} pixels, smaller than a window of {config.window}: choose a smaller "
                "window and hole, or a resolution to bring them to."
            )
    images = Frames.fit(slices.shape, spacing, side, boxes).to_network(slices, *window)
    kind = np.uint8 if slices.dtype == np.uint8 else np.uint16
    return np.round((images + 1) * (np.iinfo(kind).max / 2)).astype(kind)


class _TooSmall(InputError):
    """No image of this data can be used, so reading on is no use either."""


def _no_tissue(config: PicardConfig, source: str) -> InputError:
    return InputError(
        f"No slice in {source} has a patch with {config.tissue:.0%} tissue: check the window and level, or ask for "
        "less tissue."
    )


class _Writer:
    """Slices appended to one file; whole only after :meth:`finish`. All become uint16, the window's top 65535."""

    def __init__(self, store: Path) -> None:
        self.store, self.count = store, 0
        self.part = store.with_suffix(".part")
        self.shape: tuple[int, ...] = ()
        with self._disk():
            store.parent.mkdir(parents=True, exist_ok=True)
            self.file: Any = self.part.open("wb")

    def add(self, pictures: list[np.ndarray]) -> None:
        for picture in pictures:
            if picture.dtype == np.uint8:
                picture = picture.astype(np.uint16) * 257
            self.shape = picture.shape
            with self._disk():
                self.file.write(np.ascontiguousarray(picture).tobytes())
            self.count += 1

    def finish(self, mark: str) -> Pool:
        # Pixels of other data have another name, so that earlier facts never come to stand beside them.
        data = _pixels(self.store, mark)
        with self._disk():
            self.file.close()
            replace(self.part, data)
            write_json(
                self.store.with_suffix(".json"),
                {"mark": mark, "shape": [self.count, *self.shape], "pixels": data.name},
            )
        earlier = f"{glob.escape(self.store.stem)}-{'[0-9a-f]' * _NAMED}.raw"
        for old in (self.store.with_suffix(".raw"), *self.store.parent.glob(earlier)):
            if old != data:
                with contextlib.suppress(OSError):  # Windows keeps what another process has open
                    old.unlink(missing_ok=True)
        return _open(data, (self.count, *self.shape))

    def abandon(self) -> None:
        with contextlib.suppress(OSError):  # a full disk refuses what is still in memory
            self.file.close()
        self.part.unlink(missing_ok=True)

    def _disk(self) -> contextlib.AbstractContextManager[None]:
        return disk_errors(self.store.parent, "the slices", advice="choose another folder with --out")


def _stored(store: Path, mark: str) -> Pool | None:
    try:
        facts = read_object(store.with_suffix(".json"))
        shape = tuple(checked(list[int], facts["shape"]))
        data = _pixels(store, mark)
        if (facts["mark"], facts["pixels"]) != (mark, data.name) or data.stat().st_size != 2 * math.prod(shape):
            return None
        return _open(data, shape)
    except (InputError, OSError, ValueError, KeyError, TypeError):
        return None


def _pixels(store: Path, mark: str) -> Path:
    return store.with_name(f"{store.stem}-{mark[:_NAMED]}.raw")


def _open(path: Path, shape: tuple[int, ...]) -> Pool:
    return Pool(np.memmap(path, np.uint16, "r", shape=shape))


def _mark(config: PicardConfig, cases: list[Case], side: int | None) -> str:
    """A hash of which files there are, in which state, and how they are framed."""
    digest = hashlib.sha256()
    names = ("hu_window", "hu_level", "framing", "channels", "window", "tissue", "random_crop", "allow_any")
    settings = {name: value for name, value in dataclasses.asdict(config).items() if name in names}
    if config.hu_offset is not None:
        settings["hu_offset"] = config.hu_offset
    if modality_code(config.modality) != CT:
        settings["modality"] = [config.modality, config.percentile, config.percentile_of]
    digest.update(json.dumps([_RULE, settings, side], sort_keys=True).encode())
    for case in cases:
        files = sorted(case.path.iterdir()) if case.path.is_dir() else [case.path]
        for file in files:
            facts = file.stat()
            digest.update(f"{case.name}/{file.name} {facts.st_size} {facts.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()
