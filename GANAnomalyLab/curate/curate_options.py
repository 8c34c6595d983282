"""What to curate and how, as plain data."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Named
from GANAnomalyLib.option_fields import Options, option, option_of

PART = 256
"""Images of a task: what is done again when a worker is killed."""

_DECIDE = ("metric", "mode", "steps", "seed", "settings", "features", "thumbnail")
"""Settings by which rows differ."""


@dataclass
class CurateOptions(Options):
    """One run of ``gananomaly curate``.

    What decides a row (:meth:`deciding`) may not change within a store; who does the work may.
    """

    WHAT = "setting of the curation"

    sources: list[str] = option(
        MISSING, doc="Folders of DICOM files, pictures and volumes, single files, or a CSV or Parquet with paths."
    )
    out: Named = option(
        MISSING, doc="The store: a new folder, or that of an earlier run, to which what is new is added."
    )
    model: Named | None = option(
        None, "A model's name or file: scores beside the checks.", shown="none: cheap checks only"
    )
    metric: Named | None = option_of(AnalysisRequest, "metric")
    mode: Named = option_of(AnalysisRequest, "mode")
    steps: int | None = option_of(AnalysisRequest, "steps")
    seed: int = option_of(AnalysisRequest, "seed")
    settings: dict[str, Any] = option(dict, "A setting of the detector; may be repeated.", flags="--set")
    device: Named = option_of(AnalysisRequest, "device")
    batch: int = option(32, "Images explained at a time, of all files.", above=0, high=4096)
    features: bool = option(
        False,
        "Also keep 512 numbers an image (EfficientNet-Lite0, some 20 ms of a core), for groups and near duplicates.",
    )
    thumbnail: int = option(96, "Side of thumbnails in pixels.", low=32, high=256)
    part: int = option(PART, "Images of a task: what a killed worker begins anew.", low=1, high=65536)
    workers: int | None = option(None, "Processes of this computer.", above=0, high=1024, shown="one a core")
    cluster: Named | None = option(None, "The address of a Dask scheduler, tcp://host:8786: its workers do the work.")
    slurm: bool = option(False, "Start the workers as Slurm jobs (dask-jobqueue); --slurm-set says what jobs ask for.")
    slurm_settings: dict[str, Any] = option(
        dict, "Of Slurm's jobs: queue, cores, memory, walltime, gres, ...; may be repeated.", flags="--slurm-set"
    )
    memory_gb: float | None = option(
        None, "Memory a worker may take, before it is ended.", above=0, shown="its share of the computer's"
    )
    retry: bool = option(False, "Also try again what could not be read before.")

    def __post_init__(self) -> None:
        self.sources = [str(source) for source in self.sources]
        self.out = str(self.out)

    def check_together(self) -> None:
        if not self.sources:
            raise InputError("Nothing to curate was named: give a folder, a file, or a CSV of paths.")
        if self.slurm and self.cluster:
            raise InputError("Workers come either from a scheduler that runs (--cluster) or from --slurm: give one.")
        if self.slurm_settings and not self.slurm:
            raise InputError("What Slurm's jobs ask for was said without --slurm: add it, or leave --slurm-set out.")
        if self.model is None and (self.metric or self.settings or self.steps is not None):
            raise InputError("Settings of a model were given without one: name it with --model, or leave them out.")

    def deciding(self) -> dict[str, Any]:
        """The settings that rows depend on, as plain data."""
        return {name: getattr(self, name) for name in _DECIDE}
