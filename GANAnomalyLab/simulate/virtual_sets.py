"""Labelled sets made here, in the layouts in which such sets are published: radiographs, and pictures of skin.

What they hold is drawn, no patient's; so they can be shared, and everything that takes the published sets takes them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import growing, locked
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from . import virtual_films, virtual_lesions
from .virtual_options import FILMS, SKIN, VirtualSetOptions

if TYPE_CHECKING:
    from GANAnomalyLib.volume import Volume

TRAIN, TEST, BINARY = "train.csv", "test.csv", "train_binary.csv"
ISIC_COLUMNS = (
    *("image_name", "patient_id", "sex", "age_approx", "anatom_site_general_challenge", "diagnosis"),
    *("benign_malignant", "target"),
)
FILM_COLUMNS = ("image_id", "study_id", "lesion_type", "xmin", "ymin", "xmax", "ymax")
_SITES = ("torso", "lower extremity", "upper extremity", "head/neck", "palms/soles")
_ROOT_UID = "2.25.1202608"
"""Of made-up UIDs: below the arc for those that are made of nothing else."""


@locked("out", "gananomaly dataset")
def write_virtual_set(
    kind: str,
    out: Path | str,
    options: VirtualSetOptions | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    source: Volume | None = None,
) -> dict[str, Any]:
    """Write a set of drawn ``kind`` ("skin" or "films") to the new folder ``out``; returns its numbers by class.

    "skin": ``train/ISIC_0000000.jpg`` and so on with ``train.csv``, as ISIC 2020 has it. "films":
    ``images/<image_id>.dicom`` (or .png) with ``train.csv`` and ``test.csv``, a row a finding with its box, as
    VinDr-SpineXR has it, and ``train_binary.csv``, a row an image with ``abnormal`` 0 or 1. ``source`` is the CT that
    films are taken of; the bundled one where it is not given. The folder appears whole or not at all.

    Raises :class:`InputError` where something is there already, and for options that cannot be;
    :class:`GANAnomalyError` when the disk is full.
    """
    options, cancel, out = options or VirtualSetOptions(), cancel or CancelToken(), Path(out)
    options.check()
    if kind not in (SKIN, FILMS):
        raise InputError(f"A drawn set is of {SKIN} or {FILMS}, not {kind!r}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is there already: choose another folder.")

    def tell(number: int) -> None:
        cancel.check()
        progress(
            number / options.count,
            Message("converting_items", what="Drawing pictures", number=number + 1, count=options.count),
        )

    with growing(out, "the set") as work:
        if kind == SKIN:
            return _write_skin(work, options, tell)
        if source is None:
            from GANAnomalyLib.data import DEMO_CT, bundled_file
            from GANAnomalyLib.volume import read_volume

            source = read_volume(bundled_file(DEMO_CT))
        return _write_films(work, options, tell, virtual_films.FilmSource(source))


def people_of(count: int, rng: np.random.Generator, most: int) -> list[int]:
    """A person's number for each of ``count`` pictures: one to ``most`` pictures a person, in a row."""
    people: list[int] = []
    while len(people) < count:
        person = people[-1] + 1 if people else 0
        people += [person] * int(rng.integers(1, most + 1))
    return people[:count]


def _write_skin(work: Path, options: VirtualSetOptions, tell: Callable[[int], None]) -> dict[str, Any]:
    from PIL import Image

    rng = np.random.default_rng([virtual_lesions.LESIONS_VERSION, options.seed])
    people = people_of(options.count, rng, 4)
    wanted = _kinds(options, rng, [virtual_lesions.BENIGN], [virtual_lesions.MELANOMA])
    (work / "train").mkdir()
    rows = []
    for number, (person, kind) in enumerate(zip(people, wanted, strict=True)):
        tell(number)
        drawn = virtual_lesions.virtual_lesion(
            _seed(options.seed, number), kind, options.side, patient=_seed(options.seed, person)
        )
        name = f"ISIC_{number:07d}"
        Image.fromarray(drawn).save(work / "train" / f"{name}.jpg", quality=95)
        facts = np.random.default_rng([options.seed, 5, person])
        sex, age = ("male", "female")[facts.integers(2)], int(facts.integers(4, 18)) * 5
        bad = kind == virtual_lesions.MELANOMA
        site, diagnosis = _SITES[rng.integers(len(_SITES))], "melanoma" if bad else "nevus"
        rows.append([name, f"IP_{person:07d}", sex, age, site, diagnosis, kind, int(bad)])
    _write_table(work / TRAIN, ISIC_COLUMNS, rows)
    return _counted(wanted) | {"patients": len(set(people))}


def _write_films(
    work: Path, options: VirtualSetOptions, tell: Callable[[int], None], source: virtual_films.FilmSource
) -> dict[str, Any]:
    from PIL import Image

    rng = np.random.default_rng([virtual_films.FILMS_VERSION, options.seed])
    people = people_of(options.count, rng, 2)
    # A patient has what he or she has in every film.
    last = people[-1] + 1
    ill = [virtual_films.IMPLANT, virtual_films.COLLAPSE]
    by_person = _kinds(options, rng, [virtual_films.NOTHING], ill, last)
    tested = set(rng.permutation(last)[: round(options.test_share * last)].tolist())
    (work / "images").mkdir()
    tables: dict[str, list[list[Any]]] = {TRAIN: [], TEST: []}
    binary, shots = [], dict.fromkeys(people, 0)
    for number, person in enumerate(people):
        tell(number)
        kind = by_person[person]
        film = source.take(_seed(options.seed, person), kind, options.side, shots[person])
        shots[person] += 1
        name = f"{_seed(options.seed, number) & 0xFFFFFFFF:08x}{number:08x}"
        if options.form == "png":
            top = (1 << virtual_films.BITS) - 1
            shown = np.rint(film.pixels * (65535 / top)).astype(np.uint16)
            Image.fromarray(shown).save(work / "images" / f"{name}.png")
        else:
            write_film(work / "images" / f"{name}.dicom", film, person, number)
        box = film.box or ("", "", "", "")
        tables[TEST if person in tested else TRAIN].append([name, f"study{person:07d}", film.kind, *box])
        if person not in tested:
            binary.append([name, int(film.kind != virtual_films.NOTHING)])
    for table, rows in tables.items():
        if rows:
            _write_table(work / table, FILM_COLUMNS, rows)
    _write_table(work / BINARY, ("image_id", "abnormal"), binary)
    found = _counted([by_person[person] for person in people])
    return found | {"patients": last, "test": len(tables[TEST])}


def write_film(path: Path, film: virtual_films.VirtualFilm, person: int, number: int) -> None:
    """Write a film as DICOM (digital radiography, 12 of 16 bits). Each fifth is stored inverted (MONOCHROME1), as some
    machines do."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = UID(f"{_ROOT_UID}.3.{number}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = f"{_ROOT_UID}.1.{person}"
    dataset.SeriesInstanceUID = f"{_ROOT_UID}.2.{number}"
    dataset.PatientID, dataset.PatientName = f"VIRTUAL{person:07d}", "Virtual^Patient"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "DX", "LSPINE", "AP"
    dataset.Rows, dataset.Columns = film.pixels.shape
    dataset.ImagerPixelSpacing = [f"{film.pixel_mm:.6f}"] * 2
    dataset.SamplesPerPixel, dataset.BitsAllocated, dataset.BitsStored = 1, 16, virtual_films.BITS
    dataset.HighBit, dataset.PixelRepresentation = virtual_films.BITS - 1, 0
    inverted = number % 5 == 4
    dataset.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    top = (1 << virtual_films.BITS) - 1
    stored = top - film.pixels if inverted else film.pixels
    dataset.PixelData = np.ascontiguousarray(stored, dtype="<u2").tobytes()
    dataset.save_as(path, enforce_file_format=True)


def _kinds(
    options: VirtualSetOptions,
    rng: np.random.Generator,
    normal: Sequence[str],
    ill: Sequence[str],
    count: int | None = None,
) -> list[str]:
    """What each of ``count`` has, in random order: as many as asked for of the ill kinds, evenly, at least one each."""
    count = options.count if count is None else count
    sick = min(max(round(options.share * count), len(ill)), count - 1)
    kinds = [ill[n % len(ill)] for n in range(sick)] + [normal[n % len(normal)] for n in range(count - sick)]
    return [kinds[n] for n in rng.permutation(count)]


def _seed(seed: int, number: int) -> int:
    """A seed for one picture, whose neighbours tell nothing of it."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _counted(kinds: Sequence[str]) -> dict[str, Any]:
    return {"classes": {kind: kinds.count(kind) for kind in dict.fromkeys(sorted(kinds))}}


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
