"""The report on a case as it is in a scene: its own decisions, and pictures of the image that lies there."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..results.result import read_manifest
from ..review.decisions import decision_of
from ..review.report import write_report
from ..review.report.report_parts import AddedFinding
from ..volume.volume import Volume
from . import finding_review
from .belonging import Belonging, belonging
from .case_verdict import verdict_of
from .reader_marks import reader_findings
from .result_nodes import ReviewNodes, facts_of
from .volume_nodes import volume_of


def write_case_report(
    nodes: ReviewNodes, path: Path | str, language: str, paper: str, reader: str = "", patient: str = ""
) -> Path:
    """Write it, in the place of a file that is there; returns the path.

    ``reader`` and ``patient`` as they are to stand there; "" for nobody.
    An image that is not the one analysed any more gives no pictures. Raises :class:`InputError` when the result's own
    files are gone, and as :func:`~GANAnomalyLib.review.report.write_report`.
    """
    facts = facts_of(nodes)
    if not facts.folder or not Path(facts.folder).is_dir():
        raise InputError("The result's own files are gone (it came with a saved scene): analyse the image again.")
    decisions = [decision_of(row) for row in finding_review.rows(nodes)]
    image = _image(nodes, Path(facts.folder), facts.modality)
    return write_report(
        facts.folder,
        path,
        language=language,
        paper=paper,
        reader=reader,
        patient=patient,
        verdict=verdict_of(nodes).verdict,
        decisions=decisions,
        added=[AddedFinding.of(one) for one in reader_findings(nodes)],
        image=image,
        force=True,
    )


def _image(nodes: ReviewNodes, folder: Path, modality: str) -> Volume | None:
    """The scene's image in the values that were analysed; None where it is another one now."""
    if belonging(nodes) not in (Belonging.HERE, Belonging.UNKNOWN, Belonging.BENT):
        return None
    volume = volume_of(nodes.ct)
    offset = (read_manifest(folder).get("request") or {}).get("hu_offset") or 0
    return Volume(volume.voxels + offset if offset else volume.voxels, volume.ijk_to_ras, modality)
