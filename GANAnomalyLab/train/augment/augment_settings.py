"""Which changes an augmentation pipeline makes and how strong they are; the named pipelines."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant

DEFAULT_PIPELINE = "bgc"
"""For pictures: what the paper found best over many sizes of training set."""

VOLUME_PIPELINE = "ct"
"""For slices of CT volumes, where flips and quarter turns would show anatomy that nobody has."""


@dataclass(frozen=True)
class AugmentSettings:
    """How often each change happens, as a multiple of p from 0 (never) to 1, and how strong it is.

    The strengths are the paper's (Karras et al. 2020b, appendix B). Grey values count on the scale [-1, 1].
    """

    x_flip: float = 0.0
    quarter_turn: float = 0.0
    """Turns by 0, 90, 180 or 270 degrees."""
    integer_shift: float = 0.0
    iso_scale: float = 0.0
    """The same scale in both directions."""
    rotate: float = 0.0
    """A rotation before the stretch and one after it, each so often that either happens with probability p."""
    aniso_scale: float = 0.0
    """A stretch in one direction, a squeeze in the other."""
    fractional_shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    luma_flip: float = 0.0
    """Bright becomes dark; in colour images the hue stays."""
    hue: float = 0.0
    """Images of three channels only."""
    saturation: float = 0.0
    """Images of several channels only."""
    filter: float = 0.0
    """Makes each of four frequency bands stronger or weaker."""
    noise: float = 0.0
    cutout: float = 0.0
    """A square of the image becomes 0, the middle grey."""

    integer_shift_max: float = 0.125
    """Largest whole-pixel shift, as a fraction of the image's width or height."""
    iso_scale_octaves: float = 0.2
    """Standard deviation of log2 of the scale."""
    rotate_degrees: float = 180.0
    """Largest angle either way."""
    aniso_scale_octaves: float = 0.2
    """Standard deviation of log2 of the stretch."""
    fractional_shift_std: float = 0.125
    """Standard deviation of the shift, as a fraction of the image's width or height."""
    brightness_std: float = 0.2
    contrast_octaves: float = 0.5
    """Standard deviation of log2 of the contrast."""
    hue_degrees: float = 180.0
    """Largest angle either way."""
    saturation_octaves: float = 1.0
    """Standard deviation of log2 of the saturation."""
    filter_octaves: float = 1.0
    """Standard deviation of log2 of each band's gain."""
    noise_std: float = 0.1
    """Scale of the half-normal distribution that each image's noise level comes from."""
    cutout_size: float = 0.5
    """Side of the square, as a fraction of the image's width and height."""

    def validate(self) -> None:
        """Raise :class:`InputError` for the first number that cannot be."""
        for item in dataclasses.fields(self):
            value, top = getattr(self, item.name), _TOP.get(item.name, math.inf)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InputError(f"The augmentation setting {item.name} must be a number, not {str(value)[:40]!r}.")
            if not 0 <= value <= top:
                most = "" if math.isinf(top) else f" and at most {top:g}"
                raise InputError(f"The augmentation setting {item.name} must be at least 0{most}, not {value:g}.")

    def to_dict(self) -> dict[str, float]:
        """Plain numbers, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> AugmentSettings:
        """From the fields' own names; raises :class:`InputError` for unknown names and impossible values."""
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(str(name)[:40] for name in set(values) - known)
        if unknown:
            near = meant(unknown[0], known)
            raise InputError(
                f"There is no augmentation setting called {', '.join(unknown[:5])}{near}: check the spelling."
            )
        settings = cls(**values)
        settings.validate()
        return settings


CHANGES = (
    *("x_flip", "quarter_turn", "integer_shift"),
    *("iso_scale", "rotate", "aniso_scale", "fractional_shift"),
    *("brightness", "contrast", "luma_flip", "hue", "saturation"),
    *("filter", "noise", "cutout"),
)
"""Every change, in the order in which they are made."""

_TOP = dict.fromkeys(CHANGES, 1.0) | {
    "integer_shift_max": 1.0,
    "iso_scale_octaves": 1.0,
    "aniso_scale_octaves": 1.0,
    "rotate_degrees": 180.0,
    "hue_degrees": 180.0,
    "cutout_size": 1.0,
}

_GROUPS = {
    "blit": CHANGES[:3],
    "geom": CHANGES[3:7],
    "color": CHANGES[7:12],
    "filter": ("filter",),
    "noise": ("noise",),
    "cutout": ("cutout",),
}


def _pipeline(*groups: str) -> AugmentSettings:
    return AugmentSettings(**{change: 1.0 for group in groups for change in _GROUPS[group]})


def ct_pipeline() -> AugmentSettings:
    """What the anatomy of a CT slice tolerates.

    - No flips and no quarter turns: the liver lies on the right and the table below, and once p comes near 1
      augmentations leak into the made images, so a generator would invent a situs inversus and call it normal.
    - No luma flip: air is not brighter than bone.
    - No cutout and no filtering: a grey square or a missing band of frequencies is what the reader is to be shown.
    - Shift (standard deviation 4% of the image), scale (7%), stretch (3.5%) and two tilts of up to 10 degrees: how
      patients lie and how they differ in size.
    - Brightness (0.05, at a window of 350 HU 9 HU) and contrast (7%): the spread of contrast phases and scanners;
      noise (0.03, 5 HU): dose.

    The changes are mild, so that p rises higher than with ``bgc`` before the discriminator stops overfitting; should
    they leak, the made slices are a little turned or noisy but still anatomy.
    """
    return AugmentSettings(
        iso_scale=1.0,
        rotate=1.0,
        aniso_scale=1.0,
        fractional_shift=1.0,
        brightness=1.0,
        contrast=1.0,
        noise=1.0,
        iso_scale_octaves=0.1,
        rotate_degrees=10.0,
        aniso_scale_octaves=0.05,
        fractional_shift_std=0.04,
        brightness_std=0.05,
        contrast_octaves=0.1,
        noise_std=0.03,
    )


PIPELINES: dict[str, AugmentSettings] = {
    **{group: _pipeline(group) for group in _GROUPS},
    "bg": _pipeline("blit", "geom"),
    "bgc": _pipeline("blit", "geom", "color"),
    "bgcf": _pipeline("blit", "geom", "color", "filter"),
    "bgcfn": _pipeline("blit", "geom", "color", "filter", "noise"),
    "bgcfnc": _pipeline("blit", "geom", "color", "filter", "noise", "cutout"),
    VOLUME_PIPELINE: ct_pipeline(),
}
"""The pipelines by the names that the option ``--augpipe`` takes; the letters stand for the groups."""
