"""Results of other commands that a data sheet takes up, and whether they speak of its pictures or its model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.files.typed_values import read_as
from GANAnomalyLib.running.background import free_after
from GANAnomalyLib.running.progress import CancelToken, no_progress

from ...images.image_source import AUTO
from ...report.report_folder import RESULTS
from ..authenticity.authenticity_report import FOLDER as AUTHENTICITY
from ..authenticity.picture_sets import SYNTHETIC, open_picture_sets
from ..downstream.downstream_report import FOLDER as DOWNSTREAM
from ..quality.quality_report import KIND as QUALITY
from ..quality.quality_report import SCHEMA_VERSION as QUALITY_SCHEMA

PICTURES, MODEL, UNSAID = "these pictures", "this model", "not said"
"""What a result is of; the last where it holds nothing to tell by."""
_SCHEMAS = {AUTHENTICITY.kind: AUTHENTICITY.schema, DOWNSTREAM.kind: DOWNSTREAM.schema, QUALITY: QUALITY_SCHEMA}


@dataclass(frozen=True)
class Share:
    """A share with its interval, and what is to be expected."""

    value: float
    expected: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class AttackArea:
    auroc: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Over:
    """By how much the strongest attack is better than the baseline."""

    difference: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Attacks:
    """A membership attack: the strongest and the baseline are among ``attacks``."""

    strongest: str
    baseline: str
    attacks: dict[str, AttackArea]
    over_baseline: Over
    training: int
    control: int


@dataclass(frozen=True)
class AuthenticityFound:
    images: dict[str, int]
    copies: list[Any]
    coverage: dict[str, Share | None]
    membership: Attacks | None
    inputs: dict[str, Any]
    left_out: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Classifier:
    classifier: str
    auroc: float
    accuracy: float
    auroc_low: float | None = None
    auroc_high: float | None = None


@dataclass(frozen=True)
class Difference:
    classifier: str
    auroc: float
    auroc_low: float | None = None
    auroc_high: float | None = None


@dataclass(frozen=True)
class DownstreamFound:
    classifiers: list[Classifier]
    comparisons: list[Difference]
    images: dict[str, int]
    patients: int
    settings: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class QualityFound:
    results: dict[str, float | None]
    images: dict[str, dict[str, int]]
    settings: dict[str, Any]
    model_sha256: str = ""
    generated_sha256: str = ""
    notes: list[str] = field(default_factory=list)


Found = AuthenticityFound | DownstreamFound | QualityFound
_KINDS: dict[str, type] = {
    AUTHENTICITY.kind: AuthenticityFound,
    DOWNSTREAM.kind: DownstreamFound,
    QUALITY: QualityFound,
}


def read_found(paths: Iterable[Path | str]) -> list[tuple[str, Found]]:
    """(the name of what was given, what it holds) of folders with a results.json, or of ``metrics``' JSON files.

    Raises :class:`InputError` for what holds no such results, and two of one kind (of ``metrics``: of one number).
    """
    out: list[tuple[str, Found]] = []
    seen: set[str] = set()
    for given in map(Path, paths):
        place = given / RESULTS if given.is_dir() else given
        if not place.is_file():
            raise InputError(
                f"{given} holds no results: name a folder that evaluate authenticity or evaluate downstream wrote, or "
                "a JSON file of metrics."
            )
        data = read_object(place)
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            raise InputError(
                f"{given} is not of evaluate authenticity, evaluate downstream or metrics: a data sheet takes up these."
            )
        schema = data.get("schema_version")
        if schema != _SCHEMAS[kind]:
            raise InputError(f"{given} was written by another version of GANAnomaly: measure again.")
        found: Found = read_as(_KINDS[kind], data, str(given), "measure again")
        names = set(found.results) if isinstance(found, QualityFound) else {kind}
        if seen & names:
            raise InputError(f"{given} tells again what another of the results does: give each once.")
        seen |= names
        if isinstance(found, AuthenticityFound) and found.membership is not None:
            held = found.membership
            if not {held.strongest, held.baseline} <= held.attacks.keys():
                raise InputError(f"{given} names an attack that it does not hold: measure again.")
        out.append((given.name, found))
    return out


def subject(name: str, found: Found, model: str, files: str | None, folder: Path | None, cancel: CancelToken) -> str:
    """What results are of; raises :class:`InputError` for those of another model or of other pictures.

    ``model`` is the SHA-256 of the model's file, ``files`` that of the pictures' (with ``sha256:``), which lie in
    ``folder``; None while they are still to be made: then only what the model tells is looked at.
    """
    other = InputError(
        f"{name} is of other pictures or of another model than the sheet: measure these, or leave it out."
    )
    if isinstance(found, QualityFound):
        told = {MODEL: found.model_sha256, PICTURES: found.generated_sha256}
        for about, mine in ((MODEL, model), (PICTURES, files)):
            if told[about]:
                if mine is not None and told[about] != mine:
                    raise other
                return about
        return UNSAID
    if isinstance(found, DownstreamFound):
        hashes = found.settings.get("synthetic_sha256")
        if not isinstance(hashes, list) or not hashes:
            return UNSAID
        if model in hashes:
            return MODEL
        if files is not None and files not in hashes:
            raise other
        return PICTURES
    mark = found.inputs.get(SYNTHETIC)
    if not isinstance(mark, str) or folder is None:
        return UNSAID
    if _mark(folder, 3 if " of 3x" in mark else 1, cancel) != mark:
        raise other
    return PICTURES


def _mark(folder: Path, channels: int, cancel: CancelToken) -> str:
    """The pictures as ``evaluate authenticity`` names them."""
    store = tempfile.TemporaryDirectory(prefix="gananomaly-images-", ignore_cleanup_errors=True)
    try:
        sets = open_picture_sets({SYNTHETIC: folder}, AUTO, Path(store.name), no_progress, cancel, channels)
        return sets[SYNTHETIC].images.mark()
    finally:
        free_after(store.cleanup)
