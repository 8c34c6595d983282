"""Each finding says why it was marked: known changes of a slice, and simulated anomalies through the demo model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import ndimage

from GANAnomalyLib import run
from GANAnomalyLib.analysis.explain_findings import SliceView, why_of
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.results.why import Why

LOW, HIGH, SIZE, SIDE = -125.0, 225.0, 8, 96
AT = (40, 44)


def pair(noise: float = 8.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A slice with noise and its smooth normal version: an ellipse of 40 HU with some structure, air around it."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    body = ((rows - 48) / 42) ** 2 + ((cols - 48) / 45) ** 2 < 1
    structure = ndimage.gaussian_filter(random.normal(0, 1, (SIDE, SIDE)), 3)
    normal = np.where(body, 40 + 20 * structure / structure.std(), -1000.0)
    return normal + noise * random.normal(0, 1, normal.shape) * body, np.clip(normal, LOW, HIGH)


def why(values: np.ndarray, normal: np.ndarray, counts: np.ndarray | None = None, **more) -> Why:
    counts = np.ones(values.shape, bool) if counts is None else counts
    view = SliceView(values.astype(np.float32), normal.astype(np.float32), counts, LOW, HIGH, 2.5)
    return why_of([(view, *AT)], SIZE, **more)


HERE = np.s_[AT[0] + 2 : AT[0] + 7, AT[1] + 1 : AT[1] + 6]


@pytest.mark.parametrize(
    ("hu", "code", "least", "most"),
    [(60, "brighter", 50, 70), (-45, "darker", 35, 55), (900, "brighter", 850, 950), (-1000, "darker", 950, 1050)],
)
def test_brighter_and_darker_by_the_slices_own_values(hu, code, least, most):
    values, normal = pair()
    values[HERE] += hu
    found = why(values, normal)
    assert (found.code, found.or_more) == (code, False)
    assert least <= found.hu <= most
    assert found.hu % 5 == 0
    assert why(values, normal, hounsfield=False) == Why(code), "no HU where values are none"


def test_where_normal_ends_with_the_window_it_may_be_more():
    values, normal = pair()
    normal[36:56, 40:60] = HIGH  # bone, or more than bone
    values[36:56, 40:60] = 600
    values[HERE] = 25
    found = why(values, normal)
    assert (found.code, found.or_more) == ("darker", True)
    assert 190 <= found.hu <= 210
    values, normal = pair()
    normal[36:56, 40:60], values[36:56, 40:60] = LOW, -800.0  # gas
    values[HERE] = 55
    assert why(values, normal) == Why("brighter", 180, True)


def test_what_the_model_cannot_know_is_no_difference():
    values, normal = pair()
    normal[HERE] = HIGH
    values[HERE] = 1400.0
    assert why(values, normal).hu < 30, "bone of 1400 HU, as far as a window to 225 HU tells"


def test_smoother_and_rougher():
    values, normal = pair()
    patch = np.s_[AT[0] - 2 : AT[0] + SIZE + 2, AT[1] - 2 : AT[1] + SIZE + 2]
    values[patch] = ndimage.gaussian_filter(normal, 2)[patch]
    assert why(values, normal) == Why("smoother")
    values, normal = pair()
    values[patch] += 90 * np.sign(np.random.default_rng(1).normal(0, 1, values[patch].shape))
    assert why(values, normal) == Why("rougher")


@pytest.mark.parametrize("shift", [(4, 0), (0, -5), (3, 3)])
def test_displaced_where_it_is_found_elsewhere(shift):
    values, normal = pair()
    blob = np.zeros(normal.shape)
    blob[AT[0] + SIZE // 2, AT[1] + SIZE // 2] = 1
    blob = ndimage.gaussian_filter(blob, 1.8)
    blob *= 90 / blob.max()
    moved = ndimage.shift(blob, shift, order=1)
    found = why(values + blob, normal + moved)
    assert found.code == "displaced"
    assert abs(found.mm - 2.5 * np.hypot(*shift)) <= 2.5
    assert why(values + blob, normal).code == "brighter", "where there is none elsewhere, it is new"


def test_padding_and_what_was_left_out_are_not_darker():
    values, normal = pair()
    counts = np.ones(values.shape, bool)
    counts[:, : AT[1] + 3] = False
    values[:, : AT[1] + 3] = -1000
    values[AT[0] + 3 : AT[0] + 7, AT[1] + 4 : AT[1] + 7] += 70
    assert why(values, normal, counts).code == "brighter"


def test_a_result_says_it_and_older_ones_open_without(ask):
    result = run(ask())
    assert result.findings
    assert all(finding.why is not None for finding in result.findings)
    path = result.path("findings")
    stored = json.loads(path.read_text())
    assert set(stored["findings"][0]["why"]) == {"code", "hu", "or_more", "mm"}
    for finding in stored["findings"]:
        del finding["why"]
    path.write_text(json.dumps(stored))
    assert [finding.why for finding in AnalysisResult.read(result.folder).findings] == [None] * len(result.findings)


def test_a_picture_has_no_hounsfield_units(ask, tmp_path):
    picture = np.clip(np.indices((64, 64)).sum(0) * 2, 0, 255).astype(np.uint8)
    from PIL import Image

    Image.fromarray(picture).save(tmp_path / "picture.png")
    result = run(ask(input=str(tmp_path / "picture.png"), output=tmp_path / "out", allow_any=True))
    assert {finding.why.hu for finding in result.findings} == {None}
