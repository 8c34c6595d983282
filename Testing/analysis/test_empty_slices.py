"""Slices that hold nobody, or only a part of somebody: they are passed over, and the others score as without them."""

from __future__ import annotations

import numpy as np
import pytest
from analysis import small

from GANAnomalyLib import run, write_volume
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.results.result import notes_of
from GANAnomalyLib.volume import AxialStack, Volume, find_body, read_volume
from GANAnomalyLib.volume.orient import AxialStack as Stack

COUNT = 8


@pytest.fixture(scope="module")
def torso() -> Volume:
    """Eight slices with a dense thing in one of them, in whole Hounsfield units."""
    volume = small.torso_crop(60, COUNT)
    voxels = volume.voxels.copy()
    voxels[4, 20:24, 25:29] = 1500
    return Volume(voxels, volume.ijk_to_ras)


@pytest.fixture
def analysed(tmp_path, ask):
    """Analyse a volume with the model that sees each slice's own body; the result."""

    def analyse(volume: Volume, name: str, **changes):
        path = write_volume(volume, tmp_path / f"{name}.nii.gz")
        return run(ask(**{"input": path, "output": tmp_path / name, "model": "each", "steps": 0, **changes}))

    return analyse


def with_slices(volume: Volume, planes: dict[int, np.ndarray | float]) -> Volume:
    """A volume with further slices, by the number that each then has, ascending."""
    voxels = list(volume.voxels)
    for number, plane in planes.items():
        voxels.insert(number, np.full_like(voxels[0], plane) if np.isscalar(plane) else plane)
    return Volume(np.stack(voxels), volume.ijk_to_ras)


def table_only(volume: Volume) -> np.ndarray:
    """A slice with air, and a table as thin as the torso's own."""
    plane = np.random.default_rng(1).normal(-1000, 10, volume.voxels.shape[1:]).astype(volume.voxels.dtype)
    plane[3:5, 10:50] = 100
    return plane


def scores(result, first: int = 0) -> list[tuple]:
    return [(row["slice"] - first, round(row["patch_score"], 4), round(row["score"], 4)) for row in result.scores]


def codes(result) -> dict[str, dict]:
    return {note.code: note.values for note in notes_of(result.manifest) if hasattr(note, "code")}


@pytest.mark.parametrize("value", [-1024, -3024, 0, 60])
def test_slices_of_one_value_before_and_after_change_nothing(torso, analysed, value):
    plain = analysed(torso, "plain")
    padded = with_slices(torso, {0: value, 1: value, COUNT + 2: value})
    result = analysed(padded, "padded")
    assert scores(result, first=2) == scores(plain)
    assert [finding.score for finding in result.findings] == [finding.score for finding in plain.findings]
    assert codes(result)["slices_without_body"] == {"count": 3, "where": "0-1, 10"}
    assert "gap_in_scan" not in codes(result)
    heat = Stack.from_volume(read_volume(result.path("heatmap"), allow_any=True)).slices
    assert not heat[[0, 1, 10]].any()
    assert heat[2:10].any()


def test_a_blank_slice_and_one_with_the_table_only_in_the_middle_are_a_gap(torso, analysed):
    result = analysed(with_slices(torso, {3: -1024, 5: table_only(torso)}), "gap")
    assert codes(result)["gap_in_scan"] == {"where": "3, 5"}
    assert codes(result)["slices_without_body"]["count"] == 2
    assert [row["slice"] for row in result.scores] == [0, 1, 2, 4, 6, 7, 8, 9]


def test_a_slice_scores_the_same_alone_and_among_others(torso, analysed):
    together = analysed(torso, "together")
    alone = analysed(part(torso, 2, 5), "alone")
    assert scores(alone) == [(n - 2, *rest) for n, *rest in scores(together)[2:5]]


def part(volume: Volume, first: int, stop: int) -> Volume:
    matrix = volume.ijk_to_ras.copy()
    matrix[:3, 3] = volume.ras(np.array([0, 0, first]))
    return Volume(np.ascontiguousarray(volume.voxels[first:stop]), matrix)


@pytest.mark.parametrize("fill", [-1024, 0])
def test_nothing_is_found_where_a_circle_cuts_the_body(torso, analysed, fill):
    stack = AxialStack.from_volume(torso)
    rows, columns = np.indices(stack.slices.shape[1:])
    beyond = (rows - 25) ** 2 + (columns - 30) ** 2 > 21**2
    cut = torso.like(stack.to_voxels(np.where(beyond, fill, stack.slices)))
    result = analysed(cut, "cut", region="full")
    assert codes(result)["body_cut"]["count"] == COUNT
    heat = AxialStack.from_volume(read_volume(result.path("heatmap"), allow_any=True)).slices
    hot = heat > 0.5 * heat.max()
    assert hot.any()
    # Half a patch of the network (6 of 32 pixels) may reach over the border.
    assert not hot[:, (rows - 25) ** 2 + (columns - 30) ** 2 > 27**2].any()


def test_less_body_than_the_model_was_made_on_is_not_scored(torso, analysed, model_folder, monkeypatch, tmp_path):
    area = find_body(AxialStack.from_volume(torso).slices, -125, (3.0, 6.0, 6.0)).area_cm2
    card = ModelCard.read(model_folder / "each.json")
    card.least_body_cm2 = float(np.sort(area)[2])
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "each.safetensors").write_bytes((model_folder / "each.safetensors").read_bytes())
    card.write(folder / "each.json")
    monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
    result = analysed(torso, "less")
    assert len(result.scores) == COUNT - 2
    # Where no slice holds as much, what there is of a body is scored rather than nothing.
    card.least_body_cm2 = 10_000.0
    card.write(folder / "each.json")
    assert len(analysed(torso, "all").scores) == COUNT


def test_slices_that_all_hold_nobody_are_refused_or_analysed_whole(torso, analysed):
    nobody = torso.like(np.where(torso.voxels > -200, -1000, torso.voxels))
    assert "no_body" in codes(analysed(nobody, "nobody"))
    with pytest.raises(InputError, match="No body was found"):
        analysed(nobody, "refused", region="body")
