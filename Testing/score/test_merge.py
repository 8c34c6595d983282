"""One thing, one finding: patches side by side are merged, separate things stay apart."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.score import join_peaks, merge_touching, slice_peaks

PATCH = 8


def findings_of(images: np.ndarray, top: int = 40):
    peaks = [p for index, image in enumerate(images) for p in slice_peaks(image, PATCH, top, slice_index=index)]
    return join_peaks(peaks, PATCH, top)


def needle_map() -> np.ndarray:
    """Windows (1, 57, 57) over a thin line of 40 pixels, and a separate blob far from it."""
    image = np.zeros((64, 64))
    image[20, 5:45] = 10
    image[50:54, 50:54] = 8
    sums = np.lib.stride_tricks.sliding_window_view(image, (PATCH, PATCH)).sum((2, 3))
    return sums[None]


def test_a_needle_is_one_finding_and_the_blob_another():
    single = findings_of(needle_map())
    assert len([f for f in single if f.score == 80.0]) > 3
    merged = merge_touching(single, top=10)
    needles = [f for f in merged if f.score == 80.0]
    assert len(needles) == 1
    (r0, r1), (c0, c1) = needles[0].box[1:]
    assert r0 <= 20 < r1 < 40
    assert c0 <= 8
    assert 42 <= c1 < 50
    assert merged[0].score == 128.0
    assert [f.rank for f in merged] == list(range(1, len(merged) + 1))


def test_nothing_is_lost_and_the_highest_patch_leads_its_slice():
    single = findings_of(needle_map())
    merged = merge_touching(single, top=100)
    assert sorted(p for f in merged for p in f.members) == sorted(p for f in single for p in f.members)
    for finding in merged:
        first = next(p for p in finding.members if p.slice == finding.slice)
        assert (first.row, first.col, first.score) == (finding.row, finding.col, finding.score)


def test_a_much_weaker_neighbour_stays_a_finding_of_its_own():
    weak = np.zeros((1, 40, 40))
    weak[0, 10, 10], weak[0, 10, 18] = 10.0, 3.0
    assert len(merge_touching(findings_of(weak), top=10)) == 2
    weak[0, 10, 18] = 7.0
    assert len(merge_touching(findings_of(weak), top=10)) == 1


def test_what_lies_below_the_least_is_taken_in_by_nothing():
    maps = np.zeros((1, 40, 40))
    maps[0, 10, 10], maps[0, 10, 18], maps[0, 10, 26] = 10.0, 9.0, 7.0
    assert [len(f.members) for f in merge_touching(findings_of(maps), least=8.0)] == [2, 1]
    assert [len(f.members) for f in merge_touching(findings_of(maps), least=20.0)] == [1, 1, 1]


def test_corners_and_distant_slices_do_not_touch():
    maps = np.zeros((4, 40, 40))
    maps[0, 10, 10], maps[0, 18, 18], maps[3, 10, 10] = 10.0, 9.0, 8.0
    assert len(merge_touching(findings_of(maps), top=10)) == 3
    assert len(merge_touching(findings_of(maps), top=2)) == 2
    assert merge_touching([], top=3) == []


def test_findings_apart_by_no_more_than_the_gap_are_one():
    maps = np.zeros((1, 40, 40))
    maps[0, 5, 5], maps[0, 5, 17] = 3.0, 2.0  # patches of 8: four pixels between them
    assert len(merge_touching(findings_of(maps), top=10)) == 2
    assert len(merge_touching(findings_of(maps), top=10, gap=3)) == 2
    assert len(merge_touching(findings_of(maps), top=10, gap=4)) == 1
