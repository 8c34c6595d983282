"""The search for nearest neighbours of ``gananomaly evaluate authenticity``: time, and memory at its peak.

    python Testing/benchmarks/bench_authenticity.py             10,000 against 10,000 images, 512 features
    python Testing/benchmarks/bench_authenticity.py --images 300
    python Testing/benchmarks/bench_authenticity.py --append    also add the table to RESULTS.md

Features are random; what is found is held against all products of some rows. Each search runs in a process of its own,
on one thread: synthetic among real images, the other way round, and real ones among those of other patients. "pairs
laid over each other" is what the pixels' part costs, which grows with the number of images and not with its square.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from measured_run import run_measured  # noqa: E402  (a sibling, found by the line above)
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

SEARCHES = ("all three", "synthetic to real", "real to synthetic", "real to other patients")
SECONDS, MIB = 60, 1024
CHECKED = 20
EACH = 4
"""Images of one patient."""


def search(name: str, images: int, features: int) -> dict:
    """Seconds of the processor that a search takes, and how far it is from products of its first rows at once."""
    import torch

    from GANAnomalyLab.statistics.neighbours import most_alike, unit_rows

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    real, made = (unit_rows(rng.standard_normal((images, features), np.float32)) for _ in range(2))
    whose = np.arange(images) // EACH
    chosen = SEARCHES[1:] if name == SEARCHES[0] else (name,)
    begin, apart = time.process_time(), 0.0
    for one in chosen:
        asked, known = {"synthetic to real": (made, real), "real to synthetic": (real, made)}.get(one, (real, real))
        others = (whose, whose) if one == SEARCHES[3] else None
        alike, _ = most_alike(asked, known, 5 if others else 1, others)
        products = asked[:CHECKED].astype(np.float64) @ known.T.astype(np.float64)
        if others:
            products[whose[:CHECKED, None] == whose[None]] = -np.inf
        apart = max(apart, float(np.abs(products.max(1) - alike[:CHECKED, 0]).max()))
    return {"seconds": time.process_time() - begin, "apart": apart}


def pair_milliseconds(pairs: int = 200) -> float:
    """Milliseconds that one pair takes to be laid over each other, both scales."""
    from GANAnomalyLab.evaluate.authenticity.same_picture import Structure, similarity

    rng = np.random.default_rng(1)
    known = Structure.of(rng.uniform(0, 255, (128, 128)).astype(np.float32))
    similarity(known, known)
    begin = time.process_time()
    for _ in range(pairs):
        similarity(known, known)
    return 1000 * (time.process_time() - begin) / pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=512)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    parser.add_argument("--one", choices=SEARCHES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(search(options.one, options.images, options.features)))
        return
    rows = []
    for name in SEARCHES:
        command = [sys.executable, __file__, "--one", name, "--images", str(options.images)]
        single = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = run_measured([*command, "--features", str(options.features)], single)
        found = json.loads(done.output.splitlines()[-1])
        rows.append([name, f"{found['seconds']:.1f} s", f"{done.peak_mib:.0f} MiB", f"{found['apart']:.0e}"])
        if name == SEARCHES[0]:
            met = found["seconds"] < SECONDS and done.peak_mib < MIB
            what = f"authenticity of {options.images:,} against {options.images:,} images, {options.features} features"
            told = f"{found['seconds']:.1f} s, {done.peak_mib:.0f} MiB"
            tell_target(what, told, f"{SECONDS} s, {MIB} MiB", met)
    rows.append(["a pair laid over each other", f"{pair_milliseconds():.2f} ms", "", ""])
    heads = ["search", "processor time", "peak memory", "off all products at once"]
    block = f"{circumstances(1)}; {options.images:,} and {options.images:,} images:\n\n{markdown(heads, rows)}"
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
