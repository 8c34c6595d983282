"""What a training run's folder holds: its models, and what was measured of each."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.store import SUFFIX, card_path

from .loop.run_files import MODEL, models
from .run_log import read_log

_METRIC = re.compile(r"metric-([A-Za-z0-9_.+-]{1,80})\.jsonl")
NEWEST, BEST = "newest", "best"
_SHARES = ("precision", "recall", "density", "coverage", "auroc", "ssim")


@dataclass(frozen=True)
class Measured:
    """One number of one snapshot. ``name`` is of the number, ``metric`` of what it was measured with."""

    name: str
    metric: str
    snapshot: str
    kimg: float
    value: float

    @property
    def higher_is_better(self) -> bool:
        """Shares such as precision, and the inception score, are better when higher, distances when lower."""
        return higher_is_better(self.name)


def higher_is_better(name: str) -> bool:
    """Whether a number of this name is better when higher."""
    return bool(re.match(r"(pr|is)(\d|_|$)", name)) or name.endswith(_SHARES)


def snapshots(run: Path | str) -> list[Path]:
    """The models of a run, oldest first; of a trainer that keeps none on the way, the finished one.

    Raises :class:`InputError` when the folder is no run with models.
    """
    folder = Path(run)
    try:
        names = os.listdir(folder)
    except OSError as error:
        raise InputError(f"{folder} is not a run's folder that can be read: check the path.", str(error)) from error
    known = models(folder)
    if not known:
        found = sorted(folder / name for name in names if name.endswith(SUFFIX))
        known = [path for path in found if card_path(path).is_file()]
    if not known:
        raise InputError(
            f"{folder} holds no model (snapshot-000200.safetensors): give the folder of a gananomaly train run that "
            "has made one."
        )
    return sorted(known, key=_number)


def _number(path: Path) -> tuple[int, float]:
    """The number in a snapshot's name; a finished model that has none counts by its time."""
    match = MODEL.fullmatch(path.name)
    return (int(match[1]), 0.0) if match else (-1, path.stat().st_mtime)


def measurements(run: Path | str) -> list[Measured]:
    """All that was measured in a run, in the order of its files' names; lines that are not whole are passed over.

    Of two lines for one snapshot the later counts: a run that went on measured it again.
    """
    found: dict[tuple[str, str], Measured] = {}
    try:
        names = sorted(os.listdir(run))
    except OSError as error:
        raise InputError(f"{run} is not a run's folder that can be read: check the path.", str(error)) from error
    for match in filter(None, map(_METRIC.fullmatch, names)):
        try:
            rows = read_log(Path(run) / match[0])
        except InputError as error:
            raise InputError(f"{match[0]} of the run cannot be read: delete it, or mend it.", str(error)) from error
        for row in rows:
            for item in _measured(row, match[1]):
                found[item.name, item.snapshot] = item
    return list(found.values())


def best(run: Path | str, metric: str | None = None) -> list[Measured]:
    """The best snapshot by each number (by those of ``metric``, a metric's or a number's name).

    A snapshot whose file is gone is no candidate. Raises :class:`InputError` when nothing was measured.
    """
    known = measurements(run)
    there = {path.name for path in snapshots(run)}
    candidates = [item for item in known if item.snapshot in there]
    if metric is not None:
        candidates = [item for item in candidates if metric in (item.name, item.metric)]
    if not candidates:
        names = sorted({item.name for item in known})
        if metric is not None and names:
            raise InputError(f"Nothing called {metric} was measured of this run's models; there is {', '.join(names)}.")
        raise InputError(
            f"{Path(run).name} holds no measured quality of its models (metric-*.jsonl): train with --metrics, or "
            "measure snapshots with gananomaly metrics."
        )
    winners: dict[str, Measured] = {}
    for item in candidates:
        other = winners.get(item.name)
        if other is None or (item.value > other.value if item.higher_is_better else item.value < other.value):
            winners[item.name] = item
    return list(winners.values())


def find_snapshot(run: Path | str, which: str = NEWEST, metric: str | None = None) -> Path:
    """One model of a run: "newest", "best" (by ``metric``, or by the only one there is), or a number of kimg.

    Raises :class:`InputError` when there is none such, or when several metrics name different best ones.
    """
    paths = snapshots(run)
    if which == NEWEST:
        return paths[-1]
    if which == BEST:
        winners = best(run, metric)
        names = sorted({item.snapshot for item in winners if not item.name.endswith(_LESSER)} or {winners[0].snapshot})
        if len(names) > 1:
            by = ", ".join(f"{item.name} ({item.snapshot})" for item in winners)
            raise InputError(f"The best snapshot depends on what is asked: {by}; choose with --metric.")
        return Path(run) / names[0]
    number = re.fullmatch(r"(?:snapshot-)?(\d{1,12})(?:\.safetensors)?", which)
    for path in paths:
        if number and _number(path)[0] == int(number[1]):
            return path
    last = ", ".join(str(_number(path)[0]) for path in paths[-8:] if _number(path)[0] >= 0)
    of = f", or one of {last}" if last else ""
    raise InputError(f"This run has no snapshot {which}: give newest, best{of}.")


_LESSER = ("_steady", "_recall", "_density", "_coverage")
"""Numbers that go with another one and do not choose a snapshot by themselves."""
_SPREAD = "_std"
"""How a number ends that says how sure another one is."""


def _measured(row: Any, metric: str) -> list[Measured]:
    """The numbers of one line; none of a line that is not one."""
    if not isinstance(row, dict) or not isinstance(row.get("results"), dict):
        return []
    name, kimg = row.get("snapshot"), row.get("kimg")
    match = MODEL.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        return []
    kimg = float(kimg) if isinstance(kimg, int | float) and math.isfinite(kimg) else float(match[1])
    return [
        Measured(str(key), metric, match[0], kimg, float(value))
        for key, value in row["results"].items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not str(key).endswith(_SPREAD)
    ]
