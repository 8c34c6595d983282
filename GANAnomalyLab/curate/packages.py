"""The libraries of the extra ``curate``, and one sentence where they are not installed."""

from __future__ import annotations

import importlib
from typing import Any

from GANAnomalyLib.errors import InputError


def needed(name: str, extra: str = "curate") -> Any:
    """A module of an extra; raises :class:`InputError` where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"Curation needs {name.partition('.')[0]}: run  pip install 'gananomaly[{extra}]'.", str(error)
        ) from error


def parquet() -> Any:
    """``pyarrow.parquet``."""
    return needed("pyarrow.parquet")
