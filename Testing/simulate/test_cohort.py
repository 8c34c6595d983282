"""Virtual patients: reproducible, plausible, different from one another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from GANAnomalyLab.simulate.virtual_cohort import CohortSettings, virtual_labels, virtual_patient

SPACING = (3.0, 3.0, 3.0)


@pytest.fixture(scope="module")
def torso() -> np.ndarray:
    rows, cols = np.mgrid[:50, :60]
    body = ((rows - 25) / 18) ** 2 + ((cols - 30) / 26) ** 2 < 1
    stack = np.where(body, 40.0, -1000.0).astype(np.float32)[None].repeat(20, 0)
    stack[:, 33:37, 27:33] = 600
    return stack


def test_the_same_seed_is_the_same_patient(torso):
    first, again = virtual_patient(torso, SPACING, 5), virtual_patient(torso, SPACING, 5)
    assert np.array_equal(first, again)
    assert first.shape == torso.shape
    assert first.dtype == np.float32


def test_patients_differ_but_keep_the_plan_of_anatomy(torso):
    patients = [virtual_patient(torso, SPACING, seed) for seed in range(4)]
    inside = [p > -500 for p in patients]
    for one, other in itertools.pairwise(inside):
        overlap = 2 * (one & other).sum() / (one.sum() + other.sum())
        assert 0.8 < overlap < 0.9999


def test_values_stay_hounsfield_units(torso):
    patient = virtual_patient(torso, SPACING, 1)
    assert patient.min() >= -1024
    assert abs(np.median(patient[torso == 40]) - 40) < 40


def test_without_any_variation_it_is_the_source(torso):
    still = CohortSettings(
        deformation_mm=0, scale=0, rotation_degrees=0, shift_mm=0, contrast_hu=0, shading_hu=0, noise_low_hu=0,
        noise_high_hu=0,
    )  # fmt: skip
    assert np.allclose(virtual_patient(torso, SPACING, 3, still), torso, atol=1e-2)


def test_deformation_is_as_wide_as_asked(torso):
    """The shift of a plane's edge over many patients has about the deviation that the settings name."""
    ramp = np.broadcast_to(np.arange(60, dtype=np.float32) * SPACING[2], torso.shape).copy()
    only = CohortSettings(
        deformation_mm=4, scale=0, rotation_degrees=0, shift_mm=0, contrast_hu=0, shading_hu=0, noise_low_hu=0,
        noise_high_hu=0,
    )  # fmt: skip
    moved = [virtual_patient(ramp, SPACING, seed, only)[10, 25, 30] - ramp[10, 25, 30] for seed in range(60)]
    assert 1.5 < np.std(moved) < 8.0


def test_labels_go_where_the_patient_goes(torso):
    """Where the patient has bone, its label is; edges, which the patient's values blur, are left out."""
    labels = np.where(torso > 300, 7, 0).astype(np.uint8)
    quiet = CohortSettings(shading_hu=0, noise_low_hu=0, noise_high_hu=0)
    for seed in (2, 9):
        moved, patient = virtual_labels(labels, SPACING, seed, quiet), virtual_patient(torso, SPACING, seed, quiet)
        assert moved.shape == labels.shape
        assert moved.dtype == np.uint8
        assert set(np.unique(moved)) == {0, 7}
        assert (moved[patient > 500] == 7).all()
        assert (moved[patient < 120] == 0).all()
        assert (moved != labels).any()
