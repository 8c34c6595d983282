"""The one door: a result folder and what readers said of it to a report, HTML or PDF by the file's ending."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import GANAnomalyError, InputError, option
from ...files import disk_errors, write_bytes
from ...files.refusals import ANOTHER_FILE
from ...results.result import AnalysisResult
from ..decisions import Decision, Reading, check_decision, clean_comment, load_reading
from .report_parts import VERDICTS, AddedFinding, Judgement, Verdict, in_words
from .report_words import Words

if TYPE_CHECKING:
    from ...volume.volume import Volume
    from .plane_pictures import PlanePictures

PAPERS = ("a4", "letter")
ENDINGS = (".html", ".pdf")


def write_report(
    folder: Path | str,
    path: Path | str,
    *,
    language: str = "en",
    paper: str = "a4",
    reader: str = "",
    site: str = "",
    case: str = "",
    patient: str = "",
    verdict: Verdict | None = None,
    decisions: Iterable[Decision | Judgement] | None = None,
    added: Sequence[AddedFinding] | None = None,
    image: Volume | Path | str | None = None,
    force: bool = False,
) -> Path:
    """Write the report on one case, whole or not at all; returns its path.

    It names nobody unless it is told to: the case is a part of the image's hash, and neither the patient, the reader
    nor the site is known. The same content gives the same bytes: no clock is read.

    Parameters
    ----------
    folder: the result folder.
    path: where to, .html or .pdf.
    language: "en", "de" (:func:`GANAnomalyLib.running.languages.languages`).
    paper: "a4" or "letter".
    reader, site, case, patient: as they are to stand there. ``patient`` stands on the page and nowhere else.
    verdict: "normal", "abnormal" or "inadequate"; "" leaves the boxes to be ticked by hand.
    decisions: on findings, by their ranks.
    added: what a reader marked that the model did not list.
        None takes verdict, decisions and added findings from decisions.json in the folder.
    image: the volume that was analysed, or where it lies now. None takes it from where it was; a report without it
        shows the patches that the result keeps.
    force: replace a file that is there.

    Raises
    ------
    InputError: the folder holds no result, an option is none of those, the image is another one, or the place cannot
        be written to. GANAnomalyError: ReportLab is missing, or the disk is full.
    """
    path = Path(path)
    _check(path, paper, verdict or "", force)
    words = Words(language)
    result = AnalysisResult.read(folder)
    kept = load_reading(folder) if None in (verdict, decisions, added) else Reading()
    judged = _judgements(kept.decisions if decisions is None else decisions)
    marked = [AddedFinding.of(one) for one in kept.added] if added is None else added
    said = kept.verdict.verdict if verdict is None else verdict
    from .report_content import Case, content

    report = content(
        result, judged, marked, Case(case, patient, reader, site, said), words, _pictures(result, image, words)
    )
    if path.suffix.lower() == ".pdf":
        from .pdf_report import pdf_report

        made = pdf_report(report, paper)
    else:
        from .html_report import html_report

        made = html_report(report, paper).encode("utf-8")
    return write_bytes(path, made, "the report", folders=False)


def needs_of(path: Path | str) -> tuple[str, ...]:
    """The packages of pip that a report needs and 3D Slicer does not ship, by the file's ending."""
    return ("jinja2>=3.1",) if Path(path).suffix.lower() == ".html" else ("reportlab>=4.2",)


def _check(path: Path, paper: str, verdict: str, force: bool) -> None:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"A report is written as .html or .pdf: give {path.name[:60] or 'the file'} one of these endings."
        )
    if paper not in PAPERS:
        raise InputError(f"The paper is {' or '.join(PAPERS)}, not {str(paper)[:20]!r}.")
    if verdict not in ("", *VERDICTS):
        raise InputError(f"A verdict is {', '.join(VERDICTS)}, not {str(verdict)[:20]!r}.")
    if ending == ".pdf" and importlib.util.find_spec("reportlab") is None:
        raise GANAnomalyError(
            "A report in PDF needs ReportLab: run  pip install 'gananomaly[report]', or write it as .html."
        )
    with disk_errors(path, "the report", advice=ANOTHER_FILE):
        there = os.path.lexists(path)
    if there and not path.is_dir() and not force:
        raise InputError(f"{path} is there already: choose another name, or replace it with {option('force')}.")


def _judgements(decisions: Iterable[Decision | Judgement]) -> list[Judgement]:
    found: dict[int, Judgement] = {}
    for one in decisions:
        label = one.label if isinstance(one.label, str) else in_words(one.label)
        word, comment = check_decision(one.decision), clean_comment(one.comment)
        found[one.rank] = Judgement(one.rank, word, comment, one.decided, one.confidence, label)
    return list(found.values())


def _pictures(result: AnalysisResult, image: Volume | Path | str | None, words: Words) -> PlanePictures | None:
    """Drawings of the image that was analysed; None where it is not there any more, or was changed since.

    An image that the caller gave has to be that one.
    """
    from ...pictures.result_maps import check_grid
    from ...volume.volume import Volume
    from .plane_pictures import PlanePictures

    if isinstance(image, Volume):
        check_grid(result.path("heatmap"), image)
        return PlanePictures(result, image, words)
    try:
        volume = analysed_image(result, image)
    except InputError:
        if image is not None:
            raise
        return None
    return PlanePictures(result, volume, words)


def analysed_image(result: AnalysisResult, path: Path | str | None = None) -> Volume:
    """The image as it was read for the analysis; raises :class:`InputError` for another one."""
    from ...pictures import manifest_facts as facts
    from ...pictures.result_maps import check_grid
    from ...volume import hash_volume, read_volume

    request: dict[str, Any] = result.manifest.get("request") or {}
    source = path if path is not None else str(request.get("input") or "")
    if not str(source):
        raise InputError(f"The result in {result.folder} does not say what was analysed: name the image.")
    volume = read_volume(
        source,
        request.get("series"),
        allow_any=True,
        hu_offset=request.get("hu_offset"),
        modality=facts.modality(result) or "CT",
        colours=True,
    )
    wanted = (result.manifest.get("input") or {}).get("hash")
    if wanted and hash_volume(volume) != wanted:
        raise InputError("The image is not the one that was analysed: name that one, or analyse this one.")
    if not wanted:
        check_grid(result.path("heatmap"), volume)
    return volume
