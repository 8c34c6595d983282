"""An export that another program asks for, in plain data: a result, its images' files, and what a reader said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.typed_values import read_as
from ..results.result import AnalysisResult
from ..review.added_findings import CaseVerdict, ReaderFinding
from ..review.decisions import Decision
from ..running.progress import CancelToken, ProgressCallback
from .export_objects import Exported, Wanted, export


@dataclass
class AskedExport:
    """``folder`` holds the result (of that ``fingerprint``), ``out`` gets the objects, ``files`` are the images', and
    ``image`` a file that shows what was analysed ("": the result knows its images). Without a ``reader``, or where the
    reader said nothing, there is no reader's report."""

    folder: str
    out: str
    fingerprint: str
    files: list[str]
    image: str = ""
    kinds: tuple[str, ...] = ("seg", "sr")
    reader: str = ""
    decisions: list[Decision] = field(default_factory=list)
    added: list[ReaderFinding] = field(default_factory=list)
    verdict: CaseVerdict = field(default_factory=CaseVerdict)

    @property
    def wanted(self) -> Wanted:
        """What to make."""
        word = bool(self.verdict.verdict)
        said = word or self.added or any(one.decision or one.comment for one in self.decisions)
        if not said or not self.reader.strip():
            return Wanted(self.kinds)
        decided = {one.rank: one for one in self.decisions}
        return Wanted(self.kinds, decisions=decided, reader=self.reader, added=self.added, verdict=self.verdict)


def export_as_asked(values: Mapping[str, Any], progress: ProgressCallback, cancel: CancelToken) -> Exported:
    """Do what :class:`AskedExport` says; raises as :func:`.export_objects.export`, and for values of other kinds."""
    asked = read_as(AskedExport, dict(values), "The request to export", "ask again")
    result = AnalysisResult.read(asked.folder)
    if result.manifest.get("fingerprint") != asked.fingerprint:
        raise InputError("The folder of this result holds another one by now: open that, or analyse the scan again.")
    image = Path(asked.image) if asked.image else None
    return export(result, asked.out, asked.wanted, [Path(file) for file in asked.files], progress, cancel, image)
