"""What the benchmarks share: a run's time and memory, targets told and collected, inputs of the right size."""

import sys

import nibabel
import numpy as np
import pytest
from benchmarks.bench_detection import interval_of_difference, located
from benchmarks.bench_volume import enlarged
from benchmarks.measured_run import run_measured
from benchmarks.results_file import tell_target, told_targets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say what a process used")


def test_a_run_is_measured_in_its_own_process():
    code = (
        "import time; block = bytearray(200 << 20); end = time.process_time() + 0.3\nwhile time.process_time() < end: 0"
    )
    run = run_measured([sys.executable, "-c", code])
    assert run.peak_mib > 200
    assert 0.3 <= run.processor < 5
    assert run.clock >= 0.3
    small = run_measured([sys.executable, "-c", "print('said')"])
    assert small.peak_mib < 100, "not what this process or an earlier one holds"
    assert small.output == "said\n"


def test_a_failure_is_not_a_measurement():
    with pytest.raises(SystemExit, match=r"ended with 3:\nno such thing"):
        run_measured([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"])


def test_targets_are_collected_from_what_is_printed(capsys):
    print("| a table |")
    tell_target("one", "3 x", "2 x", True)
    tell_target("two", "1 s", "reported", None)
    found = told_targets(capsys.readouterr().out)
    assert [(one["what"], one["met"]) for one in found] == [("one", True), ("two", None)]


def test_the_enlarged_ct_is_where_the_small_one_was(tmp_path):
    path = enlarged(tmp_path, (64, 48, 9))
    image = nibabel.load(path)
    assert image.shape == (64, 48, 9)
    assert np.asarray(image.dataobj).dtype == np.int16
    sides = np.array(image.header.get_zooms()) * image.shape
    assert sides[2] == pytest.approx(112 * 3, rel=0.02), "as long a patient as before"


def test_located_is_by_the_highest_patch():
    masks = np.zeros((2, 32, 32), bool)
    masks[:, 10:12, 10:12] = True
    assert located(np.array([[4, 4], [12, 4]]), masks) == 0.5


def test_interval_of_the_same_scores_is_nothing():
    random = np.random.default_rng(0)
    scores = [random.normal(0, 1, 20), random.normal(1, 1, 30)]
    assert interval_of_difference(scores, scores) == (0.0, 0.0)
    low, high = interval_of_difference([scores[0], scores[1] + 5], [scores[0], scores[1] - 5])
    assert 0.9 < low <= high <= 1.0
