"""``gananomaly review report`` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "scene"))
from example_result import hip, make_result

from GANAnomalyLib.cli.review_commands.report import command
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import write_volume


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A result and its image."""
    folder, image = tmp_path_factory.mktemp("report"), hip()
    write_volume(image, folder / "hip.nii.gz")
    return make_result(folder / "result", image, top=2).folder, folder / "hip.nii.gz"


def run(*arguments, machine=False):
    return CliRunner().invoke(command, [str(a) for a in arguments], obj=Session(json=machine), catch_exceptions=False)


def test_a_report_is_written(made, tmp_path):
    folder, image = made
    path = tmp_path / "a.html"
    done = run(folder, "--out", path, "--language", "de", "--paper", "letter", "--reader", "Ä. Ö", "--image", image)
    assert done.output == f"Written: {path}\n"
    page = path.read_text(encoding="utf-8")
    assert "Fallbericht" in page
    assert "Ä. Ö" in page
    told = json.loads(run(folder, "--out", path, "--image", image, "--force", "--json", machine=True).output)
    assert told == {"report": str(path), "bytes": path.stat().st_size}
    with pytest.raises(InputError, match="--force"):
        run(folder, "--out", path, "--image", image)


def test_what_is_not_offered(made, tmp_path):
    folder, _ = made
    assert run(folder, "--out", tmp_path / "a.pdf", "--language", "fr").exit_code == 2
    assert run(folder, "--out", tmp_path / "a.pdf", "--verdict", "fine").exit_code == 2
    assert list(tmp_path.iterdir()) == []
