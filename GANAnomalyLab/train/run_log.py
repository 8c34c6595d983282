"""The log of a run: a JSON object a line, and TensorBoard where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.files import write_text
from GANAnomalyLib.files.reading import read_json_lines


class RunLog:
    """Rows of a run, such as means of its losses, in ``file`` and (``tensorboard``) in ``tensorboard/``.

    ``clock`` names what a line is dated with; lines after ``begin`` on it are forgotten, for a run that goes on from
    there writes them again. ``note`` says why TensorBoard is not written to, or is "".
    """

    def __init__(
        self, folder: Path, begin: int, tensorboard: bool = True, file: str = "log.jsonl", clock: str = "iteration"
    ) -> None:
        self.path, self.clock = folder / file, clock
        self.note = ""
        cut_log(self.path, clock, begin)
        self._writer = self._open(folder / "tensorboard", begin) if tensorboard else None

    def write(self, now: int, values: dict[str, Any]) -> None:
        """Append a line; numbers also go to TensorBoard."""
        row: dict[str, Any] = {self.clock: now}
        row.update({name: float(f"{v:.6g}") if isinstance(v, float) else v for name, v in values.items()})
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if self._writer is not None:
            for name, value in values.items():
                if isinstance(value, int | float):
                    self._writer.add_scalar(name, value, now)

    def picture(self, now: int, grid: np.ndarray) -> None:
        """A sample grid (H, W) or (H, W, 3) uint8 for TensorBoard."""
        if self._writer is not None:
            self._writer.add_image("samples", grid, now, dataformats="HW" if grid.ndim == 2 else "HWC")

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _open(self, folder: Path, begin: int) -> Any:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self.note = f"TensorBoard is not installed here: the log is {self.path.name} only."
            return None
        return SummaryWriter(str(folder), purge_step=begin + 1 if begin else None)


def read_log(path: Path) -> list[dict[str, Any]]:
    """The rows of a log that are whole; a kill may have cut the last one."""
    return read_json_lines(path) if path.is_file() else []


def cut_log(path: Path, clock: str, begin: float) -> None:
    """Forget what was logged after the snapshot that a run goes on from: it will be logged again."""
    rows = [row for row in read_log(path) if begin and _is_at_most(row.get(clock), begin)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    write_text(path, text, "the log", sync=True)


def _is_at_most(value: Any, begin: float) -> bool:
    return isinstance(value, int | float) and value <= begin
