"""The review database under its readers: how long a decision takes, what is lost, and how a case opens among a million.

    python Testing/benchmarks/bench_review.py                        all of it: half an hour on two cores
    python Testing/benchmarks/bench_review.py --cases 25 --kills 5 --rows 20000 --seconds 5
    python Testing/benchmarks/bench_review.py --only writers case    some parts
    python Testing/benchmarks/bench_review.py --append               also add the table to RESULTS.md

- writers: readers decide on all findings of all cases, in processes that go as fast as they can; nothing may be lost.
- paced: the same readers at a reader's pace, one decision a second each.
- kills: a process that decides is killed (SIGKILL) at random moments; what it said to be kept must be there.
- case: decisions by the hundred thousand; a case is opened, the database with it.
- panel: what a decision costs the panel, which only puts it aside.

A decision's time is the clock's, from asking for it until it is on the disk. PostgreSQL is a server of its own on a
socket, with its usual settings; it is left out where there is none.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1]), str(HERE.parents[1] / "GANAnomaly")]
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402
from review import postgres_server  # noqa: E402
from review.store_writer import WORDS, made_case  # noqa: E402

TARGET_MS, OPEN_MS = 50.0, 100.0
WRITER = HERE.parent / "review" / "store_writer.py"
PARTS = ("writers", "paced", "kills", "case", "panel")


@dataclass
class Times:
    """Seconds of many pieces of work."""

    seconds: list[float]

    def at(self, share: float) -> float:
        """Milliseconds that ``share`` of them stay below."""
        listed = sorted(self.seconds)
        return 1000 * listed[min(int(share * len(listed)), len(listed) - 1)]

    def words(self) -> list[str]:
        """Median, 99th percentile and longest, for a table."""
        return [f"{self.at(0.5):.1f}", f"{self.at(0.99):.1f}", f"{1000 * max(self.seconds):.0f}"]


def write(place: str, readers: list[int], cases: int, findings: int, pause: float, seconds: float, told: Any) -> None:
    """One process: its readers in turn, each through the cases in an order of its own."""
    from GANAnomalyLib.review.store.judgements import Judged
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.record_decisions import record_decision
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    taken, made = [], 0
    orders = {reader: random.Random(reader).sample(range(cases), cases) for reader in readers}
    with ReviewDatabase.open(place) as database:
        until = time.monotonic() + seconds if seconds else 0.0
        for turn in range(cases):
            for reader in readers:
                case = made_case(orders[reader][turn], findings)
                for rank in range(1, findings + 1):
                    if until and time.monotonic() > until:
                        told.put((taken, made))
                        return
                    time.sleep(pause * random.uniform(0.5, 1.5))
                    begin = time.perf_counter()
                    word = WORDS[(reader + rank) % 3]
                    record_decision(database, case, rank, word, ReaderName(f"reader {reader}"), Judged("as seen"))
                    taken.append(time.perf_counter() - begin)
                    made += 1
    told.put((taken, made))


def many_writers(
    place: str, options: argparse.Namespace, pause: float = 0.0, seconds: float = 0.0
) -> tuple[Times, int, float]:
    """Times of all decisions, how many are lost, and how long all of it took."""
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    ReviewDatabase.open(place).close()
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    shares = [list(range(number, options.readers, options.processes)) for number in range(options.processes)]
    begin = time.perf_counter()
    children = [
        context.Process(
            target=write, args=(place, one, options.cases, options.findings, pause / len(one), seconds, told)
        )
        for one in shares
        if one
    ]
    for child in children:
        child.start()
    taken, made = [], 0
    for _child in children:
        times, count = told.get(timeout=7200)
        taken += times
        made += count
    for child in children:
        child.join()
    clock = time.perf_counter() - begin
    return Times(taken), made - kept(place), clock


def kept(place: str) -> int:
    """How many findings have a decision of a reader."""
    import sqlalchemy as sa

    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_tables import decision

    pairs = sa.select(decision.c.finding_id, decision.c.reader_id).distinct().subquery()
    with ReviewDatabase.open(place) as database, database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(pairs)).scalar_one())


def kills(place: str, count: int) -> tuple[int, int, list[str]]:
    """How many decisions were said to be kept, how many of them are lost, and what a check finds."""
    import sqlalchemy as sa

    from GANAnomalyLib.review.store.check_database import check
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_tables import decision

    choose, told = random.Random(7), set[str]()
    paths = os.pathsep.join([str(HERE.parents[1] / "GANAnomaly"), str(HERE.parents[1])])
    for number in range(count):
        command = [sys.executable, WRITER, place, "killed", str(1000 * number), "1000", "10"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths})
        if number % 10:  # most among the decisions, some while it begins
            told.add(str(child.stdout and child.stdout.readline()).strip())
        time.sleep(choose.uniform(0, 0.3))
        child.send_signal(signal.SIGKILL)
        out, _errors = child.communicate()
        told |= {line for line in out.split("\n")[:-1] if line}
    with ReviewDatabase.open(place) as database:
        with database.reading() as connection:
            held = set(connection.execute(sa.select(decision.c.comment)).scalars())
        return len(told), len(told - held), check(database, folders=False).damage


def fill(place: str, rows: int) -> list[uuid.UUID]:
    """A database of so many decisions: ten findings a case, ten readers, and a tenth of it changed once."""
    import datetime

    from GANAnomalyLib.review.store.case_facts import finding_id
    from GANAnomalyLib.review.store.case_rows import put_case
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.record_decisions import put_reader
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_ids import new_id
    from GANAnomalyLib.review.store.review_tables import decision
    from GANAnomalyLib.review.store.row_writing import Stamp, put

    stamp, readers = Stamp.now("bench"), [ReaderName(f"reader {number}") for number in range(10)]
    cases, findings = max(rows // 110, 1), 10
    blank = {"label_scheme": "", "label_code": "", "label_meaning": "", "session_id": None, "reading": 1}
    blank |= {"confidence": None, "comment": "as seen", "seconds": 3.0, "source": "bench"}

    def work(connection: Any, numbers: range) -> list[uuid.UUID]:
        keys, made = [put_reader(connection, one, stamp) for one in readers], []
        decisions = []
        for number in numbers:
            case = made_case(number, findings)
            put_case(connection, case, readers[0], stamp)
            made.append(case.id)
            for rank in range(1, findings + 1):
                for n, key in enumerate(keys):
                    for again in range(2 if n == number % 10 else 1):
                        decided = stamp.recorded + datetime.timedelta(seconds=again)
                        about = {"id": new_id(), "finding_id": finding_id(case.id, rank), "reader_id": key}
                        decisions.append({**blank, **about, "decision": WORDS[n % 3], "decided": decided})
        put(connection, decision, decisions, stamp)
        return made

    found = []
    with ReviewDatabase.open(place) as database:
        for first in range(0, cases, 50):
            found += database.write(lambda connection, f=first: work(connection, range(f, min(f + 50, cases))))
    return found


def open_cases(place: str, cases: list[uuid.UUID], count: int) -> tuple[Times, Times, float, float]:
    """Times of opening a case with its database, and of the next case; seconds of the processor for the first, and to
    list all cases."""
    from GANAnomalyLib.review.store.listed_cases import list_cases
    from GANAnomalyLib.review.store.present_state import case_state
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    choose = random.Random(3)

    def one(database: ReviewDatabase) -> None:
        with database.reading() as connection:
            decisions = case_state(connection, choose.choice(cases)).decisions
        if len(decisions) != 100:
            raise SystemExit(f"A case has {len(decisions)} decisions instead of 100.")

    first, following, used = [], [], time.process_time()
    for _again in range(count):
        begin = time.perf_counter()
        with ReviewDatabase.open(place) as database:
            one(database)
            first.append(time.perf_counter() - begin)
    used = (time.process_time() - used) / count
    with ReviewDatabase.open(place) as database:
        one(database)
        for _again in range(count):
            begin = time.perf_counter()
            one(database)
            following.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        with database.reading() as connection:
            if len(list_cases(connection)) != len(cases):
                raise SystemExit("Cases are missing in the list.")
    return Times(first), Times(following), used, time.perf_counter() - begin


def put_aside_times(folder: Path, count: int = 500) -> Times:
    """What a decision costs the panel."""
    from GANAnomalyLib.review.store.judgements import Judged, Sitting
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.unsent_decisions import Unsent, put_aside

    case, sitting, taken = made_case(1, 10), Sitting("bench"), []
    for number in range(count):
        begin = time.perf_counter()
        one = Unsent(case, 1 + number % 10, "accepted", ReaderName("reader"), Judged("as seen"), sitting)
        put_aside(one, folder)
        taken.append(time.perf_counter() - begin)
    return Times(taken)


@contextlib.contextmanager
def places(folder: Path) -> Iterator[dict[str, Any]]:
    """By kind, a function that gives the place of a new database of a name."""
    with contextlib.ExitStack() as stack:
        found: dict[str, Any] = {"SQLite": lambda name: str(folder / f"{name}.db")}
        try:
            url = stack.enter_context(postgres_server.started())
        except (postgres_server.NoServer, ImportError) as error:
            print(f"PostgreSQL is left out: {error}")
        else:
            found["PostgreSQL"] = lambda name: _server_database(url, name)
        yield found


def _server_database(url: str, name: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--findings", type=int, default=10)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60, help="how long readers decide at their own pace")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=1_000_000, help="decisions among which a case is opened")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="gananomaly-bench-") as scratch, places(Path(scratch)) as kinds:
        for kind, place in kinds.items():
            measure(kind, place, options, rows)
        if "panel" in options.only:
            times = put_aside_times(Path(scratch) / "unsent")
            rows.append(["a decision of the panel, put aside", "", *times.words(), ""])
            tell_target(
                "review: a decision of the panel", f"{times.at(0.99):.0f} ms (99 %)", "50 ms", times.at(0.99) < 50
            )
    table = markdown(["what", "database", "ms, median", "ms, 99 %", "ms, longest", "lost, or what else"], rows)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    block = f"{circumstances(os.cpu_count() or 1, f'load of the machine at the end {load}')}:\n\n{table}"
    publish(__file__, block, options.append)


def measure(kind: str, place: Any, options: argparse.Namespace, rows: list[list[str]]) -> None:
    """The parts that need a database, on one kind of it."""
    judged = kind == "SQLite"
    asked = f"{options.readers} readers x {options.cases} cases x {options.findings} findings"
    if "writers" in options.only:
        times, lost, clock = many_writers(place("writers"), options)
        pace = len(times.seconds) / clock
        told = f"{lost} lost of {len(times.seconds)}, {pace:.0f} a second"
        rows.append([f"{asked}, {options.processes} processes", kind, *times.words(), told])
        met = times.at(0.99) < TARGET_MS if judged else None
        tell_target(
            f"review, {kind}: a decision of many", f"{times.at(0.99):.0f} ms (99 %)", f"{TARGET_MS:.0f} ms", met
        )
        tell_target(f"review, {kind}: nothing lost", str(lost), "0", lost == 0)
    if "paced" in options.only:
        times, lost, _clock = many_writers(place("paced"), options, pause=1.0, seconds=options.seconds)
        told = f"{lost} lost of {len(times.seconds)}"
        rows.append([f"{options.readers} readers, one decision a second each", kind, *times.words(), told])
    if "kills" in options.only and kind == "SQLite":
        said, lost, damage = kills(place("kills"), options.kills)
        told = f"{lost} lost of {said}, {'whole' if not damage else 'DAMAGED'}"
        rows.append([f"killed at {options.kills} random moments", kind, "", "", "", told])
        tell_target("review: killed, nothing lost", f"{lost} of {said}", "0", lost == 0 and not damage)
    if "case" in options.only:
        where = place("million")
        begin = time.perf_counter()
        cases = fill(where, options.rows)
        print(f"{kind}: {options.rows} decisions in {time.perf_counter() - begin:.0f} s", flush=True)
        times, following, used, listing = open_cases(where, cases, 200)
        size = f", {Path(where).stat().st_size / 2**20:.0f} MiB" if kind == "SQLite" else ""
        told = f"{1000 * used:.0f} ms of the processor; all {len(cases)} cases listed in {listing:.1f} s{size}"
        rows.append([f"a case opens with its database, among {len(cases) * 110} decisions", kind, *times.words(), told])
        rows.append(["the next case", kind, *following.words(), ""])
        met = times.at(0.99) < OPEN_MS if judged else None
        tell_target(f"review, {kind}: a case opens", f"{times.at(0.99):.0f} ms (99 %)", f"{OPEN_MS:.0f} ms", met)


if __name__ == "__main__":
    main()
