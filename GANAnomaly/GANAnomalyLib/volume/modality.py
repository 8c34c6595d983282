"""What tells the modalities apart: which images are refused, what white is, and where the patient is.

One object for each; a model's card (or a training's setting) says which.
"""

from __future__ import annotations

import numpy as np

from ..errors import InputError, option
from ..modalities import CT, MR, PERCENTILE, modality_code
from .body import Body, find_body
from .orient import AxialStack
from .volume import RADIOGRAPHS, Volume
from .volume_checks import check_ct, is_ct

_ANYWAY = f"allow any image ({option('allow_any')}) to go on"
_MOST = 1 << 22
"""Voxels that percentiles are taken from, evenly chosen."""
_NOISE, _ABOVE_NOISE = 0.15, 0.1
_BRIGHT, _READ = 98.0, 99.5
_CT_HU, _CT_SHARE = -500.0, 0.01
_BELOW_ZERO, _BELOW_SHARE = 0.05, 0.05


class Modality:
    """CT, and as far as they are read at all, all images but MR: values are Hounsfield units."""

    code = CT

    def check(self, volume: Volume) -> None:
        """Raise :class:`InputError` for an image of another modality, by what it says or by its values."""
        check_ct(volume)

    def takes(self, volume: Volume) -> bool:
        """Whether an image's values, allowed or not, mean what this modality's do."""
        return is_ct(volume)

    def white(self, voxels: np.ndarray, percentile: float = PERCENTILE, of: str = "head") -> float:
        """In an image's own values, a hundred times what windows on cards count in: 100 where that is HU."""
        return 100.0

    def window(
        self, voxels: np.ndarray, window: float, level: float, percentile: float = PERCENTILE, of: str = "head"
    ) -> tuple[float, float]:
        """A card's window and level in an image's own values; raises :class:`InputError` for images of nothing."""
        unit = self.white(voxels, percentile, of) / 100
        return window * unit, level * unit

    def reading_window(self, voxels: np.ndarray) -> tuple[float, float] | None:
        """Window and level to read an image in, from its own values; None where usual ones are known, or nothing is
        there to see."""
        return None

    def floor(self, voxels: np.ndarray, floor: float) -> float:
        """What the patient is brighter than; ``floor`` is the window's lower end."""
        return floor

    def find_body(self, slices: np.ndarray, floor: float, spacing: tuple[float, float, float]) -> Body:
        """The patient in slices (S, H, W), see :func:`~.body.find_body`."""
        return find_body(slices, floor, spacing)

    def body_in(
        self, volume: Volume, stack: AxialStack, floor: float, framing: str = "full", wanted: bool = False
    ) -> Body | None:
        """The patient in a volume's slices. It is always looked for, but of images of another modality only where
        ``framing`` asks for it or it is ``wanted``; None else, and for pictures and radiographs."""
        if _flat(volume):
            return None
        if self.takes(volume):
            return self.find_body(stack.slices, floor, stack.spacing_mm)
        if wanted or framing != "full":
            return find_body(stack.slices, floor, stack.spacing_mm, hounsfield=False)
        return None


class MagneticResonance(Modality):
    """MR: values are positive and have no unit, so that windows count in percent of what is white in this image."""

    code = MR

    def check(self, volume: Volume) -> None:
        """See :class:`Modality`."""
        if volume.modality not in ("", MR):
            raise InputError.of(
                f"The image is not an MR: its modality is {{modality}}. Give an MR, or {_ANYWAY}.",
                modality=volume.modality,
            )
        values = _sample(volume.voxels)
        low, high = float(values.min()), float(values.max())
        if low == high:
            raise InputError.of(
                "Every voxel of the image is {value:g}: there is nothing to see, export it again.", value=low
            )
        if volume.modality == MR:
            return
        if np.mean(values < _CT_HU) >= _CT_SHARE and float(np.percentile(values, _BRIGHT)) < 4096:
            raise InputError.of(
                "The values ({low:g} to {high:g}) are those of a CT in Hounsfield units: give an MR, choose a model "
                f"that was made for CT, or {_ANYWAY}.",
                low=low,
                high=high,
            )
        if np.mean(values < -_BELOW_ZERO * float(np.percentile(np.abs(values), _BRIGHT))) >= _BELOW_SHARE:
            raise InputError.of(
                "Many values are below zero ({low:g} to {high:g}), and an MR has none: give it as the scanner made it, "
                f"not normalised, or {_ANYWAY}.",
                low=low,
                high=high,
            )

    def takes(self, volume: Volume) -> bool:
        """See :class:`Modality`: any values can be scaled."""
        return True

    def white(self, voxels: np.ndarray, percentile: float = PERCENTILE, of: str = "head") -> float:
        """See :class:`Modality`: the percentile of what is brighter than the air around the patient, or of all."""
        values = _sample(voxels)
        if of == "head":
            values = values[values > tissue_level(values)]
        white = float(np.percentile(values, percentile)) if values.size else 0.0
        if not white > 0:
            raise InputError("The image shows nothing that is brighter than its background: export it again.")
        return white

    def reading_window(self, voxels: np.ndarray) -> tuple[float, float] | None:
        """See :class:`Modality`: from the darkest of the image to the brightest of the head, but for half a percent."""
        values = _sample(voxels)
        head = values[values > tissue_level(values)]
        if not head.size:
            return None
        low, high = float(np.percentile(values, 100 - _READ)), float(np.percentile(head, _READ))
        return (high - low, (low + high) / 2) if high > low else None

    def floor(self, voxels: np.ndarray, floor: float) -> float:
        """See :class:`Modality`: whatever the window is."""
        return tissue_level(_sample(voxels))

    def find_body(self, slices: np.ndarray, floor: float, spacing: tuple[float, float, float]) -> Body:
        """See :class:`Modality`. Skulls are dark: what the scalp encloses is filled first."""
        from scipy import ndimage

        level = self.floor(slices, floor)

        def head(plane: np.ndarray) -> np.ndarray:
            smooth = ndimage.uniform_filter(plane.astype(np.float32), 3, mode="nearest")
            filled: np.ndarray = ndimage.binary_fill_holes(smooth > level)
            return filled

        return find_body(slices, level, spacing, hounsfield=False, above=head)


_BY_CODE = {CT: Modality(), MR: MagneticResonance()}


def modality_of(said: str) -> Modality:
    """The modality that a card, a setting or an image names; see :func:`~.modalities.modality_code`."""
    return _BY_CODE[modality_code(said)]


def tissue_level(values: np.ndarray) -> float:
    """Values of an MR above this are no air.

    A tenth of the way from the air's noise to what is bright in the patient, as BET begins (Smith, "Fast robust
    automated brain extraction", Human Brain Mapping 17, 2002), both found so that it does not matter how much of the
    image the patient fills.
    """
    positive = values[values > 0]
    if not positive.size:
        return 0.0
    mean = float(values.mean())
    high = float(np.percentile(values[values > mean], _BRIGHT)) if mean < float(values.max()) else mean
    noise = min(max(float(np.median(values[values <= mean])), 0.0), _NOISE * high)
    return noise + _ABOVE_NOISE * (high - noise)


def _flat(volume: Volume) -> bool:
    return volume.meta.get("kind") == "picture" or volume.modality in RADIOGRAPHS


def _sample(voxels: np.ndarray) -> np.ndarray:
    """(n,) float32 of the voxels, evenly chosen where they are many."""
    step = max(1, round((voxels.size / _MOST) ** (1 / 3)))
    chosen = voxels[tuple(slice(None, None, min(step, size)) for size in voxels.shape)]
    return chosen.astype(np.float32).ravel()
