"""What all conversions share: a set in, one with the same items, labels and patients out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.files import locked
from GANAnomalyLib.running.progress import no_progress

from ..images.image_items import Item
from ..images.labels import Label
from ..images.raster import picture_pixels
from ..images.scans import Scan, read_scan
from ..images.sources import Source, open_source, output_names, shown_name
from .convert_set import ItemOutput, SetJob, SetOutcome, make_set
from .set_tables import patients_or_volumes
from .set_writer import OutputFile, SetFacts, SetWriter, open_set_writer

if TYPE_CHECKING:
    from GANAnomalyLib.volume import Volume


@dataclass(frozen=True)
class ItemStep:
    """One item on its way: ``name`` is what it is called in the new set, without ending."""

    source: Source
    sink: SetWriter
    job: SetJob
    item: Item
    name: str
    label: Label | None
    patient: str | None

    def pixels(self) -> np.ndarray:
        """A picture's (H, W) or (H, W, 3); raises :class:`InputError`."""
        assert self.source.pictures is not None
        return picture_pixels(self.source.pictures.open(self.item.name), self.item.name)

    def scan(self) -> Scan:
        """A volume and its slices; raises :class:`InputError`."""
        return read_scan(self.item, self.source.intensity, no_progress, self.job.cancel, self.job.hu_offset)

    def product(
        self, ending: str, data: bytes | Volume, dtype: str | None = None, number: int | None = None
    ) -> OutputFile:
        """A file of this item; ``ending`` follows its name, ``number`` is the slice."""
        return OutputFile(f"{self.name}{ending}", data, self.label, self.patient, dtype, number)


@locked("job.out", "gananomaly dataset")
def convert(
    source: Path | str,
    job: SetJob,
    work: Callable[[ItemStep], ItemOutput],
    facts: Callable[[Source], SetFacts],
    doing: str,
    numbered: bool = False,
    check: Callable[[Source], None] = lambda source: None,
) -> SetOutcome:
    """Let ``work`` turn each item of ``source`` into files of the set ``job.out``.

    ``check`` may refuse the source before anything is done; ``facts`` says what the manifest shall hold (its names of
    classes are the source's). Raises as :func:`~.convert_set.make_set`.
    """
    job.check()
    found = open_source(source, job.progress, job.cancel)
    check(found)
    names = output_names(found, numbered)
    labels, who, label_names = found.labels() or {}, patients_or_volumes(found), found.label_names()
    sink = open_set_writer(job.out, job.force, source)

    def one(item: Item, number: int) -> ItemOutput:
        patient = None if who is None else who[number]
        return work(ItemStep(found, sink, job, item, names[number], labels.get(item.name), patient))

    def said() -> SetFacts:
        out = facts(found)
        out.label_names = label_names
        return out

    outcome = make_set(
        found.items,
        one,
        sink,
        job,
        said,
        doing,
        lambda number: shown_name(found, number),
        lambda item: item.name,
    )
    outcome.notes += found.notes
    return outcome
