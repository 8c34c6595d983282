"""Cases: exact, the same for everybody, whole on disk."""

from __future__ import annotations

import errno
import json
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.benchmark import benchmark_cases as room
from GANAnomalyLab.benchmark.benchmark_cases import make_cases, read_manifest
from GANAnomalyLab.benchmark.benchmark_cohort import make_case, patient, signature, slab_around, source
from GANAnomalyLab.benchmark.benchmark_plan import Plan, plan_of
from GANAnomalyLab.benchmark.published_cases import agreement, agreements, publish, published_cases
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import AxialStack, read_volume

SMALL = Plan(1, 2, ("needle", "ring"), (3,))
BY_HAND = (pytest.mark.slow, pytest.mark.minutes)
BOTH = [(1, "standard"), (2, "standard"), (2, "development")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return folder, make_cases(SMALL, folder, workers=2)


@pytest.mark.slow
def test_files_hold_what_the_manifest_says(made):
    folder, records = made
    assert [record["name"] for record in records] == ["baseline_00", "baseline_01", "needle_3_00", "ring_3_00"]
    assert read_manifest(folder)["cases"] == records
    original, _, _ = source("torso_3mm.nii.gz")
    for record in records:
        ct = read_volume(folder / "cases" / record["name"] / "ct.nii.gz")
        mask = read_volume(folder / "cases" / record["name"] / "mask.nii.gz", allow_any=True)
        assert ct.voxels.dtype == np.int16
        np.testing.assert_allclose(ct.ijk_to_ras, original.ijk_to_ras, atol=1e-4)
        assert set(np.unique(mask.voxels)) <= {0, 1}
        assert bool(mask.voxels.any()) == (record["role"] == "anomaly")
        assert signature(ct.voxels, mask.voxels > 0).items() <= record.items()


def test_the_slab_holds_the_middle_of_the_anomaly(made):
    folder, records = made
    for record in records:
        first, stop = record["slices"]
        assert stop - first == SMALL.slab
        if record["role"] == "anomaly":
            mask = read_volume(folder / "cases" / record["name"] / "mask.nii.gz", allow_any=True)
            voxels = (AxialStack.from_volume(mask).slices > 0).sum((1, 2))
            assert voxels[first:stop].sum() > 0.5 * voxels.sum()


def test_only_the_anomaly_differs_from_the_patient(made):
    folder, records = made
    record = records[2]
    _, stack, _ = source("torso_3mm.nii.gz")
    healthy = stack.to_voxels(patient("torso_3mm.nii.gz", record["seed"]))
    volume = read_volume(folder / "cases" / record["name"] / "ct.nii.gz")
    mask = read_volume(folder / "cases" / record["name"] / "mask.nii.gz", allow_any=True).voxels > 0
    difference = np.abs(volume.voxels.astype(int) - healthy)
    assert np.median(difference[mask]) > 50
    # A needle is of metal: its streaks reach beyond it, in its own slices only.
    far = np.ones(len(stack.slices), bool)
    far[record["lesion_slices"][0] - 2 : record["lesion_slices"][1] + 3] = False
    assert not AxialStack.from_volume(volume.like(difference)).slices[far].any()


@pytest.mark.parametrize(
    ("version", "cohort", "name"),
    [
        (1, "standard", "baseline_00"),
        (1, "standard", "needle_1_00"),
        (1, "standard", "motion_3_00"),
        pytest.param(1, "standard", "mass_hypo_2_01", marks=BY_HAND),
        pytest.param(2, "standard", "baseline_175", marks=BY_HAND),
        (2, "standard", "air_2_07"),
        pytest.param(2, "standard", "stranding_1_00", marks=BY_HAND),
        pytest.param(2, "standard", "thickening_3_01", marks=BY_HAND),
        (2, "standard", "displaced_2_02"),
        (2, "development", "ring_1_03"),
    ],
)
def test_everybody_gets_the_published_cases(version, cohort, name):
    spec = next(spec for spec in plan_of(version, cohort).cases() if spec.name == name)
    record = make_case(spec, 12).record
    assert agreement(record, published_cases(version, cohort)[name]) in ("same", "rounded")


@pytest.mark.parametrize(("version", "cohort"), BOTH)
def test_all_cases_of_a_standard_size_are_published(version, cohort):
    names = {spec.name for full in (False, True) for spec in plan_of(version, cohort, full).cases()}
    assert names == set(published_cases(version, cohort))


def test_no_two_published_cases_are_the_same():
    published = [one["ct"] for which in BOTH for one in published_cases(*which).values()]
    assert len(set(published)) == len(published)


def test_agreement_tells_rounding_from_another_case():
    published = published_cases(1)["needle_1_00"]
    assert agreement(published, published) == "same"
    assert agreement({**published, "ct": "0" * 64, "mean_hu": published["mean_hu"] + 0.001}, published) == "rounded"
    assert agreement({**published, "ct": "0" * 64, "mean_hu": published["mean_hu"] + 1}, published) == "other"
    assert agreement({**published, "mask": "0" * 64, "lesion_voxels": 1}, published) == "other"
    counts = agreements([{**published, "name": "needle_1_00"}, {**published, "name": "nobody"}], 1)
    assert counts == {"same": 1, "rounded": 0, "other": 0, "unknown": 1}


def test_publishing_is_read_back(made, tmp_path, monkeypatch):
    folder, records = made
    assert publish(folder, tmp_path / "published.json") == len(records)
    published_cases.cache_clear()
    monkeypatch.setattr(
        "GANAnomalyLab.benchmark.published_cases.bundled_file", lambda name: tmp_path / "published.json"
    )
    try:
        assert agreements(records) == {"same": len(records), "rounded": 0, "other": 0, "unknown": 0}
    finally:
        published_cases.cache_clear()


def test_what_is_there_is_not_made_again_and_what_was_changed_is(made, monkeypatch):
    folder, records = made
    calls = []
    real = make_case
    monkeypatch.setattr(room, "make_case", lambda spec, *rest: calls.append(spec.name) or real(spec, *rest))
    assert make_cases(SMALL, folder) == records
    assert calls == []
    (folder / "cases" / "needle_3_00" / "ct.nii.gz").write_bytes(b"truncated")
    (folder / "cases" / "baseline_01" / "mask.nii.gz").unlink()
    assert make_cases(SMALL, folder) == records
    assert sorted(calls) == ["baseline_01", "needle_3_00"]


def test_another_slab_needs_no_new_files(made, monkeypatch):
    folder, records = made
    monkeypatch.setattr(room, "make_case", lambda *_: pytest.fail("made again"))
    again = make_cases(Plan(1, 2, ("needle", "ring"), (3,), slab=4), folder)
    assert [record["slices"][1] - record["slices"][0] for record in again] == [4] * 4
    assert [record["ct"] for record in again] == [record["ct"] for record in records]


def test_another_version_is_refused(made, tmp_path):
    data = {**read_manifest(made[0]), "benchmark": 99}
    (tmp_path / "manifest.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match="version 99"):
        make_cases(SMALL, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({**data, "benchmark": 1}))
    with pytest.raises(InputError, match=r"holds version 1 .* --benchmark-version 1"):
        make_cases(SMALL, tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(InputError, match="not a benchmark's manifest"):
        make_cases(SMALL, tmp_path)


def test_no_benchmark_there(tmp_path):
    with pytest.raises(InputError, match="holds no benchmark"):
        read_manifest(tmp_path)


def test_a_full_disk_leaves_no_half_a_case(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "write_volume", full)
    with pytest.raises(GANAnomalyError, match="full"):
        make_cases(SMALL, tmp_path)
    assert list((tmp_path / "cases").iterdir()) == []
    assert not (tmp_path / "manifest.json").exists()


def test_a_stop_is_obeyed_soon(tmp_path):
    cancel = CancelToken()
    threading.Timer(0.4, cancel.cancel).start()
    with pytest.raises(Cancelled):
        make_cases(Plan(), tmp_path, workers=1, cancel=cancel)
    assert not (tmp_path / "manifest.json").exists()


def test_few_cases_are_waited_for_at_a_time(tmp_path, monkeypatch):
    """Waiting looks at every one that is waited for, each time."""
    waited, real = [], room.wait

    def counted(waiting, **named):
        waited.append(len(waiting))
        return real(waiting, **named)

    monkeypatch.setattr(room, "wait", counted)
    monkeypatch.setattr(room, "_case", lambda spec, *_: {"name": spec.name})
    specs = Plan().cases()
    assert make_cases(Plan(), tmp_path, workers=3) == [{"name": spec.name} for spec in specs]
    assert 0 < max(waited) <= 6 < len(specs)


def test_a_patient_without_room_is_said(monkeypatch):
    def none(*_, **__):
        raise InputError("There is no room.")

    monkeypatch.setattr("GANAnomalyLab.benchmark.benchmark_cohort.insert_array", none)
    with pytest.raises(InputError, match="no room for the case needle_1_00"):
        make_case(plan_of().cases()[176], 12)


@given(st.integers(0, 50), st.integers(0, 60), st.integers(1, 50))
def test_slabs_lie_inside(middle, slab, count):
    middle = min(middle, count - 1)
    first, stop = slab_around(middle, slab, count)
    assert 0 <= first <= middle < stop <= count
    assert stop - first == (count if slab in (0,) or slab >= count else slab)
