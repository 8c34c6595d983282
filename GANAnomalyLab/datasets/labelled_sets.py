"""Images whose classes stand in a published table, to one labelled set: PNGs of one size, dataset.json with classes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.background import cancellable

from ..images.archive import open_pictures
from ..images.dicom_films import film_files, film_frames, name_below, open_film, shown_levels
from ..images.label_tables import ItemByFileName
from ..images.people import PatientCodes, made_up_codes
from ..images.raster import middle_square, picture_pixels, png_bytes, to_bits, top_value
from .class_tables import ClassTable, check_classes, film_table, image_names, isic_table, named_patients
from .convert_set import ItemOutput, SetJob, SetOutcome, make_set
from .dataset_options import FilmSetOptions, LabelledOptions
from .set_writer import OutputFile, SetFacts, SetWriter, open_set_writer, published_name

CROP = "center-crop"


@dataclass
class _Chosen:
    """``labels`` by the number of a file, ``tested`` the files of the second table, ``notes`` what was left out."""

    labels: dict[int, int]
    tested: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


@locked("job.out", "gananomaly dataset")
def films_dataset(source: Path | str, job: SetJob, options: FilmSetOptions) -> SetOutcome:
    """The DICOM radiographs of a table: the middle square, ``side`` pixels wide, area-averaged, grey of 8 bits.

    Each as a viewer shows it (:func:`~..images.dicom_films.shown_levels`); with ``as_published`` as SpineGAN took it:
    stored values, nearest neighbour, divided in whole numbers by ceil(max / 256). Images with several kinds of lesion
    are left out. dataset.json has the classes, their names, and which are of one patient (made-up codes).

    Raises as :func:`~.convert_set.make_set`, and :class:`InputError` for tables as
    :func:`~.class_tables.film_table`, for rows that name no file, and where all images are of one class.
    """
    options.check()
    job.check()
    table, source = film_table(options.labels, options.kinds, options.column), Path(source)
    files = cancellable(lambda tell: list(film_files(source)), job.cancel)
    if not files:
        raise InputError(f"{source} holds no DICOM files: choose another folder.")
    names = [name_below(file, source) for file in files]
    people = PatientCodes("\n".join(names))
    chosen = _chosen(names, table, options, source)
    held_back = _people_of(files, sorted(chosen.tested), people)
    sink = open_set_writer(job.out, job.force, source)
    fate: Counter[str] = Counter()

    def work(number: int, _: int) -> ItemOutput:
        done, file = ItemOutput(), files[number]
        dataset = open_film(file)
        code = people.code(dataset)
        if code is not None and code in held_back:
            fate["beside"] += 1
            return done
        frames = list(film_frames(dataset, file.name))
        if len(frames) != 1:
            raise InputError(f"{file.name} holds {len(frames)} frames, and a class is of one image: split it.")
        pixels = _published(frames[0], options.side) if options.as_published else None
        if pixels is None:
            levels = shown_levels(dataset, frames[0], file.name)
            if levels is None:
                done.skipped += 1
                return done
            pixels = to_bits(middle_square(levels, options.side), 8)
        _take(done, sink, pixels, chosen.labels[number], code)
        return done

    settings = {"side": options.side, "transform": CROP, "classes": options.kinds, "as_published": options.as_published}
    outcome = _make(sorted(chosen.labels), work, sink, job, table, settings, "radiographs", names.__getitem__)
    outcome.notes += [*chosen.notes, *_beside(fate), *people.notes()]
    outcome.extra |= {"channels": 1, "patients": people.count}
    return outcome


@locked("job.out", "gananomaly dataset")
def isic_dataset(source: Path | str, job: SetJob, options: LabelledOptions) -> SetOutcome:
    """The pictures of ISIC 2020: the middle square, ``side`` pixels wide, area-averaged, in colour.

    ``source`` is the folder (or zip) with ISIC_0000000.jpg and so on. dataset.json has the classes benign and malignant
    and which pictures are of one patient (made-up codes). Raises as :func:`films_dataset`.
    """
    options.check()
    job.check()
    table = isic_table(options.labels)
    pictures = cancellable(lambda tell: open_pictures(source), job.cancel)
    names = pictures.names
    chosen = _chosen(names, table, options, Path(source))
    by_number = _patients(names, table)
    held_back = {by_number[number] for number in chosen.tested if number in by_number}
    held_back |= set() if options.test is None else named_patients(options.test)
    kept = [number for number in sorted(chosen.labels) if by_number.get(number) not in held_back]
    beside = len(chosen.labels) - len(kept)
    known = all(number in by_number for number in kept)
    codes = dict(zip(kept, made_up_codes([by_number[n] for n in kept], "\n".join(names)), strict=True)) if known else {}
    sink = open_set_writer(job.out, job.force, source)

    def work(number: int, _: int) -> ItemOutput:
        done = ItemOutput()
        pixels = picture_pixels(pictures.open(names[number]), names[number])
        if pixels.dtype != np.uint8:
            pixels = to_bits(pixels / np.float32(top_value(pixels)), 8)
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        _take(done, sink, middle_square(pixels, options.side), chosen.labels[number], codes.get(number))
        return done

    with pictures:
        settings = {"side": options.side, "transform": CROP}
        outcome = _make(kept, work, sink, job, table, settings, "isic", names.__getitem__)
    outcome.notes += [*chosen.notes, *_beside({"beside": beside})]
    outcome.extra |= {"channels": 3, "patients": len(set(codes.values())) if known else None}
    return outcome


def _published(stored: np.ndarray, side: int) -> np.ndarray:
    """(side, side) uint8 as SpineGAN's scripts made it: cut, the nearest pixel, then scaled by whole numbers."""
    length = min(stored.shape)
    top, left = ((size - length) // 2 for size in stored.shape)
    square = stored[top : top + length, left : left + length].astype(np.int64)
    places = np.minimum(((np.arange(side) + 0.5) * length / side).astype(int), length - 1)
    small = square[np.ix_(places, places)]
    divisor = max(math.ceil(int(small.max()) / 256), 1)
    # A largest value that is a multiple of 256 would leave 8 bits.
    return np.clip(small // divisor, 0, 255).astype(np.uint8)


def _take(done: ItemOutput, sink: SetWriter, pixels: np.ndarray, label: int, patient: str | None) -> None:
    name = published_name(len(sink.names) + len(done.products))
    done.products.append(OutputFile(name, png_bytes(pixels, sink.compression), label, patient))


def _make(
    numbers: Sequence[int],
    work: Callable[[int, int], ItemOutput],
    sink: SetWriter,
    job: SetJob,
    table: ClassTable,
    settings: dict[str, Any],
    made_by: str,
    origin: Callable[[int], str],
) -> SetOutcome:
    notes: list[str] = []

    def facts() -> SetFacts:
        notes.extend(check_classes(table, [int(label) for label in sink.labels.values()]))  # type: ignore[arg-type]
        return SetFacts(made_by, settings, "8 bit", list(table.classes))

    if not numbers:
        sink.abandon()
        raise InputError("No image is left to make a set of: all are test images, or of their patients.")
    outcome = make_set(numbers, work, sink, job, facts, "Making images", lambda n: f"image {n}", origin)
    counts = Counter(sink.labels.values())
    outcome.notes += notes
    outcome.extra = {"width": settings["side"], "height": settings["side"], "bits": 8}
    outcome.extra["classes"] = {name: counts.get(number, 0) for number, name in enumerate(table.classes)}
    return outcome


def _chosen(names: Sequence[str], table: ClassTable, options: LabelledOptions, source: Path) -> _Chosen:
    """Which files the table gives a class; raises :class:`InputError` for rows of none, and for two classes of one."""
    finder, labels = ItemByFileName(names), dict[int, int]()
    lost: list[str] = []
    for image, label in table.labels.items():
        number = finder.find(image, table.name)
        if number is None:
            lost.append(image)
        elif labels.setdefault(number, label) != label:
            raise InputError(f"{table.name} gives {names[number]} two classes: keep one.")
    if lost and (not options.allow_missing or not labels):
        raise InputError(
            f"{table.name} names {len(lost)} images that are not in {source.name} (the first is {lost[0]}): give the "
            "folder that has them, or pass over their rows with --allow-missing."
        )
    chosen = _Chosen(labels)
    if options.test is not None:
        found = [finder.find(image, Path(options.test).name) for image in image_names(options.test)]
        chosen.tested = {number for number in found if number is not None}
    kept_out = len(chosen.tested & labels.keys())
    for number in chosen.tested:
        labels.pop(number, None)
    several = {finder.find(image, table.name) for image in table.several} - {None}
    beside = len(set(range(len(names))) - labels.keys() - chosen.tested - several)
    for count, text in (
        (len(lost), "Rows of images that are not there, passed over"),
        (len(several - chosen.tested), "Images with several kinds of lesion, left out"),
        (kept_out, "Test images, kept out"),
        (beside, "Files without a class in the table, left out"),
    ):
        if count:
            chosen.notes.append(f"{text}: {count}.")
    check_classes(table, list(labels.values()))
    return chosen


def _people_of(files: Sequence[Path], numbers: Sequence[int], people: PatientCodes) -> set[str]:
    """The patients of the test images, by their headers; a file that cannot be read is nobody's."""
    found = set()
    for number in numbers:
        try:
            code = people.code(open_film(files[number], pixels=False))
        except InputError:
            continue
        found |= {code} if code is not None else set()
    return found


def _patients(names: Sequence[str], table: ClassTable) -> dict[int, str]:
    """Whose each file is, by its number, where the table says it."""
    finder, found = ItemByFileName(names), {}
    for image, patient in table.patients.items():
        number = finder.find(image, table.name)
        if number is not None and patient:
            found[number] = patient
    return found


def _beside(fate: dict[str, int] | Counter[str]) -> list[str]:
    count = fate["beside"]
    return [f"Images of patients who have test images, kept out: {count}."] if count else []
