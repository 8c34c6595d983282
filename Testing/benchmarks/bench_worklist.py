"""The worklist: how long it takes to list, and how long a case takes to open, read ahead and not.

    python Testing/benchmarks/bench_worklist.py                            a quarter of an hour on two cores
    python Testing/benchmarks/bench_worklist.py --cases 1000 --slices 40 --size 128
    python Testing/benchmarks/bench_worklist.py --only open
    python Testing/benchmarks/bench_worklist.py --append                   also add the tables to RESULTS.md

- list: the first 200 cases of a reader, counts of all states with them, among 10,000 and 100,000 cases of ten findings;
  and what ``review list`` asks for.
  The reader gave a verdict on three in ten, decided on all findings of one in ten more and on three findings of another
  one, as a second reader did.
- open: a torso of 512 x 512 x 300 voxels (the bundled CT, enlarged, with noise) with its result, from NIfTI (not
  compressed, as DICOM mostly is) and NRRD files on the disk to its nodes in a scene with three views; the case before
  leaves the scene, and the reader's own decisions come from a database. Read ahead is what the panel does while another
  case is read. Needs the extra ``headless``.

Seconds are the clock's, with the processor's beside them: others who compute on the machine make a person wait too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1]), str(HERE.parents[1] / "GANAnomaly")]
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

LIST_S, OPEN_S = 1.0, 2.0
FINDINGS, STEP = 10, 1000
PARTS = ("list", "open")


def fill(place: Path, cases: int) -> None:
    """A database of so many cases and two readers."""
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.record_decisions import put_reader
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.row_writing import Stamp, put

    choose, stamp = random.Random(5), Stamp.now("bench")

    def work(connection: Any, numbers: range) -> None:
        keys = [put_reader(connection, ReaderName(name), stamp) for name in ("one", "two")]
        for table, rows in made_rows(numbers, keys, stamp, choose).items():
            put(connection, table, rows, stamp)

    with ReviewDatabase.open(place) as database:
        for first in range(0, cases, STEP):
            database.write(lambda connection, f=first: work(connection, range(f, min(f + STEP, cases))))


def made_rows(numbers: range, readers: list[Any], stamp: Any, choose: random.Random) -> dict[Any, list[dict[str, Any]]]:
    """Rows of cases and judgements, by table."""
    from GANAnomalyLib.review.store import review_tables as tables
    from GANAnomalyLib.review.store.case_facts import finding_id
    from GANAnomalyLib.review.store.review_ids import id_of, new_id

    in_order = (tables.study, tables.series, tables.analysis, tables.result_folder, tables.finding)
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in (*in_order, tables.decision, tables.verdict)}
    flat = dict.fromkeys(("r", "a", "s", "size_i", "size_j", "size_k"), 0.0)
    for number in numbers:
        print_, top = f"{number:064x}", 8 * choose.random()
        case, image, whose = (id_of(kind, print_) for kind in ("analysis", "series", "study"))
        rows[tables.study].append({"id": whose, "site_id": id_of("site", "")})
        rows[tables.series].append({"id": image, "study_id": whose, "input_hash": print_, "modality": "CT"})
        rows[tables.analysis].append({"id": case, "series_id": image, "fingerprint": print_, "model": "demo"})
        path = {"path": f"/results/p{number:06d}", "analysis_id": case}
        rows[tables.result_folder].append({"id": id_of("folder", print_), **path})
        keys = [finding_id(case, rank) for rank in range(1, FINDINGS + 1)]
        for rank, key in enumerate(keys, 1):
            where = {"slice": rank, "first_slice": rank, "last_slice": rank, **flat}
            rows[tables.finding].append(
                {"id": key, "analysis_id": case, "rank": rank, "score": top - rank / 10, **where}
            )
        for reader in readers:
            said, share = {"reader_id": reader, "reading": 1, "decided": stamp.recorded}, choose.random()
            if share < 0.3:
                rows[tables.verdict].append({"id": new_id(), "analysis_id": case, "verdict": "normal", **said})
            for key in [] if not 0.3 <= share < 0.5 else keys if share < 0.4 else keys[:3]:
                rows[tables.decision].append({"id": new_id(), "finding_id": key, "decision": "rejected", **said})
    return rows


def list_rows(place: Path, cases: int) -> list[list[str]]:
    """A row for each way of listing."""
    from GANAnomalyLib.review.store.listed_cases import count_cases, list_cases
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.record_decisions import reader_id
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.worklist import Wanted, worklist

    def page(*wanted: str, find: str = "") -> Callable[[Any], int]:
        return lambda connection: worklist(connection, who, Wanted(*wanted, find=find, limit=200)).total

    def first(connection: Any) -> int:
        return len(list_cases(connection, [reader_id(who)], limit=50)) and count_cases(connection, [reader_id(who)])

    who, rows = ReaderName("one"), []
    asked: dict[str, Callable[[Any], int]] = {
        "to read, highest score first": page("to read"),
        "read, by name": page("read", "name"),
        "all cases": page(),
        "to read, with a part of a path": page("to read", find="p0001"),
        "`review list`, the first 50": first,
        "`review list`, all of them": lambda connection: len(list_cases(connection, [reader_id(who)])),
    }
    with ReviewDatabase.open(place) as database, database.reading() as connection:
        for name, work in asked.items():
            clock, used = time.perf_counter(), time.process_time()
            found = work(connection)
            clock, used = time.perf_counter() - clock, time.process_time() - used
            rows.append([f"{cases:,}", name, f"{found:,}", f"{clock:.2f}", f"{used:.2f}"])
            if name == next(iter(asked)):
                tell_target(f"worklist: {name}, {cases:,} cases", f"{clock:.2f} s", f"{LIST_S:.0f} s", clock <= LIST_S)
    return rows


def make_case(folder: Path, size: int, slices: int) -> list[Path]:
    """Three scans that differ in a slice, and a result of each."""
    from scene.example_result import make_result, torso
    from scipy.ndimage import uniform_filter

    from GANAnomalyLib.volume.hashing import hash_volume
    from GANAnomalyLib.volume.read import read_volume
    from GANAnomalyLib.volume.volume import Volume
    from GANAnomalyLib.volume.write_volume import write_volume

    small, shape = torso(), (slices, size, size)
    places = [np.arange(count) * there // count for count, there in zip(shape, small.voxels.shape, strict=True)]
    voxels = small.voxels[np.ix_(*places)] + np.random.default_rng(1).integers(-10, 11, shape, dtype=np.int16)
    matrix = small.ijk_to_ras.copy()
    matrix[:3, :3] *= [there / count for count, there in zip(shape[::-1], small.voxels.shape[::-1], strict=True)]
    first, found = folder / "results" / "0", []
    for number in range(3):
        # Other voxels each: the same scan would stay in the scene.
        voxels[0] += 1
        scan, result = folder / f"scan{number}.nii", folder / "results" / str(number)
        write_volume(Volume(voxels.astype(np.int16), matrix, "CT"), scan)
        volume = read_volume(scan)
        if number:
            shutil.copytree(first, result)
        else:
            smooth = uniform_filter(volume.voxels.astype(np.float32), size // 30)
            make_result(first, volume, top=FINDINGS, smooth=smooth)
        manifest = json.loads((result / "result.json").read_text())
        manifest |= {"fingerprint": f"{number:064x}", "request": {"input": str(scan)}}
        manifest["input"] = {"hash": hash_volume(volume), "modality": "CT"}
        (result / "result.json").write_text(json.dumps(manifest))
        found.append(result)
    return found


def open_cases(folders: list[Path], place: Path) -> list[tuple[str, float, float, float, float]]:
    """(how, seconds of the clock, of the processor, of the longest step, of drawing) of opening one case after another:
    the first, the next not read ahead, and the next read ahead."""
    from bench_scene_entry import measured, steps_of
    from trame_slicer.views import ViewLayoutDefinition

    from GANAnomalyLib.review.store.exchange_results import import_result
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.running.read_ahead import ReadAhead
    from GANAnomalyLib.scene.leave_case import leave_steps
    from GANAnomalyLib.scene.read_case import read_case
    from GANAnomalyLib.scene.result_nodes import results_in
    from GANAnomalyLib.scene.session import open_session

    kinds = (ViewLayoutDefinition.axial_view, ViewLayoutDefinition.coronal_view, ViewLayoutDefinition.sagittal_view)
    found = []
    with ReviewDatabase.open(place) as database:
        for folder in folders:
            import_result(database, folder)
    with open_session() as app:
        views = [app.view_manager.create_view(kind()) for kind in kinds]
        for view in views:
            view.set_render_blocked(True)
            view.update_size(400, 400)
        ahead = ReadAhead()
        for how, folder in zip(("the first", "the next, not read ahead", "the next, read ahead"), folders, strict=True):
            before = [nodes.ct for nodes in results_in(app.scene)]
            if how.endswith(", read ahead"):
                wait_for(ahead, folder, read_case)
            clock, used = time.perf_counter(), time.process_time()
            wait_for(ahead, folder, read_case)
            case = ahead.take(folder)
            assert case.fresh
            own_decisions(case, folder, place)
            steps = measured(steps_of(app.scene, case.volume, case.opened.result, case.opened.maps))
            for ct in before:
                steps += measured(leave_steps(app.scene, ct))
            clock, used = time.perf_counter() - clock, time.process_time() - used
            drawing = max(_seconds(view.render_window().Render) for view in views)
            assert len(results_in(app.scene)) == 1
            found.append((how, clock, used, max(steps), drawing))
    return found


def wait_for(ahead: Any, folder: Path, read: Callable[..., Any]) -> None:
    """Until a case is read."""
    ahead.want(folder, lambda cancel: read(folder, (), cancel))
    while not ahead.ready(folder):
        ahead.share(0.05)


def own_decisions(case: Any, folder: Path, place: Path) -> None:
    """What the panel asks the database for when a case is opened."""
    from GANAnomalyLib.review.decisions import Reading
    from GANAnomalyLib.review.store.exchange_results import latest_reading
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    with ReviewDatabase.open(place) as database:
        kept = Reading(case.opened.decisions, case.opened.added, case.opened.verdict)
        latest_reading(database, folder, ReaderName("one"), kept)


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000], help="how many are listed")
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the case that is opened")
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--append", action="store_true", help="add the tables to RESULTS.md")
    options = parser.parse_args()
    tables = []
    with tempfile.TemporaryDirectory(prefix="gananomaly-bench-") as scratch:
        if "list" in options.only:
            rows = []
            for cases in options.cases:
                place = Path(scratch) / f"{cases}.db"
                fill(place, cases)
                rows += list_rows(place, cases)
                place.unlink()
            tables.append(markdown(["cases", "listed", "found", "s, clock", "s, processor"], rows))
        if "open" in options.only:
            tables.append(opened_table(Path(scratch), options.size, options.slices))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    block = f"{circumstances(os.cpu_count() or 1, f'load of the machine at the end {load}')}:\n\n"
    publish(__file__, block + "\n\n".join(tables), options.append)


def opened_table(scratch: Path, size: int, slices: int) -> str:
    """The table of opening a case, and how it stands to its target."""
    folders = make_case(scratch, size, slices)
    # A process of its own, as in the benchmark of the scene.
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        found = alone.submit(open_cases, folders, scratch / "own.db").result()
    rows = []
    for how, clock, used, longest, drawing in found:
        numbers = [f"{value:.2f}" for value in (clock, used, longest, drawing)]
        rows.append([f"{size} x {size} x {slices}", how, *numbers])
        if how.endswith(", read ahead"):
            met = clock <= OPEN_S if (size, slices) == (512, 300) else None
            tell_target(f"worklist: a case of {size} x {size} x {slices}, read ahead", f"{clock:.2f} s", "2 s", met)
    heads = ["voxels", "case", "s, clock", "s, processor", "s, longest step", "s, drawing a view"]
    return markdown(heads, rows)


if __name__ == "__main__":
    main()
