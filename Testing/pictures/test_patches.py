"""Patch pairs keep their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.pictures import write_patch_picture


def _patch(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (16, 12), dtype=np.uint8)


def test_both_patches_are_there_pixel_for_pixel(tmp_path):
    write_patch_picture(tmp_path / "p.png", _patch(0), _patch(1), scale=3)
    picture = np.asarray(Image.open(tmp_path / "p.png"))
    assert picture.dtype == np.uint8
    assert picture.shape[0] == 48
    assert np.array_equal(picture[1::3, 1:36:3], _patch(0))
    assert np.array_equal(picture[1::3, -35::3], _patch(1))


def test_without_a_scale_a_patch_is_large_enough_to_see(tmp_path):
    write_patch_picture(tmp_path / "p.png", _patch(0), _patch(1))
    assert Image.open(tmp_path / "p.png").height == 256


def test_refuses_what_is_not_a_pair_of_patches(tmp_path):
    with pytest.raises(ValueError, match="one shape"):
        write_patch_picture(tmp_path / "p.png", _patch(0), _patch(1)[1:])
    with pytest.raises(ValueError, match="uint8"):
        write_patch_picture(tmp_path / "p.png", _patch(0) / 255, _patch(1) / 255)
    with pytest.raises(ValueError, match="at least 1"):
        write_patch_picture(tmp_path / "p.png", _patch(0), _patch(1), scale=0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_gives_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GANAnomalyError, match="cannot be written"):
        write_patch_picture(tmp_path / "file" / "p.png", _patch(0), _patch(1))
