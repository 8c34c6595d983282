"""Codes as a model file holds them: neighbouring places are much alike, so that a third of the bytes is enough."""

from __future__ import annotations

import zlib

import numpy as np
import torch

from ...errors import InputError

SLICES = 16
"""Slices at a time."""


def pack(codes: torch.Tensor) -> torch.Tensor:
    """(M, P, P, D) int8 as (n,) uint8: what each number is off its neighbours' plane, deflated."""
    deflate = zlib.compressobj(6)
    parts = [deflate.compress(_off_plane(part.cpu().numpy()).tobytes()) for part in codes.split(SLICES)]
    return torch.frombuffer(bytearray(b"".join([*parts, deflate.flush()])), dtype=torch.uint8)


def unpack(packed: torch.Tensor, shape: tuple[int, int, int, int]) -> torch.Tensor:
    """The inverse of :func:`pack`; raises :class:`InputError` for bytes that hold anything else than such codes."""
    count, places, _, numbers = shape
    inflate, rest = zlib.decompressobj(), packed.contiguous().numpy().tobytes()
    codes = np.empty(shape, np.int8)
    try:
        for first in range(0, count, SLICES):
            part = codes[first : first + SLICES]
            held = bytearray()
            while len(held) < part.size and (rest or not inflate.eof):
                # Never more than there is room for, whatever the bytes say.
                found = inflate.decompress(rest, part.size - len(held))
                if not found and rest == inflate.unconsumed_tail:
                    break
                held += found
                rest = inflate.unconsumed_tail
            if len(held) != part.size:
                raise InputError("The memory's codes are cut short: get the model again.")
            planes = np.frombuffer(held, np.uint8).reshape(len(part), numbers, places, places)
            for axis in (2, 3):
                planes = np.add.accumulate(planes, axis, np.uint8)
            part[:] = planes.view(np.int8).transpose(0, 2, 3, 1)
        if rest or inflate.decompress(b"", 1) or not inflate.eof or inflate.unused_data:
            raise InputError("The memory's codes are more than its card says: get the model again.")
    except zlib.error as error:
        raise InputError("The memory's codes are damaged: get the model again.", str(error)) from error
    return torch.from_numpy(codes)


def _off_plane(codes: np.ndarray) -> np.ndarray:
    planes = np.ascontiguousarray(codes.transpose(0, 3, 1, 2)).view(np.uint8)
    for axis in (2, 3):
        planes = np.diff(planes, axis=axis, prepend=np.uint8(0))
    return planes
