"""Which kinds of detector there are: ours by a table, other packages' by an entry point.

A kind is told without importing torch, as menus and ``--help`` need it: its package's ``__init__`` holds a
:class:`DetectorKind` named ``KIND`` and imports nothing heavy. Another package brings one by the entry point group
``gananomaly.detectors``, as ``name = "package.module:KIND"``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..running.plugins import brought
from ..spelling import meant
from .needs import needing

if TYPE_CHECKING:
    from .base import Detector
    from .settings import Settings

GROUP = "gananomaly.detectors"
BUILT_IN = (
    "anoddpm",
    "autoddpm",
    "baseline",
    "cevae",
    "fanogan",
    "ltm",
    "mae",
    "memory",
    "morphaeus",
    "patched_ddpm",
    "phanes",
    "picard",
    "ra",
    "scorer",
    "sivae",
    "stylegan2",
    "vae",
    "vqvae",
)
_PACKAGE = __name__.rpartition(".")[0]


@dataclass(frozen=True)
class DetectorKind:
    """One kind of detector and of the models it explains with.

    ``name`` stands on the cards of its models and is what requests say; ``title`` is for menus. ``package`` is the
    dotted name of the folder that holds ``load.py``, ``detector.py`` and ``settings.py`` (see ``README.md`` there):

    - ``load.load_model(path, card, device)`` reads a model file with its card;
    - ``load.load_published(path, device)`` (may be missing) reads what others publish, None where it is not theirs;
    - ``load.convert_published(source, destination, card, which, force)`` (may be missing) makes a model file of it;
    - ``detector.DETECTOR`` is the :class:`~.base.Detector`;
    - ``settings.SETTINGS`` is the :class:`~.settings.Settings` that a request's settings are read into.

    ``own_scores`` says that the detector scores windows itself, so that metric and patch size mean nothing to it;
    ``own_map`` that it gives an anomaly map whose patches are scored for it, which is own scores, too;
    ``map_setting`` names a setting that makes it give one where it is above 0: the request's, else the card's.
    ``published_mode`` that it knows the mode "reference", ``searches`` that it searches in steps, which a request may
    number. ``needs`` are the packages that only some kinds need, as pip requirements.
    """

    name: str
    title: str
    package: str
    own_scores: bool = False
    own_map: bool = False
    map_setting: str = ""
    published_mode: bool = False
    searches: bool = False
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.own_map and not self.own_scores:
            raise ValueError(f"The detector {self.name} has a map of its own, and so scores of its own.")

    def maps(self, recommended: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> bool:
        """Whether it gives a map whose patches are scored for it, by what a card recommends and a request sets."""
        if not self.map_setting:
            return self.own_map
        given = (settings or {}).get(self.map_setting)
        value = recommended.get(self.map_setting) if given is None else given
        return self.own_map or (isinstance(value, int | float) and value > 0)

    def scores_itself(self, recommended: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> bool:
        """Whether metric and patch size mean nothing to it, by what a card recommends and a request sets."""
        return self.own_scores or self.maps(recommended, settings)

    def module(self, name: str) -> ModuleType:
        """One of the package's files; raises :class:`InputError` where what only some kinds need is not installed."""
        with needing(self.title):
            return importlib.import_module(f"{self.package}.{name}")

    @property
    def detector(self) -> type[Detector]:
        """The detector's class; imports torch."""
        detector: type[Detector] = self.module("detector").DETECTOR
        return detector

    @property
    def settings(self) -> type[Settings]:
        """The settings' class; cheap to import."""
        settings: type[Settings] = self.module("settings").SETTINGS
        return settings


@lru_cache(maxsize=1)
def detector_kinds() -> dict[str, DetectorKind]:
    """All kinds by name, ours first. A package that cannot be imported is passed over, and the log says so."""
    kinds = {name: importlib.import_module(f"{_PACKAGE}.{name}").KIND for name in BUILT_IN}
    for kind in brought(GROUP, DetectorKind, "detector"):
        kinds.setdefault(kind.name, kind)
    return kinds


def detector_names() -> tuple[str, ...]:
    """The names of all kinds, sorted."""
    return tuple(sorted(detector_kinds()))


def find_kind(name: str) -> DetectorKind:
    """A kind by name; raises :class:`InputError` naming those that exist."""
    kind = detector_kinds().get(name)
    if kind is None:
        known = detector_names()
        said = f"There is no detector {name!r}{meant(name, known)}; there are: {', '.join(known)}."
        raise InputError(said, field="detector", values={"given": name, "choices": list(known)})
    return kind


def needs_of(model: str) -> tuple[str, ...]:
    """The further packages that a model needs, by its name or path, as pip requirements; without torch.

    () for one that has no card, or a kind that is not known. Raises :class:`InputError` where there is no such model.
    """
    from ..models.card import ModelCard
    from ..models.registry import find_model
    from ..models.store import card_path

    card = card_path(find_model(model))
    kind = detector_kinds().get(ModelCard.read(card).kind) if card.is_file() else None
    return () if kind is None else kind.needs
