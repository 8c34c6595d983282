"""The bundled diffusion model: small, in half precision, and what it was before it was halved."""

from __future__ import annotations

import pytest
import torch

from GANAnomalyLab.demo_models.normative_demo import MEASURED, NAME, halved
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors
from GANAnomalyLib.models.store import save_model

FILE = bundled_folder() / "models" / f"{NAME}.safetensors"
MOST = 8_000_000


def test_it_is_small_and_only_its_weights_are_halved():
    assert FILE.stat().st_size <= MOST
    tensors = read_safetensors(FILE)
    kinds = {name: value.dtype for name, value in tensors.items() if value.is_floating_point()}
    assert {kind for name, kind in kinds.items() if not name.startswith(MEASURED)} == {torch.float16}
    assert torch.float32 in {kind for name, kind in kinds.items() if name.startswith(MEASURED)}


def test_halving_takes_the_weights_alone_and_the_card_follows(tmp_path):
    card = ModelCard.read(FILE.with_suffix(".json"))
    whole = {
        name: value.float() if value.dtype == torch.float16 else value for name, value in read_safetensors(FILE).items()
    }
    path = tmp_path / f"{NAME}.safetensors"
    card = save_model(path, whole, card)
    size, before = path.stat().st_size, card.sha256
    after = halved(path, card)
    assert path.stat().st_size < 0.7 * size
    assert after.sha256 == ModelCard.read(path.with_suffix(".json")).sha256 != before
    kept = read_safetensors(path)
    assert all(torch.equal(kept[name].float(), value.float()) for name, value in whole.items())


def test_it_sees_a_bright_disc_that_it_did_not_learn(tmp_path):
    pytest.importorskip("monai")
    from GANAnomalyLib.analysis.pipeline import run
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.data import bundled_file

    request = AnalysisRequest(
        str(bundled_file("torso_3mm_with_anomalies.nii.gz")), NAME, str(tmp_path / "r"), slices=(94, 98)
    )
    result = run(request)
    first = result.findings[0]
    assert 95 <= first.slice <= 97  # the needle
    assert first.score > 1.2 * result.manifest["slice_thresholds"]["0.05"]
