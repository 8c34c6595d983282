"""safetensors files: the project's own format for weights, which cannot hold code at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .limits import DEFAULT_SIZE_LIMIT, open_checked

if TYPE_CHECKING:
    import torch

HEADER_LIMIT = 32 << 20


def read_safetensors_header(path: Path | str, size_limit: int = DEFAULT_SIZE_LIMIT) -> dict[str, dict[str, Any]]:
    """Names, shapes and types of the tensors, without torch and without reading them.

    Returns ``{name: {"dtype": "F32", "shape": [...], "data_offsets": [start, stop]}}``; raises :class:`InputError`
    when the file is not whole.
    """
    path = Path(path)
    file, size = open_checked(path, size_limit)
    try:
        with file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(HEADER_LIMIT, size - 8):
                raise ValueError("a header longer than the file")
            header = json.loads(file.read(length))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        if any(not isinstance(n, int) or n < 0 for entry in entries.values() for n in entry["shape"]):
            raise ValueError("a shape that is not one")
        if 8 + length + end != size:
            raise ValueError(f"{size} bytes where the header asks for {8 + length + end}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise InputError(
            f"{path.name} is not a whole safetensors file (truncated or damaged): copy or download it again.",
            str(error),
        ) from error
    return entries


def read_safetensors(path: Path | str, size_limit: int = DEFAULT_SIZE_LIMIT) -> dict[str, torch.Tensor]:
    """All tensors by name, on the CPU; raises :class:`InputError` when the file is not whole."""
    from safetensors.torch import load_file

    path = Path(path)
    read_safetensors_header(path, size_limit)
    try:
        return load_file(path, device="cpu")
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as safetensors: copy or download it again.", str(error)
        ) from error


def read_named_tensors(path: Path | str, start: str) -> dict[str, torch.Tensor]:
    """Those whose names begin with ``start``, which is left off; otherwise as :func:`read_safetensors`."""
    from safetensors import SafetensorError, safe_open

    names = [name for name in read_safetensors_header(path) if name.startswith(start)]
    if not names:
        return {}
    try:
        with safe_open(str(path), "pt", "cpu") as file:
            return {name[len(start) :]: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{Path(path).name} cannot be read as safetensors: copy or download it again.", str(error)
        ) from error
