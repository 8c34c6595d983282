"""An analysis inside another program (Slicer, a notebook) leaves what is that program's as it was."""

from __future__ import annotations

import contextlib
import faulthandler
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings

import numpy as np
import pytest
import torch

from GANAnomalyLib import CancelToken, run
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.files.new_files import new_file, new_folder
from GANAnomalyLib.running.quiet import quiet
from GANAnomalyLib.running.seeded import seeded


def state() -> dict[str, object]:
    """What is the whole process's and could be seen by others in it."""
    mask = os.umask(0)
    os.umask(mask)
    loggers = [logging.getLogger(), *map(logging.getLogger, sorted(logging.root.manager.loggerDict))]
    found = {
        "umask": mask,
        "torch's random numbers": torch.get_rng_state().tolist(),
        "torch's threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "torch's defaults": (torch.get_default_dtype(), torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "torch's determinism": (
            torch.are_deterministic_algorithms_enabled(),
            torch.backends.cudnn.benchmark,
            torch.backends.cudnn.deterministic,
            torch.backends.cudnn.allow_tf32,
            torch.backends.cuda.matmul.allow_tf32,
            torch.get_float32_matmul_precision(),
        ),
        "NumPy's random numbers": [str(part) for part in np.random.get_state(legacy=True)],
        "NumPy's errors": np.geterr(),
        "NumPy's printing": {name: str(value) for name, value in np.get_printoptions().items()},
        "Python's random numbers": hash(random.getstate()),
        "warnings": list(warnings.filters),
        "shown warnings": warnings.showwarning,
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "faulthandler": faulthandler.is_enabled(),
        "logging": [(one.name, one.level, list(one.handlers), list(one.filters)) for one in loggers],
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "search path": list(sys.path),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "hooks": (sys.excepthook, threading.excepthook),
        "recursion": sys.getrecursionlimit(),
        "timeout": socket.getdefaulttimeout(),
    }
    if "matplotlib" in sys.modules:
        import matplotlib

        found["matplotlib"] = {
            name: str(matplotlib.rcParams[name]) for name in matplotlib.rcParams if name != "backend"
        }
        found["matplotlib's backend"] = matplotlib.rcParams._get("backend")
    return found


def assert_same(before: dict[str, object], after: dict[str, object]) -> None:
    for name in before:
        assert after[name] == before[name], name


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"model": "encoder"}, {"model": "full", "mode": "reference", "region": "body"}])
def test_an_analysis_leaves_the_process_as_it_was(ask, pictures, how):
    run(ask(**how))  # libraries that are imported for the first time may set themselves up
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        before = state()
        run(ask(**how, seed=7), force=True)
        assert_same(before, state())
    finally:
        torch.set_num_threads(threads)


def test_an_analysis_computes_the_same_after_other_random_numbers(ask, tmp_path):
    one = run(ask(output=tmp_path / "one"))
    torch.rand(3)
    other = run(ask(output=tmp_path / "other"))
    assert one.path("reconstruction").read_bytes() == other.path("reconstruction").read_bytes()


def test_a_cancelled_analysis_leaves_the_process_as_it_was(ask):
    run(ask())
    before, token = state(), CancelToken()

    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        run(ask(seed=7), cancel, token, force=True)
    assert_same(before, state())


def test_loading_a_model_draws_nothing():
    before = torch.get_rng_state()
    load_model("encoder")
    assert torch.equal(torch.get_rng_state(), before)


def test_seeded_draws_as_after_the_seed_and_goes_back():
    torch.manual_seed(11)
    expected = torch.randn(4)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with seeded(11):
        assert torch.equal(torch.randn(4), expected)
    assert torch.equal(torch.get_rng_state(), before)
    with contextlib.suppress(ValueError), seeded(11):
        torch.randn(4)
        raise ValueError
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.gpu
def test_seeded_draws_as_after_the_seed_on_a_graphics_card():
    torch.manual_seed(11)
    expected = torch.randn(4, device="cuda")
    torch.manual_seed(5)
    before = torch.cuda.get_rng_state()
    with seeded(11, "cuda"):
        assert torch.equal(torch.randn(4, device="cuda"), expected)
    assert torch.equal(torch.cuda.get_rng_state(), before)


def test_quiet_is_for_its_own_thread():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quiet():
            warnings.warn("mine", UserWarning, stacklevel=1)
            other = threading.Thread(target=warnings.warn, args=("another's", UserWarning))
            other.start()
            other.join()
        warnings.warn("after", UserWarning, stacklevel=1)
    assert [str(one.message) for one in heard] == ["another's", "after"]


def test_quiet_leaves_nothing_behind_when_others_filters_come_and_go_meanwhile():
    before = list(warnings.filters)
    mine, theirs = quiet(), warnings.catch_warnings()
    mine.__enter__()
    theirs.__enter__()
    mine.__exit__(None, None, None)
    theirs.__exit__(None, None, None)
    assert list(warnings.filters) == before
    mine, theirs = quiet(), warnings.catch_warnings()
    theirs.__enter__()
    mine.__enter__()
    theirs.__exit__(None, None, None)
    mine.__exit__(None, None, None)
    assert list(warnings.filters) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_new_files_have_the_rights_of_other_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        handle, file = new_file(tmp_path, ".file.")
        os.close(handle)
        folder = new_folder(tmp_path, ".folder.")
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o666 & ~mask
    assert folder.stat().st_mode & 0o777 == 0o777 & ~mask
    assert new_folder(tmp_path, ".folder.") != folder
