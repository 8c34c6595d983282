"""What the module file GANAnomaly.py adds to every start of 3D Slicer, beside what Slicer has loaded anyway.

    python Testing/benchmarks/bench_module_file.py            15 runs, about a minute
    python Testing/benchmarks/bench_module_file.py --append   also add the table to RESULTS.md

Each run is a process of its own, in which the harness (Testing/slicer_harness) stands for Slicer and has loaded all
that Slicer has. It compiles the file anew each time, which Slicer does once: the truth is below these numbers. Quoted
is the quickest run: what other programs take from the machine only ever adds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from measured_run import ROOT  # noqa: E402  (siblings, found by the line above)
from results_file import RESULTS, append_block, circumstances, markdown, tell_target  # noqa: E402

TARGET_S = 0.1
HEAVY = ("torch", "GANAnomalyLib")
MODULE = ROOT / "GANAnomaly" / "GANAnomaly.py"
_RUN = """
import json, sys, time
from pathlib import Path
from slicer_harness.fixture import harness

with harness() as running:
    import qt, slicer, vtk, SampleData, slicer.i18n, slicer.util, slicer.ScriptedLoadableModule
    from slicer_harness import modules
    running.watch(Path(sys.argv[1]).parent, "GANAnomaly")
    known, times = set(sys.modules), [time.perf_counter()]
    modules.load(Path(sys.argv[1]))
    times.append(time.perf_counter())
    more = sorted(set(sys.modules) - known)
    running.app.startupCompleted.emit()
    times.append(time.perf_counter())
print("MEASURED", json.dumps([times[1] - times[0], times[2] - times[1], more]))
"""


def measure() -> tuple[float, float, list[str]]:
    """Seconds of importing the file, of what it does once Slicer has started, and the modules that importing loads."""
    path = os.pathsep.join(map(str, (ROOT / "Testing", ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(MODULE)], env=environment, capture_output=True, text=True, check=True
    )
    importing, started, loaded = json.loads(done.stdout.rpartition("MEASURED")[2])
    return importing, started, loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    runs = [measure() for _ in range(options.repeats + 1)][1:]
    heavy = [name for name in runs[0][2] if name.partition(".")[0] in HEAVY]
    rows = [
        [what, f"{min(seconds):.4f}", f"{statistics.median(seconds):.4f}"]
        for what, seconds in (
            ("importing the file", [run[0] for run in runs]),
            ("once Slicer has started: sample data offered, leftovers removed", [run[1] for run in runs]),
        )
    ]
    quickest = min(run[0] for run in runs)
    met = quickest <= TARGET_S and not heavy
    tell_target("start-up of 3D Slicer: the module file", f"{1000 * quickest:.1f} ms", f"{1000 * TARGET_S:.0f} ms", met)
    table = markdown(["what", "s, quickest", "s, median"], rows)
    block = f"{circumstances(1, f'{options.repeats} runs')}; loads {', '.join(runs[0][2]) or 'nothing'}:\n\n{table}"
    print(f"\n{block}")
    if options.append:
        append_block(RESULTS, Path(__file__).name, block)


if __name__ == "__main__":
    main()
