"""What the benchmarks share: a run's time and memory, targets told and collected, inputs of the right size."""

import sys

import nibabel
import numpy as np
import pytest

from benchmarks.bench_detection import interval_of_difference, located
from benchmarks.bench_volume import enlarged
from benchmarks.measured_run import run_measured
from benchmarks.results_file import RESULTS, tell_target, told_targets
from benchmarks.run_all import BENCHMARKS, main

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


def test_one_command_runs_every_benchmark_and_each_has_its_place_in_the_results():
    folder = RESULTS.parent
    run = {script for script, _, _ in BENCHMARKS.values()}
    # What the fast mode searches was settled once; it compares no speed.
    assert {path.name for path in folder.glob("bench_*.py")} - {"bench_latent_spaces.py"} == run
    headings = [line for line in RESULTS.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    for script in (*run, "run_all.py"):
        assert sum(script in line for line in headings) == 1, script


@pytest.mark.slow
def test_the_command_runs_a_benchmark_and_tells_its_targets(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["run_all.py", "--quick", "--only", "start"])
    main()
    assert "| start-up: --help | " in capsys.readouterr().out
    sys.argv.append("--append")
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "do not belong in RESULTS.md" in capsys.readouterr().err
