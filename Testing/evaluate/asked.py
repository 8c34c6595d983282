"""``gananomaly`` as a test asks it."""

from __future__ import annotations

import csv
from pathlib import Path

from click.testing import CliRunner, Result

from GANAnomalyLib.cli.app import app


def gananomaly(*arguments) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def evaluate(*arguments) -> Result:
    return gananomaly("evaluate", *arguments)


def refused(done: Result, words: str) -> None:
    """Bad input is one sentence and exit code 2."""
    assert done.exit_code == 2, done.output
    (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("gananomaly:")]
    assert words in sentence


def rows_of(path: Path) -> list[dict[str, str]]:
    """A table's rows."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
