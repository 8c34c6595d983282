"""State dicts as ``torch.save`` writes them, read as tensors only."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .limits import DEFAULT_SIZE_LIMIT, open_checked
from .pickle_tensors import refuse_tar

if TYPE_CHECKING:
    import torch

DEPTH_LIMIT = 8


def read_state_dict(path: Path | str, size_limit: int = DEFAULT_SIZE_LIMIT) -> dict[str, torch.Tensor]:
    """Every tensor of a ``torch.save`` file, nested dictionaries flattened to dotted names.

    Anything that is not a tensor or a dictionary (step counts, settings) is left out.

    Raises
    ------
    InputError
        A file that holds more than tensors and plain values (whole pickled networks), is damaged, truncated or
        oversized (packed contents included).
    """
    import torch

    path = Path(path)
    file, _ = open_checked(path, size_limit)
    with file:
        try:
            if zipfile.is_zipfile(file):
                _check_archive(file, size_limit)
            else:
                refuse_tar(file)
            file.seek(0)
            content = torch.load(file, map_location="cpu", weights_only=True)
            found: dict[str, torch.Tensor] = {}
            _flatten(content, "", found, 0)
        except InputError as error:
            raise InputError(f"{path.name} cannot be used: {error.message}", error.details) from error
        except Exception as error:
            if "weights_only" in str(error) or "Unsupported" in str(error):
                raise InputError(
                    f"{path.name} holds more than tensors and was not read, because that could run code: ask for its "
                    "state dict alone, saved with torch.save(network.state_dict(), ...).",
                    str(error),
                ) from error
            raise InputError(f"{path.name} is truncated or damaged: copy or download it again.", repr(error)) from error
    if not found:
        raise InputError(f"{path.name} holds no tensors: it is not a network's state dict.")
    return found


def _check_archive(file: Any, size_limit: int) -> None:
    """torch stores without compression; a small file that unpacks to a large one is not torch's."""
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > size_limit:
            raise InputError("it unpacks to more than the size limit.")


def _flatten(content: Any, prefix: str, found: dict[str, torch.Tensor], depth: int) -> None:
    import torch

    if isinstance(content, torch.Tensor):
        found[prefix[:-1]] = content.detach()
    elif isinstance(content, dict):
        if depth > DEPTH_LIMIT:
            raise InputError("its dictionaries are nested deeper than a state dict's.")
        for key, item in content.items():
            if isinstance(key, str):
                _flatten(item, f"{prefix}{key}.", found, depth + 1)
