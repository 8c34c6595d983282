"""What is given to workers, and again when they died of it."""

from curate.drawn import write_chests

from GANAnomalyLab.curate.curate_options import CurateOptions
from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLab.curate.part_queue import PartQueue, parts_of
from GANAnomalyLab.curate.source_files import list_sources


def run_through(tmp_path, count, part, dies):
    """The files of each task in order, one task at a time; ``dies(files, last)`` says whether workers die of it."""
    write_chests(tmp_path / "in", count, 16)
    options = CurateOptions([str(tmp_path / "in")], str(tmp_path / "store"), part=part)
    store = Store.make(options.out, options.deciding(), None)
    files = list_sources(options.sources).files
    queue = PartQueue(store, parts_of(store, files, options, 1, 1))
    given, blamed = [], []
    while (task := queue.next(alone=True)) is not None:
        numbers, last = [files.index(file) for file in task.files], queue.is_last_try(task)
        given.append(numbers)
        if not dies(numbers, last):
            continue
        if last:
            blamed += numbers
        else:
            queue.workers_died(task)
    return given, blamed


def test_each_part_is_given_once(tmp_path):
    assert run_through(tmp_path, 10, 4, lambda *_: False) == ([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]], [])


def test_a_file_that_ends_workers_is_found_and_tried_again_when_all_else_is_done(tmp_path):
    given, blamed = run_through(tmp_path, 16, 4, lambda numbers, _: 5 in numbers)
    assert blamed == [5]
    assert given[:2] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert given[-1] == [5]
    assert given.count([5]) == 2
    # All others were done once by themselves or with others that were.
    assert sorted(number for numbers in given if 5 not in numbers for number in numbers) == [*range(5), *range(6, 16)]


def test_workers_that_end_for_another_reason_blame_no_file(tmp_path):
    """As jobs whose time is over: everything dies at first, down to single files."""
    given, blamed = run_through(tmp_path, 8, 4, lambda _, last: not last)
    assert blamed == []
    assert sorted(numbers[0] for numbers in given[-8:]) == list(range(8))


def test_a_suspect_waits_until_nothing_else_is_at_work(tmp_path):
    write_chests(tmp_path / "in", 1, 16)
    options = CurateOptions([str(tmp_path / "in")], str(tmp_path / "store"))
    store = Store.make(options.out, options.deciding(), None)
    queue = PartQueue(store, parts_of(store, list_sources(options.sources).files, options, 1, 1))
    task = queue.next(alone=True)
    queue.workers_died(task)
    assert queue.next(alone=False) is None
    assert queue.next(alone=True) == task
