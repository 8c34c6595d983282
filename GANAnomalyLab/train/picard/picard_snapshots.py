"""Snapshots of a run: the published pair of files an iteration, and beside it what it takes to go on exactly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from GANAnomalyLib.detectors.picard.load import PicardModel, read_folder
from GANAnomalyLib.errors import InputError

from ..loop.run_files import numbered
from ..loop.run_state import load_state, save_state
from .picard_trainer import PicardTrainer

_NAME = re.compile(r"state_(\d{1,12})\.pt")
KEPT_STATES = 2
"""Optimiser states are twice as large as the networks: only the last ones stay."""


def iterations(folder: Path) -> list[int]:
    """The iterations that a run can go on from, in order: those whose three files are all there."""
    found = [int(_NAME.fullmatch(path.name)[1]) for path in numbered(folder, _NAME)]  # type: ignore[index]
    return [n for n in found if all(_file(folder, part, n).is_file() for part in ("gen", "dis"))]


def write(folder: Path, trainer: PicardTrainer, extra: dict[str, Any]) -> None:
    """Write ``gen_%08d.pt``, ``dis_%08d.pt`` and ``state_%08d.pt``, each whole or not at all, the state last.

    ``extra`` holds plain values that :func:`read` gives back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = trainer.iteration
    critics = {"localD": trainer.local.state_dict(), "globalD": trainer.global_.state_dict()}
    contents = {"gen": trainer.inpainter.state_dict(), "dis": critics, "state": {**trainer.state(), "extra": extra}}
    for part, content in contents.items():
        save_state(_file(folder, part, number), content)
    _forget(folder, trainer.config.keep)


def read(folder: Path, trainer: PicardTrainer, iteration: int) -> dict[str, Any]:
    """Set a trainer to a snapshot; returns its ``extra``. Raises :class:`InputError` when it does not fit."""
    state = load_state(_file(folder, "state", iteration), ("extra",), "snapshot")
    fill(trainer, read_folder(folder, iteration))
    trainer.load_state(state)
    return dict(state["extra"])


def fill(trainer: PicardTrainer, model: PicardModel) -> None:
    """Take over the weights of a model of the same sizes; raises :class:`InputError` for other ones."""
    config = trainer.config
    if model.local is None or model.global_ is None:
        raise InputError("This checkpoint has no critics (dis_*.pt): training cannot go on from it.")
    found = (model.inpainter.channels, model.inpainter.ngf, model.local.ndf, model.window, model.hole)
    wanted = (config.channels, config.ngf, config.ndf, config.window, config.hole)
    for name, there, here in zip(("channels", "ngf", "ndf", "window", "hole"), found, wanted, strict=True):
        if there != here:
            raise InputError(
                f"The checkpoint to go on from has {name} {there}, this training {here}: make them the same."
            )
    for network, other in (
        (trainer.inpainter, model.inpainter),
        (trainer.local, model.local),
        (trainer.global_, model.global_),
    ):
        network.load_state_dict(other.state_dict())
        network.requires_grad_(True).train()
    trainer.iteration = max(model.iteration, 0)


def _forget(folder: Path, keep: int) -> None:
    known = iterations(folder)
    for number in known[:-KEPT_STATES]:
        _file(folder, "state", number).unlink(missing_ok=True)
    if keep:
        for path in sorted(folder.glob("gen_*.pt"))[:-keep]:
            for part in ("state", "dis", "gen"):
                path.with_name(path.name.replace("gen", part, 1)).unlink(missing_ok=True)


def _file(folder: Path, part: str, iteration: int) -> Path:
    return folder / f"{part}_{iteration:08d}.pt"
