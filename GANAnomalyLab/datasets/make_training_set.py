"""A folder of pictures, volumes or DICOM to a set for training: PNGs of one size in the published layout."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.progress import no_progress

from ..images.image_items import Item
from ..images.raster import Fit, picture_pixels, png_bytes, to_bits, with_bits
from ..images.scans import grey, read_scan
from ..images.sources import PICTURES, Source, open_source, shown_name
from .convert_set import ItemOutput, SetJob, SetOutcome, make_set
from .dataset_options import MakeOptions
from .set_tables import check_labels_kind, class_labels, patients_or_volumes
from .set_writer import OutputFile, SetFacts, open_set_writer, published_name


@locked("job.out", "gananomaly dataset")
def make_dataset(source: Path | str, job: SetJob, options: MakeOptions | None = None) -> SetOutcome:
    """Make a zip (or folder) of PNGs called ``00000/img00000000.png`` and so on, with a dataset.json.

    The names say nothing of the originals. Raises as :func:`~.convert_set.make_set`, and :class:`InputError` for tables
    of labels or patients that leave an item out.
    """
    options = options or MakeOptions()
    options.check()
    job.check()
    found = open_source(source, job.progress, job.cancel)
    check_labels_kind(found, options.labels)
    labels, label_names = class_labels(found, options.labels)
    who = patients_or_volumes(found, options.patients)
    maker = _Maker(found, options, job)
    sink = open_set_writer(job.out, job.force, source)

    def work(item: Item, number: int) -> ItemOutput:
        done = ItemOutput()
        if options.most is not None and len(sink.names) >= options.most:
            return done
        for pixels, index in maker.images(item, done):
            count = len(sink.names) + len(done.products)
            if options.most is not None and count >= options.most:
                break
            name = published_name(count)
            label = None if labels is None else labels[item.name]
            data = png_bytes(pixels, sink.compression)
            done.products.append(OutputFile(name, data, label, None if who is None else who[number], slice=index))
        return done

    settings = {key: value for key, value in dataclasses.asdict(options).items() if key not in ("labels", "patients")}
    settings["choice"].pop("mask")
    outcome = make_set(
        found.items,
        work,
        sink,
        job,
        lambda: SetFacts("make", settings, f"{maker.bits or 8} bit", label_names),
        "Making images",
        lambda number: shown_name(found, number),
        lambda item: item.name,
    )
    outcome.notes += found.notes
    outcome.extra = {"width": maker.size[1], "height": maker.size[0], "channels": 3 if maker.colour else 1}
    outcome.extra |= {"bits": maker.bits, "classes": None if labels is None else _classes(labels.values())}
    outcome.extra |= {"patients": None if who is None else len(set(who)), "label_names": label_names}
    return outcome


class _Maker:
    """The images of items, alike in size, depth and channels; the first image decides what was left open."""

    def __init__(self, source: Source, options: MakeOptions, job: SetJob) -> None:
        self.source, self.options, self.job = source, options, job
        self.bits, self.colour = options.bits, options.colour
        self.size = (0, 0) if options.width is None or options.height is None else (options.height, options.width)
        self.masks = options.choice.masks(len(source.items)) if source.kind != PICTURES else None

    def images(self, item: Item, done: ItemOutput) -> Iterator[tuple[np.ndarray, int | None]]:
        """Pixels and slice number (None for pictures) of each image of an item; raises :class:`InputError`."""
        yield from self._picture(item) if self.source.kind == PICTURES else self._slices(item, done)

    def _picture(self, item: Item) -> Iterator[tuple[np.ndarray, int | None]]:
        assert self.source.pictures is not None
        pixels = picture_pixels(self.source.pictures.open(item.name), item.name)
        coloured = pixels.ndim == 3
        colour = coloured if self.colour is None else self.colour
        if coloured and not colour:
            raise InputError(f"{item.name} is in colour and the set is grey: choose --colour, or make it grey.")
        bits = self.bits or (8 if colour else 8 * pixels.dtype.itemsize)
        pixels = with_bits(pixels, 8 if colour else bits)
        fitted = self._fitted(pixels, (1.0, 1.0))
        if colour and not coloured:
            fitted = np.repeat(fitted[..., None], 3, axis=2)
        self.colour, self.bits = colour, bits
        yield fitted, None

    def _slices(self, item: Item, done: ItemOutput) -> Iterator[tuple[np.ndarray, int | None]]:
        scan = read_scan(item, self.source.intensity, no_progress, self.job.cancel, self.job.hu_offset)
        limits = self.options.view.limits(scan)
        done.warnings += scan.warnings
        box = (0, scan.stack.slices.shape[1], 0, scan.stack.slices.shape[2])
        if self.options.framing == "body" and not item.radiograph:
            if limits is None:
                raise InputError("The body is found by Hounsfield units: use framing full with intensity range.")
            box = scan.body(limits[0], self.job.cancel)
        self.bits, self.colour = self.bits or 8, False
        for index in self.options.choice.numbers(scan, self.masks):
            self.job.cancel.check()
            plane = grey(scan.stack.slices[index, box[0] : box[1], box[2] : box[3]], limits)
            if plane is None:
                done.skipped += 1
                continue
            yield to_bits(self._fitted(plane, scan.stack.spacing_mm[1:]), self.bits), index

    def _fitted(self, pixels: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
        shape = pixels.shape[:2]
        if self.options.width is None:
            if self.size == (0, 0):
                self.size = (shape[0], shape[1])
            if shape != self.size:
                raise InputError(
                    f"It has {shape[1]} x {shape[0]} pixels and the first image {self.size[1]} x {self.size[0]}: "
                    "bring all to one size with --width and --height."
                )
            return pixels
        return Fit.plan(shape, self.size, self.options.transform, spacing).apply(pixels, self.options.resample)


def _classes(labels: object) -> int:
    values = list(labels)  # type: ignore[call-overload]
    return len(values[0]) if isinstance(values[0], list) else max(values) + 1
