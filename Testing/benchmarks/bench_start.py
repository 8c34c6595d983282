"""How long ``gananomaly --help`` and ``gananomaly info`` take: what everybody waits for, every time.

    python Testing/benchmarks/bench_start.py            9 runs of each, about ten seconds
    python Testing/benchmarks/bench_start.py --append   also add the table to RESULTS.md

The first run of each is not counted: it compiles Python files and brings them into memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from measured_run import ROOT, gananomaly, run_measured  # noqa: E402  (siblings, found by the line above)
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
COMMANDS = {
    "--help": (("--help",), 0.4),
    "info MODEL": (("info", "demo"), 1.0),
    "info VOLUME": (("info", str(TORSO)), 1.0),
    "analyze --help": (("analyze", "--help"), 0.4),
}
"""What is run, and the seconds it may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows = []
    for name, (arguments, target) in COMMANDS.items():
        runs = [run_measured(gananomaly(*arguments)) for _ in range(options.repeats + 1)][1:]
        median, slowest = (pick([run.clock for run in runs]) for pick in (statistics.median, max))
        used, memory = statistics.median(run.processor for run in runs), max(run.peak_mib for run in runs)
        rows.append([f"gananomaly {name}", f"{median:.2f}", f"{slowest:.2f}", f"{used:.2f}", f"{memory:.0f}"])
        tell_target(f"start-up: {name}", f"{median:.2f} s", f"{target:.1f} s", median <= target)
    table = markdown(["command", "s, median", "s, slowest", "CPU s", "peak MiB"], rows)
    block = f"{circumstances(1, f'{options.repeats} runs each')}:\n\n{table}"
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
