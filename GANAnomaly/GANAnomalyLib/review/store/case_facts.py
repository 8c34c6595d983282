"""What the database keeps of a case, from a result folder or a scene: images by hashes, the analysis, its findings."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from ...errors import InputError
from ...files.hashes import hash_json
from ...files.typed_values import at_least
from ...results.result import AnalysisResult
from ..finding_rows import FindingRow
from ..result_facts import ResultFacts
from .review_ids import id_of


@dataclass(frozen=True)
class PlacedFinding:
    """A finding: ``slice`` and ``slices`` (both ends included) from the feet, ``centre_ras`` and ``size_mm`` in mm."""

    rank: Annotated[int, at_least(1)]
    score: float
    slice: int
    slices: tuple[int, int]
    centre_ras: tuple[float, float, float]
    size_mm: tuple[float, float, float]


@dataclass(frozen=True)
class CaseFacts:
    """One analysis of one image.

    ``fingerprint`` tells it from every other; of the rest, what is empty is not known. ``patient_hash`` and
    ``study_hash`` are those of :mod:`.identifier_hashes`, ``patient_id`` and ``study_uid`` what they are of, where the
    site keeps it. ``folder`` is where the result is, "" where that does not last; ``findings_hash`` that of
    :func:`findings_hash`.
    """

    fingerprint: str
    findings: list[PlacedFinding] = field(default_factory=list)
    input_hash: str = ""
    modality: str = ""
    model: str = ""
    model_title: str = ""
    model_hash: str = ""
    detector: str = ""
    metric: str = ""
    unit: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    created: str = ""
    folder: str = ""
    findings_hash: str = ""
    patient_hash: str = ""
    study_hash: str = ""
    patient_id: str = ""
    study_uid: str = ""

    @property
    def id(self) -> uuid.UUID:
        """The analysis's key."""
        return id_of("analysis", self.fingerprint)

    def finding_id(self, rank: int) -> uuid.UUID:
        """A finding's key; raises :class:`InputError` for one that the analysis does not have."""
        if all(one.rank != rank for one in self.findings):
            raise InputError.of(
                "The result has no finding {rank}: there are {count}.", rank=rank, count=len(self.findings)
            )
        return finding_id(self.id, rank)


def finding_id(case: uuid.UUID, rank: int) -> uuid.UUID:
    """The key of an analysis's finding."""
    return id_of("finding", case.hex, rank)


def case_of_folder(folder: Path | str) -> CaseFacts:
    """The case of a result folder; raises :class:`InputError` when it is not a whole one."""
    return case_of_result(AnalysisResult.read(folder))


def case_of_result(result: AnalysisResult, lasting: bool = True) -> CaseFacts:
    """The case of a result; its folder is kept where it is ``lasting``."""
    manifest = result.manifest
    said, model, image = (manifest.get(name) or {} for name in ("settings", "model", "input"))
    fingerprint = str(manifest.get("fingerprint") or "")
    if not fingerprint:
        raise InputError(f"The result in {result.folder} says not of which analysis it is: run the analysis again.")
    return CaseFacts(
        fingerprint=fingerprint,
        findings=[
            PlacedFinding(one.rank, one.score, one.slice, one.slices, one.centre_ras, one.size_mm)
            for one in result.findings
        ],
        input_hash=str(image.get("hash") or ""),
        modality=str(image.get("modality") or ""),
        model=str(model.get("name") or ""),
        model_title=str(model.get("title") or ""),
        model_hash=str(model.get("hash") or ""),
        detector=str(said.get("detector") or ""),
        metric=str(said.get("metric") or ""),
        unit=str(said.get("score_unit") or ""),
        settings=said,
        version=str((manifest.get("versions") or {}).get("gananomaly") or ""),
        created=str(manifest.get("created") or ""),
        folder=str(result.folder.absolute()) if lasting else "",
        findings_hash=findings_hash(result) if lasting else "",
    )


def findings_hash(result: AnalysisResult) -> str:
    """Of what decisions are on: rank, score and box of every finding."""
    return hash_json([[one.rank, one.score, one.box_ijk] for one in result.findings])


def case_of_scene(facts: ResultFacts, rows: Sequence[FindingRow]) -> CaseFacts:
    """The case of a result in a scene whose folder is gone; findings whose place was edited away are left out."""
    placed = [one for one in rows if all(map(math.isfinite, (one.score, *one.centre_ras, *one.size_mm)))]
    return CaseFacts(
        fingerprint=facts.fingerprint,
        findings=[
            PlacedFinding(one.rank, one.score, one.slice, one.slices, one.centre_ras, one.size_mm) for one in placed
        ],
        modality=facts.modality,
        model=facts.model,
        model_title=facts.model_title,
        metric=facts.metric,
        unit=facts.unit,
        created=facts.created,
    )
