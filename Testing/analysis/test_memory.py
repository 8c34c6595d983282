"""Too little memory: fewer slices at a time, the same numbers, and a sentence about it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from GANAnomalyLib import read_volume, run
from GANAnomalyLib.analysis import load_model as stage
from GANAnomalyLib.errors import GANAnomalyError


class Tight:
    """Lets a synthesis network take ``limit`` slices at a time, as if no more fitted on its device."""

    def __init__(self, network: torch.nn.Module, limit: int, error: type[Exception]) -> None:
        self.limit, self.error, self.largest = limit, error, 0
        self.real = network.forward
        network.forward = self.forward

    def forward(self, ws: torch.Tensor, *rest, **named) -> torch.Tensor:
        # The images of random latents, 32 at a time, are not what is tested here.
        if torch.is_grad_enabled():
            if len(ws) > self.limit:
                raise self.error("CUDA out of memory. Tried to allocate 20.00 GiB.")
            self.largest = max(self.largest, len(ws))
        return self.real(ws, *rest, **named)


@pytest.fixture
def tighten(monkeypatch):
    """Make every loaded generator's synthesis a tight one; returns them."""

    def tighten(limit: int, error: type[Exception]) -> list[Tight]:
        real, made = stage.load_model, []

        def load_model(*arguments, **named):
            model = real(*arguments, **named)
            made.append(Tight(model.generator.synthesis, limit, error))
            return model

        monkeypatch.setattr(stage, "load_model", load_model)
        return made

    return tighten


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError,
        pytest.param(RuntimeError, marks=pytest.mark.slow),
        pytest.param(MemoryError, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("mode", ["fast", "reference"])
def test_the_batch_is_halved_until_it_fits(ask, tmp_path, tighten, mode, error):
    roomy = run(ask(mode=mode, output=tmp_path / "roomy"))
    made = tighten(1, error)
    result = run(ask(mode=mode))
    halved = [warning for warning in result.manifest["warnings"] if "halved" in warning]
    assert halved[-1] == "Memory ran out: the batch was halved to 1 slices."
    assert len(halved) > 1
    assert made[0].largest == 1
    one, other = (read_volume(r.path("reconstruction"), allow_any=True).voxels for r in (roomy, result))
    # Rounding depends on the batch: a grey level of 350 / 255 HU at most, here and there.
    assert np.abs(one.astype(int) - other).max() <= 2
    assert [f.centre_ras for f in result.findings] == [f.centre_ras for f in roomy.findings]


@pytest.mark.parametrize("mode", ["fast", "reference"])
def test_a_single_slice_that_does_not_fit(ask, tmp_path, tighten, mode):
    tighten(0, torch.OutOfMemoryError)
    with pytest.raises(GANAnomalyError, match="Memory ran out even for a single slice"):
        run(ask(mode=mode))
    assert not (tmp_path / "result").exists()


def test_another_fault_of_the_network_is_not_taken_for_memory(ask, tighten):
    class Fault(RuntimeError):
        def __init__(self, message: str) -> None:
            super().__init__("size mismatch")

    tighten(0, Fault)
    with pytest.raises(Fault):
        run(ask())
