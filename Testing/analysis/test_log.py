"""The engine's log tells what was done and names nobody."""

from __future__ import annotations

import logging
import shutil

from GANAnomalyLib import run
from GANAnomalyLib.analysis.pipeline import STAGES


def test_the_log_has_the_stages_and_no_path(ask, crop, tmp_path, caplog):
    own = shutil.copy(crop, tmp_path / "DOE_JANE_1961.nii.gz")
    caplog.set_level(logging.DEBUG)
    run(ask(input=own, output=tmp_path / "doe_result"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("GANAnomaly")]
    told = "\n".join(ours)
    assert all(stage.name in told for stage in STAGES[:-1])
    assert "findings" in told
    assert "doe" not in told.lower()
    assert str(tmp_path).lower() not in told.lower()
