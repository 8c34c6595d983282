"""The one door to training images: a source in, a set of images out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from GANAnomalyLib.batch.find_cases import PICTURES, find_cases
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from . import image_store as files
from .annotations import ImageAnnotations, Say, annotate_images, annotations_hash, part_name, patient_keys
from .archive import is_archive
from .case_names import case_name
from .image_items import ImageCollection, Item, LoadedItem, UnusableImages
from .image_set import ImageSet
from .image_source import ImageSource
from .labels import LABELS_FILE

WORKERS = 3


def open_images(
    source: ImageSource,
    store: Path | str,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
    workers: int = WORKERS,
) -> ImageSet:
    """The images of a source, from ``store`` where they were kept, else read, brought to size and kept there.

    Memory holds one volume (or a few pictures) at a time. The store is a folder that any number of sources and
    processes may share; each set of images is whole in it or not there. It holds pixels, classes and patient codes, no
    names. Other files, sizes or times of change of the data make another set and take the older one away.

    Parameters
    ----------
    say: told, in sentences, of what was left out or decided.
    workers: pictures decoded at once.

    Raises
    ------
    InputError: nothing usable is there, or source and data do not go together.
    GANAnomalyError: the disk is full. Cancelled: the token was set. Nothing is left behind by either.
    """
    source.check()
    try:
        return _open(source, Path(store), progress, cancel or CancelToken(), say, workers)
    except Cancelled as error:
        raise Cancelled("Cancelled before all images were prepared: the next run prepares them anew.") from error


def _open(
    source: ImageSource, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Say, workers: int
) -> ImageSet:
    _check_apart(source, store)
    collection = cancellable(lambda tell: collect(source), cancel)
    slot, mark = _marks(source, collection, cancel)
    folder = store / mark
    kept = files.open_stored_images(folder)
    said = [] if kept is None else kept.said
    if kept is None:
        with folder_lock(folder, files.COMMAND, wait=cancel.check):
            kept = files.open_stored_images(folder)  # another process may have made it meanwhile
            if kept is not None:
                said = kept.said
            else:
                said = _build(source, collection, folder, slot, progress, cancel, workers)
                kept = files.open_stored_images(folder)
        files.tidy(folder.parent, folder.name, slot)
    if kept is None:
        raise InputError(f"The images kept in {store} were changed by something else: choose another folder.")
    for sentence in said:
        say(sentence)
    notes = _notes(source, collection, kept, progress, cancel, say)
    progress(1.0, Message("images_ready"))
    return _chosen(source, kept, notes, say)


def collect(source: ImageSource) -> ImageCollection:
    """The files of a source; raises :class:`InputError` when there are none of use."""
    from .training_pictures import PictureCollection
    from .training_volumes import VolumeCollection

    path = Path(source.path)
    if is_archive(path):
        return PictureCollection(source)
    try:
        cases = find_cases(path)
    except InputError as nothing:
        try:
            return PictureCollection(source)  # BMP and TIFF are no cases to analyse
        except InputError:
            raise nothing from None
    if not all(case.path.name.lower().endswith(PICTURES) for case in cases):
        return VolumeCollection(source, cases)
    if path.is_file():
        raise InputError(f"{path.name} is a single picture: give a folder or a zip of pictures.")
    if (path / LABELS_FILE).is_file():
        return PictureCollection(source)  # somebody listed them: names like "mask" mean nothing then
    chosen = {case.path.relative_to(path).as_posix() for case in cases}
    return PictureCollection(source, lambda name: name in chosen or _other_picture(name))


def _other_picture(name: str) -> bool:
    """BMP and TIFF, which are no cases to analyse, unless their name says that they are masks."""
    plain = PurePosixPath(name)
    return not name.lower().endswith(PICTURES) and case_name(f"{plain.stem}.png") == plain.stem


def _marks(source: ImageSource, collection: ImageCollection, cancel: CancelToken) -> tuple[str, str]:
    """A hash of what was asked for, and one that also knows in which state the files are."""
    settings = json.dumps([files.VERSION, source.pixel_settings()], sort_keys=True, default=str)
    digest = hashlib.sha256(settings.encode())
    try:
        for line in collection.state():
            cancel.check()
            digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
    except OSError as error:
        raise InputError(f"{source.path} cannot be read: check that it may be opened.", str(error)) from error
    slot = hashlib.sha256(f"{settings} {Path(source.path).resolve()}".encode("utf-8", "surrogateescape"))
    return slot.hexdigest()[:20], digest.hexdigest()[:20]


def _build(
    source: ImageSource,
    collection: ImageCollection,
    folder: Path,
    slot: str,
    progress: ProgressCallback,
    cancel: CancelToken,
    workers: int,
) -> list[str]:
    """Read all and keep it; returns sentences, of which those that name a file are not kept."""
    items = collection.items(part(progress, 0.0, 0.05), cancel)
    said = list(collection.notes())
    left_out: list[InputError] = []
    warned: Counter[str] = Counter()
    writer = files.ImageWriter(folder)
    side, first = source.resolution, ""
    try:
        tell = part(progress, 0.05, 1.0)
        for number, outcome in enumerate(_read_all(collection, items, side, tell, cancel, workers)):
            if isinstance(outcome, UnusableImages):
                raise outcome
            if isinstance(outcome, InputError):
                left_out.append(outcome)
                continue
            if not first:
                first = items[number].name
                if source.resolution is None:
                    side = outcome.images.shape[-1]
                    said.append(f"Images are brought to {side} x {side} pixels, nearest to what the first file has.")
            elif outcome.images.dtype != writer.dtype:
                raise InputError(
                    f"{items[number].name} and {first} differ in bit depth: save all with 8 or all with 16 bits."
                )
            warned.update(set(outcome.warnings))
            writer.add(number, outcome.numbers, outcome.images, outcome.body_cm2, outcome.heights_mm, outcome.traits)
        if writer.count == 0:
            raise left_out[0] if left_out else InputError(f"{source.path} holds no images: choose another folder.")
        said += [f"Of {count} of {len(items)} files: {text}" for text, count in warned.most_common(3)]
        progress(1.0, Message("keeping_images"))
        cancel.check()
        left = f"{len(left_out)} of {len(items)} files were left out"
        kept_said = [*said, f"{left} when they were read first."] if left_out else said
        writer.finish({"kind": collection.kind, "slot": slot, "said": kept_said})
        return [*said, f"{left}; the first: {left_out[0].message}"] if left_out else said
    except BaseException:
        writer.abandon()
        raise


def _read_all(
    collection: ImageCollection,
    items: list[Item],
    side: int | None,
    progress: ProgressCallback,
    cancel: CancelToken,
    workers: int,
) -> Iterator[LoadedItem | InputError]:
    """What each item gives, in order: its images, or why it has none."""
    count = len(items)

    def tell(number: int) -> ProgressCallback:
        message = Message("reading_images", number=number + 1, count=count)
        return lambda fraction, _: progress((number + min(max(fraction, 0.0), 1.0)) / count, message)

    def read(number: int, width: int | None, report: ProgressCallback) -> LoadedItem | InputError:
        try:
            return collection.read(items[number], width, report, cancel)
        except InputError as error:
            return error

    done = 0
    while done < count and side is None:  # one at a time until one says how large images become
        cancel.check()
        tell(done)(0.0, Message("reading_images", number=done + 1, count=count))
        outcome = read(done, side, tell(done))
        side = outcome.images.shape[-1] if isinstance(outcome, LoadedItem) else None
        yield outcome
        done += 1
    if collection.at_once == 1 or workers <= 1:
        for number in range(done, count):
            cancel.check()
            tell(number)(0.0, Message("reading_images", number=number + 1, count=count))
            yield read(number, side, tell(number))
        return
    with ThreadPoolExecutor(min(workers, collection.at_once)) as pool:
        waiting: deque[Future[LoadedItem | InputError]] = deque()
        try:
            for number in range(done, count):
                while len(waiting) < min(4 * workers, count - number):
                    waiting.append(pool.submit(read, number + len(waiting), side, no_progress))
                cancel.check()
                tell(number)(0.0, Message("reading_images", number=number + 1, count=count))
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _notes(
    source: ImageSource,
    collection: ImageCollection,
    kept: files.StoredImages,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> ImageAnnotations:
    mark = annotations_hash(source, collection)
    notes = files.read_annotations(kept.folder, mark)
    if notes is None or len(notes.patients) <= int(kept.items.max()):
        notes = annotate_images(source, collection, collection.items(progress, cancel), say)
        files.write_annotations(kept.folder, mark, notes)
    return notes


def _chosen(source: ImageSource, kept: files.StoredImages, notes: ImageAnnotations, say: Say) -> ImageSet:
    items = kept.items
    images = ImageSet(
        kept.pixels,
        labels=notes.labels[items],
        patients=notes.patients[items],
        items=items,
        slices=kept.slices,
        hashes=kept.hashes,
        body_cm2=kept.body_cm2,
        heights_mm=kept.heights_mm,
        traits=kept.traits,
        label_names=notes.label_names,
        kind=kept.kind,
        mirror=source.mirror,
        people=partial(_people, source),
    )
    if source.part is not None:
        wanted = part_name(source.part)
        inside = np.flatnonzero(notes.parts[items] == wanted)
        if not len(inside):
            there = ", ".join(sorted({str(name) for name in notes.parts if name})) or "none"
            raise InputError(f"No image is in the part {wanted!r} of the split: its parts are {there}.")
        images = images.take(inside)
    if source.subset is not None:
        if source.subset > len(images):
            say(f"A subset of {source.subset} was asked for, but there are {len(images)} images: all are used.")
        images = images.subset(source.subset, source.seed)
    return images


def _people(source: ImageSource) -> dict[int, str]:
    return patient_keys(source, collect(source).items(no_progress, CancelToken()))


def _check_apart(source: ImageSource, store: Path) -> None:
    data = Path(source.path)
    if data.is_dir() and store.resolve().is_relative_to(data.resolve()):
        raise InputError("The prepared images would lie among the training images: choose a folder elsewhere.")
