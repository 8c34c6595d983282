"""Commands that write to a folder refuse one that another process writes to, before they do anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from files.holder import holder

from GANAnomalyLib.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
CT = ROOT / "Testing" / "data" / "aorta_small.nii.gz"


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A folder that another process writes to."""
    folder = tmp_path_factory.mktemp("held") / "results"
    with holder(folder) as process:
        yield folder
        process.communicate("")
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", CT],
        ["batch", CT],
        ["demo"],
        ["simulate", CT, "--kind", "needle"],
        ["evaluate", "detection", "--baseline", "a.csv", "--anomaly", "b.csv"],
        ["evaluate", "study", "--baseline", CT, "--anomaly", f"x={CT}"],
        ["generate", "--model", "demo", "--seeds", "1"],
        ["project", "demo", CT],
        ["dataset", "to-png", CT],
        ["train", "picard", "--data", CT.parent],
        ["benchmark"],
    ],
    ids=lambda arguments: "-".join(map(str, arguments[:2])).split("/")[0],
)
def test_refused_at_once(held, arguments):
    done = CliRunner().invoke(app, [*map(str, arguments), "--out", str(held)])
    assert "is being written to by process" in done.stderr, done.output
    assert "(gananomaly batch, since" in done.stderr
    assert done.exit_code == 2
    assert not held.exists()
