"""From virtual patients to opinions: analysed with the bundled memory, decided by what was put in, learnt, asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from GANAnomalyLab.simulate.anomalies import insert
from GANAnomalyLab.simulate.virtual_cohort import virtual_patient
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.analysis.pipeline import run
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.data import DEMO_CT, bundled_file
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.review.ask_classifier import opinions_on
from GANAnomalyLib.review.decisions import load_decisions, save_decisions
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.volume import AxialStack, Volume, read_volume, write_volume

FIRST, COUNT, ANALYSED = 52, 20, (6, 14)
"""Slices of the bundled CT that virtual patients are made of, and those of them that are analysed."""


def decided(folder: Path, number: int) -> Path:
    """A virtual patient with a needle and a mass, analysed; accepted is what lies on one of them."""
    whole = read_volume(bundled_file(DEMO_CT))
    matrix = whole.ijk_to_ras.copy()
    matrix[:3, 3] = whole.ras(np.array([0, 0, FIRST]))
    slab = Volume(np.ascontiguousarray(whole.voxels[FIRST : FIRST + COUNT]), matrix, whole.modality)
    stack = AxialStack.from_volume(slab)
    hu = virtual_patient(stack.slices, stack.spacing_mm, 900 + number)
    volume = slab.like(stack.to_voxels(np.clip(np.rint(hu), -1024, 3071).astype(np.int16)))
    mask = np.zeros(volume.voxels.shape, bool)
    for place, kind in enumerate(("needle", "mass")):
        made = insert(volume, kind, 10 * number + place, level=3, slices=(7, 13))
        volume, mask = made.volume, mask | made.mask
    write_volume(volume, folder / f"ct{number}.nii.gz")
    result = folder / f"result{number}"
    asked = AnalysisRequest(str(folder / f"ct{number}.nii.gz"), output=str(result), model="demo_memory")
    asked.slices, asked.findings_anyway = ANALYSED, True
    rows = []
    for one in run(asked).findings:
        (i0, i1), (j0, j1), (k0, k1) = one.box_ijk
        word = "accepted" if mask[k0:k1, j0:j1, i0:i1].mean() > 0.02 else "rejected"
        rows.append(FindingRow(one.rank, one.score, one.slice, one.slices, one.centre_ras, one.size_mm, "", word))
    save_decisions(result, rows)
    return result


@pytest.mark.slow
@pytest.mark.minutes
def test_opinions_on_other_patients_are_higher_where_something_is(tmp_path):
    (tmp_path / "learn").mkdir()
    for number in range(14):
        decided(tmp_path / "learn", number)
    kind = find_trainer("classifier")
    given = {"findings": (str(tmp_path / "learn"),), "out": str(tmp_path / "run"), "device": "cpu", "threads": 1}
    model = load_classifier(train(kind, kind.settings.read(given)))
    found: dict[str, list[float]] = {"accepted": [], "rejected": []}
    for number in range(14, 18):
        folder = decided(tmp_path, number)
        said = opinions_on(model, AnalysisResult.read(folder)).by_rank()
        for one in load_decisions(folder):
            found[one.decision].append(said[one.rank])
    yes, no = (np.array(found[word]) for word in ("accepted", "rejected"))
    assert min(len(yes), len(no)) >= 4
    assert np.mean(yes[:, None] > no) > 0.75
    assert yes.mean() - no.mean() > 0.15
