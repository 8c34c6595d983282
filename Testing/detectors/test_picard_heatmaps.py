"""Heatmaps: exact ones are the published procedure's, adaptive ones rank as exact ones, and what they are made of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from benchmarks.plain_picard import plain_distances
from detectors import picard_small

from GANAnomalyLib.detectors.picard.heatmaps import METRICS, PicardMaps, PicardSettings, heatmaps
from GANAnomalyLib.detectors.picard.heatmaps import work as work_module
from GANAnomalyLib.detectors.picard.heatmaps.completer import Completer
from GANAnomalyLib.detectors.picard.heatmaps.masks import drawn
from GANAnomalyLib.detectors.picard.network.dropout import drop_layers
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

EXACT = PicardSettings(stride=8, completions=5, mode="exact", border=False, batch=3)


@pytest.fixture(scope="module")
def model():
    return picard_small.model()


@pytest.fixture(scope="module")
def masks(model):
    return drawn(drop_layers(model.inpainter), 0.5, 11)


@pytest.fixture(scope="module")
def exact(model, masks):
    """All metrics of a 56 pixel picture: 4 x 4 windows."""
    settings = dataclasses.replace(EXACT, metrics=METRICS)
    return heatmaps(model, picard_small.picture(56), settings, masks)


def test_exact_is_the_published_procedure(model, masks, exact):
    plain = plain_distances(
        model.inpainter.state_dict(),
        model.local.state_dict(),
        torch.from_numpy(picard_small.picture(56))[None],
        masks,
        window=32,
        hole=16,
        stride=8,
        completions=5,
    )
    reductions = {"mcd": lambda d: d.amin(-1), "mean_cd": lambda d: d.mean(-1), "med_cd": lambda d: d.median(-1).values}
    assert set(exact.scores) == set(METRICS)
    for metric, scores in exact.scores.items():
        kind, space = metric.rsplit("_", 1)
        assert scores.shape == (4, 4)
        np.testing.assert_allclose(scores, reductions[kind](plain[space]).numpy(), atol=1e-4)
    assert float((plain["image"].amax(-1) - plain["image"].amin(-1)).min()) > 1e-3, "completions differ"
    assert (exact.completions == 5).all()


def test_one_metric_alone_is_the_same(model, masks, exact):
    for metric in ("mcd_feature", "med_cd_image"):
        alone = heatmaps(model, picard_small.picture(56), dataclasses.replace(EXACT, metrics=(metric,), batch=7), masks)
        np.testing.assert_allclose(alone.scores[metric], exact.scores[metric], atol=1e-5)


FINE = PicardSettings(stride=4, completions=6, metrics=("mcd_image", "mcd_feature"), top=10, border=False)


@pytest.fixture(scope="module")
def fine(model):
    """Pictures, each with its exact heatmaps by both metrics."""
    images = [picard_small.picture(64, seed) for seed in range(2)]
    return [(image, heatmaps(model, image, dataclasses.replace(FINE, mode="exact"))) for image in images]


@pytest.mark.parametrize("metric", FINE.metrics)
def test_adaptive_ranks_the_top_as_exact_does(model, fine, metric):
    spent = total = 0
    for image, full in fine:
        fast = heatmaps(model, image, dataclasses.replace(FINE, metrics=(metric,)))
        ours, theirs = fast.scores[metric].ravel(), full.scores[metric].ravel()
        top = np.argsort(-theirs, kind="stable")[:10]
        assert np.argsort(-ours, kind="stable")[:10].tolist() == top.tolist()
        np.testing.assert_allclose(ours[top], theirs[top], atol=1e-5)
        assert (ours >= theirs - 1e-5).all(), "where it stopped early, the score is an upper bound"
        assert (fast.completions.ravel()[top] == 6).all()
        spent, total = spent + fast.completions.sum(), total + full.completions.sum()
    assert spent < 0.75 * total


def test_seeds(model):
    image = picard_small.picture(40)
    settings = dataclasses.replace(EXACT, completions=2)
    first = heatmaps(model, image, settings).scores["mcd_image"]
    # Order and batch play no part in which channels are dropped.
    batch = heatmaps(model, image, dataclasses.replace(settings, batch=1)).scores["mcd_image"]
    np.testing.assert_allclose(first, batch, atol=1e-5)
    assert np.array_equal(first, heatmaps(model, image, settings).scores["mcd_image"])
    assert not np.allclose(first, heatmaps(model, image, dataclasses.replace(settings, seed=1)).scores["mcd_image"])


def test_what_is_kept_of_windows_has_a_limit_that_changes_nothing(model, monkeypatch):
    image, settings = picard_small.picture(64), PicardSettings(stride=8, completions=4)
    plenty = heatmaps(model, image, settings)
    monkeypatch.setattr(work_module, "KEEP_BYTES", 1)
    scarce = heatmaps(model, image, settings)
    np.testing.assert_allclose(scarce.scores["mcd_image"], plenty.scores["mcd_image"], atol=1e-5)


def test_the_edge_is_reached_with_mirrored_surroundings(model):
    image, settings = picard_small.picture(52), dataclasses.replace(EXACT, completions=2)
    inner, whole = heatmaps(model, image, settings), heatmaps(model, image, dataclasses.replace(settings, border=True))
    assert (inner.rows.tolist(), whole.rows.tolist()) == ([8, 16, 24], [0, 8, 16, 24, 32, 36])
    assert np.isnan(inner.map()[:8]).all()
    assert np.isfinite(whole.map()).all()
    assert np.isfinite(whole.map(averaged=True)).all()
    # The windows of the mirrored picture are those of a picture that was mirrored before.
    padded = heatmaps(model, np.pad(image, 8, mode="reflect"), settings).scores["mcd_image"]
    np.testing.assert_allclose(whole.scores["mcd_image"][:5, :5], padded, atol=1e-5)


def test_background_is_left_out(model):
    image = picard_small.picture(64)
    image[:, :30] = -1
    settings = dataclasses.replace(EXACT, completions=2, skip_background=True)
    found, all_of_it = (
        heatmaps(model, image, settings),
        heatmaps(model, image, dataclasses.replace(settings, skip_background=False)),
    )
    skipped = np.array([np.mean(image[8:24, c : c + 16] <= -0.95) >= 0.95 for c in found.columns])
    assert skipped.any()
    assert not skipped.all()
    scores, full = found.scores["mcd_image"], all_of_it.scores["mcd_image"]
    assert np.array_equal(np.isnan(scores), np.broadcast_to(skipped, scores.shape))
    np.testing.assert_allclose(scores[:, ~skipped], full[:, ~skipped], atol=1e-5)
    assert (found.completions[:, skipped] == 0).all()
    assert np.isnan(found.map()[20, 9])
    assert found.reconstruction[20, 9] == -1
    nothing = heatmaps(model, np.full((40, 40), -1, np.float32), settings)
    assert np.isnan(nothing.map()).all()
    assert (nothing.reconstruction == -1).all()


@pytest.mark.parametrize(("window", "factor"), [(64, 2), (16, 0.5)])
def test_windows_of_another_size_are_resized(model, masks, window, factor):
    """A picture enlarged by repetition, seen through windows as much larger, is the picture; likewise when shrunk."""
    image = picard_small.picture(48)
    if factor == 2:
        other = image.repeat(2, 0).repeat(2, 1)
        expected = heatmaps(model, image, dataclasses.replace(EXACT, completions=2), masks)
    else:
        other = np.full((24, 24), 0.3, np.float32)
        expected = heatmaps(model, np.full((48, 48), 0.3, np.float32), dataclasses.replace(EXACT, completions=2), masks)
    settings = dataclasses.replace(EXACT, completions=2, window=window, stride=int(8 * factor))
    found = heatmaps(model, other, settings, masks)
    assert found.hole == window // 2
    np.testing.assert_allclose(found.scores["mcd_image"], expected.scores["mcd_image"], atol=1e-4)


def test_a_hole_of_another_size_has_features_of_the_trained_one(model):
    found = heatmaps(model, picard_small.picture(40), dataclasses.replace(EXACT, hole=10, metrics=("mcd_feature",)))
    assert found.rows.tolist() == [11, 19]
    assert (found.scores["mcd_feature"] > 0).all()


def test_reconstruction_is_the_mean_of_the_nearest_completions(model, masks):
    image = picard_small.picture(40)
    found = heatmaps(model, image, EXACT, masks)
    layers = drop_layers(model.inpainter)
    total, count = np.zeros((40, 40)), np.zeros((40, 40))
    for row in range(2):
        for column in range(2):
            at = slice(row * 8, row * 8 + 32), slice(column * 8, column * 8 + 32)
            truth = torch.from_numpy(image[at])[None, None]
            mask = torch.zeros(1, 1, 32, 32)
            mask[..., 8:24, 8:24] = 1
            drops = [masks(row, column, number) for number in range(5)]
            drop = {name: torch.stack([each[name] for each in drops]) for name in layers}
            done = model.inpainter((truth * (1 - mask)).expand(5, -1, -1, -1), mask.expand(5, -1, -1, -1), drop)[1]
            holes, true = done[:, 0, 8:24, 8:24], truth[0, 0, 8:24, 8:24]
            nearest = holes[(holes - true).flatten(1).norm(dim=1).argmin()].numpy()
            part = slice(row * 8 + 8, row * 8 + 24), slice(column * 8 + 8, column * 8 + 24)
            total[part] += nearest
            count[part] += 1
    expected = np.where(count > 0, total / np.maximum(count, 1), image)
    np.testing.assert_allclose(found.reconstruction, expected, atol=1e-3)
    assert found.reconstruction.dtype == np.float32


def test_maps_of_a_known_grid():
    rows = np.array([0, 4, 8, 12, 14])
    rising = np.add.outer(rows, 2 * rows).astype(np.float32)
    maps = PicardMaps({"mcd_image": rising}, rows, rows, 4, (20, 20), np.ones((5, 5), int), np.zeros((20, 20)))
    heat = maps.map()
    centres = rows + 1.5
    assert np.array_equal(maps.centres, (centres, centres))
    # Straight between the inner centres, flat beyond the outermost ones, nothing where no hole is.
    assert heat[8, 7] == pytest.approx(8 - 1.5 + 2 * (7 - 1.5), abs=1e-4)
    assert heat[0, 10] == heat[1, 10]
    assert heat[17, 10] == heat[16, 10]
    assert np.isnan(heat[:, 18:]).all()
    averaged = maps.map(averaged=True)
    assert averaged[4, 4] == rising[1, 1]
    assert averaged[15, 4] == pytest.approx((rising[3, 1] + rising[4, 1]) / 2)
    windows = maps.windows()
    assert windows.shape == (17, 17)
    assert windows[14, 8] == rising[4, 2]
    assert np.isfinite(windows).sum() == 25
    with pytest.raises(InputError, match="was not made"):
        maps.map("mean_cd_image")


def test_colour(model):
    image = np.stack([picard_small.picture(40, seed) for seed in range(3)])
    colour = picard_small.model(channels=3)
    found = heatmaps(colour, image, dataclasses.replace(EXACT, metrics=("mcd_image", "mcd_feature")))
    assert found.reconstruction.shape == (3, 40, 40)
    grey = heatmaps(colour, image[0], EXACT)
    assert grey.reconstruction.shape == (40, 40)
    with pytest.raises(InputError, match="the model is for 1 channel"):
        heatmaps(model, image, EXACT)


def test_out_of_memory_halves_the_batch(model, monkeypatch):
    image, settings = picard_small.picture(48), dataclasses.replace(EXACT, batch=8)
    expected = heatmaps(model, image, settings)
    begin = Completer.begin

    def tight(self, windows, drop):
        if len(windows) > 3:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")
        return begin(self, windows, drop)

    monkeypatch.setattr(Completer, "begin", tight)
    found = heatmaps(model, image, settings)
    np.testing.assert_allclose(found.scores["mcd_image"], expected.scores["mcd_image"], atol=1e-5)
    assert found.batch == 2
    assert len(found.notes) == 2
    assert "halved to 2" in found.notes[-1]
    monkeypatch.setattr(Completer, "begin", lambda *_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        heatmaps(model, image, settings)


@pytest.mark.parametrize("mode", ["exact", "adaptive"])
def test_progress_and_cancel(model, mode):
    said: list[tuple[float, str]] = []
    settings = dataclasses.replace(EXACT, mode=mode)
    heatmaps(model, picard_small.picture(56), settings, progress=lambda *report: said.append(report))
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert "of 16" in said[0][1]
    token = CancelToken()

    def stop(fraction: float, message: str) -> None:
        said.append((fraction, message))
        token.cancel()

    said.clear()
    with pytest.raises(Cancelled):
        heatmaps(model, picard_small.picture(56), settings, progress=stop, cancel=token)
    assert len(said) == 1


BAD = {
    "an image smaller than a window": ({}, 20, "smaller than a window of 32"),
    "an image smaller than a hole": ({"border": True}, 12, "smaller than a hole of 16"),
    "a hole larger than the window": ({"hole": 40}, 56, "leaves nothing of a window"),
    "a stride of zero": ({"stride": 0}, 56, "'stride' must be a whole number"),
    "no completions": ({"completions": 0}, 56, "'completions' must be a whole number"),
    "a rate of one": ({"drop_rate": 1.0}, 56, "'drop_rate'"),
    "an unknown layer": ({"drop_layers": ("coarse_generator.conv99",)}, 56, "has no layer"),
    "an unknown metric": ({"metrics": ("mcd",)}, 56, "no metric 'mcd'"),
    "no metric": ({"metrics": ()}, 56, "at least one metric"),
    "an unknown mode": ({"mode": "quick"}, 56, "'mode' must be one of"),
    "a mean that is adaptive": ({"mode": "adaptive", "metrics": ("mean_cd_image",)}, 56, "take mode exact"),
    "a share above one": ({"skip_background": 1.5}, 56, "'skip_background'"),
    "a text as a switch": ({"averaged": "yes"}, 56, "'averaged' must be true or false"),
}


@pytest.mark.parametrize(("changed", "side", "sentence"), BAD.values(), ids=BAD)
def test_bad_input(model, changed, side, sentence):
    with pytest.raises(InputError, match=sentence):
        heatmaps(model, picard_small.picture(side), dataclasses.replace(EXACT, **changed))


def test_bad_pictures_and_a_model_without_critics(model):
    image = picard_small.picture(56)
    image[3, 4] = np.nan
    with pytest.raises(InputError, match="NaN"):
        heatmaps(model, image, EXACT)
    with pytest.raises(InputError, match="window and level"):
        heatmaps(model, picard_small.picture(56) * 100, EXACT)
    bare = picard_small.model(critics=False)
    with pytest.raises(InputError, match="only distances on the image"):
        heatmaps(bare, picard_small.picture(56), dataclasses.replace(EXACT, metrics=("mcd_feature",)))
    assert np.isfinite(heatmaps(bare, picard_small.picture(40), EXACT).scores["mcd_image"]).all()
