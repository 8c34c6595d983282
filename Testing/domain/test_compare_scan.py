"""Whether a scan is what a model was made on, told from slices of real CTs: torso, tilted head, chest crops."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from GANAnomalyLab.simulate.virtual_cohort import virtual_patient
from GANAnomalyLab.train.domain_reference import make_reference
from GANAnomalyLib.data import DEMO_CT, bundled_file
from GANAnomalyLib.domain.compare_scan import COMPARED, judge
from GANAnomalyLib.domain.reference import Reference
from GANAnomalyLib.domain.slice_traits import CELLS, NUMBERS, TRAITS, describe
from GANAnomalyLib.domain.verdict import KNOWN, UNKNOWN, UNUSUAL, Domain
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.volume import AxialStack, find_body, read_volume

DATA = Path(__file__).resolve().parents[1] / "data"
FLOOR, PIXEL_MM = -125.0, 2.8
STEP = 5
Spacing = tuple[float, float, float]


@cache
def stack(path: Path) -> tuple[np.ndarray, Spacing]:
    read = AxialStack.from_volume(read_volume(path))
    return read.slices, read.spacing_mm


@cache
def torso() -> tuple[np.ndarray, Spacing]:
    """Every fifth slice of the torso, 15 mm apart."""
    slices, spacing = stack(bundled_file(DEMO_CT))
    return slices[::STEP], (STEP * spacing[0], *spacing[1:])


@cache
def patient(seed: int) -> np.ndarray:
    return virtual_patient(*torso(), seed)


def described(slices_hu: np.ndarray, spacing: Spacing) -> np.ndarray:
    body = find_body(np.asarray(slices_hu), FLOOR, spacing)
    return describe(slices_hu, body, PIXEL_MM, np.flatnonzero(body.held()).tolist())


@cache
def reference() -> Reference:
    rows = [described(patient(seed), torso()[1]) for seed in range(6)]
    made = make_reference(np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(part) for part in rows]))
    assert made is not None
    return made


def judged(slices_hu: np.ndarray, spacing: Spacing | None = None, high: int = 0) -> Domain:
    rows = described(slices_hu, torso()[1] if spacing is None else spacing)
    return judge(reference(), rows, range(len(rows)), high)


def codes(domain: Domain) -> set[str]:
    return {reason.code for reason in domain.reasons}


def test_the_ct_itself_part_of_it_and_another_normal_are_known():
    assert judged(torso()[0]) == Domain(KNOWN)
    assert judged(torso()[0][-6:]) == Domain(KNOWN)
    assert judged(patient(50)) == Domain(KNOWN)


@pytest.mark.parametrize("name", ["ct_head_tilt", "aorta_small.nii.gz", "pulmonary_small.nii.gz"])
def test_every_slice_of_another_part_of_the_body_is_farther_than_any_normal_one(name):
    other = described(*stack(DATA / name))
    normal = described(patient(50), torso()[1])
    assert len(other) > 10
    assert reference().nearest(other)[0].min() > 1.5 * reference().nearest(normal)[0].max()
    verdict = judge(reference(), other, range(len(other)))
    assert verdict.verdict == UNKNOWN
    assert verdict.reasons[0].code == "domain_body"
    assert verdict.reasons[0].values["where"] == f"0-{len(other) - 1}"


def test_a_piece_of_the_torso_is_no_torso():
    slices = torso()[0]
    assert judged(slices[:6, :, :61]).verdict == UNKNOWN
    assert "domain_cut" in codes(judged(slices[:, 20:80, 24:98]))


def test_noise_smoothing_and_coarse_voxels_are_unusual_and_named():
    slices, spacing = patient(50), torso()[1]
    from scipy import ndimage

    rng = np.random.default_rng(0)
    assert "domain_noise" in codes(judged(slices + rng.normal(0, 40, slices.shape)))
    smooth = judged(ndimage.gaussian_filter(slices, (0, 1.2, 1.2)))
    assert smooth.verdict == UNUSUAL
    assert {"domain_noise", "domain_edge"} <= codes(smooth)
    assert codes(judged(slices[::2], (2 * spacing[0], *spacing[1:]))) == {"domain_slices"}
    coarse = slices[:, :100].reshape(len(slices), 50, 2, 61, 2).mean((2, 4))
    assert "domain_pixels" in codes(judged(coarse, (spacing[0], 6.0, 6.0)))
    assert codes(judged(slices[::-1])) == {"domain_turned"}


def test_values_that_were_cut_off_are_unusual_and_scaled_ones_unknown():
    slices = patient(50)
    cut = judged(np.clip(slices, -160, 240))
    assert (cut.verdict, "domain_air" in codes(cut)) == (UNUSUAL, True)
    scaled = judged(slices * 0.5)
    assert (scaled.verdict, {"domain_air", "domain_fat"} <= codes(scaled)) == (UNKNOWN, True)


def test_a_scan_without_contrast_medium_is_unusual():
    rows = described(patient(50), torso()[1])
    column = CELLS + TRAITS.index("enhancement")
    assert np.nanpercentile(rows[:, column], 90) > 110
    rows[:, column] = np.minimum(rows[:, column], 70)
    assert codes(judge(reference(), rows, range(len(rows)))) == {"domain_enhancement"}


def test_what_is_no_ct_or_holds_no_body_is_unknown():
    assert codes(judge(reference(), None, [])) == {"domain_no_hounsfield"}
    assert codes(judge(reference(), np.full((3, NUMBERS), np.nan, np.float32), range(3))) == {"no_body"}


def test_high_scores_in_most_slices_speak_of_the_scan():
    count = len(described(patient(50), torso()[1]))
    assert judged(patient(50), high=count // 2).verdict == KNOWN
    assert codes(judged(patient(50), high=count // 2 + 1)) == {"domain_scores"}


def test_without_a_reference_nobody_can_tell():
    assert judge(None, described(*torso()), range(3)) == Domain(None)
    rows = described(*torso())
    assert make_reference(rows, np.zeros(len(rows), int)) is None
    assert make_reference(np.zeros((4, 0), np.float16), np.arange(4)) is None


def test_a_reference_comes_back_from_its_arrays_and_damaged_ones_are_told():
    arrays = reference().tensors()
    again = Reference.stored(arrays)
    rows = described(patient(50), torso()[1])
    assert np.allclose(again.nearest(rows)[0], reference().nearest(rows)[0], atol=0.01)
    assert (again.usual, again.strange) == pytest.approx((reference().usual, reference().strange))
    assert sum(array.nbytes for array in arrays.values()) / len(again.rows) < 250
    assert Reference.stored({}) is None
    for wrong in (
        {**arrays, "cells": arrays["cells"][:, 1:]},
        {**arrays, "limits": -arrays["limits"]},
        {"cells": arrays["cells"]},
        {**arrays, "traits": arrays["traits"][1:]},
    ):
        with pytest.raises(InputError, match="get the model again"):
            Reference.stored(wrong)


def test_fine_pixels_are_averaged_to_about_the_networks():
    slices, spacing = torso()
    rough = described(slices[4:8], spacing)
    fine = np.repeat(np.repeat(slices[4:8], 4, 1), 4, 2)
    same = described(fine, (spacing[0], spacing[1] / 4, spacing[2] / 4))
    assert np.abs(rough[:, :CELLS] - same[:, :CELLS]).mean() < 0.02
    assert np.allclose(*(part[:, CELLS : CELLS + 2] for part in (rough, same)), rtol=0.04)


def test_a_verdict_goes_through_json_and_says_what_to_do():
    told = Domain(UNKNOWN, [Message("domain_slices", own=10.0, high=3.0)])
    data = told.to_dict()
    assert data["reasons"][0]["sentence"] == "The slices are 10 mm apart, those of this model's normals 3 mm at most."
    assert Domain.from_dict(data) == told
    assert "--findings-anyway" in told.notes(listed=False)[0]
    assert told.notes(listed=True)[0].code == "domain_unknown_listed"
    assert Domain(KNOWN).notes(listed=False) == []
    assert Domain.from_dict({"verdict": "odd", "reasons": [3]}) == Domain(None)


def test_every_trait_that_is_compared_is_described():
    assert {trait.name for trait in COMPARED} <= set(TRAITS)
