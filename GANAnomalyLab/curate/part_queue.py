"""What of a run is to be done next: its parts in the order of paths, and those again whose workers died."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .curate_options import CurateOptions
from .curate_part import PartTask
from .curation_store import Store
from .source_files import SourceFile


def parts_of(
    store: Store, new: Sequence[SourceFile], options: CurateOptions, run: int, workers: int
) -> Iterator[PartTask]:
    """Tasks in the order of paths; of few files, so many that every worker has some."""
    size = max(1, min(options.part, -(-len(new) // (4 * workers))))
    for first in range(0, len(new), size):
        files = tuple(new[first : first + size])
        yield PartTask(
            store.part_name(files, run),
            str(store.folder.absolute()),
            files,
            run,
            options.deciding(),
            options.model,
            options.device,
            options.batch,
            store.facts["origin"],
        )


class PartQueue:
    """Gives each task once, but those whose workers died again: divided, so that the file which ends workers is found,
    and of one file alone once more when all else is done, so that jobs which end at the same time blame none."""

    def __init__(self, store: Store, parts: Iterator[PartTask]) -> None:
        self._store, self._parts = store, parts
        self._halves: list[PartTask] = []
        self._suspects: list[PartTask] = []
        self._tried: set[str] = set()

    def next(self, alone: bool) -> PartTask | None:
        """The next task, or None for now; ``alone``: nothing is at work."""
        task = self._halves.pop() if self._halves else next(self._parts, None)
        if task is None and alone and self._suspects:
            task = self._suspects.pop()
            self._tried.add(task.name)
        return task

    def is_last_try(self, task: PartTask) -> bool:
        """Whether a task that ends its workers now will not be given again."""
        return task.name in self._tried

    def workers_died(self, task: PartTask) -> None:
        """Take back a task, not at its last try."""
        if len(task.files) == 1:
            self._suspects.append(task)
            return
        middle = len(task.files) // 2
        for files in (task.files[:middle], task.files[middle:]):
            self._halves.append(replace(task, name=self._store.part_name(files, task.run), files=files))
