"""MR volumes as training images: scaled, framed and described as analysis does it."""

from __future__ import annotations

import numpy as np
import pytest
from heads import head, write_mr
from images.made import opened, write_cts

from GANAnomalyLab.images import ImageSource
from GANAnomalyLib import AnalysisRequest, write_volume
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.domain.slice_traits import describe
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.volume import modality_of, read_volume

ROUNDING = 1.01 / 65535
LOOK = {"hu_window": 100.0, "hu_level": 50.0, "modality": "mr"}


@pytest.mark.parametrize(
    ("framing", "percentile", "of"), [("full", 98.0, "image"), ("slice-body", 98.0, "head"), ("body", 90.0, "head")]
)
def test_images_are_what_analysis_shows_the_network(tmp_path, framing, percentile, of):
    path = write_volume(head(1), tmp_path / "mr.nii.gz")
    asked = {"framing": framing, "percentile": percentile, "percentile_of": of}
    images = opened(path, tmp_path / "store", resolution=32, **LOOK, **asked)
    card = ModelCard("m", resolution=32, modality="MR", window=100, level=50, **asked)
    request, volume = AnalysisRequest(str(path), model="m"), read_volume(path, modality="MR")
    prepared = prepare(request, Resolved.of(request, card, volume), card, volume)
    assert len(images) == len(prepared.indices) == 10
    assert np.abs(images.batch(np.arange(10))[:, 0] - prepared.targets).max() <= 2 * ROUNDING
    white = modality_of("MR").white(volume.voxels, percentile, of)
    rows = describe(prepared.stack.slices, prepared.body, prepared.frames.pixel_mm(range(10)), range(10), white)
    assert np.allclose(images.traits, rows, rtol=0.002, atol=0.001, equal_nan=True)
    assert np.isfinite(rows).mean() > 0.9
    np.testing.assert_allclose(images.body_cm2, prepared.body.area_cm2, rtol=0.01)


def test_the_published_preprocessing(tmp_path):
    """0 to the 98th percentile of the whole image, padded with black to a square."""
    volume = head(2)
    tall = volume.voxels[:, :, 8:40]
    path = write_volume(type(volume)(tall, volume.ijk_to_ras, "MR"), tmp_path / "mr.nii.gz")
    pictures = (opened(path, tmp_path / "store", resolution=64, percentile_of="image", **LOOK).batch(range(10)) + 1) / 2
    expected = np.clip(tall / np.percentile(tall, 98), 0, 1)
    assert pictures[:, 0, :, :10].max() == pictures[:, 0, :, -10:].max() == 0
    assert pictures[:, 0, :, 11:-11].mean() == pytest.approx(expected.mean(), rel=0.03)
    assert pictures.max() == pytest.approx(1, abs=0.01)


def test_series_and_volumes_by_one_door(tmp_path):
    write_mr(head(1), tmp_path / "data" / "one")
    write_volume(head(3), tmp_path / "data" / "two.nii.gz")
    assert len(opened(tmp_path / "data", tmp_path / "store", resolution=32, **LOOK)) == 20


def test_cts_among_them_are_left_out_and_said(tmp_path):
    write_cts(tmp_path / "data", {"ct.nii.gz": 3})
    write_volume(head(1), tmp_path / "data" / "mr.nii.gz")
    said: list[str] = []
    assert len(opened(tmp_path / "data", tmp_path / "store", said, resolution=32, **LOOK)) == 10
    assert any("those of a CT" in sentence for sentence in said)
    said.clear()
    assert len(opened(tmp_path / "data", tmp_path / "other", said, resolution=32)) == 3
    assert any("Hounsfield units" in sentence for sentence in said)


def test_an_offset_is_for_hounsfield_units(tmp_path):
    with pytest.raises(InputError, match="an MR has none"):
        ImageSource(str(tmp_path), modality="mr", hu_offset=-1024).check()


def test_images_of_ct_are_found_where_they_were_stored(tmp_path):
    """What is new for MR changes no mark of images that were made before."""
    kept = ImageSource(str(tmp_path)).pixel_settings()
    assert not {"modality", "percentile", "percentile_of"} & set(kept)
    assert ImageSource(str(tmp_path), modality="mr").pixel_settings()["percentile"] == 98.0
