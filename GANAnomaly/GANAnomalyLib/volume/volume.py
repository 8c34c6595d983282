"""The one type for image data: voxels with the matrix that places them in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

RADIOGRAPHS = frozenset(("CR", "DX", "MG", "IO", "PX", "RG", "RF", "XA"))
"""DICOM modalities of projections: each file is an image of its own, and its values have no unit of their own."""


@dataclass
class Volume:
    """A scalar image on a regular grid in patient space.

    Attributes
    ----------
    voxels:
        (K, J, I) array; ``voxels[k, j, i]`` as SimpleITK and Slicer index it. CT: Hounsfield units.
    ijk_to_ras:
        (4, 4) float64; maps (i, j, k, 1) to right-anterior-superior millimetres. The first three columns carry
        direction times spacing.
    modality:
        DICOM modality code ("CT", "CR", "DX", "MR", ...) or "" where the file does not say.
    warnings:
        Sentences about what had to be done to the data to make it regular (for example gantry tilt resampled).
    meta:
        Facts without identifiers that later steps may use (``photometric``, ``kind`` of file, ``bits``, ...).
    colours:
        (K, J, I, 3) uint8 red, green and blue of colour pictures, whose voxels are their grey levels; None elsewhere.
    """

    voxels: np.ndarray
    ijk_to_ras: np.ndarray
    modality: str = ""
    warnings: list[str] = field(default_factory=list)
    meta: dict[str, object] = field(default_factory=dict)
    colours: np.ndarray | None = None

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size along i, j and k in millimetres."""
        sizes = np.linalg.norm(self.ijk_to_ras[:3, :3], axis=0)
        return float(sizes[0]), float(sizes[1]), float(sizes[2])

    @property
    def directions(self) -> np.ndarray:
        """(3, 3) unit vectors of the i, j and k axes in RAS, as columns."""
        vectors: np.ndarray = self.ijk_to_ras[:3, :3] / np.asarray(self.spacing)
        return vectors

    def ras(self, ijk: np.ndarray) -> np.ndarray:
        """RAS millimetres of voxel centres, for ``ijk`` of shape (..., 3)."""
        ijk = np.asarray(ijk, dtype=np.float64)
        ras: np.ndarray = ijk @ self.ijk_to_ras[:3, :3].T + self.ijk_to_ras[:3, 3]
        return ras

    def ijk(self, ras: np.ndarray) -> np.ndarray:
        """Continuous voxel indices of points in RAS millimetres, for ``ras`` of shape (..., 3)."""
        ras = np.asarray(ras, dtype=np.float64)
        ijk: np.ndarray = (ras - self.ijk_to_ras[:3, 3]) @ np.linalg.inv(self.ijk_to_ras[:3, :3]).T
        return ijk

    def like(self, voxels: np.ndarray) -> Volume:
        """Another array on this volume's grid; raises ValueError when the shape differs."""
        if voxels.shape != self.voxels.shape:
            raise ValueError(f"shape {voxels.shape} is not on the grid {self.voxels.shape}")
        return Volume(voxels, self.ijk_to_ras.copy(), self.modality)
