"""What a classifier of readers' decisions thinks of findings, and opinions.json in a result folder."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from ..errors import InputError
from ..files import write_json
from ..files.reading import read_object
from ..files.typed_values import at_least, at_most, read_as
from ..results.result import read_manifest
from .result_facts import RESEARCH_ONLY, OpinionSource

OPINIONS_FILE = "opinions.json"
SCHEMA_VERSION = 1
_MAX_BYTES = 16_000_000
_REMEDY = "ask for them again with gananomaly predict, or remove that file"


@dataclass
class Opinion:
    """How probable it is that a reader would accept the finding, from 0 to 1."""

    rank: Annotated[int, at_least(1)]
    probability: Annotated[float, at_least(0), at_most(1)]


@dataclass
class Opinions:
    """Those on one result. A finding without one is a finding as any other."""

    source: OpinionSource
    opinions: list[Opinion] = field(default_factory=list)

    def by_rank(self) -> dict[int, float]:
        """Probabilities by rank."""
        return {one.rank: one.probability for one in self.opinions}


def save_opinions(folder: Path | str, opinions: Opinions) -> Path:
    """Write opinions.json beside a result, whole or not at all, in the place of earlier ones; returns its path.

    Raises :class:`InputError` when the folder holds no result or cannot be written to.
    """
    data = {
        "schema_version": SCHEMA_VERSION,
        "notice": RESEARCH_ONLY,
        "fingerprint": _fingerprint(Path(folder)),
        **dataclasses.asdict(opinions),
    }
    return write_json(Path(folder) / OPINIONS_FILE, data, "the opinions")


def load_opinions(folder: Path | str) -> Opinions | None:
    """The opinions kept in a result folder: None where there is no file, or where it is of an earlier result there.

    Raises :class:`InputError` when the folder holds no result, or the file cannot be understood.
    """
    path = Path(folder) / OPINIONS_FILE
    if not path.exists():
        return None
    there = _fingerprint(Path(folder))
    data = read_object(path, _MAX_BYTES)
    version = data.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(f"{path} was written by a newer version of GANAnomaly: update to open it.")
    if data.get("fingerprint") != there:
        return None
    found = read_as(Opinions, data, f"The file {path}", _REMEDY)
    if len(found.by_rank()) != len(found.opinions):
        raise InputError(f"The file {path} cannot be used: there are two opinions on a finding; {_REMEDY}.")
    return found


def _fingerprint(folder: Path) -> str:
    return str(read_manifest(folder).get("fingerprint", ""))
