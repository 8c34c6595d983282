"""The threshold of masks: found on normals, kept by the card, taken by later analyses, which say so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from detectors import restorers
from evaluate_normative import made

from GANAnomalyLab.evaluate.normative.masking_threshold import masking_threshold
from GANAnomalyLib.analysis.pipeline import run as analyse
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.batch import find_cases
from GANAnomalyLib.batch.batch_summary import CaseRow
from GANAnomalyLib.batch.reuse import Finished, input_stamp
from GANAnomalyLib.cli import main
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard, set_recommended
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.results.result import AnalysisResult, notes_of
from GANAnomalyLib.volume import read_volume, write_volume

ARCHITECTURE = {"widths": [2, 4, 4, 4], "latent": 4, "inpainter_width": 4, "blocks": 1}
SIDE = 48


@pytest.fixture
def place(tmp_path):
    """Two normal CTs of two slices, and a model that looks twice."""
    normals = tmp_path / "normals"
    normals.mkdir()
    for number in range(2):
        write_volume(made.volume_of(made.body(number, 2)), normals / f"n{number}.nii.gz")
    small = restorers.made("phanes", SIDE, 1, ARCHITECTURE)
    path = tmp_path / "small.safetensors"
    card = ModelCard("small", "phanes", resolution=SIDE, architecture=dict(ARCHITECTURE), thresholds={"0.05": 1.0})
    save_model(path, small.tensors(), card)
    return SimpleNamespace(normals=normals, model=path, card=path.with_suffix(".json"), folder=tmp_path)


def maps_of(place, region: str) -> np.ndarray:
    """The values of all pixels that count, by the detector itself."""
    model = load_model(place.model)
    detector, values = make_detector(model), []
    for case in find_cases(place.normals):
        volume, request = read_volume(case.path), AnalysisRequest(str(case.path), region=region)
        prepared = prepare(request, Resolved.of(request, model.card, volume), model.card, volume)
        maps = detector.masking_maps(prepared.targets)
        values.append(maps[np.ones_like(maps, bool) if prepared.regions is None else prepared.regions])
    return np.concatenate(values)


@pytest.mark.parametrize(("region", "of_request"), [("image", "full"), ("body", "body")])
def test_at_most_a_twentieth_of_normal_pixels_exceeds_it(place, region, of_request):
    template = AnalysisRequest("", str(place.model))
    found = masking_threshold(place.model, place.normals, template, region)
    values = maps_of(place, of_request)
    assert (found.setting, found.scans, found.slices, found.pixels) == ("mask_threshold", 2, 4, len(values))
    assert (values > found.value).mean() <= 0.05 < (values > 0.998 * found.value).mean()


def run(*arguments: object) -> int:
    try:
        return main(list(map(str, arguments))) or 0
    except SystemExit as stopped:
        return int(stopped.code or 0)


def heat(result: AnalysisResult) -> np.ndarray:
    return read_volume(result.path("heatmap"), allow_any=True).voxels


@pytest.mark.slow
def test_the_command_writes_it_and_analyses_take_it(place, capsys):
    out = place.folder / "results"
    arguments = ("evaluate", "threshold", "--model", place.model, "--normals", place.normals, "--out", out)
    assert run(*arguments, "--write-card", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    value = said["masking"]["value"]
    assert said["masked"] == {"mask_threshold": value}
    assert "with another masking threshold" in " ".join(said["warnings"])
    recommended = ModelCard.read(place.card).recommended
    assert recommended["mask_threshold"] == value > 0
    assert set(recommended["heatmap_thresholds"]) == {"0.01", "0.02", "0.05"}

    scan = find_cases(place.normals)[0].path
    result = analyse(AnalysisRequest(str(scan), str(place.model), str(place.folder / "later")))
    assert result.manifest["settings"]["masking"] == {"setting": "mask_threshold", "value": value, "from": "card"}
    assert result.manifest["heatmap_thresholds"] == recommended["heatmap_thresholds"]
    # The thresholds on the card are of this heat.
    np.testing.assert_array_equal(heat(result), heat(AnalysisResult.read(out / "n0")))


def analysed(place, **settings: float) -> AnalysisResult:
    """A result of the first normal."""
    case = find_cases(place.normals)[0]
    request = AnalysisRequest(str(case.path), str(place.model), str(place.folder / "out" / case.name))
    request.settings.update(settings)
    return analyse(request)


@pytest.mark.parametrize(("value", "said"), [(0.02, "masked by 0.02."), (-1, "masked by each slice's own 95th perc")])
def test_results_keep_theirs_which_goes_onto_the_card(place, capsys, value, said):
    result = analysed(place, mask_threshold=value)
    assert result.manifest["settings"]["masking"] == {"setting": "mask_threshold", "value": value, "from": "request"}
    code = "masking_own" if value == -1 else "masking_given"
    assert code in [note.code for note in notes_of(result.manifest)]
    arguments = ("evaluate", "threshold", "--model", place.model, "--normals", place.folder / "out", "--write-card")
    for outdated in (value != -1, False):
        assert run(*arguments) == 0
        told = capsys.readouterr().out
        assert said in told
        assert ("another masking threshold" in told) == outdated
        assert ModelCard.read(place.card).recommended["mask_threshold"] == value


def test_one_that_is_given_is_not_searched(place):
    template = AnalysisRequest("", str(place.model), settings={"mask_threshold": 0.1})
    assert masking_threshold(place.model, place.normals, template) is None


def test_analyses_take_the_cards_and_say_so(place):
    set_recommended(place.card, mask_threshold=0.02)
    result = analysed(place)
    assert result.manifest["settings"]["masking"] == {"setting": "mask_threshold", "value": 0.02, "from": "card"}
    assert "What exceeds the masking threshold 0.02" in " ".join(map(str, notes_of(result.manifest)))


def test_a_card_that_names_a_score_of_the_detectors_own_serves_on(place):
    set_recommended(place.card, metric="map", patch_size=4, heatmap_thresholds={"0.05": 2.0})
    manifest = analysed(place).manifest
    assert (manifest["settings"]["metric"], manifest["heatmap_thresholds"]) == ("map", {"0.05": 2.0})


def test_thresholds_name_no_metric_for_a_model_that_scores_itself(place):
    analysed(place)
    arguments = ("evaluate", "threshold", "--model", place.model, "--normals", place.folder / "out", "--write-card")
    assert run(*arguments) == 0
    assert {"metric", "patch_size"}.isdisjoint(ModelCard.read(place.card).recommended)


def test_a_result_is_not_taken_for_that_of_another_threshold(place):
    first = analysed(place)
    assert first.manifest["settings"]["masking"] == {"setting": "mask_threshold", "value": -1, "from": "scan"}
    assert analysed(place).reused
    scan, out = find_cases(place.normals)[0], place.folder / "out"
    stamp = input_stamp(scan.path)
    row = CaseRow(scan.name, "done", input_bytes=stamp[0], input_modified=stamp[1])
    request = AnalysisRequest(str(scan.path), str(place.model), str(out / scan.name))
    assert Finished(str(place.model)).look(request, row) is not None
    set_recommended(place.card, mask_threshold=0.01)
    assert Finished(str(place.model)).look(request, row) is None
    with pytest.raises(InputError, match="another"):
        analysed(place)
    analyse(request, force=True)
    assert Finished(str(place.model)).look(request, row) is not None
    set_recommended(place.card, mask_threshold=0.02)
    assert Finished(str(place.model)).look(request, row) is None


def test_scans_that_cannot_be_looked_at_are_told(place):
    for case in find_cases(place.normals):
        write_volume(made.volume_of(np.zeros((2, 8, 8), np.int16)), case.path)
    with pytest.raises(InputError, match=r"None of the scans in .* could be looked at"):
        masking_threshold(place.model, place.normals, AnalysisRequest("", str(place.model)))


def test_models_that_mask_nothing_have_none(place, tmp_path):
    path = tmp_path / "other.safetensors"
    small = restorers.made("vae", 16, 1, {"widths": [2, 4]})
    save_model(path, small.tensors(), ModelCard("other", "vae", resolution=16, architecture=small.card.architecture))
    assert masking_threshold(path, place.normals, AnalysisRequest("", str(path))) is None
