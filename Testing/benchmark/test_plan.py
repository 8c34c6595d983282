"""The plan: patients keep to one role, and asking for more changes nothing that was there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.benchmark.benchmark_plan import EDGE_SLICES, KINDS, SEEN, UNSEEN, Plan, plan_of
from GANAnomalyLab.demo_models import demo_cohort as cohort
from GANAnomalyLab.simulate.kinds import KINDS as SIMULATED
from GANAnomalyLib.errors import InputError

LAST_DEMO_SEED = 50_000
COHORTS = [(1, "standard"), (2, "standard"), (2, "development")]
WIDEST = {
    which: {case.name: case for case in dataclasses.replace(plan_of(*which), patients=300, baselines=300).cases()}
    for which in COHORTS
}

plans = st.builds(
    lambda which, **values: Plan(version=which[0], cohort=which[1], **values),
    which=st.sampled_from(COHORTS),
    patients=st.integers(1, 40),
    baselines=st.integers(1, 300),
    kinds=st.lists(st.sampled_from(SEEN), min_size=1, unique=True).map(tuple),
    levels=st.lists(st.sampled_from((1, 2, 3)), min_size=1, unique=True).map(tuple),
    train=st.integers(2, 300),
    calibration=st.integers(2, 300),
)


@settings(max_examples=30, deadline=None)
@given(plans)
def test_no_patient_has_two_roles_or_two_cases(plan):
    cases = plan.cases()
    seeds = [case.seed for case in cases]
    others = plan.train_seeds() + plan.calibration_seeds() + plan.threshold_seeds()
    assert len(set(seeds + others)) == len(seeds) + len(others)
    assert len({case.name for case in cases}) == len(cases)
    assert min(seeds + others) > LAST_DEMO_SEED


def test_no_patient_is_in_two_cohorts():
    seeds = [case.seed for cases in WIDEST.values() for case in cases.values()]
    learning = dataclasses.replace(plan_of(), train=300, calibration=300)
    seeds += learning.train_seeds() + learning.calibration_seeds() + learning.threshold_seeds()
    assert len(set(seeds)) == len(seeds)


def test_no_choice_sees_the_unseen_kinds():
    assert {case.kind for case in plan_of(2).cases() if case.kind} == set(KINDS)
    assert {case.kind for case in plan_of(2, "development").cases() if case.kind} == set(SEEN)
    with pytest.raises(InputError, match="'stranding' in its development cohort, as no choice may see it"):
        dataclasses.replace(plan_of(2, "development"), kinds=(*SEEN, *UNSEEN)).cases()


def test_the_sizes():
    counts = {which: len(plan_of(*which).cases()) for which in COHORTS}
    assert counts == {(1, "standard"): 66 + 44, (2, "standard"): 336 + 176, (2, "development"): 132 + 88}
    assert len(plan_of(1, full=True).cases()) == 132 + 88
    assert plan_of(full=True).cases() == plan_of().cases()


def test_demo_models_were_made_of_other_patients():
    kinds, most = len(cohort.KINDS), 1000
    used = (cohort.CALIBRATION_SEED, cohort.THRESHOLD_SEED, cohort.NORMAL_SEED, cohort.ABNORMAL_SEED + kinds * most)
    assert max(used) < LAST_DEMO_SEED


@settings(max_examples=30, deadline=None)
@given(plans)
def test_more_patients_change_no_case(plan):
    widest = WIDEST[plan.version, plan.cohort]
    assert all(widest[case.name] == case for case in plan.cases())


def test_every_kind_can_be_simulated_and_every_level_is_there():
    assert set(KINDS) <= set(SIMULATED)
    found = {(case.kind, case.level) for case in Plan().cases() if case.role == "anomaly"}
    assert found == {(kind, level) for kind in KINDS for level in (1, 2, 3)}


def test_both_roles_lie_evenly_along_the_patient():
    cases = Plan().cases()
    for role in ("baseline", "anomaly"):
        middles = np.array([case.middle(112) for case in cases if case.role == role])
        assert middles.min() >= EDGE_SLICES
        assert middles.max() < 112 - EDGE_SLICES
        counts, _ = np.histogram(middles, bins=4, range=(EDGE_SLICES, 112 - EDGE_SLICES))
        assert counts.min() >= 0.6 * len(middles) / 4


def test_a_short_volume_has_a_middle_too():
    assert {case.middle(1) for case in Plan().cases()} == {0}
    assert {case.middle(5) for case in Plan().cases()} <= set(range(5))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(kinds=("needle", "tumour")), "tumour"),
        (Plan(kinds=()), "at least one"),
        (Plan(kinds=("needle", "needle")), "once"),
        (Plan(levels=(4,)), "Levels"),
        (Plan(patients=0), "patients"),
        (Plan(baselines=301), "baselines"),
        (Plan(train=1), "two patients"),
        (Plan(slab=-1), "slab"),
    ],
)
def test_plans_that_cannot_be_made(plan, words):
    with pytest.raises(InputError, match=words):
        plan.cases()


@pytest.mark.parametrize(
    ("version", "cohort", "words"),
    [
        (3, "standard", "no version 3"),
        (2, "best", "no cohort 'best'"),
        (1, "development", "Version 1 .* no development"),
    ],
)
def test_versions_and_cohorts_that_there_are_not(version, cohort, words):
    with pytest.raises(InputError, match=words):
        plan_of(version, cohort)
    with pytest.raises(InputError, match=words):
        Plan(version=version, cohort=cohort, kinds=("needle",)).cases()


def test_what_is_standard():
    assert all(plan_of(*which, full).standard for which in COHORTS for full in (False, True))
    assert Plan().standard
    assert not Plan(slab=4).standard
    assert not Plan(kinds=("needle",)).standard
