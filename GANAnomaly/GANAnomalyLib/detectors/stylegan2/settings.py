"""The StyleGAN2 detector's own settings, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import InputError, option
from ...files.typed_values import Named
from ..settings import Settings, setting

if TYPE_CHECKING:
    import numpy as np

LATENTS = ("w", "w+")
_FAST: dict[str, Any] = {"mode": "fast"}
_PUBLISHED: dict[str, Any] = {"mode": "reference"}


@dataclass
class StyleGAN2Settings(Settings):
    """Settings of one run; None where the request says nothing."""

    detector: ClassVar[str] = "stylegan2"
    MODE_HINTS: ClassVar[Mapping[str, str]] = {
        "fast": f"The setting {{name!r}} belongs to the published projection: add {option('mode', 'reference')}.",
        "reference": "The published projection has no setting {name!r}: leave it out, or use mode fast.",
    }

    learning_rate: float | None = setting("step size of the search in w", above=0, **_FAST)
    anchor_weight: float | None = setting("how strongly w is held near its start", low=0, **_FAST)
    stop: float | None = setting("relative progress at which the search ends", low=0, **_FAST)
    warp_steps: int | None = setting("steps of the smooth warp onto the slice; 0: none", low=0, **_FAST)
    warp_grid: int | None = setting("control points of the warp along a side", low=2, **_FAST)
    warp_smooth: float | None = setting("how smooth the warp has to be", low=0, **_FAST)
    grain_steps: int | None = setting(
        "steps that also fit noise maps: the published error, but faint anomalies are hidden", low=0, **_FAST
    )
    latent: str | None = setting("where to search: one w, or one a layer", choices=LATENTS, **_FAST)
    vgg16: Named | None = setting("torchvision's VGG16 weights, for perceptual features", **_PUBLISHED)
    optimise_noise: bool | None = setting("fit the noise maps too, as published (true)", **_PUBLISHED)
    class_index: int | None = setting("class of a model with classes", name="class", low=0, **_PUBLISHED)
    projections: Named | None = setting("folder for each slice's published files", **_PUBLISHED)
    save_video: Named | None = setting("film (.gif or .mp4) of one slice being projected")
    video_slice: int | None = setting("which slice to film; the first one where not given", low=0)

    def __post_init__(self) -> None:
        if self.save_video is not None:
            from .film import check_film

            check_film(Path(self.save_video))

    @property
    def fast(self) -> dict[str, Any]:
        """What was given for the fast projection, by the names of its settings."""
        values = {name: getattr(self, name) for name in FAST_ONLY}
        return {name: value for name, value in values.items() if value is not None}

    def label(self, classes: int) -> np.ndarray | None:
        """(classes,) float32, 1 at the chosen class of a network with ``classes`` classes; None for one without.

        Raises :class:`InputError` for a class that is missing or does not exist.
        """
        chosen = self.class_index
        if classes == 0:
            if chosen is not None:
                raise InputError("This model has no classes: leave the setting 'class' out.")
            return None
        if chosen is None or chosen >= classes:
            told = "say which one" if chosen is None else f"there is no class {chosen}"
            raise InputError(f"This model has {classes} classes, 0 to {classes - 1}: {told} with the setting 'class'.")
        import numpy

        one_hot: np.ndarray = numpy.eye(classes, dtype=numpy.float32)[chosen]
        return one_hot


SETTINGS = StyleGAN2Settings
FAST_ONLY = tuple(name for name, spec in StyleGAN2Settings.schema().items() if spec.mode == "fast")


def recommended_settings(fast: Any) -> dict[str, Any]:
    """What a model's card recommends for the fast projection, as far as this version knows it.

    Raises :class:`InputError` when it is not usable.
    """
    if not isinstance(fast, dict | None):
        raise InputError("The model's card recommends settings that cannot be read: get the model again.")
    known = {name: value for name, value in (fast or {}).items() if name in FAST_ONLY}
    return StyleGAN2Settings.read(known, "fast").fast
