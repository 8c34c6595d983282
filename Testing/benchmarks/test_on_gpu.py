"""The prepared script for a graphics card, rehearsed without one."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).with_name("on_gpu.py")


def on_gpu(*arguments):
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_card_it_says_so():
    done = on_gpu("--only", "picard")
    assert done.returncode == 1
    assert "There is no CUDA device here; --device cpu --quick rehearses" in done.stderr


@pytest.mark.slow
@pytest.mark.minutes
def test_a_part_ends_in_a_table_and_one_that_takes_too_long_is_told(tmp_path):
    done = on_gpu("--device", "cpu", "--quick", "--share", "5", "--only", "training", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    block = (tmp_path / "on_gpu.md").read_text()
    assert "| training, 16 px, fp32, batch of 8 |" in block
    done = on_gpu("--device", "cpu", "--quick", "--share", "0.001", "--only", "training")
    assert "- training was stopped after 0 s." in done.stdout
