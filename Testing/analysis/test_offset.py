"""A CT stored without its rescale intercept, from the refusal to the same result as the CT itself has."""

from __future__ import annotations

import numpy as np
import pytest
from analysis import small

from GANAnomalyLib import run
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import write_volume


@pytest.fixture
def shifted(tmp_path):
    volume = small.torso_crop()
    return write_volume(volume.like((volume.voxels + 1024).astype(np.int16)), tmp_path / "raw.nii.gz")


def test_a_shifted_ct_is_named_and_mended(models, ask, shifted, tmp_path):
    with pytest.raises(InputError, match=r"shifted by 1024 .* Add it with --hu-offset -1024"):
        run(ask(input=shifted))
    assert not (tmp_path / "result").exists()
    mended = run(ask(input=shifted, hu_offset=-1024))
    plain = run(ask(output=tmp_path / "plain"))
    assert mended.manifest["request"]["hu_offset"] == -1024
    assert "hu_offset" not in plain.manifest["request"]
    assert mended.manifest["input"]["hash"] == plain.manifest["input"]["hash"]
    assert [row["score"] for row in mended.scores] == [row["score"] for row in plain.scores]
    assert run(ask(input=shifted, hu_offset=-1024)).reused
