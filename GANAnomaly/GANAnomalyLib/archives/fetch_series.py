"""A series from an archive into a folder: whole or not at all, and gone on with where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset

from ..errors import InputError
from ..files import disk_errors, folder_lock, hash_text, is_leftover, put_folder, write_bytes
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..running.quiet import quiet
from .archive_protocol import Archive, ArchiveError, SeriesFound, Unreachable, uid_of
from .asking_again import rest

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_ENDING, _WORK_ENDING = ".dcm", ".fetching"


@dataclass(frozen=True)
class Fetched:
    """A series that is there, in ``folder``. ``reused``: all of it was there before."""

    series: SeriesFound
    folder: Path
    instances: int
    reused: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass
class _Basket:
    """What came of a series so far, in files named by a hash of each image's UID."""

    series: SeriesFound
    expected: dict[str, str]
    """The name of the file of each image, by its UID."""
    work: Path
    have: set[str]
    hashes: dict[str, str] = field(default_factory=dict)
    strangers: int = 0
    broken: int = 0
    duplicates: int = 0

    @property
    def missing(self) -> list[str]:
        return [uid for uid in self.expected if uid not in self.have]

    def take(self, dataset: Dataset, name: str) -> None:
        """Keep one image; those nobody asked for are counted, and so are those that are not whole."""
        sop = uid_of(dataset, "SOPInstanceUID")
        belongs = (uid_of(dataset, "StudyInstanceUID"), uid_of(dataset, "SeriesInstanceUID"))
        if sop not in self.expected or belongs != (self.series.study, self.series.uid):
            self.strangers += 1
            return
        if not is_whole(dataset):
            self.broken += 1
            return
        content = _encoded(dataset)
        if content is None:
            self.broken += 1
            return
        digest = hashlib.sha256(content).hexdigest()
        if sop in self.have:
            self.duplicates += 1
            if self.hashes.setdefault(sop, digest) != digest:
                raise ArchiveError(f"{name} sent two different images under one UID: ask who runs it.")
            return
        write_bytes(self.work / self.expected[sop], content, "the images")
        self.hashes[sop] = digest
        self.have.add(sop)


def fetch_series(
    archive: Archive,
    series: SeriesFound,
    out: Path | str,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    tries: int = 4,
    pause_s: float = 0.5,
) -> Fetched:
    """Fetch a series into a folder of its own below ``out``, called :attr:`.SeriesFound.folder_name`.

    The folder appears when every image is in it that the archive lists, once each, of this series, with all its
    pixels. What came before something broke lies in a hidden folder beside, and is not asked for again.

    Parameters
    ----------
    tries: how often in a row the archive may send nothing new; pause_s: before the second of these, then twice as long.

    Raises
    ------
    ArchiveError: the archive cannot be reached, lists something else than it counts, or does not send what it lists.
    InputError, GANAnomalyError: the folder cannot be written. Cancelled: ``cancel`` was set.
    """
    out, cancel = Path(out), cancel or CancelToken()
    folder = out / series.folder_name
    with folder_lock(folder, "gananomaly pacs fetch"), disk_errors(folder, "the images"):
        expected = _listed(archive, series, cancel, pause_s)
        if folder.is_dir() and _holds(folder, series, expected):
            progress(1.0, Message("images_are_there"))
            return Fetched(series, folder, len(expected), reused=True)
        work = folder.with_name(f".{folder.name}{_WORK_ENDING}")
        work.mkdir(parents=True, exist_ok=True)
        basket = _Basket(series, expected, work, set(_begun(work, expected, series)))
        _fill(archive, basket, progress, cancel, tries, pause_s)
        if folder.exists() and not _ours(folder):
            raise InputError(f"{folder} holds something else than fetched images: choose another folder.")
        put_folder(work, folder)
    return Fetched(series, folder, len(expected), notes=_notes(basket))


def is_whole(dataset: Dataset) -> bool:
    """Whether an image has all its pixels: what was cut off ends with fewer. An object without pixels has them all."""
    try:
        return _has_its_pixels(dataset)
    except Exception:  # sizes that make no sense make pydicom raise almost anything
        return False


def _has_its_pixels(dataset: Dataset) -> bool:
    from pydicom.pixels.utils import get_expected_length

    syntax = dataset.file_meta.TransferSyntaxUID
    if not dataset.get("Rows") or not dataset.get("Columns"):
        return True
    held = next((dataset[name].value for name in _PIXELS if name in dataset), None)
    if held is None:
        # Some objects say a size and have no pixels of their own.
        return "BitsAllocated" not in dataset
    if syntax.is_compressed:
        # A stream that was cut lacks its last item, and the next ones' heads with it.
        return len(held) > 0 and _items_whole(bytes(held))
    return len(held) >= get_expected_length(dataset)


def _items_whole(stream: bytes) -> bool:
    """Whether an encapsulated stream is items from end to end (PS3.5 A.4)."""
    at = 0
    while at + 8 <= len(stream):
        tag, length = stream[at : at + 4], int.from_bytes(stream[at + 4 : at + 8], "little")
        if tag == b"\xfe\xff\xdd\xe0":
            return True
        if tag != b"\xfe\xff\x00\xe0":
            return False
        at += 8 + length
    return at == len(stream)


def _encoded(dataset: Dataset) -> bytes | None:
    stream = BytesIO()
    try:
        with quiet():
            dataset.save_as(stream, enforce_file_format=True)
    except Exception:  # values that cannot be written again
        return None
    return stream.getvalue()


def _listed(archive: Archive, series: SeriesFound, cancel: CancelToken, pause_s: float) -> dict[str, str]:
    """The images that the archive lists, which are as many as it counts; asked twice, as a series may be coming in."""
    counted, found = series.instances, list[str]()
    for again in (True, False):
        found = list(dict.fromkeys(archive.instances(series.study, series.uid)))
        if found and counted in (None, len(found)):
            return {uid: f"{hash_text(uid)[:32]}{_ENDING}" for uid in found}
        if again:
            rest(pause_s, cancel)
            counted = next((one.instances for one in archive.series(series.study) if one.uid == series.uid), None)
    if not found:
        raise ArchiveError(f"{archive.name} lists no image of this series: check that it is the right one.")
    raise ArchiveError(
        f"{archive.name} counts {counted} images in a series and lists {len(found)}: it may still be coming in; try "
        "again later."
    )


def _begun(work: Path, expected: dict[str, str], series: SeriesFound) -> Iterator[str]:
    """The images that an earlier try left, each written whole; anything else there goes."""
    names = {name: uid for uid, name in expected.items()}
    for path in list(work.iterdir()):
        uid = names.get(path.name)
        if uid is not None and _is(path, series, uid):
            yield uid
        else:
            path.unlink()


def _holds(folder: Path, series: SeriesFound, expected: dict[str, str]) -> bool:
    present = {path.name for path in folder.iterdir() if not is_leftover(path.name)}
    if present != set(expected.values()):
        return False
    return all(_is(folder / name, series, uid) for uid, name in expected.items())


def _is(path: Path, series: SeriesFound, uid: str) -> bool:
    from pydicom import dcmread

    try:
        with quiet():
            found = dcmread(path)
    except Exception:  # damaged files make pydicom raise almost anything
        return False
    told = tuple(uid_of(found, name) for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"))
    return told == (series.study, series.uid, uid) and is_whole(found)


def _ours(folder: Path) -> bool:
    return folder.is_dir() and all(path.suffix == _ENDING or is_leftover(path.name) for path in folder.iterdir())


def _fill(
    archive: Archive, basket: _Basket, progress: ProgressCallback, cancel: CancelToken, tries: int, pause_s: float
) -> None:
    """Ask until nothing is missing: first for the whole series, then for what is left of it, one image each."""
    count, fruitless = len(basket.expected), 0
    whole = not basket.have

    def take(dataset: Dataset) -> None:
        cancel.check()
        basket.take(dataset, archive.name)
        if basket.strangers > 2 * count + 10:
            raise _stranger(archive)
        progress(len(basket.have) / count, Message("fetching_images", number=len(basket.have), count=count))

    while missing := basket.missing:
        before, fault = len(basket.have), None
        for instance in [None] if whole else missing:
            try:
                archive.retrieve(basket.series.study, basket.series.uid, instance, take)
            except Unreachable as error:
                fault = error
                break
        whole = False
        if not basket.missing:
            return
        if len(basket.have) > before:
            fruitless = 0
            continue
        fruitless += 1
        if fruitless >= tries:
            raise _given_up(archive, basket, fault)
        rest(min(pause_s * 2 ** (fruitless - 1), 60.0), cancel)


def _given_up(archive: Archive, basket: _Basket, fault: Unreachable | None) -> ArchiveError:
    left, count = len(basket.missing), len(basket.expected)
    kept = "what came is kept, and the same again goes on from there"
    if fault is not None:
        return Unreachable(f"{left} of {count} images did not come: {str(fault).rstrip('.')}; {kept}.", fault.details)
    if basket.broken:
        return ArchiveError(f"{archive.name} sends {left} of {count} images cut off or damaged; {kept}.")
    if basket.strangers:
        return _stranger(archive)
    return ArchiveError(f"{archive.name} lists {count} images of a series and does not send {left} of them; {kept}.")


def _stranger(archive: Archive) -> ArchiveError:
    return ArchiveError(f"{archive.name} sends images of another series than was asked for: none of them was kept.")


def _notes(basket: _Basket) -> list[str]:
    counts = (
        (basket.strangers, "that nobody asked for were left out"),
        (basket.duplicates, "came twice and alike"),
        (basket.broken, "came damaged and were asked for again"),
    )
    return [f"{count} images {words}." for count, words in counts if count]
