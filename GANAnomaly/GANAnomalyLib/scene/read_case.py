"""A case of the worklist, read from the disk in any thread: its scan, its maps, and what was said of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..pictures import manifest_facts as facts
from ..results.input_image import is_input_of
from ..results.result import MANIFEST, AnalysisResult, read_manifest
from ..review.decisions import DECISIONS_FILE as DECISIONS
from ..review.decisions import load_reading
from ..running.progress import CancelToken
from ..volume.read import read_volume
from ..volume.volume import Volume
from .open_result import Opened, open_steps
from .result_nodes import ReviewNodes
from .scene_maps import load_maps
from .steps import Steps
from .volume_nodes import small
from .vtk_images import image_of, voxels_of

_BYTES_A_VOXEL = 24
"""While it is read; what is kept is about half of it."""


@dataclass
class ReadCase:
    """A scan with its result, ready for a scene; ``prints`` tell whether the files are still those that were read."""

    volume: Volume
    opened: Opened
    prints: dict[str, tuple[int, int] | None] = field(default_factory=dict)

    @property
    def fresh(self) -> bool:
        """Whether nothing was written into the files since."""
        return all(_print(Path(path)) == found for path, found in self.prints.items())


def read_case(folder: Path | str, scans: Sequence[str] = (), cancel: CancelToken | None = None) -> ReadCase:
    """Read the result in a folder, and its scan from the first of ``scans`` that is there, else from where the analysis
    did.

    Raises :class:`InputError` when there is no whole result, no scan, or one that is another than was analysed;
    :class:`GANAnomalyLib.errors.Cancelled` within a read file's time.
    """
    folder, cancel = Path(folder), cancel or CancelToken()
    result = AnalysisResult.read(folder)
    source = _scan(result, scans)
    watched = [folder / MANIFEST, folder / DECISIONS, source]
    prints = {str(path): _print(path) for path in watched}
    asked: dict[str, Any] = result.manifest.get("request") or {}
    image = read_volume(
        source,
        asked.get("series"),
        allow_any=True,
        hu_offset=asked.get("hu_offset"),
        modality=facts.modality(result) or "CT",
        colours=True,
    )
    cancel.check()
    if not is_input_of(image, result):
        raise InputError("The images of this case are others than were analysed: analyse them again.")
    # The scan's memory becomes its node's: nothing is copied in the window's thread.
    ct = image_of(small(image.voxels))
    volume = Volume(voxels_of(ct), image.ijk_to_ras, image.modality)
    del image
    cancel.check()
    maps = load_maps(result, volume)
    cancel.check()
    kept = load_reading(folder)
    opened = Opened(result, replace(maps, ct=ct), list(kept.decisions), list(kept.added), kept.verdict)
    return ReadCase(volume, opened, prints)


@dataclass
class ReadScan:
    """A scan that waits for its analysis, and its voxels as vtkImageData."""

    volume: Volume
    image: Any
    fresh: bool = True


def read_scan(path: Path | str, cancel: CancelToken | None = None) -> ReadScan:
    """Read a scan to be looked at; raises :class:`InputError` for what cannot be read."""
    found = read_volume(path, allow_any=True)
    image = image_of(small(found.voxels))
    (cancel or CancelToken()).check()
    return ReadScan(Volume(voxels_of(image), found.ijk_to_ras, found.modality), image)


def memory_for(folder: Path | str) -> int:
    """Bytes that :func:`read_case` takes; 0 where the result does not tell."""
    try:
        shape = (read_manifest(Path(folder)).get("geometry") or {}).get("shape_kji") or (0,)
    except InputError:
        return 0
    count = _BYTES_A_VOXEL
    for size in shape:
        count *= int(size)
    return count


def case_steps(scene: Any, case: ReadCase) -> Steps[ReviewNodes]:
    """Put a case into a scene, in steps as :func:`GANAnomalyLib.scene.build.build_steps` does, with a node of its
    scan."""
    return open_steps(scene, case.volume, case.opened)


def _scan(result: AnalysisResult, scans: Sequence[str]) -> Path:
    said = (result.manifest.get("request") or {}).get("input")
    for place in (*scans, said):
        try:
            if isinstance(place, str) and place and Path(place).exists():
                return Path(place)
        except (OSError, ValueError):
            continue
    raise InputError(
        "The images of this case are not where they were: bring them back, or load them and open the result on them."
    )


def _print(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
