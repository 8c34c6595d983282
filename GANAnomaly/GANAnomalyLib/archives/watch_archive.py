"""Analysing what comes into an archive: each fitting study once, whatever stops the watch and when."""

from __future__ import annotations

import dataclasses
import datetime
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..analysis.request import AnalysisRequest
from ..errors import Cancelled, FolderInUse, GANAnomalyError, InputError
from ..files import disk_errors, folder_lock, is_full
from ..models.registry import find_model
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress, part
from ..worker import WorkerJob
from .archive_protocol import Archive, ArchiveError, SeriesFound, StudyFound, Unreachable, uid_of
from .asking_again import rest
from .connection import SECRETS
from .fetch_series import fetch_series
from .journal import ANALYSED, FAILED, FETCHED, QUEUED, SENT, Entry, Journal
from .objects_to_send import ObjectMaker, nothing
from .send_files import read_object
from .store_reasons import ALREADY_THERE
from .watch_rules import WatchRules

JOURNAL = "journal.sqlite"
RESULTS, IMAGES, OBJECTS = "results", "images", "objects"
LATE_DAYS = 14
"""How much older than the last look a study may be that is new in the archive."""
_DAY, _FIRST, _LOOKED = "%Y%m%d", "first", "looked"
_MOST_TRIES = 5
_IN_USE_PAUSE_S, _IN_USE_TRIES = 0.5, 120


@dataclass
class Watch:
    """A watch into a folder ``out``.

    Parameters
    ----------
    archive: where studies come in, and results go.
    rules: which are analysed. template: how; its input and output are set for each.
    make: makes what is sent back of a result; nothing, where only results are wanted.
    keep: hears of each result's folder and the images it is of before the study counts as analysed: it may hear of the
    same again, and where it raises the study is tried again.
    every: seconds between two looks. delete_images: the fetched images go when all is sent.
    tries, pause_s: of fetching, as :func:`.fetch_series.fetch_series` takes them.
    on_step: hears of each study's new state. on_trouble: hears sentences. today: the day.
    """

    archive: Archive
    out: Path
    rules: WatchRules
    template: AnalysisRequest
    make: ObjectMaker = nothing
    keep: Callable[[Path, Path], None] = lambda result, images: None
    every: float = 60.0
    delete_images: bool = False
    tries: int = 4
    pause_s: float = 0.5
    progress: ProgressCallback = no_progress
    cancel: CancelToken = dataclasses.field(default_factory=CancelToken)
    on_step: Callable[[Entry], None] = lambda entry: None
    on_trouble: Callable[[str], None] = lambda sentence: None
    today: Callable[[], datetime.date] = datetime.date.today

    def run(self, once: bool = False, again: bool = False) -> list[Entry]:
        """Watch until told to stop; with ``once`` until what is there now is done. Returns all that was ever taken.

        ``again`` tries those that failed once more.

        Raises
        ------
        InputError: rules, request, model or folder cannot be used. FolderInUse: another watch has the folder.
        ArchiveError: with ``once``, or where the archive refuses us; one that is away is waited for otherwise.
        Cancelled: told to stop; the same again goes on from there.
        """
        self.rules.check()
        dataclasses.replace(self.template, input=os.curdir).validate()
        find_model(self.template.model)
        with disk_errors(self.out, "the watch"), folder_lock(self.out, "gananomaly pacs watch"):
            self.out.mkdir(parents=True, exist_ok=True)
            self._journal = Journal(self.out / JOURNAL)
            try:
                if again:
                    self._journal.forgive()
                self._watch(once)
                return self._journal.entries()
            finally:
                self._journal.close()

    def _watch(self, once: bool) -> None:
        self._seen: dict[str, tuple[tuple[str, int], ...]] = {}
        self._unfit: dict[str, tuple[int | None, int | None]] = {}
        for entry in self._journal.entries(SENT):
            self._tidy(entry)
        while True:
            growing = False
            try:
                today = self.today()
                growing = self._look(self._since(today))
                if not growing:
                    self._journal.keep(_LOOKED, today.strftime(_DAY))
                self._work()
            except Unreachable as error:
                if once:
                    raise
                self.on_trouble(f"{error} Trying again in {self.every:g} s.")
            if once and not growing and not self._open():
                return
            self.progress(0.0, Message("waiting_for_studies", done=len(self._journal.entries(SENT, ANALYSED))))
            rest(self.every, self.cancel)

    def _since(self, today: datetime.date) -> str:
        """From which day on studies count: lists must not grow for ever, and some come in days after they were made."""
        if self.rules.since is not None:
            return self.rules.since
        first = self._journal.setting(_FIRST)
        if not first:
            first = today.strftime(_DAY)
            self._journal.keep(_FIRST, first)
        looked = self._journal.setting(_LOOKED)
        if not looked:
            return first
        late = datetime.datetime.strptime(looked, _DAY) - datetime.timedelta(days=LATE_DAYS)
        return max(first, late.strftime(_DAY))

    def _open(self) -> list[Entry]:
        states = (QUEUED, FETCHED) if self.make is nothing else (QUEUED, FETCHED, ANALYSED)
        return self._journal.entries(*states)

    def _look(self, since: str) -> bool:
        """Take the studies that fit and are as the last look found them; whether there are some that are not."""
        growing = False
        for study in self.archive.studies(self.rules.wanted(since)):
            self.cancel.check()
            if self._journal.entry(study.uid) is not None:
                continue
            counts = (study.series, study.instances)
            if None not in counts and self._unfit.get(study.uid) == counts:
                continue
            try:
                found = [self._counted(one) for one in self.archive.series(study.uid)]
            except Unreachable:
                raise
            except ArchiveError as error:  # a study that was deleted meanwhile, say
                self.on_trouble(error.message)
                continue
            seen = tuple(sorted((one.uid, one.instances or 0) for one in found))
            chosen = self.rules.choose(found, study)
            if chosen is None:
                self._unfit[study.uid] = counts
            elif self._seen.get(study.uid) == seen:
                self._take(study, chosen)
            else:
                growing = True
            self._seen[study.uid] = seen
        return growing

    def _counted(self, series: SeriesFound) -> SeriesFound:
        """With its images counted, where the archive does not tell and it matters."""
        if series.instances is not None or series.modality != self.rules.modality.upper():
            return series
        return dataclasses.replace(series, instances=len(set(self.archive.instances(series.study, series.uid))))

    def _take(self, study: StudyFound, series: SeriesFound) -> None:
        self._journal.take(study.uid, series.uid, series.instances or 0)
        self._tell(study.uid)

    def _work(self) -> None:
        """Bring every study that was taken as far as it gets."""
        for entry in self._open():
            try:
                while entry.state not in (SENT, FAILED) and not (entry.state == ANALYSED and self.make is nothing):
                    self.cancel.check()
                    self._step(entry)
                    entry = self._tell(entry.study)
            except (Cancelled, FolderInUse):
                raise
            except GANAnomalyError as error:
                if is_full(error):
                    raise
                if isinstance(error, Unreachable):
                    self.archive.echo()  # away for all, not for this study alone: raises
                # What is wrong with the input stays wrong; an archive, or a computer short of memory, may recover.
                self._journal.stumble(entry, error.message, 1 if isinstance(error, InputError) else _MOST_TRIES)
                self._tell(entry.study)

    def _step(self, entry: Entry) -> None:
        {QUEUED: self._fetch, FETCHED: self._analyse, ANALYSED: self._send}[entry.state](entry)

    def _series(self, entry: Entry) -> SeriesFound:
        for one in self.archive.series(entry.study):
            if one.uid == entry.series:
                return one
        raise ArchiveError(f"{self.archive.name} does not have the series any more.")

    def _fetch(self, entry: Entry) -> None:
        series, place = self._series(entry), self.out / IMAGES / entry.name
        fetch_series(self.archive, series, place, part(self.progress, 0, 0.2), self.cancel, self.tries, self.pause_s)
        self._journal.step(entry, FETCHED)

    def _analyse(self, entry: Entry) -> None:
        images = self._images(entry)
        if images is None:
            return
        request = dataclasses.replace(
            self.template,
            input=str(images),
            output=str(self.out / RESULTS / entry.name),
            settings=dict(self.template.settings),
        )
        # The engine has nothing to do with the archive.
        environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
        for left in reversed(range(_IN_USE_TRIES)):
            try:
                WorkerJob(request, base=environment).wait(part(self.progress, 0.2, 0.9), self.cancel)
                break
            except FolderInUse:
                # The process of a watch that was killed ends a moment later.
                if not left:
                    raise
                rest(_IN_USE_PAUSE_S, self.cancel)
        self.keep(self.out / RESULTS / entry.name, images)
        self._journal.step(entry, ANALYSED)

    def _send(self, entry: Entry) -> None:
        folder = self.out / OBJECTS / entry.name
        # Once made, they stay as they are: their UIDs must not change.
        if not folder.is_dir():
            images = self._images(entry)
            if images is None:
                return
            self.make(self.out / RESULTS / entry.name, images, folder)
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
        for number, path in enumerate(paths):
            self.cancel.check()
            self.progress(
                0.9 + 0.1 * number / len(paths), Message("sending_objects", number=number + 1, count=len(paths))
            )
            self._send_object(entry, path)
        self._journal.step(entry, SENT)
        self._tidy(entry)

    def _send_object(self, entry: Entry, path: Path) -> None:
        found = read_object(path)
        if isinstance(found, str):
            raise GANAnomalyError(f"An object of a result cannot be sent, {found}: delete {path.parent} and try again.")
        if uid_of(found, "StudyInstanceUID") != entry.study:
            raise InputError(f"{path} is of another study than the images: it was not sent.")
        uid = uid_of(found, "SOPInstanceUID")
        state = self._journal.begin_sending(entry, uid)
        if state == "sent":
            return
        # A watch that was ended while it sent does not know; the archive does.
        there = state == "begun" and uid in self.archive.instances(entry.study, uid_of(found, "SeriesInstanceUID"))
        why = "" if there else self.archive.store(found)
        if why not in ("", ALREADY_THERE):
            raise ArchiveError(f"{self.archive.name} does not take {path.name}: {why}.")
        self._journal.end_sending(uid)

    def _images(self, entry: Entry) -> Path | None:
        """The folder of the fetched series; where somebody tidied up, None, and it is to be fetched again."""
        place = self.out / IMAGES / entry.name
        for path in place.iterdir() if place.is_dir() else ():
            if path.is_dir() and not path.name.startswith("."):
                return path
        self._journal.step(entry, QUEUED)
        return None

    def _tidy(self, entry: Entry) -> None:
        if self.delete_images:
            shutil.rmtree(self.out / IMAGES / entry.name, ignore_errors=True)

    def _tell(self, study: str) -> Entry:
        entry = self._journal.entry(study)
        assert entry is not None
        self.on_step(entry)
        return entry
