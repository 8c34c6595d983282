"""What a further case of a batch costs, in time, bytes written and memory, after few and after very many cases.

    python Testing/benchmarks/bench_batch_growth.py                100, 1,000 and 10,000 cases, some minutes
    python Testing/benchmarks/bench_batch_growth.py --cases 20 60  other numbers
    python Testing/benchmarks/bench_batch_growth.py --append       also add the table to RESULTS.md

The batch is a real one: table, progress, resumption, contact sheets. Its cases lie finished in their folders, small CTs
with a finding each, so that no time goes into analyses; each number of cases runs in a process of its own. "first run"
is a batch in which the engine says of each case that it is finished; "again" the same batch run once more, which finds
that in its own table. Both put the sheets together, of tiles that are kept: drawing one takes the same time always.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "GANAnomaly"))
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

SHAPE = (3, 48, 48)
BOX = ((20, 30), (10, 20), (1, 2))
SLICES = 300
"""Rows of scores.csv a case: a whole CT's."""
SHARE = 1.25
"""A case after many may cost so many times as much as one after few."""


class Engine:
    """In the place of a pool of workers: says of each case that it is finished, as a worker does of one that is."""

    def __init__(self, *_: object, **options: object) -> None: ...

    def run_tasks(self, groups, on_end, tell, cancel) -> None:
        for (task,) in groups:
            on_end(task, {"event": "done", "folder": task.request["output"], "reused": True})
            tell(())


def write_cases(place: Path, count: int) -> None:
    """``count`` finished cases; their volumes are hard links to one CT and one heatmap."""
    import dataclasses

    from PIL import Image

    from GANAnomalyLib import __version__, write_volume
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.models.registry import find_model
    from GANAnomalyLib.models.store import model_hash
    from GANAnomalyLib.pictures.tile import TILE
    from GANAnomalyLib.results.result import FILES, Finding, finding_dict
    from GANAnomalyLib.volume import Volume

    voxels = np.full(SHAPE, -1000, np.int16)
    voxels[:, 6:42, 4:44] = 0
    volume = Volume(voxels, np.diag([-2.0, -2.0, 3.0, 1.0]))
    ct, heat = (
        write_volume(volume.like(data), place / name)
        for data, name in ((voxels, "ct.nrrd"), (np.abs(voxels + 1000).astype(np.float32), "heat.nrrd"))
    )
    scores = "slice,score,patch_score\n" + "".join(f"{n},{n % 7}.25,{n % 11}.5\n" for n in range(SLICES))
    versions, model = {"gananomaly": __version__}, {"hash": model_hash(find_model("demo"))}
    settings = {"window": 400.0, "level": 0.0, "metric": "wd", "score_unit": "times what is usual there"}
    inputs, out = place / "in", place / "out"
    inputs.mkdir()
    tile = place / "tile.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (TILE, TILE, 3), np.uint8)).save(tile)
    os.utime(tile, (2e9, 2e9))  # newer than any result
    (out / ".tiles").mkdir(parents=True)
    for number in range(count):
        name = f"case{number:06d}"
        (inputs / f"{name}.nrrd").hardlink_to(ct)
        (out / ".tiles" / f"{name}.png").hardlink_to(tile)
        folder = out / name
        (folder / FILES["patches"]).mkdir(parents=True)
        (folder / FILES["heatmap"]).hardlink_to(heat)
        for empty in ("reconstruction", "findings_segmentation"):
            (folder / FILES[empty]).touch()
        found = [
            finding_dict(Finding(rank, rank, float(number % 97), "wd", 1, (1, 1), BOX, (0.0,) * 3, (1.0,) * 3))
            for rank in range(1, 6)
        ]
        (folder / FILES["findings"]).write_text(json.dumps({"findings": found}))
        (folder / FILES["scores"]).write_text(scores)
        request = dataclasses.replace(AnalysisRequest(""), input=str(inputs / f"{name}.nrrd"), output=str(folder))
        manifest = {"schema_version": 1, "request": request.to_dict(), "versions": versions, "model": model}
        manifest |= {"heatmap_threshold": 1.0, "settings": settings}
        (folder / "result.json").write_text(json.dumps(manifest))


def measure(place: Path, count: int) -> dict[str, float]:
    """Run the batch twice over ``count`` cases; milliseconds a case, and what the process held and wrote."""
    from GANAnomalyLab.evaluate.study.peak_memory import forget_peak, peak_mib
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.batch import find_cases, run_batch

    write_cases(place, count)
    importlib.import_module("GANAnomalyLib.batch.run_batch").WorkerPool = Engine
    cases = find_cases(place / "in")
    # What is loaded once shall not count.
    run_batch(cases[:1], AnalysisRequest(""), place / "out")
    (place / "out" / "summary.csv").unlink()
    forget_peak()
    before, told = peak_mib() or 0.0, {}
    for name in ("first", "again"):
        ends: list[float] = []
        written, begin = bytes_written(), time.process_time()

        def note(row: object, ends: list[float] = ends) -> None:
            ends.append(time.process_time())

        summary = run_batch(cases, AnalysisRequest(""), place / "out", on_result=note)
        assert summary.count("reused") == count
        told[f"{name}_cases_ms"] = 1e3 * (ends[-1] - begin) / count
        told[f"{name}_sheets_ms"] = 1e3 * (time.process_time() - ends[-1]) / count
        told[f"{name}_kib"] = (bytes_written() - written) / 1024 / count
        told["sheets"] = len(summary.sheets)
    told["mib"] = (peak_mib() or 0.0) - before
    return told


def bytes_written() -> int:
    """What this process has written so far, where the system tells (Linux)."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as place:
            print(json.dumps(measure(Path(place), options.one)))
        return
    found = {}
    for count in options.cases:
        command = [sys.executable, __file__, "--one", str(count)]
        found[count] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)
    columns = ("first_cases_ms", "first_sheets_ms", "first_kib", "again_cases_ms", "again_sheets_ms", "again_kib")
    rows = [
        [
            f"{count:,}",
            *(f"{one[name]:.2f}" for name in columns),
            f"{one['mib']:.0f}",
            f"{one['mib'] * 1024 / count:.1f}",
        ]
        for count, one in found.items()
    ]
    head = [
        "cases",
        *(f"{run}: {what}" for run in ("first run", "again") for what in ("ms a case", "ms a tile", "KiB")),
    ]
    table = markdown([*head, "peak MiB above the start", "KiB of it a case"], rows)
    few, many = found[options.cases[0]], found[options.cases[-1]]
    growth = max(many[name] / max(few[name], 1e-6) for name in ("first_cases_ms", "again_cases_ms"))
    what = f"a case of a batch after {options.cases[-1]:,} against {options.cases[0]:,}"
    tell_target(what, f"{growth:.2f} x the processor's time", f"{SHARE} x", growth <= SHARE)
    block = f"{circumstances(1)}:\n\n{table}"
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
