"""The figures of reports: what they draw is what was given, and bad numbers are refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from GANAnomalyLib.errors import GANAnomalyError, InputError

pytest.importorskip("matplotlib")

from GANAnomalyLab.report import (
    Page,
    box_figure,
    froc_figure,
    leaderboard_figure,
    png_bytes,
    pr_figure,
    radar_figure,
    roc_figure,
    save_png,
    score_figure,
    tradeoff_figure,
)
from GANAnomalyLab.report.comparisons import pareto_front
from GANAnomalyLab.report.distributions import histogram_edges
from GANAnomalyLab.report.drawing import is_light, thin
from GANAnomalyLab.statistics.score_areas import ScoreCounts

RNG = np.random.default_rng(5)
PAIR = (RNG.normal(0, 1, 60), RNG.normal(1.5, 1, 40))


def lines(figure, n=0):
    return {line.get_label(): line for line in figure.axes[n].lines if not line.get_label().startswith("_")}


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Fewer pixels: what is tested does not depend on how many there are."""
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)


EXAMPLES = {
    "roc": lambda: roc_figure({"a": PAIR, "b": PAIR[::-1]}),
    "many": lambda: roc_figure({f"configuration number {n}": PAIR for n in range(12)}),
    "pr": lambda: pr_figure({"a": PAIR}),
    "froc": lambda: froc_figure({"a": ([0, 0.5, 3], [0, 0.5, 1])}),
    "pairs": lambda: score_figure({"a": PAIR, "b": PAIR, "c": PAIR}),
    "scores": lambda: score_figure({"baseline": PAIR[0], "needle": PAIR[1]}, threshold=1.0),
    "box": lambda: box_figure({"x": {"RQI": [0.1, 0.5], "AHI": [0.3]}, "y": {"RQI": [0.4]}}),
    "radar": lambda: radar_figure(
        {"x": {"a": 0.1, "b": 0.5, "c": 0.3}, "y": {"a": 0.1, "b": np.nan, "c": 0.3}}, level=0.8
    ),
    "boxes": lambda: box_figure({f"model {n}": {"RQI": [0.1, 0.5], "AHI": [0.3]} for n in range(12)}, bounds=(0, 1)),
    "circles": lambda: radar_figure(
        {f"model {n}": {"a": 0.1 * n, "b": np.nan, "c": 0.3} for n in range(7)}, "x", 1, 0.8
    ),
    "tradeoff": lambda: tradeoff_figure([("a", 1, 0.5), ("b", 20, 0.9), ("c", 30, None)]),
    "leaderboard": lambda: leaderboard_figure([("a", 0.9, 0.8, 0.95), ("b", None, None, None)], chance=0.5),
}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_figure_is_a_light_picture_and_the_same_each_time(name):
    figure = EXAMPLES[name]()
    assert is_light(figure)
    content = png_bytes(figure)
    assert content == png_bytes(figure)
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert min(pixels.shape[:2]) > 100
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20
    # Nothing is cut off at the edges.
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (border == 255).all()
    if name == "roc":
        assert png_bytes(EXAMPLES[name]()) == content
    assert 'class="chart"' in Page("x").figure(figure).html()


def test_roc_and_pr_are_those_of_the_scores():
    sklearn = pytest.importorskip("sklearn.metrics")
    truth, scores = np.repeat([0, 1], [60, 40]), np.concatenate(PAIR)
    shown = lines(roc_figure({"a": PAIR}))
    false, true, _ = sklearn.roc_curve(truth, scores)
    assert np.interp(false, *shown[f"a: AUROC {sklearn.roc_auc_score(truth, scores):.3f}"].get_data())[-1] == 1
    x, y = shown[f"a: AUROC {sklearn.roc_auc_score(truth, scores):.3f}"].get_data()
    assert {*zip(false, true, strict=True)} <= {*zip(x, y, strict=True)}
    assert f"a: average precision {sklearn.average_precision_score(truth, scores):.3f}" in lines(pr_figure({"a": PAIR}))
    counted = lines(roc_figure({"a": ScoreCounts.of(*PAIR)}, said={"a": "0.9 (0.8 to 1.0)"}))
    assert np.array_equal(counted["a: 0.9 (0.8 to 1.0)"].get_xdata(), x)


def test_froc_enters_from_the_left_and_goes_on_to_the_right():
    (line,) = lines(froc_figure({"a": ([0, 0, 1.0, 2.0], [0, 0.25, 0.5, 0.75])})).values()
    x, y = line.get_data()
    assert (x > 0).all()
    assert (y[0], y[-1]) == (0.25, 0.75)
    assert np.interp([1.0, 2.0, 16.0], x, y).tolist() == [0.5, 0.75, 0.75]
    with pytest.raises(InputError, match="2 rates and 1 sens"):
        froc_figure({"a": ([0, 1], [0])})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_the_front_is_what_nothing_beats(points):
    front = pareto_front(points)
    for n, (cost, value) in enumerate(points):
        beaten = any((c <= cost and v >= value) and (c, v) != (cost, value) for c, v in points)
        if n in front:
            assert not beaten
        else:
            assert beaten or any(points[m] == (cost, value) for m in front)
    assert [points[n][0] for n in front] == sorted(points[n][0] for n in front)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_histograms_hold_every_value(values):
    values = np.array(values)
    edges = histogram_edges(values)
    assert (np.diff(edges) > 0).all()
    assert np.histogram(values, edges)[0].sum() == len(values)


def test_boxes_are_tukeys():
    values = [1, 2, 3, 4, 20]
    axes = box_figure({"x": {"i": values}}).axes[0]
    heights = [tuple(line.get_ydata()) for line in axes.lines]
    assert (2.0, 1) in heights or (2, 1) in heights
    assert (4.0, 4) in heights or (4, 4) in heights
    assert (3.0, 3.0) in heights
    shown = np.asarray(axes.collections[-1].get_offsets())[:, 1]
    assert sorted(shown) == values


def test_many_boxes_stand_below_each_other_and_many_circles_apart():
    figure = EXAMPLES["boxes"]()
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert tops[0] > tops[1] + 0.3
    assert figure.get_size_inches()[0] < 12
    circles = EXAMPLES["circles"]()
    assert [axes.get_title() for axes in circles.axes] == [f"model {n}" for n in range(7)]
    # The closed lines: where good begins, the median of all, the model's own.
    for n, axes in enumerate(circles.axes):
        _, median, own = axes.lines
        assert np.allclose(median.get_ydata(), [0.3, np.nan, 0.3, 0.3], equal_nan=True)
        assert np.allclose(own.get_ydata(), [0.1 * n, np.nan, 0.3, 0.1 * n], equal_nan=True)


def test_long_curves_keep_their_ends_and_shape():
    x = np.linspace(0, 1, 100_001)
    few = thin(x, x**2)
    assert len(few[0]) <= 2001
    assert (few[0][0], few[0][-1]) == (0, 1)
    assert np.abs(np.interp(x, *few) - x**2).max() < 1e-5


def test_names_are_text():
    figure = roc_figure({"$\\frac{" + "x" * 200: PAIR, "a\x00\ud800_b": PAIR})
    assert len(png_bytes(figure)) > 100


def test_bad_numbers():
    nan = np.array([1.0, np.nan])
    for draw in (
        lambda: roc_figure({"a": (nan, [1.0])}),
        lambda: roc_figure({"a": ([], [1.0])}),
        lambda: roc_figure({"a": (["x"], [1.0])}),
        lambda: pr_figure({"a": ScoreCounts.of(np.array([1.0]), np.array([]))}),
        lambda: score_figure({"a": nan}),
        lambda: box_figure({"a": {"i": [np.inf]}}),
        lambda: froc_figure({"a": ([0.0, 1.0], nan)}),
        lambda: tradeoff_figure([("a", 0.0, 0.5)]),
        lambda: tradeoff_figure([("a", 1.0, None)]),
        lambda: radar_figure({"a": {"x": 1, "y": 1}}),
        lambda: radar_figure({"a": {"x": 1, "y": 1, "z": 1}, "b": {"x": 1}}),
        lambda: leaderboard_figure([("a", np.inf, None, None)]),
    ):
        with pytest.raises(InputError):
            draw()
    for draw in (roc_figure, pr_figure, froc_figure, score_figure, box_figure, radar_figure, tradeoff_figure):
        with pytest.raises(InputError, match="nothing to draw"):
            draw({})


def test_saved_whole(tmp_path):
    figure = roc_figure({"a": PAIR})
    save_png(figure, tmp_path / "a" / "roc.png")
    assert (tmp_path / "a" / "roc.png").read_bytes() == png_bytes(figure)
    (tmp_path / "file").write_text("")
    with pytest.raises(GANAnomalyError):
        save_png(figure, tmp_path / "file" / "roc.png")
