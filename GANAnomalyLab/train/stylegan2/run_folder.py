"""Where the files of a run lie, and what its folder is called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_json
from GANAnomalyLib.files.reading import read_object

from .stylegan2_config import ResolvedConfig
from .stylegan2_options import TrainOptions

OPTIONS = "options.json"
_RUN = re.compile(r"(\d{5,9})-.*")


def is_run(path: Path | str | None) -> bool:
    """Whether a folder is a run's."""
    return path is not None and (Path(path) / OPTIONS).is_file()


def run_name(options: TrainOptions, config: ResolvedConfig, begins_from: str = "") -> str:
    """What a run is called, without its number: the data, then every option that was not left as it is.

    As users of the published trainer know it: ``liver-mirror-auto1-gamma10-batch16-noaug``.
    """
    data = Path(options.data).resolve().name.split(".")[0] if options.data else ""
    parts = [re.sub(r"[^A-Za-z0-9_]+", "_", data)[:40].strip("_") or "data"]
    parts += ["cond"] if config.labels else []
    parts += [f"subset{options.subset}"] if options.subset else []
    parts += ["mirror"] if options.mirror else []
    parts += [f"{options.cfg}{config.gpus}" if options.cfg == "auto" else options.cfg]
    for name in ("gamma", "kimg", "batch", "fmaps", "lr"):
        value = getattr(options, name)
        parts += [] if value is None else [f"{name}{value:.3g}"]
    parts += [] if options.encoder == "none" else ["encoder"]
    parts += ["domain"] if options.domain_loss else []
    parts += [] if options.privacy == "none" else [options.privacy]
    parts += [] if options.aug == "ada" else [options.aug]
    parts += [] if options.p is None else [f"p{options.p:g}"]
    parts += [] if options.target is None else [f"target{options.target:g}"]
    parts += [] if options.augpipe is None else [options.augpipe]
    parts += [f"resume{begins_from}"] if begins_from else []
    parts += [f"freezed{options.freezed}"] if options.freezed else []
    return "-".join(parts)[:160]


def new_run(outdir: Path, name: str) -> Path:
    """Make the next run's folder, ``00000-name``; raises :class:`InputError` where it cannot be made."""
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        while True:
            numbers = [int(match[1]) for match in map(_RUN.fullmatch, (p.name for p in outdir.iterdir())) if match]
            folder = outdir / f"{max(numbers, default=-1) + 1:05d}-{name}"
            try:
                folder.mkdir()
                return folder
            except FileExistsError:  # another run began at this moment
                continue
    except OSError as error:
        raise InputError(
            f"No run can be written to {outdir}: check that it is a folder with room, or choose another --outdir.",
            str(error),
        ) from error


def write_options(folder: Path, options: TrainOptions, config: ResolvedConfig, facts: dict[str, Any]) -> None:
    """Write ``options.json``: what was asked for, what it became, and facts about the data."""
    content = {"options": options.to_dict(), "resolved": config.to_dict(), "data": facts}
    write_json(folder / OPTIONS, content, "the run's options", sync=True)


def read_options(folder: Path) -> tuple[TrainOptions, ResolvedConfig, dict[str, Any]]:
    """The inverse of :func:`write_options`; raises :class:`InputError` when the file is damaged."""
    path = folder / OPTIONS
    try:
        content = read_object(path)
        return (
            TrainOptions.from_dict(content["options"]),
            ResolvedConfig.from_dict(content["resolved"]),
            content["data"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path.name} of the run {folder.name} cannot be read: begin another run.", str(error)
        ) from error
