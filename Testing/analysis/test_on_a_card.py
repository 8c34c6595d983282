"""On a graphics card an analysis finds what it finds on the processor; ``--card cpu`` rehearses the tests without one.

Tolerances: the fast projection synthesises in half precision on a card, and a step of a search may round another way:
scores within 3 percent, the highest finding in the same place to 2 pixels, and four of five findings shared. Full
precision, where nothing is searched: 0.5 percent.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from analysis import small

from GANAnomalyLab.demo_models import demo_cohort
from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib import AnalysisRequest, AnalysisResult, run
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.volume import read_volume

pytestmark = pytest.mark.gpu
BUNDLED = small.ROOT / "GANAnomaly" / "GANAnomalyLib" / "data"
WITH_NEEDLE = BUNDLED / "torso_3mm_with_anomalies.nii.gz"
SLICES = (75, 78)


@pytest.fixture(scope="session")
def memory(tmp_path_factory) -> Path:
    """A memory of a dozen slices of the torso."""
    stack = demo_cohort.source()
    images, _ = demo_cohort.framed(stack.slices[60:96:3], stack.spacing_mm)
    folder = tmp_path_factory.mktemp("memory")
    given = {"out": str(folder), "resolution": 128, "window": 350.0, "level": 50.0, "side": 128, "components": 16}
    kind = find_trainer("memory")
    settings = kind.settings.read({**given, "device": "cpu", "threads": 1})
    grey = np.round((images[:, None] + 1) * 127.5).astype(np.uint8)
    train(kind, settings, no_progress, CancelToken(), lambda sentence: None, ImageSet.from_array(grey))
    return snapshots(folder)[-1]


def both(tmp_path: Path, card: str, model: str, **asked) -> list[AnalysisResult]:
    """The same analysis on the processor and on the card."""
    results = []
    for name, device in (("processor", "cpu"), ("card", card)):
        given = {"output": str(tmp_path / name), "model": model, "slices": SLICES, "device": device, **asked}
        results.append(run(AnalysisRequest(str(WITH_NEEDLE), **given)))
    assert results[1].manifest["device"]["name"] == card
    return results


def overlap(one, other) -> float:
    """Shared part of two findings' boxes, 0..1."""
    pairs = list(zip(one.box_ijk, other.box_ijk, strict=True))
    shared = np.prod([max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in pairs])
    volumes = [np.prod([stop - start for start, stop in finding.box_ijk]) for finding in (one, other)]
    return float(shared / (sum(volumes) - shared))


def check_same(results: list[AnalysisResult], tolerance: float) -> None:
    processor, graphics = (result.findings for result in results)
    assert processor
    first, other = processor[0], graphics[0]
    assert (other.slice, other.why.code) == (first.slice, first.why.code)
    assert other.score == pytest.approx(first.score, rel=tolerance)
    spacing = np.array(read_volume(WITH_NEEDLE).spacing)
    assert (np.abs(np.subtract(first.centre_ras, other.centre_ras)) <= 2 * spacing).all()
    met = [max(overlap(finding, one) for one in graphics) > 0.5 for finding in processor]
    assert np.mean(met) >= 0.8
    patch_scores = [[row["patch_score"] for row in result.scores] for result in results]
    np.testing.assert_allclose(*patch_scores, rtol=tolerance)
    heat = [sitk.GetArrayFromImage(sitk.ReadImage(str(result.path("heatmap")))) for result in results]
    assert np.abs(heat[0] - heat[1]).mean() <= tolerance * heat[0][heat[0] > 0].mean()


def test_the_demo_model(tmp_path, card):
    check_same(both(tmp_path, card, str(BUNDLED / "models" / "demo.safetensors")), 0.03)


def test_a_search(tmp_path, card):
    check_same(both(tmp_path, card, str(BUNDLED / "models" / "demo.safetensors"), steps=10), 0.03)


@pytest.mark.parametrize("score", ["restoration", "completions"])
def test_picard(tmp_path, card, score):
    settings = {"completions": 2, "stride": 16, "score": score}
    check_same(both(tmp_path, card, str(BUNDLED / "models" / "demo_picard.safetensors"), settings=settings), 0.005)


def test_a_memory(tmp_path, card, memory):
    check_same(both(tmp_path, card, str(memory)), 0.005)


def test_the_published_projection(card):
    """The same draws on both; errors of 40 steps agree to 2 percent, and the pictures to 2 grey levels of 255."""
    stack = demo_cohort.source()
    images, _ = demo_cohort.framed(stack.slices[75:77], stack.spacing_mm)
    found = [
        project_reference(load_model(BUNDLED / "models" / "demo.safetensors", device).generator, images[:, None], 40)
        for device in ("cpu", card)
    ]
    np.testing.assert_allclose(found[1].losses, found[0].losses, rtol=0.02)
    assert np.abs(found[1].images - found[0].images).mean() * 127.5 < 2
