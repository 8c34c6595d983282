"""From a request's settings, the mode and the model's card to the settings of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import InputError
from ..base import DetectorOptions
from .heatmaps.heatmap_settings import PicardSettings
from .settings import DISTANCES, NAMES, SCORES, SPACES, PicardRequest

_BY_MODE: dict[str, dict[str, Any]] = {
    "fast": {"mode": "adaptive", "border": True, "skip_background": True},
    "reference": {"mode": "exact", "border": False, "skip_background": False},
}
_FIRST = {"metric": DISTANCES[0], "space": SPACES[0]}


def picard_settings(options: DetectorOptions, recommended: object = None) -> PicardSettings:
    """The settings of a run: what the user gave, else what the mode and the model's card (``recommended``) say.

    ``metric`` is "mcd", "mean_cd" or "med_cd", ``space`` "image" or "feature"; ``score`` is for :func:`picard_score`;
    the others are those of :class:`PicardSettings`. In the fast mode a mean or median makes the run exact, as they
    need all completions. Raises :class:`InputError` for unknown names and values that cannot be.
    """
    PicardRequest.read(options.settings)
    given = dict(options.settings)
    if recommended is not None and not isinstance(recommended, Mapping):
        raise InputError("The model's card recommends settings that cannot be read: get the model again.")
    chosen = {**_BY_MODE[options.mode], **_known(recommended or {})}
    if options.mode == "reference":
        chosen.update(_BY_MODE["reference"])
    chosen.update(given)
    chosen.pop("score", None)
    if options.steps is not None:
        chosen["completions"] = options.steps
    metric, space = (_checked(name, chosen.pop(name, first)) for name, first in _FIRST.items())
    if metric != DISTANCES[0] and "mode" not in given:
        chosen["mode"] = "exact"
    layers = _checked("drop_layers", chosen.pop("drop_layers", None))
    return PicardSettings(
        **chosen, drop_layers=layers, metrics=(f"{metric}_{space}",), batch=options.batch, seed=options.seed
    )


def picard_score(options: DetectorOptions, recommended: object = None) -> str:
    """Which of :data:`SCORES` a run gives: the user's; the published one where the user chose its distance or its
    procedure; else what the model's card recommends.

    Raises :class:`InputError` for a name that is neither.
    """
    given = options.settings
    if "score" in given:
        score = given["score"]
    elif options.mode == "reference" or {"metric", "space"} & set(given):
        score = SCORES[0]
    else:
        score = recommended.get("score", SCORES[0]) if isinstance(recommended, Mapping) else SCORES[0]
    named: str = _checked("score", score)
    return named


def _checked(name: str, value: Any) -> Any:
    """Cards are checked as requests are."""
    return PicardRequest.options()[name].check(value)


def _known(recommended: Mapping[str, Any]) -> dict[str, Any]:
    """What a card recommends, as far as this version knows it; of a published list of metrics the first one."""
    chosen = {name: value for name, value in recommended.items() if name in NAMES}
    for listed in _listed(recommended.get("metrics")):
        # Published lists write "MCD", others "mcd_image".
        said = "".join(letter for letter in str(listed).lower() if letter.isalpha())
        for distance in DISTANCES:
            short = distance.replace("_", "")
            if said.startswith(short) and said[len(short) :] in ("", *SPACES):
                return {"metric": distance, "space": said[len(short) :] or SPACES[0], **chosen}
    return chosen


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (None,)
