"""What an exception becomes."""

from __future__ import annotations

import errno

import numpy as np
import pytest
import torch

from GANAnomalyLib import AnalysisRequest
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError, OutOfMemory
from GANAnomalyLib.worker import with_less_memory
from GANAnomalyLib.worker.reasons import EXIT_CODES, error_event

REQUEST = AnalysisRequest("ct.nrrd").to_dict()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InputError("The CT is a photograph."), "input"),
        (Cancelled(), "cancelled"),
        (KeyboardInterrupt(), "cancelled"),
        (GANAnomalyError("The disk is full."), "failed"),
        (OutOfMemory("Memory ran out."), "memory"),
        (MemoryError(), "memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), "memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried"), "memory"),
        (RuntimeError("size mismatch"), "failed"),
        (OSError(errno.ENOSPC, "No space left on device"), "failed"),
        (PermissionError(errno.EACCES, "Permission denied"), "input"),
        (ModuleNotFoundError("No module named 'GANAnomalyLib.nowhere'", name="GANAnomalyLib.nowhere"), "failed"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_kinds(error, kind):
    event = error_event(error, REQUEST)
    assert event["kind"] == kind
    assert kind in EXIT_CODES
    assert event["message"].endswith(".")
    assert "\n" not in event["message"]
    assert type(error).__name__ in event["details"]
    assert event["less_memory"] is (kind == "memory")


def test_an_allocation_that_numpy_refuses_is_memory():
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, np.uint8)
    assert error_event(caught.value, REQUEST)["kind"] == "memory"


def test_less_memory_is_offered_until_there_is_no_less():
    smallest = with_less_memory(AnalysisRequest("ct.nrrd", device="cuda", settings={"a": 1}))
    assert (smallest.batch, smallest.device, smallest.settings) == (1, "cpu", {"a": 1})
    assert error_event(MemoryError(), smallest.to_dict())["less_memory"] is False
    assert error_event(MemoryError(), AnalysisRequest("ct.nrrd", batch=1).to_dict())["less_memory"] is True
    assert error_event(MemoryError(), {"task": "convert", "source": "a.pkl"})["less_memory"] is False


@pytest.mark.parametrize(("module", "package"), [("torch", "torch"), ("skimage.metrics", "scikit-image")])
def test_what_is_missing_is_named(module, package):
    event = error_event(ModuleNotFoundError(f"No module named {module!r}", name=module), REQUEST)
    assert (event["kind"], event["packages"]) == ("missing", [package])
    assert package in event["message"]
    broken = error_event(ImportError("DLL load failed while importing _C", name="torch._C"), REQUEST)
    assert (broken["kind"], broken["packages"]) == ("missing", ["torch"])


def test_details_of_our_own_errors_are_kept():
    assert "libpng said no" in error_event(InputError("The file is damaged.", "libpng said no"))["details"]
