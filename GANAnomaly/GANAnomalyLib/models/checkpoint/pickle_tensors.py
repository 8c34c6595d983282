"""Tensors and arrays from what a pickle says of them; nothing of torch's or numpy's own unpickling is used.

Only a storage's bytes go to ``torch.load(..., weights_only=True)``, which reads them without running code.
"""

from __future__ import annotations

import io
import math
import re
import tarfile
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ...errors import InputError

if TYPE_CHECKING:
    import torch

MAX_DIMENSIONS = 16


def refuse_tar(file: BinaryIO) -> None:
    """Raise :class:`InputError` when ``file`` opens as the tar archive of torch's first years; rewinds it."""
    file.seek(0)
    try:
        tarfile.open(fileobj=file, mode="r:").close()
    except tarfile.TarError:
        file.seek(0)
        return
    raise InputError("it uses torch's oldest archive format, which is not safe to read.")


def storage_values(data: Any) -> torch.Tensor:
    """The flat values of a storage as ``torch.storage._load_from_bytes`` would give them, on the CPU."""
    import torch

    if not isinstance(data, bytes):
        raise ValueError("a storage that is not bytes")
    # Older torch (CVE-2025-32434) unpickled tar archives even with weights_only; no published file holds one.
    refuse_tar(io.BytesIO(data))
    storage = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    if not isinstance(storage, torch.storage.TypedStorage):
        raise ValueError("bytes that are not a tensor's storage")
    # The public untyped() warns of a deprecation that does not concern us.
    return torch.empty(0, dtype=storage.dtype).set_(storage._untyped_storage)


def strided_tensor(values: torch.Tensor, offset: Any, size: Any, stride: Any) -> torch.Tensor:
    """A view of ``values`` (flat) with the given offset, size and stride; raises ValueError when it does not fit."""
    import torch

    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or len(size) > MAX_DIMENSIONS:
        raise ValueError("a tensor with impossible dimensions")
    if any(type(number) is not int or not 0 <= number <= values.numel() for number in numbers):
        raise ValueError("a tensor larger than its data")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) > values.numel() or (math.prod(size) and last >= values.numel()):
        raise ValueError("a tensor larger than its data")
    return torch.as_strided(values, tuple(size), tuple(stride), offset)


def number_dtype(args: Any, state: Any) -> np.dtype:
    """The numpy dtype of a pickled one: plain numbers and truth values; objects, records and text are refused."""
    code = args[0] if isinstance(args, tuple) and args else None
    if not isinstance(code, str) or not re.fullmatch(r"[biufc]\d{1,2}", code):
        shown = code if isinstance(code, str) and code.isprintable() else "?"
        raise InputError(f"it holds a numpy array of type {shown[:12]!r}; only arrays of numbers are read.")
    dtype = np.dtype(code)
    order: Any = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
    return dtype.newbyteorder(order) if order in ("<", ">") else dtype


def number_array(shape: Any, dtype: np.dtype, fortran: Any, data: Any) -> np.ndarray:
    """An array from its raw bytes; raises ValueError when they do not fill the shape exactly."""
    if not isinstance(data, bytes) or not isinstance(shape, tuple) or len(shape) > MAX_DIMENSIONS:
        raise ValueError("an array without data")
    if any(type(n) is not int or n < 0 for n in shape) or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("an array larger than its data")
    array: np.ndarray = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C").copy()
    return array
