"""Which trainers there are: ours by a table, other packages' by an entry point.

As with detectors (:mod:`GANAnomalyLib.detectors.kinds`) a trainer is told without importing torch: its package's
``__init__`` holds a :class:`TrainerKind` named ``TRAINER`` and imports nothing heavy. Another package brings one by the
entry point group ``gananomaly.trainers``, as ``name = "package.module:TRAINER"``.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from GANAnomalyLib.detectors.needs import needing
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.plugins import brought
from GANAnomalyLib.spelling import meant

if TYPE_CHECKING:
    from .loop.trainer import Trainer
    from .loop.trainer_settings import TrainerSettings

GROUP = "gananomaly.trainers"
BUILT_IN = (
    "anoddpm",
    "autoddpm",
    "cevae",
    "classifier",
    "encoder",
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
class TrainerKind:
    """One trainer.

    ``name`` is what ``gananomaly train`` calls it; ``title`` is for lists. ``package`` is the dotted name of the folder
    that holds (see ``loop/README.md``):

    - ``settings.SETTINGS``, the :class:`~.loop.trainer_settings.TrainerSettings`, cheap to import;
    - ``trainer.TASK``, the :class:`~.loop.trainer.Trainer`.

    ``own_command`` says that its command is written for it; mostly it has neither, but a loop task of its own.
    """

    name: str
    title: str
    package: str
    own_command: bool = False

    @property
    def settings(self) -> type[TrainerSettings]:
        """The settings' class; cheap to import."""
        return importlib.import_module(f"{self.package}.settings").SETTINGS

    @property
    def task(self) -> type[Trainer]:
        """The trainer's class; imports torch. Raises :class:`InputError` where what only some need is not installed."""
        with needing(self.title):
            return importlib.import_module(f"{self.package}.trainer").TASK


@lru_cache(maxsize=1)
def trainer_kinds() -> dict[str, TrainerKind]:
    """All trainers by name, ours first. A package that cannot be imported is passed over, and the log says so."""
    kinds = {name: importlib.import_module(f"{_PACKAGE}.{name}").TRAINER for name in BUILT_IN}
    for kind in brought(GROUP, TrainerKind, "trainer"):
        kinds.setdefault(kind.name, kind)
    return kinds


def find_trainer(name: str) -> TrainerKind:
    """A trainer by name; raises :class:`InputError` naming those that exist."""
    kind = trainer_kinds().get(name)
    if kind is None:
        known = sorted(trainer_kinds())
        raise InputError(f"There is no trainer {name!r}{meant(name, known)}; there are: {', '.join(known)}.")
    return kind
