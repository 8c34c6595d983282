"""A set divided in two at random, all images of a patient on one side."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import locked, write_bytes
from GANAnomalyLib.running.messages import Message

from ..images.image_items import Item
from ..images.sources import PICTURES, Source, open_source
from .convert_set import SetJob, SetOutcome
from .dataset_options import SplitOptions
from .set_tables import patients
from .set_writer import FolderWriter, OutputFile, SetFacts, SetWriter, ZipWriter, check_file, open_set_writer, writing

TABLE = "split.csv"
_HEADERS = (".mhd", ".nhdr")


@locked("job.out", "gananomaly dataset")
def split_dataset(source: Path | str, job: SetJob, options: SplitOptions | None = None) -> SetOutcome:
    """Divide a set into ``OUT/first`` and ``OUT/second`` (zips, when the source is one), and write ``OUT/split.csv``.

    With how="list" ``job.out`` is the CSV itself. It has the columns file, split and, where patients are known, patient
    (made-up texts), as ``gananomaly train`` reads it. Files keep their names; labels and patients go along in
    dataset.json. Raises :class:`InputError` when there are fewer than two patients, or links cannot be made from a zip.
    """
    options = options or SplitOptions()
    options.check()
    job.check()
    found = open_source(source, job.progress, job.cancel)
    if found.pictures is None and options.how != "list":
        _refuse_headers(found)
    who = patients(found, options.patients)
    sides = divide(_units(found, who), options.fraction, options.seed)
    table = _table(found, who, sides, options.names)
    failed: list[tuple[str, str]] = []
    if options.how == "list":
        path = Path(job.out)
        if path.suffix.lower() != ".csv":
            raise InputError(f"{path.name} is to be a list: give it a name that ends in .csv.")
        check_file(path, job.force)
        with writing(path):
            write_bytes(path, table)
    else:
        failed = _write_parts(found, who, sides, table, job, options)
    outcome = SetOutcome(str(job.out), len(found.items), len(found.items) - len(failed), 0, failed)
    outcome.notes += found.notes
    if who is None:
        outcome.notes.append(
            "Nothing says which images are of one patient, so each was drawn for itself; name --patients if some are."
        )
    outcome.extra = {"parts": _counts(sides, who, options.names)}
    job.progress(1.0, Message("done"))
    return outcome


def divide(units: Sequence[str], fraction: float, seed: int) -> list[int]:
    """For each item (``units`` names its patient) 0 or 1, the part it falls into; no unit falls into both.

    Units are drawn in random order into part 0 while that brings it nearer to ``fraction`` of the items; both parts get
    at least one. Raises :class:`InputError` for fewer than two units.
    """
    sizes = Counter(units)
    if len(sizes) < 2:
        raise InputError(
            "All images are of one patient or volume, so they cannot be divided: --patients file draws each for itself."
        )
    order = sorted(sizes)
    np.random.default_rng(seed).shuffle(order)
    wanted = fraction * len(units)
    first: set[str] = set()
    count = 0
    for unit in order:
        if abs(count + sizes[unit] - wanted) <= abs(count - wanted):
            first.add(unit)
            count += sizes[unit]
    if not first:
        first.add(min(order, key=lambda unit: sizes[unit]))
    elif len(first) == len(sizes):
        first.discard(min(order, key=lambda unit: sizes[unit]))
    return [0 if unit in first else 1 for unit in units]


def _units(found: Source, who: list[str] | None) -> list[str]:
    """What must stay together: a patient, and what lies in one DICOM folder."""
    units = [item.name for item in found.items] if who is None else list(who)
    joined: dict[str, str] = {}

    def root(unit: str) -> str:
        while unit in joined:
            unit = joined[unit]
        return unit

    by_path: dict[Path, str] = {}
    for item, unit in zip(found.items, units, strict=True):
        other = root(by_path.setdefault(item.path, unit))
        if other != root(unit):
            joined[root(unit)] = other
    return [root(unit) for unit in units]


def _table(found: Source, who: list[str] | None, sides: list[int], names: tuple[str, str]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("file", "split") if who is None else ("file", "split", "patient"))
    for number, item in enumerate(found.items):
        row = (item.name, names[sides[number]])
        writer.writerow(row if who is None else (*row, who[number]))
    return stream.getvalue().encode("utf-8", "surrogateescape")


def _write_parts(
    found: Source, who: list[str] | None, sides: list[int], table: bytes, job: SetJob, options: SplitOptions
) -> list[tuple[str, str]]:
    failed: list[tuple[str, str]] = []
    zipped = found.pictures is not None and found.pictures.path.is_file()
    if options.how == "link" and zipped:
        raise InputError("What is in a zip cannot be linked to: divide it with --how copy or list.")
    if Path(job.out).name.lower().endswith(".zip"):
        raise InputError("The two parts go into a folder: give --out a name that does not end in .zip.")
    labels, label_names = found.labels() or {}, found.label_names()
    whole = open_set_writer(job.out, job.force, found.path)
    assert isinstance(whole, FolderWriter)
    parts: list[SetWriter] = []
    try:
        for name in options.names:
            place = whole.part / name
            parts.append(ZipWriter(place.with_name(f"{name}.zip"), False) if zipped else FolderWriter(place, False))
        taken: set[Path] = set()
        for number, item in enumerate(found.items):
            job.cancel.check()
            job.progress(number / len(found.items), Message("dividing_set", number=number + 1, count=len(found.items)))
            if item.path in taken and not zipped:  # a second series of one folder, which is there already
                continue
            taken.add(item.path)
            try:
                data = found.pictures.read(item.name) if zipped and found.pictures is not None else item.path
            except InputError as error:
                failed.append((item.name, error.message))
                continue
            patient = None if who is None else who[number]
            product = OutputFile(_below(found, item), data, labels.get(item.name), patient)
            part = parts[sides[number]]
            if options.how == "link" and isinstance(part, FolderWriter):
                part.link(product)
            else:
                part.add(product)
        for part in parts:
            part.finish(SetFacts("split", {}, found.intensity, label_names))
        whole.add(OutputFile(TABLE, table))
        whole.finish(SetFacts("split", {"fraction": options.fraction, "seed": options.seed}, found.intensity))
    except Cancelled as error:
        _abandon([*parts, whole])
        raise Cancelled("Cancelled: nothing was written.") from error
    except BaseException:
        _abandon([*parts, whole])
        raise
    return failed


def _abandon(sinks: list[SetWriter]) -> None:
    for sink in sinks:
        sink.abandon()


def _counts(sides: list[int], who: list[str] | None, names: tuple[str, str]) -> dict[str, dict[str, int]]:
    out = {}
    for side, name in enumerate(names):
        chosen = [number for number, of in enumerate(sides) if of == side]
        out[name] = {"items": len(chosen)}
        if who is not None:
            out[name]["patients"] = len({who[number] for number in chosen})
    return out


def _below(found: Source, item: Item) -> str:
    """Where a file of the set belongs in a part."""
    if found.kind == PICTURES:
        return item.name
    return item.path.name if item.path == found.path else item.path.relative_to(found.path).as_posix()


def _refuse_headers(found: Source) -> None:
    for item in found.items:
        if item.path.name.lower().endswith(_HEADERS):
            raise InputError(
                f"{item.path.name} keeps its voxels in a file beside it: divide with --how list, or save it as .nrrd."
            )
