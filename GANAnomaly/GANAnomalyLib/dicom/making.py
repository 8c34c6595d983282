"""What all objects of one export share: source, UIDs, device, times; and the last touches on each."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from pydicom.dataset import Dataset

from ..files import hash_json
from ..results.result import AnalysisResult, Finding, finding_dict
from ..version import __version__
from .codes import ARTIFICIAL_INTELLIGENCE
from .on_planes import Marked, box_on_planes
from .source import Source
from .uids import stable_uid

MANUFACTURER, MODEL_NAME = "GANAnomaly", "GANAnomaly"
SERIES = {
    "seg": (9001, "GANAnomaly findings"),
    "heat": (9002, "GANAnomaly heat above threshold"),
    "map": (9003, "GANAnomaly heat"),
    "sr": (9004, "GANAnomaly findings, measured"),
    "reader": (9005, "GANAnomaly findings, as read"),
    "capture": (9006, "GANAnomaly summary"),
    "pdf": (9007, "GANAnomaly report (PDF)"),
    "gsps": (9008, "GANAnomaly boxes"),
    "reader_seg": (9009, "GANAnomaly findings of the reader"),
}
"""Number and description of the series that each kind of object makes."""
_DATES = {"InstanceCreationDate": "InstanceCreationTime", "ContentDate": "ContentTime", "SeriesDate": "SeriesTime"} | {
    "PresentationCreationDate": "PresentationCreationTime",
    "DateOfSecondaryCapture": "TimeOfSecondaryCapture",
}


@dataclass
class Placed:
    """A finding on the source's planes, ``volume_mm3`` of its pixels, and the number of its segment (None: no SEG)."""

    finding: Finding
    marked: Marked
    tracking_id: str
    tracking_uid: str
    volume_mm3: float
    segment: int = 0


@dataclass(frozen=True)
class Making:
    """A result, its source and the root of its objects' UIDs."""

    result: AnalysisResult
    source: Source
    root: str

    @cached_property
    def key(self) -> str:
        """What distinguishes this result on this source from all others."""
        manifest = self.result.manifest
        return hash_json(
            {
                "version": __version__,
                "fingerprint": manifest.get("fingerprint"),
                "created": manifest.get("created"),
                "findings": [finding_dict(finding) for finding in self.result.findings],
                "instances": [str(header.SOPInstanceUID) for header in self.source.headers],
            }
        )

    def uid(self, *parts: object) -> str:
        """A UID of this result's, for what ``parts`` (plain data) name."""
        return stable_uid(self.root, self.key, *parts)

    @cached_property
    def model(self) -> dict[str, Any]:
        """The model as the manifest has it."""
        model: dict[str, Any] = self.result.manifest.get("model") or {}
        return model

    @property
    def unit(self) -> str:
        """What scores and heat count, in words."""
        return str((self.result.manifest.get("settings") or {}).get("score_unit") or "")

    @cached_property
    def ras_to_ijk(self) -> np.ndarray:
        """(4, 4) from RAS millimetres to the result's voxels."""
        return np.linalg.inv(np.array(self.result.manifest["geometry"]["ijk_to_ras"], float))

    @cached_property
    def created(self) -> datetime.datetime:
        """When the result was made, in this computer's time zone: exported twice, an object is the same twice."""
        try:
            made = datetime.datetime.fromisoformat(str(self.result.manifest.get("created")))
        except ValueError:
            made = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
        return made.astimezone()

    @property
    def algorithm(self) -> dict[str, str]:
        """Name and version of what found the findings: the model, its hash, and the detector that ran it."""
        return {
            "name": str(self.model.get("name") or "GANAnomaly")[:64],
            "version": f"{__version__} model {str(self.model.get('hash') or 'unknown')[:16]}",
        }

    def algorithm_sequence(self) -> AlgorithmIdentificationSequence:
        """The algorithm as segmentations name it."""
        parameters = {
            "detector": str(self.model.get("kind") or "unknown"),
            "model hash": str(self.model.get("hash") or "unknown"),
        }
        return AlgorithmIdentificationSequence(
            **self.algorithm, family=ARTIFICIAL_INTELLIGENCE, source=MANUFACTURER, parameters=parameters
        )

    def common(self, kind: str, *parts: object) -> dict[str, Any]:
        """The arguments that every object of highdicom's takes; ``parts`` tell it from others of its kind."""
        number, description = SERIES[kind]
        return {
            "series_instance_uid": self.uid("series", kind),
            "series_number": number,
            "series_description": description,
            "sop_instance_uid": self.uid(kind, *parts),
            "instance_number": 1,
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MODEL_NAME,
            "software_versions": __version__,
            "device_serial_number": str(self.model.get("hash") or "unknown")[:16],
            "specific_character_set": "ISO_IR 192",
        }

    def placed(self) -> tuple[list[Placed], list[Finding]]:
        """The findings on the source's planes, best first, and those that lie outside all images."""
        found, outside = [], []
        planes = self.source.planes
        for finding in sorted(self.result.findings, key=lambda one: one.rank):
            marked = box_on_planes(planes, self.ras_to_ijk, finding.box_ijk)
            if not marked:
                outside.append(finding)
                continue
            name = f"GANAnomaly finding {finding.rank}"
            uid = self.uid("tracking", finding.rank)
            found.append(Placed(finding, marked, name, uid, self.volume_of(marked)))
        return found, outside

    def volume_of(self, marked: Marked) -> float:
        """Cubic millimetres that pixels on planes stand for."""
        return sum(float(mask.sum()) * self.source.planes[n].voxel_mm3 for n, mask in marked)

    def gap(self) -> float | None:
        """Mm between all neighbouring planes; None where it is not one, or where they are sheared."""
        corners = np.array([plane.corner for plane in self.source.planes])
        if len(corners) < 2:
            return None
        steps = np.diff(corners, axis=0)
        even = np.abs(steps - steps.mean(axis=0)).max() < 1e-2
        straight = np.linalg.norm(np.cross(steps.mean(axis=0), self.source.planes[0].normal)) < 1e-2
        return float(np.linalg.norm(steps.mean(axis=0))) if even and straight else None


def finish(dataset: Dataset, made: datetime.datetime, root: str) -> Dataset:
    """Times and UIDs that libraries take from clock and chance, by the content instead."""
    for date, time in _DATES.items():
        if date in dataset:
            setattr(dataset, date, made.strftime("%Y%m%d"))
            setattr(dataset, time, made.strftime("%H%M%S"))
    for item in dataset.get("ContributingEquipmentSequence") or ():
        if "ContributionDateTime" in item:
            item.ContributionDateTime = made.strftime("%Y%m%d%H%M%S")
    if "ContentLabel" in dataset:
        dataset.ContentCreatorName = ""  # nobody's: a program made it
    if dataset.get("Modality") in ("OT", "PR") and "SharedFunctionalGroupsSequence" not in dataset:
        dataset.Laterality = ""  # may be asked for where the body part could be one of a pair
    dataset.InstanceCreatorUID = stable_uid(root, "GANAnomaly")
    organisation = stable_uid(root, str(dataset.SOPInstanceUID), "dimensions")
    for item in dataset.get("DimensionOrganizationSequence") or ():
        item.DimensionOrganizationUID = organisation
    for item in dataset.get("DimensionIndexSequence") or ():
        item.DimensionOrganizationUID = organisation
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    """Write an object with a file header."""
    dataset.save_as(path, enforce_file_format=True)
    return path
