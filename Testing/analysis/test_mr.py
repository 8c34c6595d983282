"""A model made on MR heads: trained, exported, and analysing MR in every form; CTs and MRs are kept apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from analysis import small
from heads import LESION, SAGITTAL, head, write_mr

from GANAnomalyLab.simulate.virtual_heads import virtual_head
from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.analysis.pipeline import run
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.domain.verdict import KNOWN, UNKNOWN, UNUSUAL
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.volume import Volume, modality_of, read_volume, write_volume
from GANAnomalyLib.volume.read import load

NORMALS = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a memory of MR heads, called "heads", and of the heads it was made on."""
    folder = tmp_path_factory.mktemp("mr")
    (folder / "normals").mkdir()
    for seed in range(NORMALS):
        write_volume(head(seed), folder / "normals" / f"{seed}.nii.gz")
    kind = find_trainer("memory")
    settings = kind.settings.read(
        {
            "data": str(folder / "normals"),
            "out": str(folder / "run"),
            "modality": "mr",
            "resolution": 64,
            "side": 64,
            "components": 6,
            "candidates": 12,
            "held_out": 0.34,
            "device": "cpu",
            "threads": 1,
        }
    )
    train(kind, settings)
    export_model(ExportSettings(str(folder / "run"), "heads", folder=str(folder)))
    return folder


def analysed(made, volume, out, **asked):
    path = volume if not isinstance(volume, Volume) else write_volume(volume, out.with_suffix(".nii.gz"))
    return run(AnalysisRequest(str(path), model=str(made / "heads.safetensors"), output=str(out), **asked))


def heat_at(result, point):
    """The highest heat within a voxel of a place in RAS mm."""
    heat = load(result.path("heatmap"))
    i, j, k = np.rint(heat.ijk(np.array(point))).astype(int)
    return float(heat.voxels[max(k - 1, 0) : k + 2, max(j - 1, 0) : j + 2, max(i - 1, 0) : i + 2].max())


def test_the_card_says_what_it_was_made_for(made):
    card = ModelCard.read(made / "heads.json")
    assert (card.modality, card.window, card.level) == ("MR", 200.0, 100.0)
    assert card.recommended["shown"] == [100.0, 50.0]
    assert (card.percentile, card.percentile_of) == (98.0, "head")
    assert set(card.thresholds) == {"0.01", "0.02", "0.05"}
    assert card.least_body_cm2 > 20
    assert card.training["domain"]["slices"] > 10


def test_a_painted_lesion_is_found(made, tmp_path):
    plain, sick = analysed(made, head(40), tmp_path / "plain"), analysed(made, head(40, LESION), tmp_path / "sick")
    assert heat_at(sick, LESION.middle) > 2 * heat_at(plain, LESION.middle)
    found = sick.findings[0]
    assert np.linalg.norm(np.subtract(found.centre_ras, LESION.middle)) < 25
    assert found.score > max((other.score for other in plain.findings), default=0)
    assert found.why.code == "darker"
    assert found.why.hu is None
    assert "HU" not in json.dumps(sick.manifest)
    assert plain.manifest["domain"]["verdict"] == sick.manifest["domain"]["verdict"] == KNOWN
    assert sick.manifest["input"]["modality"] == "MR"
    white = modality_of("MR").white(head(40, LESION).voxels)
    assert sick.manifest["settings"]["window"] == pytest.approx(white, rel=1e-4)
    assert sick.manifest["settings"]["level"] == pytest.approx(white / 2, rel=1e-4)


@pytest.mark.parametrize("enhanced", [False, True])
def test_a_sagittal_series_is_analysed_in_axial_slices(made, tmp_path, enhanced):
    series = write_mr(virtual_head(41, **SAGITTAL, lesion=LESION), tmp_path / "series", enhanced)
    result = analysed(made, series, tmp_path / "out", slices=(20, 30))
    heat = load(result.path("heatmap"))
    assert heat.voxels.shape == SAGITTAL["shape"]
    assert heat_at(result, LESION.middle) > 0.5 * float(heat.voxels.max())


def test_one_slice(made, tmp_path):
    one = head(42)
    matrix = one.ijk_to_ras.copy()
    matrix[:3, 3] = one.ras(np.array([0, 0, 5]))
    result = analysed(made, Volume(one.voxels[5:6], matrix), tmp_path / "one")
    assert len(result.scores) == 1


@pytest.mark.parametrize("factor", [1e-3, 20])
def test_the_scanners_unit_changes_nothing(made, tmp_path, factor):
    """Also where all values lie between 0 and 1, or beyond 16 bits: the reconstruction says the same."""
    volume = head(40, LESION)
    scaled = Volume(volume.voxels * np.float32(factor), volume.ijk_to_ras)
    few = {"slices": (4, 7)}
    one = analysed(made, volume, tmp_path / "one", **few)
    other = analysed(made, scaled, tmp_path / "other", **few)
    assert [f.centre_ras for f in one.findings] == [f.centre_ras for f in other.findings]
    np.testing.assert_allclose([f.score for f in one.findings], [f.score for f in other.findings], rtol=1e-3)
    kept, scaled_kept = (load(result.path("reconstruction")).voxels for result in (one, other))
    window = one.manifest["settings"]["window"]
    np.testing.assert_allclose(scaled_kept / factor, kept, atol=0.02 * window)


def test_another_contrast_is_not_what_the_model_knows(made, tmp_path):
    volume = head(40)
    white = modality_of("MR").white(volume.voxels)
    # Bright water and dark brain, and the air as it was.
    turned = np.where(volume.voxels > 0.12 * white, np.clip(1.35 * white - volume.voxels, 0, None), volume.voxels)
    result = analysed(made, Volume(turned, volume.ijk_to_ras), tmp_path / "turned")
    assert result.manifest["domain"]["verdict"] in (UNUSUAL, UNKNOWN)
    assert "domain_body" in [reason["code"] for reason in result.manifest["domain"]["reasons"]]


def test_ct_and_mr_are_kept_apart(made, tmp_path):
    with pytest.raises(InputError, match="those of a CT in Hounsfield units"):
        analysed(made, small.torso_crop(), tmp_path / "ct")
    with pytest.raises(InputError, match="not an MR: its modality is CT"):
        analysed(made, small.DATA / "ct_head_tilt", tmp_path / "series")
    small.write_models(tmp_path)
    for volume, sentence in (
        (write_mr(head(1), tmp_path / "mr"), "not a CT: its modality is MR"),
        (write_volume(head(3), tmp_path / "mr.nii.gz"), "Hounsfield units"),
    ):
        with pytest.raises(InputError, match=sentence) as told:
            run(AnalysisRequest(str(volume), model=str(tmp_path / "full.safetensors"), output=str(tmp_path / "no")))
        assert told.value.field == "input"
    assert not (tmp_path / "no").exists()


def test_a_ct_can_be_forced_on_it(made, tmp_path):
    result = analysed(made, small.torso_crop(), tmp_path / "ct", allow_any=True, slices=(1, 2))
    assert len(result.scores) == 1


def test_a_result_is_drawn_and_read_again(made, tmp_path):
    """Pictures, pairs for evaluation and the body in them: all by the manifest's modality."""
    from GANAnomalyLab.evaluate.normative.restored_scans import Scan, read_heat, read_pairs
    from GANAnomalyLib.pictures.tile import draw_tile

    result = analysed(made, head(40), tmp_path / "one", slices=(4, 6))
    volume = read_volume(tmp_path / "one.nii.gz", modality="MR")
    assert np.asarray(draw_tile(result, volume)).std() > 20
    pairs = read_pairs(Scan("one", result.folder), "body")
    assert 0.2 < pairs.counted.mean() < 0.95
    assert read_heat(Scan("one", result.folder)).heat.shape[0] == 2


@pytest.mark.slow
def test_a_batch_takes_mr_and_says_what_is_none(made, tmp_path):
    from GANAnomalyLib.batch import find_cases
    from GANAnomalyLib.batch.run_batch import run_batch

    data = tmp_path / "data"
    write_mr(head(43), data / "series")
    write_volume(head(44), data / "head.nii.gz")
    write_volume(small.torso_crop(), data / "torso.nii.gz")
    template = AnalysisRequest("", model=str(made / "heads.safetensors"), slices=(1, 3))
    summary = run_batch(find_cases(data), template, tmp_path / "out")
    assert {row.case: row.status for row in summary.rows} == {"head": "done", "series": "done", "torso": "failed"}
    assert "those of a CT" in next(row.message for row in summary.rows if row.case == "torso")
    assert (tmp_path / "out" / "contact_sheet.png").is_file()


def test_the_benchmark_knows_ct_only(made):
    from GANAnomalyLab.benchmark.configurations import entries

    with pytest.raises(InputError, match="cases are CTs, and heads was made for MR"):
        entries([str(made / "heads.safetensors")], None, {})
