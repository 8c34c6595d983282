"""The PICARD detector through the protocol."""

from __future__ import annotations

import numpy as np
import pytest
from detectors import picard_small

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.picard.heatmaps import PicardSettings, heatmaps
from GANAnomalyLib.detectors.picard.load import save_picard
from GANAnomalyLib.detectors.picard.resolve_settings import picard_score
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    save_picard(path, picard_small.model(), ModelCard("small", resolution=48))
    return load_model(path)


@pytest.fixture(scope="module")
def slices():
    stack = np.stack([picard_small.picture(48, seed) for seed in range(3)])
    stack[:, :, :20] = -1
    return stack


def detector(loaded, **options):
    settings = {"stride": 8, "completions": 3, **options.pop("settings", {})}
    return make_detector(loaded, DetectorOptions(**options, settings=settings), "picard")


def run(made, slices, known=None, progress=no_progress, cancel=None):
    indices = list(range(4, 4 + len(slices)))
    return {item.index: item for item in made.explain(slices, indices, progress, cancel or CancelToken(), known)}


def test_every_slice_has_heat_windows_and_a_picture(loaded, slices):
    said: list[tuple[float, str]] = []
    made = detector(loaded, seed=5)
    found = run(made, slices, progress=lambda *report: said.append(report))
    assert list(found) == [4, 5, 6]
    assert (made.metric, made.notes) == ("mcd_image", [])
    assert "pixels" in made.unit
    settings = PicardSettings(stride=8, completions=3, skip_background=True, seed=5)
    for item, pixels in zip(found.values(), slices, strict=True):
        assert item.reconstruction.shape == item.anomaly.shape == (48, 48)
        assert item.windows.shape == (33, 33)
        assert {array.dtype for array in (item.reconstruction, item.anomaly, item.windows)} == {np.dtype(np.float32)}
        assert np.isfinite(item.anomaly).all()
        assert np.abs(item.reconstruction).max() <= 1
        direct = heatmaps(loaded.picard, pixels, settings)
        np.testing.assert_array_equal(item.anomaly, np.nan_to_num(direct.map()))
        np.testing.assert_array_equal(item.windows, direct.windows())
        # Background holes were not looked at; others have their score at their corner.
        assert np.isnan(item.windows[8, 0])
        assert item.windows[8, 24] == direct.scores["mcd_image"][1, 3]
    assert said[0][1].startswith("Slice 1 of 3: window ")
    assert [fraction for fraction, _ in said] == sorted(fraction for fraction, _ in said)


def test_a_run_goes_on_from_what_is_known(loaded, slices):
    found = run(detector(loaded), slices)
    known = {4: found[4].state, 5: {"anomaly": np.zeros((4, 4)), "windows": np.zeros((2, 2))}}
    again = run(detector(loaded), slices, known)
    assert list(again) == [5, 6]
    np.testing.assert_array_equal(again[6].anomaly, found[6].anomaly)
    assert set(found[4].state) == {"anomaly", "windows"}


def test_modes_and_what_the_card_recommends(loaded):
    fast, published = detector(loaded).settings, detector(loaded, mode="reference").settings
    assert (fast.mode, fast.border, fast.skip_background) == ("adaptive", True, True)
    assert (published.mode, published.border, published.skip_background) == ("exact", False, False)
    assert detector(loaded, steps=7).settings.completions == 7
    assert detector(loaded, settings={"metric": "med_cd", "space": "feature"}).settings.mode == "exact"
    loaded.card.recommended["picard"] = {"stride": 3, "completions": 2, "border": False, "of another version": 1}
    try:
        made = make_detector(loaded, DetectorOptions(settings={"completions": 5}))
    finally:
        del loaded.card.recommended["picard"]
    assert (made.settings.stride, made.settings.completions, made.settings.border) == (3, 5, False)


@pytest.mark.parametrize(
    ("listed", "metric"),
    [
        (["MedCD", "MCD"], "med_cd_image"),
        (["mcd_feature"], "mcd_feature"),
        (["unheard of"], "mcd_image"),
        ("MCD", "mcd_image"),
    ],
)
def test_a_published_list_of_metrics_on_the_card_gives_the_first(loaded, listed, metric):
    loaded.card.recommended["picard"] = {"metrics": listed}
    try:
        assert detector(loaded).metric == metric
    finally:
        del loaded.card.recommended["picard"]


BAD = {
    "stride": ({"stride": 0}, "'stride'"),
    "completions": ({"completions": 0}, "'completions'"),
    "hole": ({"hole": 64}, "leaves nothing of a window"),
    "metric": ({"metric": "wd"}, "'metric' must be one of"),
    "space": ({"space": "latent"}, "'space' must be one of"),
    "layers": ({"drop_layers": "conv3"}, "list of layer names"),
    "mean adaptive": ({"metric": "mean_cd", "mode": "adaptive"}, "take mode exact"),
}


@pytest.mark.parametrize(("settings", "sentence"), BAD.values(), ids=BAD)
def test_bad_settings(loaded, settings, sentence):
    with pytest.raises(InputError, match=sentence):
        detector(loaded, settings=settings)


def test_bad_models_and_slices(loaded, slices):
    with pytest.raises(InputError, match="smaller than a window"):
        run(detector(loaded, settings={"border": False, "window": 64}), slices)
    with pytest.raises(InputError, match="of 1 or more"):
        detector(loaded, steps=0)


def test_restored_slices_are_left_to_the_score_room(loaded, slices):
    found = run(detector(loaded, settings={"score": "restoration"}), slices)
    scored = run(detector(loaded), slices)
    for index, item in found.items():
        assert item.anomaly is None
        assert item.windows is None
        assert item.state == {}
        assert np.array_equal(item.reconstruction, scored[index].reconstruction)
    again = run(detector(loaded, settings={"score": "restoration"}), slices, known={5: {}})
    assert list(again) == [4, 6]


@pytest.mark.parametrize(
    ("options", "recommended", "expected"),
    [
        ({}, None, "completions"),
        ({}, {"score": "restoration"}, "restoration"),
        ({"settings": {"score": "completions"}}, {"score": "restoration"}, "completions"),
        ({"settings": {"space": "feature"}}, {"score": "restoration"}, "completions"),
        ({"settings": {"metric": "mcd", "score": "restoration"}}, None, "restoration"),
        ({"mode": "reference"}, {"score": "restoration"}, "completions"),
    ],
)
def test_which_scores_a_run_gives(options, recommended, expected):
    assert picard_score(DetectorOptions(**options), recommended) == expected


def test_a_score_that_there_is_not(loaded):
    with pytest.raises(InputError, match="one of completions, restoration, not 'pixels'"):
        detector(loaded, settings={"score": "pixels"})
