"""The one-page picture: whole, drawn without side effects, and showing the right place."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from example_result import make_result, tilted
from PIL import Image

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.pictures import write_summary
from GANAnomalyLib.pictures.manifest_facts import model_name, window_level
from GANAnomalyLib.pictures.summary import _Page
from GANAnomalyLib.results.colours import finding_colour, grey
from GANAnomalyLib.volume.volume import Volume

pytest.importorskip("matplotlib")


def _pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_shows_the_findings_in_their_colours(result, volume, tmp_path):
    write_summary(result, volume, tmp_path / "summary.png")
    picture = _pixels(tmp_path / "summary.png")
    assert picture.shape == (1248, 1560, 3)
    for number in range(len(result.findings)):
        near = np.abs(picture - np.array(finding_colour(number)) * 255).max(axis=-1) < 16
        assert near.sum() > 20, number
    assert [path.name for path in tmp_path.iterdir()] == ["summary.png"]


def test_the_same_result_gives_the_same_picture(result, volume, tmp_path):
    for name in ("a.png", "b.png"):
        write_summary(result, volume, tmp_path / name, title="Torso")
    assert np.array_equal(_pixels(tmp_path / "a.png"), _pixels(tmp_path / "b.png"))


@pytest.mark.parametrize("oblique", [False, True])
def test_a_box_frames_its_finding_on_the_slice(volume, tmp_path, oblique):
    place = tilted(volume) if oblique else volume
    page = _Page(make_result(tmp_path, place), place)
    for finding in page.findings:
        row, column, height, width = (round(value + 0.5) for value in page.box(finding))
        (i0, i1), (j0, j1), (k0, k1) = finding.box_ijk
        shown = page.stack.slices[finding.slice][row : row + round(height), column : column + round(width)]
        k = round(float(page.stack.stack_to_ijk([finding.slice, 0, 0])[2]))
        assert k0 <= k < k1
        assert sorted(shown.ravel()) == sorted(place.voxels[k, j0:j1, i0:i1].ravel())


def test_a_result_without_findings_and_one_slice_can_be_drawn(volume, tmp_path):
    single = Volume(volume.voxels[30:31], volume.ijk_to_ras, "CT")
    write_summary(make_result(tmp_path / "none", single, top=0), single, tmp_path / "none.png")
    write_summary(make_result(tmp_path / "one", single, top=1), single, tmp_path / "one.png")
    assert _pixels(tmp_path / "none.png").shape == _pixels(tmp_path / "one.png").shape


def test_many_findings_fit_on_the_page(result, volume, tmp_path):
    many = [dataclasses.replace(f, rank=n + 1) for n, f in enumerate(result.findings * 5)]
    write_summary(dataclasses.replace(result, findings=many), volume, tmp_path / "many.png")
    # Nothing runs into the line at the foot of the page.
    foot = _pixels(tmp_path / "many.png")[1201:1209]
    assert (foot == foot[0, 0]).all()


def test_drawing_leaves_pyplot_alone(result, tmp_path):
    code = (
        "import sys; from example_result import pelvis; from GANAnomalyLib import AnalysisResult;"
        "from GANAnomalyLib.pictures import write_summary;"
        "write_summary(AnalysisResult.read(sys.argv[1]), pelvis(), sys.argv[2]);"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    paths = [path for path in sys.path if path]
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:0] = {paths!r}; {code}",
            str(result.folder),
            str(tmp_path / "x.png"),
        ],
        check=True,
    )


def test_another_volume_is_refused_and_nothing_is_written(result, volume, tmp_path):
    with pytest.raises(InputError, match="another volume"):
        write_summary(result, tilted(volume), tmp_path / "summary.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_gives_a_sentence(result, volume, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(GANAnomalyError, match="cannot be written"):
        write_summary(result, volume, tmp_path / "file" / "summary.png")


def test_facts_fall_back_where_a_manifest_is_silent(result):
    silent = dataclasses.replace(result, manifest={"schema_version": 1}, findings=[])
    assert window_level(silent) == (350.0, 50.0)
    assert model_name(silent) == "unknown model"
    asked = dataclasses.replace(result, manifest={"request": {"window": 1500, "level": -600, "model": "lung"}})
    assert window_level(asked) == (1500.0, -600.0)
    assert model_name(asked) == "lung"


def test_page_shows_the_top_findings_slice_through_the_window(result, volume):
    page = _Page(result, volume)
    assert page.slice == result.findings[0].slice
    assert np.array_equal(page.picture(page.slice), grey(page.stack.slices[page.slice], 350, 50))
