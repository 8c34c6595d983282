"""A small parallel-beam scanner: the artefacts of metal and motion come from wrong projections, as in a real one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .patient import Patient

ANGLES = 120
FINEST_MM = 2.0
MOST_PIXELS = 176
STREAK_HU = 30.0
PHOTONS = 1e6

# Attenuation (per mm) of water and steel at 60 and 100 keV, after the NIST tables of mass attenuation coefficients.
WATER_PER_MM = (0.0206, 0.0171)
STEEL_PER_MM = (0.95, 0.29)


@dataclass
class ProjectionGrid:
    """The square grid that slices are projected on: ``size`` pixels a side of ``pixel`` mm, holding a whole slice."""

    pixel: float
    size: int
    shape: tuple[int, int]
    spacing: np.ndarray

    @classmethod
    def for_patient(cls, patient: Patient) -> ProjectionGrid:
        """Fine enough to look like the CT, coarse enough to take a fraction of a second a slice."""
        spacing = patient.spacing[1:]
        shape = patient.hu.shape[1:]
        diagonal = float(np.hypot(*(spacing * shape)))
        pixel = max(FINEST_MM, float(spacing.min()), diagonal / MOST_PIXELS)
        return cls(pixel, int(np.ceil(diagonal / pixel)) + 2, (shape[0], shape[1]), spacing)

    def square(self, plane: np.ndarray, outside: float) -> np.ndarray:
        """A slice on the square grid, its centre in the middle; ``outside`` fills what lies beyond it."""
        # Averaging first keeps thin metal from falling between the grid's points.
        plane = ndimage.gaussian_filter(plane, np.maximum(self.pixel / self.spacing / 2.5 - 0.4, 0))
        axes = [
            ((np.arange(self.size) - self.size // 2) * self.pixel) / step + (n - 1) / 2
            for n, step in zip(self.shape, self.spacing, strict=True)
        ]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"))
        return ndimage.map_coordinates(plane, grid, order=1, mode="constant", cval=outside)

    def unsquare(self, picture: np.ndarray) -> np.ndarray:
        """The inverse of :meth:`square`, on the slice's own pixels."""
        axes = [
            ((np.arange(n) - (n - 1) / 2) * step) / self.pixel + self.size // 2
            for n, step in zip(self.shape, self.spacing, strict=True)
        ]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"))
        return ndimage.map_coordinates(picture, grid, order=1, mode="nearest")

    def project(self, picture: np.ndarray) -> np.ndarray:
        """(size, ANGLES) line integrals in mm times the picture's unit."""
        from skimage.transform import radon

        return radon(self._inside_circle(picture), theta=angles(), circle=True) * self.pixel

    def reconstruct(self, sinogram: np.ndarray) -> np.ndarray:
        """Filtered back projection, the inverse of :meth:`project`."""
        from skimage.transform import iradon

        return iradon(sinogram / self.pixel, theta=angles(), circle=True, filter_name="ramp")

    def _inside_circle(self, picture: np.ndarray) -> np.ndarray:
        offset = np.arange(self.size) - self.size // 2
        return picture * (offset[:, None] ** 2 + offset[None, :] ** 2 < (self.size // 2) ** 2)


def angles() -> np.ndarray:
    """Projection angles in degrees."""
    return np.arange(ANGLES) * (180.0 / ANGLES)


def metal_streaks(patient: Patient, metal: np.ndarray, peak_hu: float) -> np.ndarray:
    """Dark and bright streaks that metal throws across its slices.

    Two-energy beam hardening and photon noise: the projections of body and metal together are not the sum of theirs;
    what is missing is reconstructed by filtered back projection and scaled so that the strongest percent of the
    streaks near the metal reaches ``peak_hu``. ``metal`` is its coverage (S, H, W) in 0..1. Returns (S, H, W) float32
    HU to add, zero in slices without metal. Barrett and Keat, "Artifacts in CT", RadioGraphics 24 (2004), describe
    both effects.
    """
    streaks = np.zeros(patient.hu.shape, dtype=np.float32)
    amount = metal.sum(axis=(1, 2)) * float(patient.spacing[1] * patient.spacing[2])
    affected = np.flatnonzero(amount > 0.05 * max(float(amount.max()), 1.0))
    if affected.size == 0 or peak_hu <= 0:
        return streaks
    bench = ProjectionGrid.for_patient(patient)
    for k in affected.tolist():
        inside = patient.body_slices(k, k + 1)[0]
        body = bench.square(np.clip(patient.hu[k] / 1000 + 1, 0, 2) * inside, 0.0)
        error = _projection_error(patient, bench.project(body), bench.project(bench.square(metal[k], 0.0)))
        picture = bench.unsquare(bench.reconstruct(error))
        # Outside the body the window clips streaks away; weak ones are left there.
        streaks[k] = picture * (1 - np.minimum(metal[k], 1)) * np.where(inside, 1.0, 0.25)
    strongest = np.abs(streaks[affected])[metal[affected] < 0.05]
    level = float(np.quantile(strongest[strongest > 0], 0.99)) if (strongest > 0).any() else 0.0
    if level <= 0:
        return np.zeros_like(streaks)
    share = np.sqrt(amount / amount.max()).astype(np.float32)[:, None, None]
    return np.clip(streaks * (peak_hu / level), -3 * peak_hu, 3 * peak_hu) * np.minimum(share * 1.5, 1.0)


def _projection_error(patient: Patient, water: np.ndarray, steel: np.ndarray) -> np.ndarray:
    def measured(metal: np.ndarray | float) -> np.ndarray:
        rays = [np.exp(-w * water - s * metal) for w, s in zip(WATER_PER_MM, STEEL_PER_MM, strict=True)]
        return -np.log(np.maximum(0.5 * (rays[0] + rays[1]), 1e-9))

    with_metal = measured(steel)
    hardening = with_metal - measured(0.0) - float(np.mean(STEEL_PER_MM)) * steel
    starved = np.exp(np.minimum(with_metal, 8.0) / 2) / np.sqrt(PHOTONS)
    noise = patient.noise_rng.standard_normal(water.shape) * starved * (steel > 0.3)
    return hardening + noise


def add_streaks(patient: Patient, hu: np.ndarray, metal: np.ndarray, peak_hu: float) -> np.ndarray:
    """Add :func:`metal_streaks` to ``hu`` in place; returns where they change 30 HU or more (S, H, W) bool."""
    streaks = metal_streaks(patient, metal, peak_hu)
    touched = np.abs(streaks) > 0.5
    hu[touched] = np.clip(hu[touched] + streaks[touched], -1024, 3071)
    return np.abs(streaks) >= STREAK_HU
