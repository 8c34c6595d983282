"""Non-maximum suppression and joining across slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.score import Peak, join_peaks, patch_iou, slice_peaks, top_findings


def greedy(scores: np.ndarray, p: int, count: int, max_iou: float) -> list[Peak]:
    """The definition: all windows in order, each kept unless it overlaps one kept before."""
    kept: list[Peak] = []
    for flat in np.lexsort((np.arange(scores.size), -scores.ravel())):
        peak = Peak(0, *(int(i) for i in np.unravel_index(flat, scores.shape)), float(scores.flat[flat]))
        if len(kept) < count and peak.score > 0 and all(patch_iou(peak, k, p) <= max_iou for k in kept):
            kept.append(peak)
    return kept


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 6), st.sampled_from([0.0, 0.1, 0.5]), st.integers(0, 999))
def test_suppression_is_the_greedy_definition(height: int, width: int, p: int, max_iou: float, seed: int) -> None:
    # Few distinct scores: ties must fall the same way every time.
    scores = np.random.default_rng(seed).integers(0, 5, (height, width)).astype(float)
    assert slice_peaks(scores, p, 8, max_iou) == greedy(scores, p, 8, max_iou)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 12), st.sampled_from([0.0, 0.1, 0.4]), st.booleans(), st.integers(0, 999))
def test_findings_are_ranked_apart_and_consistent(slices: int, top: int, max_iou: float, join: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps = rng.random((slices, 24, 20))
    maps[rng.random(maps.shape) < 0.2] = np.nan
    findings = top_findings(maps, 6, top, max_iou, join=join)
    assert [f.rank for f in findings] == list(range(1, len(findings) + 1))
    assert [f.score for f in findings] == sorted((f.score for f in findings), reverse=True)
    assert findings[0].score == np.nanmax(maps)
    assert findings == top_findings(maps.copy(), 6, top, max_iou, join=join)
    members = [m for f in findings for m in f.members]
    for i, a in enumerate(members):
        assert a.score == maps[a.slice, a.row, a.col]
        assert all(patch_iou(a, b, 6) <= max_iou for b in members[i + 1 :] if b.slice == a.slice)
    for f in findings:
        assert [m.slice for m in f.members] == list(range(f.slices[0], f.slices[1] + 1))
        assert Peak(f.slice, f.row, f.col, f.score) in f.members
        assert f.score == max(m.score for m in f.members)
        (s0, s1), (r0, r1), (c0, c1) = f.box
        assert (s0, s1) == (f.slices[0], f.slices[1] + 1)
        assert all(r0 <= m.row <= r1 - 6 and c0 <= m.col <= c1 - 6 for m in f.members)
        assert join or len(f.members) == 1


def blob(maps: np.ndarray, slices: range, row: int, col: int, score: float, drift: int = 0) -> None:
    """A cone of scores with its top at (row, col), moving by ``drift`` columns a slice."""
    r, c = np.indices(maps.shape[1:])
    for i, s in enumerate(slices):
        cone = score - np.hypot(r - row, c - col - i * drift)
        maps[s] = np.maximum(maps[s], cone)


def test_a_stack_of_patches_is_one_finding() -> None:
    maps = np.zeros((12, 60, 60))
    blob(maps, range(3, 8), 20, 15, 50.0, drift=2)
    maps[5] *= 1.1
    findings = top_findings(maps, 16, top=1)
    assert (findings[0].slice, findings[0].row, findings[0].col) == (5, 20, 19)
    assert findings[0].slices == (3, 7)
    assert findings[0].box == ((3, 8), (20, 36), (15, 39))


def test_two_in_one_slice_stay_two() -> None:
    maps = np.zeros((6, 80, 80))
    blob(maps, range(1, 5), 10, 10, 50.0)
    blob(maps, range(2, 4), 10, 50, 40.0)
    findings = top_findings(maps, 16, top=2)
    assert [(f.row, f.col, f.slices) for f in findings] == [(10, 10, (1, 4)), (10, 50, (2, 3))]


def test_a_valley_keeps_two_findings_apart() -> None:
    # Same place, both well above half of the highest, with a dip between.
    peaks = [Peak(s, 5, 5, score) for s, score in enumerate([80, 100, 90, 60, 75, 95, 70])]
    findings = join_peaks(peaks, 16)
    assert [(f.score, f.slices) for f in findings] == [(100, (0, 3)), (95, (4, 6))]
    small_dips = [Peak(s, 5, 5, score) for s, score in enumerate([80, 100, 90, 80, 95, 85])]
    assert [f.slices for f in join_peaks(small_dips, 16)] == [(0, 5)]


def test_the_fading_flank_is_no_finding_but_what_rises_beyond_it_is() -> None:
    peaks = [Peak(s, 5, 5, score) for s, score in enumerate([100, 60, 40, 20, 10, 30])]
    findings = join_peaks(peaks, 16)
    assert [(f.score, f.slices) for f in findings] == [(100, (0, 1)), (30, (5, 5))]


def test_a_gap_in_the_slices_ends_a_finding() -> None:
    peaks = [Peak(s, 5, 5, 50.0) for s in (0, 1, 3, 4)]
    assert [f.slices for f in join_peaks(peaks, 16)] == [(0, 1), (3, 4)]


def test_patches_that_hardly_overlap_do_not_join() -> None:
    assert len(join_peaks([Peak(0, 0, 0, 9.0), Peak(1, 0, 12, 8.0)], 16)) == 2
    assert len(join_peaks([Peak(0, 0, 0, 9.0), Peak(1, 0, 4, 8.0)], 16)) == 1
    assert len(join_peaks([Peak(0, 0, 0, 9.0), Peak(1, 0, 4, 8.0)], 16, join=False)) == 2
    assert len(join_peaks([Peak(0, 0, 0, 9.0), Peak(1, 0, 16, 8.0)], 16, join_iou=0.0)) == 2


def test_only_valid_windows_count() -> None:
    maps = np.zeros((1, 20, 20))
    maps[0, 3, 3], maps[0, 12, 12] = 9.0, 5.0
    valid = np.ones(maps.shape, bool)
    valid[0, :8] = False
    assert [(f.row, f.col) for f in top_findings(maps, 4, valid=valid)] == [(12, 12)]
    maps[0, 12, 12] = np.nan
    assert top_findings(maps, 4, valid=valid) == []
    assert top_findings(np.full((5, 5), np.nan), 4) == []


def test_one_slice_is_a_stack_of_one() -> None:
    scores = np.random.default_rng(0).random((30, 30))
    assert top_findings(scores, 8) == top_findings(scores[None], 8)


def test_negative_scores_when_asked_for() -> None:
    scores = np.full((3, 3), -2.0)
    assert top_findings(scores, 3) == []
    assert [f.score for f in top_findings(scores, 3, max_iou=0.0, min_score=-np.inf)] == [-2.0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"patch_maps": np.zeros(5)}, "not from 1 axes"),
        ({"patch_maps": np.zeros((5, 5)), "valid": np.zeros((4, 4), bool)}, "valid windows"),
        ({"patch_maps": np.zeros((5, 5)), "max_iou": 2.0}, "overlap"),
        ({"patch_maps": np.zeros((5, 5)), "top": 0}, "At least one"),
        ({"patch_maps": np.zeros((5, 5)), "patch_size": 0}, "patch size"),
        ({"patch_maps": np.zeros((5, 5)), "join_iou": -1.0}, "join_iou"),
        ({"patch_maps": np.zeros((5, 5)), "join_rise": -1.0}, "join_rise"),
    ],
)
def test_refuses_with_a_sentence(arguments: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        top_findings(**arguments)
