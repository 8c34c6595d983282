"""All benchmarks, one after the other, with a table of how each number stands to its target.

    python Testing/benchmarks/run_all.py            all of them as they are quoted: about two hours on two cores
    python Testing/benchmarks/run_all.py --quick    small sizes: about ten minutes, to see that everything runs
    python Testing/benchmarks/run_all.py --append   add all tables to RESULTS.md
    python Testing/benchmarks/run_all.py --only start volume
    python Testing/benchmarks/run_all.py --device cuda    those that compute with torch, on a graphics card

Each runs in a process of its own, so that none finds what another left warm. Close other programs first: most numbers
are of the processor's time, which they disturb less than the clock's, but not at all only when there are none.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from results_file import RESULTS, add_device, append_block, circumstances, markdown, told_targets  # noqa: E402

BENCHMARKS = {
    "start": ("bench_start.py", [], ["--repeats", "1"]),
    "module_file": ("bench_module_file.py", [], ["--repeats", "3"]),
    "patch_wd": ("bench_patch_wd.py", ["--full"], ["--repeats", "10"]),
    "volume": ("bench_volume.py", ["torso", "growth", "large"], ["torso"]),
    "picard": ("bench_picard.py", [], ["--windows", "1"]),
    "projection": ("bench_projection.py", ["--full"], ["--slices", "4", "--steps", "50"]),
    "detection": ("bench_detection.py", [], ["--patients", "1", "--baselines", "6", "--steps", "20"]),
    "batch_growth": ("bench_batch_growth.py", [], ["--cases", "20", "60"]),
    "finding_words": ("bench_finding_words.py", [], ["--patients", "1", "--kinds", "mass_hyper"]),
    "scene_entry": ("bench_scene_entry.py", [], ["30"]),
    "authenticity": ("bench_authenticity.py", [], ["--images", "300"]),
    "failure": ("bench_failure.py", ["--sets", "learn", "judge"], ["--train", "1", "--normals", "2", "--each", "0"]),
    "diffusion": (
        "bench_diffusion.py",
        [],
        ["--minutes", "0.2", "--slices", "2", "--marked", "2", "--looks", "3", "--level", "9"],
    ),
    "classifier": ("bench_classifier.py", [], ["--count", "60", "--epochs", "2"]),
    "privacy": ("bench_privacy.py", [], ["--size", "16:32:32", "--batch", "4", "--repeats", "1"]),
    "normative": ("bench_normative.py", [], ["--kinds", "vae", "fanogan"]),
    "review": ("bench_review.py", [], ["--cases", "5", "--kills", "2", "--rows", "5000", "--seconds", "2"]),
    "worklist": ("bench_worklist.py", [], ["--cases", "1000", "--slices", "40", "--size", "128"]),
    "gallery": ("bench_gallery.py", [], ["--rows", "2000", "--seconds", "0.5", "--turns", "1"]),
    "curate": ("bench_curate.py", [], ["--questions", "--rows", "2000"]),
    "training": ("bench_training.py", [], ["--size", "32:32:64", "--repeats", "2"]),
    "synthetic": ("bench_synthetic.py", [], ["--quick", "--parts", "attack"]),
    "dicom": ("bench_dicom.py", [], ["--slices", "20", "--size", "128", "--repeats", "1"]),
}
"""What runs: the script, its arguments in full, and its arguments when quick."""
ON_A_CARD = (
    "patch_wd",
    "volume",
    "picard",
    "projection",
    "detection",
    "finding_words",
    "diffusion",
    "classifier",
    "privacy",
    "normative",
    "training",
)
"""What takes ``--device``."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, whose numbers are not worth quoting")
    parser.add_argument("--only", nargs="+", choices=list(BENCHMARKS), help="some of them")
    parser.add_argument("--append", action="store_true", help="add the tables to RESULTS.md")
    add_device(parser)
    options = parser.parse_args()
    if options.quick and options.append:
        parser.error("--quick is for trying: its numbers do not belong in RESULTS.md")
    targets, failed, begin = [], [], time.monotonic()
    chosen = options.only or (BENCHMARKS if options.device == "cpu" else ON_A_CARD)
    for name in chosen:
        script, full, quick = BENCHMARKS[name]
        command = [sys.executable, str(HERE / script), *(quick if options.quick else full)]
        command += ["--device", options.device] * (name in ON_A_CARD)
        print(f"\n== {name}: {' '.join(command[1:])}", flush=True)
        with subprocess.Popen([*command, *["--append"] * options.append], stdout=subprocess.PIPE, text=True) as child:
            lines = []
            for line in child.stdout or ():
                print(line, end="", flush=True)
                lines.append(line)
        if child.returncode:
            failed.append(name)
        targets += told_targets("".join(lines))
    words = {True: "yes", False: "NO", None: "-"}
    rows = [[str(one["what"]), str(one["measured"]), str(one["target"]), words[one["met"]]] for one in targets]
    minutes = (time.monotonic() - begin) / 60
    table = markdown(["what", "measured", "target", "met"], rows)
    block = f"{circumstances(os.cpu_count() or 1, f'{minutes:.0f} minutes in all')}:\n\n{table}"
    print(f"\n{block}")
    if options.append and not failed:
        append_block(RESULTS, Path(__file__).name, block)
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
