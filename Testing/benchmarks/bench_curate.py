"""What a repository costs: seconds an image at 1,000, 10,000 and 100,000, two workers against one, and the questions.

    python Testing/benchmarks/bench_curate.py                        1,000 images of 512 pixels, the store's questions
    python Testing/benchmarks/bench_curate.py --counts 1000 10000 100000 --folder FOLDER   an hour, and 4 GB there
    python Testing/benchmarks/bench_curate.py --questions            a store of 100,000 made-up rows alone
    python Testing/benchmarks/bench_curate.py --append               also add the tables to RESULTS.md

Images are drawn chests as JPEGs, each of its own. "worker": processor seconds an image of all worker processes;
"scheduler": the share of all processor time that the client, which is the scheduler too, takes. Memory is each
process's at its peak.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT), str(ROOT / "Testing")]
from curate.drawn import chest  # noqa: E402  (found by the line above)
from measured_run import ENGINE, gananomaly, run_measured  # noqa: E402
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

SIDE = 512
ROWS = 100_000
_HERTZ = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass
class Cost:
    """One run; see the top of the file."""

    clock: float
    client: float
    workers: float
    client_mib: float
    worker_mib: float


def draw(folder: Path, count: int) -> None:
    """So many JPEGs, of some hundreds of drawn chests, each shifted and with a grain of its own."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    base = [chest(seed, SIDE) for seed in range(min(count, 200))]
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        if path.exists():
            continue
        path.parent.mkdir(exist_ok=True)
        draws = np.random.default_rng(number)
        pixels = np.roll(base[number % len(base)], tuple(draws.integers(-6, 7, 2)), (0, 1))
        pixels = np.clip(pixels * draws.uniform(0.9, 1.1) + draws.uniform(-5, 5), 0, 250)
        Image.fromarray(pixels.astype(np.uint8)).save(path, quality=85)


def new_store(store: Path) -> Path:
    """A place where nothing is from an earlier run of this script, whose images would be known."""
    shutil.rmtree(store, ignore_errors=True)
    return store


def curate(*words: object) -> Cost:
    """A run of the command, its processes watched from outside."""
    environment = {**os.environ, "PYTHONPATH": ENGINE, "OMP_NUM_THREADS": "1"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        gananomaly("curate", *map(str, words)), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    seen: dict[int, tuple[float, float, bool]] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            for pid in family(process.pid):
                used = used_by(pid)
                if used is not None:
                    seen[pid] = (used[0], max(used[1], seen.get(pid, (0, 0))[1]), pid == process.pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    errors = process.communicate()[1].decode()
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"It failed ({process.returncode}):\n{errors[-2000:]}")
    client = [one for one in seen.values() if one[2]]
    workers = [one for one in seen.values() if not one[2]]
    return Cost(
        time.perf_counter() - begin,
        sum(one[0] for one in client),
        sum(one[0] for one in workers),
        max((one[1] for one in client), default=0),
        max((one[1] for one in workers), default=0),
    )


def family(pid: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def used_by(pid: int) -> tuple[float, float] | None:
    """(processor seconds, MiB) of a process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            facts = file.read().rpartition(")")[2].split()
        with open(f"/proc/{pid}/status") as file:
            peak = next((line for line in file if line.startswith("VmHWM")), "VmHWM: 0")
    except (OSError, ValueError):
        return None
    return (int(facts[11]) + int(facts[12])) / _HERTZ, int(peak.split()[1]) / 1024


def growth(folder: Path, counts: list[int], workers: int) -> str:
    """A row a size: the first run, and the second on the unchanged source."""
    rows = []
    for count in counts:
        source, store = folder / f"images-{count}", new_store(folder / f"store-{count}")
        draw(source, count)
        first = curate(source, "--out", store, "--workers", workers)
        again = curate(source, "--out", store, "--workers", workers)
        share = first.client / (first.client + first.workers)
        rows.append(
            [
                f"{count:,}",
                f"{first.clock:.0f}",
                f"{1000 * first.workers / count:.1f}",
                f"{100 * share:.1f} %",
                f"{first.client_mib:.0f}",
                f"{first.worker_mib:.0f}",
                f"{again.clock:.1f}",
            ]
        )
        if count >= ROWS:
            tell_target("curate: the second run, unchanged", f"{again.clock:.0f} s", "under 60 s", again.clock < 60)
            tell_target("curate: scheduler's share", f"{100 * share:.1f} %", "under 5 %", share < 0.05)
        print(rows[-1], flush=True)
    head = ("images", "clock, s", "worker, ms an image", "scheduler", "client, MiB", "a worker, MiB", "second run, s")
    return markdown(head, rows)


def efficiency(folder: Path, count: int) -> str:
    """One worker and two on the same images."""
    source = folder / f"images-{count}"
    draw(source, count)
    found = {}
    for workers in (1, 2):
        found[workers] = curate(source, "--out", new_store(folder / f"by-{workers}"), "--workers", workers)
    gain = found[1].clock / (2 * found[2].clock)
    rows = [[str(workers), f"{cost.clock:.1f}", f"{count / cost.clock:.1f}"] for workers, cost in found.items()]
    tell_target("curate: efficiency of two workers", f"{gain:.2f}", "0.9", gain >= 0.9)
    return markdown(("workers", "clock, s", "images a second"), rows) + f"\n\nEfficiency {gain:.2f}.\n"


def checks(count: int = 40) -> str:
    """Processor milliseconds that an image of 512 pixels costs once it is open: measures, hashes, sides, thumbnail."""
    from GANAnomalyLab.curate.cheap_checks import SIDE as SMALL
    from GANAnomalyLab.curate.cheap_checks import measure, perceptual_hashes, shrunk
    from GANAnomalyLab.curate.sides import sides_of

    images = [chest(seed, SIDE).astype(np.float32) / 255 for seed in range(4)]
    best = np.inf
    for _ in range(5):
        begin = time.process_time()
        for number in range(count):
            image = images[number % len(images)]
            small = shrunk(image, SMALL)
            measure(image, small), perceptual_hashes(image), sides_of(small), shrunk(small, 96)
        best = min(best, 1000 * (time.process_time() - begin) / count)
    tell_target("curate: cheap checks of an image of 512 pixels", f"{best:.1f} ms", "at most 5 ms", best <= 5)
    return f"The cheap checks of an image of 512 pixels take {best:.1f} ms of a core."


def made_up(store: Path, count: int) -> None:
    """A store of so many rows that no image is behind, in parts as runs write them."""
    from GANAnomalyLab.curate.cheap_checks import MEASURES
    from GANAnomalyLab.curate.curate_options import PART, CurateOptions
    from GANAnomalyLab.curate.curate_part import PartTask, write_part
    from GANAnomalyLab.curate.curation_store import Store
    from GANAnomalyLab.curate.sides import SIZE
    from GANAnomalyLab.curate.source_files import IMAGE, SourceFile

    options = CurateOptions(["x"], str(store))
    made = Store.make(store, options.deciding(), None)
    draws = np.random.default_rng(0)
    files = [SourceFile(f"/archive/{number // 1000:04d}/{number:07d}.dcm", IMAGE, 1, number) for number in range(count)]
    made.write_listing(files)
    run = made.begin_run(["x"])
    for first in range(0, count, PART):
        some = files[first : first + PART]
        rows = [
            {
                "path": file.path, "kind": "image", "slice": -1, "slices": 1, "state": file.state, "run": run,
                "sha256": hashlib.sha256(file.path.encode()).hexdigest(), "width": SIDE, "height": SIDE,
                "score": float(draws.gamma(2.0)), "week": first * 100 // count, "heat": bytes(256), "modality": "DX",
                "body_part": str(draws.choice(["CHEST", "ABDOMEN"], p=[0.97, 0.03])), "view": f"v{draws.integers(2)}",
                "site": f"s{draws.integers(5)}", "maker": f"m{draws.integers(4)}", "device": f"d{draws.integers(7)}",
                "hash": int(draws.integers(2**64, dtype=np.uint64)),
                "hash_mirrored": int(draws.integers(2**64, dtype=np.uint64)),
                "sides": draws.integers(-127, 128, SIZE, dtype=np.int8).tobytes(),
                **{name: float(draws.normal()) for name in MEASURES},
            }
            for file in some
        ]  # fmt: skip
        task = PartTask(made.part_name(some, run), str(store), tuple(some), run, {}, None, "cpu", 1, "2026-01-01")
        write_part(task, rows)


def questions(folder: Path, count: int) -> str:
    """Processor seconds (user and system) of a store's answers in the terminal, the whole process from its start; the
    least of three, with files in memory, so that another program beside them hardly counts."""
    store, table = folder / f"made-up-{count}", folder / "attributes.csv"
    if not store.exists():
        made_up(store, count)
    with open(table, "w", encoding="utf-8") as file:
        file.write("path,attribute\n")
        for number in range(count):
            name = "" if number % 10 else f"a{number // 10 % 16}"
            file.write(f"{number // 1000:04d}/{number:07d}.dcm,{name}\n")
    asked = {
        "rank": ["rank", store],
        "rank by checks": ["rank", store, "--by", "checks"],
        "threshold": ["threshold", store],
        "groups of seven devices": ["groups", store, "--by", "device"],
        "groups by a table of sixteen attributes": ["groups", store, "--table", table],
        "drift by 100 weeks, five sites, seven devices": ["drift", store],
        "duplicates": ["duplicates", store],
        "export, two lists of all": [
            "export", store, "--above", "4", "--accept", folder / "a.csv", "--reject", folder / "b.csv", "--force",
        ],
        "rank, all written as CSV": ["rank", store, "--csv", folder / "ranked.csv", "--force"],
    }  # fmt: skip
    rows = []
    for name, given in asked.items():
        words = gananomaly("curate", *map(str, given))
        seconds = min(run_measured(words, {"OMP_NUM_THREADS": "1"}).processor for _ in range(3))
        rows.append([name, f"{seconds:.2f}"])
        tell_target(f"curate {name}, {count:,} rows", f"{seconds:.2f} s", "under 1 s", seconds < 1)
        print(rows[-1], flush=True)
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 1e6
    return (
        markdown((f"question to {count:,} rows, whole process", "processor, s"), rows)
        + f"\n\nThe store takes {size:.0f} MB without thumbnails.\n"
    )


def main() -> None:
    """The command line; see the top of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=int, default=ROWS, help="of the made-up store")
    parser.add_argument("--questions", action="store_true", help="nothing but these")
    parser.add_argument("--folder", type=Path, help="where images and stores are kept; else a temporary one")
    parser.add_argument("--append", action="store_true", help="add the tables to RESULTS.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        tables = [questions(folder, args.rows), checks()]
        if not args.questions:
            tables += [growth(folder, args.counts, args.workers), efficiency(folder, min(max(args.counts), 10_000))]
        publish(__file__, f"{circumstances(args.workers)}:\n\n" + "\n\n".join(tables), args.append)


if __name__ == "__main__":
    main()
