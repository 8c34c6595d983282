"""The whole evaluation, from files to its folder."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from evaluate.asked import rows_of
from evaluate.sets import boxed_set, case_of, write_csv, write_masks
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from GANAnomalyLab.evaluate.evaluation_options import HeatmapOptions
from GANAnomalyLab.evaluate.heatmap.heatmap_cases import match_cases
from GANAnomalyLab.evaluate.heatmap.heatmap_evaluation import evaluate_heatmaps
from GANAnomalyLab.evaluate.heatmap.heatmap_report import CASES, PICTURES, write_report
from GANAnomalyLab.report.report_folder import PAGE, RESULTS
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

QUICK = HeatmapOptions(bootstrap=40)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Pictures of fewer pixels: nothing here depends on how many there are."""
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)


def test_boxes_and_their_masks_say_the_same(tmp_path):
    boxes = boxed_set(tmp_path)
    table = write_csv(tmp_path / "boxes.csv", boxes)
    masks = write_masks(tmp_path / "mask", boxes)
    one, other = (evaluate_heatmaps(match_cases(tmp_path / "heat", truth), QUICK) for truth in (table, masks))
    assert one.measures == other.measures
    assert [dataclasses.astuple(a)[:7] for a in one.cases] == [dataclasses.astuple(b)[:7] for b in other.cases]


def test_numbers_of_a_clear_set(tmp_path):
    boxes = boxed_set(tmp_path)
    out = evaluate_heatmaps(match_cases(tmp_path / "heat", write_csv(tmp_path / "b.csv", boxes)), QUICK)
    # Noise is 0..1 and lesions 1..2: nothing normal above a lesion.
    for name in ("pixel_auroc", "pixel_average_precision", "image_auroc", "top1_centre", "top5_iou"):
        assert out.measures[name].value == 1.0
        assert (out.measures[name].interval.low, out.measures[name].interval.high) == (1.0, 1.0)
    assert out.measures["pixel_prevalence"].value == pytest.approx(4 * 2 * 72 / (6 * 32 * 40))
    assert [row.lesion_pixels for row in out.cases] == [0, 0, 144, 144, 144, 144]
    assert np.isnan(out.cases[0].pixel_auroc)
    assert (out.images.negative, out.images.positive) == (2, 4)
    assert out.exact
    assert not out.warnings


def test_pooled_and_single_cases_differ_as_they_should(tmp_path):
    """Each case alone is perfect, but one case's normal pixels lie above the other's lesion."""
    mask = np.zeros((8, 8), bool)
    mask[:2] = True
    cases = [case_of(tmp_path / name, mask + offset, mask) for name, offset in (("a", 0.0), ("b", 10.0))]
    out = evaluate_heatmaps(cases, QUICK)
    assert out.measures["mean_case_pixel_auroc"].value == 1.0
    # Of the four pairs of cases, a's lesion against b's normal pixels is lost.
    assert out.measures["pixel_auroc"].value == pytest.approx(0.75)
    assert "image_auroc" not in out.measures
    assert any("no AUROC of images" in words for words in out.warnings)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_ignoring_pixels_is_as_if_they_were_not_there(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    heat = np.round(rng.random((12, 10)) * 8).astype(np.float32)
    mask = rng.random(heat.shape) < 0.3
    ignore = rng.random(heat.shape) < 0.4
    mask[0, 0], ignore[0, 0], mask[11, 9], ignore[11, 9] = True, False, False, False
    spoilt = np.where(ignore, np.nan, heat)
    folder = tmp_path_factory.mktemp("ignore")
    ignored = evaluate_heatmaps([case_of(folder / "a", spoilt, mask, ignore)], QUICK)
    rest = ~ignore
    removed = evaluate_heatmaps([case_of(folder / "b", heat[rest][None], mask[rest][None])], QUICK)
    for name in ("pixel_auroc", "pixel_average_precision", "pixel_prevalence"):
        assert ignored.measures[name] == removed.measures[name]
    assert ignored.cases[0].pixels == int(rest.sum())
    assert ignored.cases[0].highest == heat[rest].max()


def test_volumes_have_an_image_a_slice(tmp_path):
    heat = np.zeros((4, 16, 16), np.float32)
    mask = np.zeros(heat.shape, bool)
    mask[1:3, 4:8, 4:8] = True
    heat[mask] = 1
    heat[0, 0, 0] = 2
    ignore = np.zeros(heat.shape, bool)
    ignore[3] = True
    out = evaluate_heatmaps([case_of(tmp_path / "v", heat, mask, ignore)], QUICK)
    assert (out.images.negative, out.images.positive) == (1, 2)
    assert out.measures["image_auroc"].value == 0.0
    assert out.cases[0].lesion_slices == 2
    assert out.measures["top1_centre"].value == 1.0
    assert out.measures["pixel_auroc"].interval is None
    assert any("single case" in words for words in out.warnings)


def test_too_many_pixels_are_binned_and_say_by_how_much(tmp_path):
    boxes = boxed_set(tmp_path, lift=0.3)
    cases = match_cases(tmp_path / "heat", write_csv(tmp_path / "b.csv", boxes))
    exact = evaluate_heatmaps(cases, QUICK)
    binned = evaluate_heatmaps(cases, dataclasses.replace(QUICK, exact_bytes=1000))
    assert not binned.exact
    assert any("bins" in words for words in binned.warnings)
    for name in ("pixel_auroc", "pixel_average_precision"):
        one, other = exact.measures[name], binned.measures[name]
        assert 0 < other.error < 1e-3
        assert abs(one.value - other.value) <= other.error
        assert one.interval == other.interval
        assert one.interval.low < one.value < one.interval.high


def test_what_cannot_be_measured(tmp_path):
    heat, none = np.zeros((4, 4)), np.zeros((4, 4), bool)
    with pytest.raises(InputError, match="No heatmap has a lesion"):
        evaluate_heatmaps([case_of(tmp_path / "a", heat, none)])
    with pytest.raises(InputError, match="No heatmap has a lesion"):
        evaluate_heatmaps([case_of(tmp_path / "a", heat, ~none, ~none)])
    with pytest.raises(InputError, match="Every pixel that counts is lesion"):
        evaluate_heatmaps([case_of(tmp_path / "a", heat, ~none)])
    with pytest.raises(InputError, match="no heatmap"):
        evaluate_heatmaps([])


def test_progress_rises_and_cancel_stops(tmp_path):
    boxes = boxed_set(tmp_path)
    cases = match_cases(tmp_path / "heat", write_csv(tmp_path / "b.csv", boxes))
    seen: list[tuple[float, str]] = []
    evaluate_heatmaps(cases, QUICK, lambda fraction, message: seen.append((fraction, message)))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert not any("case" in message for _, message in seen)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        evaluate_heatmaps(cases, QUICK, lambda fraction, message: fraction > 0.3 and cancel.cancel(), cancel)


@pytest.fixture
def evaluation(tmp_path):
    boxes = boxed_set(tmp_path, lift=0.4)
    return evaluate_heatmaps(match_cases(tmp_path / "heat", write_csv(tmp_path / "b.csv", boxes)), QUICK)


@pytest.mark.slow
def test_the_folder(tmp_path, evaluation):
    pytest.importorskip("matplotlib")
    out = tmp_path / "deep" / "out"
    paths = write_report(evaluation, out)
    assert [path.name for path in paths] == [RESULTS, CASES, PAGE, *PICTURES]
    data = json.loads((out / RESULTS).read_text())
    auroc = evaluation.measures["pixel_auroc"]
    assert data["measures"]["pixel_auroc"]["value"] == auroc.value
    assert data["measures"]["pixel_auroc"]["low"] == auroc.interval.low
    assert (data["cases"], data["lesion_cases"], data["images"]) == (6, 4, 6)
    rows = rows_of(out / CASES)
    assert [row["case"] for row in rows] == [row.case for row in evaluation.cases]
    assert rows[0]["pixel_auroc"] == ""
    assert float(rows[3]["pixel_auroc"]) == evaluation.cases[3].pixel_auroc
    page = (out / PAGE).read_text(encoding="utf-8")
    assert page.count('class="chart"') == len(PICTURES)
    assert f"{auroc.value:.3f}" in page
    curve = data["froc"]
    assert (curve["false_positives"][0], curve["sensitivity"][0], curve["thresholds"][0]) == (0, 0, None)
    assert curve["sensitivity"][-1] <= 1
    assert data["lesions"] == sum(row.lesions for row in evaluation.cases) == 8
    for name in PICTURES:
        with Image.open(out / name) as picture:
            assert picture.size[0] > 350
            assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 20


def test_histograms_hold_every_score_where_it_is(tmp_path):
    """Curves may merge normal scores between two lesions' scores; a histogram must not."""
    heat = np.arange(64, dtype=np.float32).reshape(8, 8)
    mask = heat == 63
    out = evaluate_heatmaps([case_of(tmp_path / "a", heat, mask)], QUICK)
    assert len(out.pixels.scores) == 2
    assert out.histogram.scores.tolist() == list(range(64))
    assert out.histogram.negatives.tolist() == [1] * 63 + [0]
    assert out.image_histogram.scores.tolist() == [63]
