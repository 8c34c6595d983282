"""Findings that readers accepted or rejected, as images of two classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from GANAnomalyLib.classifiers.architecture import DECIDED, FindingsSeen
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.review.decisions import load_decisions
from GANAnomalyLib.review.finding_pictures import finding_planes

from ...evaluate.findings.finding_cases import FindingsCase, match_results
from ...evaluate.patients import patients_by_pattern
from ...images import ImageSet

LEAST = 10
"""Findings of each class below which there is nothing to learn."""


def decided_findings(places: Sequence[Path | str], patients: str, say: Callable[[str], None]) -> ImageSet:
    """A picture of each finding that was accepted or rejected; ``about`` has "findings", a :class:`FindingsSeen`.

    Of a decision only the word is taken, no comment and no time.

    Parameters
    ----------
    places: result folders, or folders of them.
    patients: whose a result is. "auto" or "file": each scan is a patient's own; "folder": results of one folder are
        one patient's; "regex:PATTERN" finds the patient in a result folder's name; else a CSV of case and patient.
    say: told how many were left out, and whether patients are known.

    Raises
    ------
    InputError: no results, decisions that cannot be read, results of several models or windows, too few of a class.
    """
    pictures, classes, people = [], [], []
    seen: FindingsSeen | None = None
    left_out = unread = 0
    for case, patient in _with_patients(places, patients):
        decisions = load_decisions(case.folder)
        words = {one.rank: one.decision for one in decisions if one.decision in DECIDED}
        result = AnalysisResult.read(case.folder)
        unread += not any(one.decision for one in decisions)
        left_out += len(result.findings) - sum(finding.rank in words for finding in result.findings)
        if not words:
            continue
        own = FindingsSeen.of_result(result.manifest)
        if seen is not None and seen.differs(own):
            raise InputError(
                f"The result {case.name} is {seen.differs(own)}, as others are: give the results of one model, made "
                "alike."
            )
        seen = seen or own
        for finding in result.findings:
            if finding.rank in words:
                pictures.append(finding_planes(case.folder, finding, own.patch_size))
                classes.append(DECIDED.index(words[finding.rank]))
                people.append(patient or str((result.manifest.get("input") or {}).get("hash") or case.folder.resolve()))
    counts = np.bincount(np.array(classes, np.int64), minlength=2)
    if counts.min() < LEAST:
        raise InputError(
            f"Readers rejected {counts[0]} and accepted {counts[1]} findings in these results, and a classifier takes "
            f"{LEAST} of each at least: decide on more and save that beside the results, or give more of them."
        )
    if left_out:
        say(f"{left_out} findings without a decision, or unsure ones, are left out; {unread} results have none at all.")
    if patients in ("auto", "file"):
        say("Each scan counts as a patient of its own: name them with --patients, if some are of one.")
    _, codes = np.unique(people, return_inverse=True)
    return ImageSet.from_array(
        np.stack(pictures),
        labels=np.eye(2, dtype=np.float32)[classes],
        patients=codes,
        label_names=list(DECIDED),
        about={"findings": seen},
    )


def _with_patients(places: Sequence[Path | str], patients: str) -> list[tuple[FindingsCase, str]]:
    """The results, and whose each is; "" for whom its scan tells."""
    table = None if patients in ("auto", "file", "folder") or patients.startswith("regex:") else patients
    cases, _ = match_results(places, None, table)
    if patients.startswith("regex:"):
        names = [case.name for case in cases]
        return list(zip(cases, patients_by_pattern(names, patients.removeprefix("regex:"), "the results"), strict=True))
    if patients == "folder":
        return [(case, str(case.folder.resolve().parent)) for case in cases]
    return [(case, case.patient) for case in cases]
