"""The contact sheet of a batch: one tile a case, in order, in pages."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import weakref

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLib import CancelToken, write_volume
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.pictures import contact_sheet
from GANAnomalyLib.pictures.contact_sheet import write_contact_sheets
from GANAnomalyLib.pictures.tile import TILE, draw_tile
from GANAnomalyLib.results.result import AnalysisResult, Finding, finding_dict
from GANAnomalyLib.volume import Volume, read_volume

SHAPE = (5, 60, 80)
BOX = ((20, 30), (40, 50), (2, 4))


@pytest.fixture
def finished(tmp_path):
    """Write a CT (a body of 0 HU with a bright square in BOX) and a result that finds the square; its folder."""

    def make(name: str, score: float, findings: bool = True):
        voxels = np.full(SHAPE, -1000, np.int16)
        voxels[:, 10:55, 5:75] = 0
        (i0, i1), (j0, j1), (k0, k1) = BOX
        voxels[k0:k1, j0:j1, i0:i1] = 300
        # Columns of 2 mm, rows of 1 mm, stored as axial slices right to left, anterior to posterior.
        volume = Volume(voxels, np.diag([-2.0, -1.0, 3.0, 1.0]))
        path = write_volume(volume, tmp_path / "ct" / f"{name}.nrrd")
        folder = tmp_path / "results" / name
        heat = np.zeros(SHAPE, np.float32)
        heat[k0:k1, j0 - 4 : j1 + 4, i0 - 4 : i1 + 4] = 5.0
        write_volume(volume.like(heat), folder / "heatmap.nrrd")
        found = Finding(1, 1, score, "wd", 2, (2, 3), BOX, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        listed = [finding_dict(found)] if findings else []
        (folder / "findings.json").write_text(json.dumps({"findings": listed}))
        (folder / "scores.csv").write_text("slice,score,patch_score\n0,1,2\n1,3,4\n")
        manifest = {"schema_version": 1, "request": {"input": str(path)}, "heatmap_threshold": 1.0}
        manifest["settings"] = {
            "window": 400.0,
            "level": 0.0,
            "metric": "wd",
            "score_unit": "times what is usual there",
        }
        (folder / "result.json").write_text(json.dumps(manifest))
        return folder

    return make


def coloured(picture) -> np.ndarray:
    rgb = np.asarray(picture).astype(int)
    return rgb.max(axis=2) - rgb.min(axis=2) > 40


def test_a_tile_shows_the_patch_and_the_edge_of_the_heat(finished):
    result = AnalysisResult.read(finished("a", 4.2))
    volume = read_volume(result.manifest["request"]["input"], allow_any=True)
    rgb = np.asarray(draw_tile(result, volume)).astype(int)
    assert rgb.shape == (TILE, TILE, 3)
    # The body is 140 x 45 mm: with the margin the tile shows 160 mm across, and the 10 columns of 20 mm are 33 pixels.
    rows, columns = np.nonzero(coloured(rgb))
    scale = TILE / 160
    assert columns.max() - columns.min() == pytest.approx(18 * 2 * scale, abs=4)
    assert rows.max() - rows.min() == pytest.approx(18 * scale, abs=4)
    # Columns run right to left in this file, as they are shown: 20..30 of 80, the middle 25 of 40 to the left.
    assert (columns.min() + columns.max()) / 2 == pytest.approx((25 * 2) * scale, abs=4)
    inside = rgb[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
    assert inside.min() > 240
    background = rgb[2, 2]
    assert background.max() == 0


def test_without_a_finding_there_is_no_box(finished):
    result = AnalysisResult.read(finished("a", 4.2, findings=False))
    volume = read_volume(result.manifest["request"]["input"], allow_any=True)
    assert not coloured(draw_tile(result, volume)).any()  # slice 1 scores highest, and has no heat


def test_the_most_abnormal_comes_first(finished, tmp_path, monkeypatch):
    order = []
    real = contact_sheet._page
    monkeypatch.setattr(
        contact_sheet, "_page", lambda head, entries, tiles: order.extend(entries) or real(head, entries, tiles)
    )
    results = {name: finished(name, score) for name, score in (("low", 1.0), ("high", 9.0), ("Größe", 3.0))}
    results["none"] = finished("none", 0.0, findings=False)
    results["gone"] = tmp_path / "nowhere"
    (path,) = write_contact_sheets(results, tmp_path)
    assert [entry.name for entry in order] == ["high", "Größe", "low", "none"]
    assert [entry.said for entry in order[::3]] == ["9.0x usual, slice 2", "no finding"]
    page = Image.open(path)
    assert page.width > 4 * TILE
    assert path.name == "contact_sheet.png"


def test_pages_and_what_an_earlier_sheet_left(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(contact_sheet, "PER_PAGE", 2)
    results = {str(n): finished(str(n), float(n)) for n in range(5)}
    assert [path.name for path in write_contact_sheets(results, tmp_path)] == [
        "contact_sheet.png",
        "contact_sheet_2.png",
        "contact_sheet_3.png",
    ]
    (tmp_path / "contact_sheet_mine.png").write_bytes(b"not ours")
    write_contact_sheets(dict(list(results.items())[:2]), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["contact_sheet.png", "contact_sheet_mine.png"]
    assert write_contact_sheets({}, tmp_path / "empty") == []


def test_a_page_is_written_before_the_next_is_drawn_and_results_are_not_kept(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(contact_sheet, "PER_PAGE", 2)
    results = {str(n): finished(str(n), float(n)) for n in range(7)}
    happened, alive = [], []
    draw, page, read = contact_sheet._drawn, contact_sheet._page, AnalysisResult.read

    def remembered(folder):
        result = read(folder)
        alive.append(weakref.ref(result))
        return result

    def paged(*given):
        happened.append(f"page after {sum(one() is not None for one in alive)} results")
        return page(*given)

    monkeypatch.setattr(AnalysisResult, "read", remembered)
    monkeypatch.setattr(contact_sheet, "_drawn", lambda result: happened.append("tile") or draw(result))
    monkeypatch.setattr(contact_sheet, "_page", paged)
    assert len(write_contact_sheets(results, tmp_path)) == 4
    assert happened == ["tile", "tile", "page after 0 results"] * 3 + ["tile", "page after 0 results"]


def test_tiles_are_drawn_once_a_result(finished, tmp_path, monkeypatch):
    folder = finished("a", 1.0)
    drawn = []
    real = contact_sheet._drawn
    monkeypatch.setattr(contact_sheet, "_drawn", lambda result: drawn.append(1) or real(result))
    first = write_contact_sheets({"a": folder}, tmp_path)[0].read_bytes()
    assert write_contact_sheets({"a": folder}, tmp_path)[0].read_bytes() == first
    assert len(drawn) == 1
    later = (folder / "result.json").stat().st_mtime + 10
    os.utime(folder / "result.json", (later, later))
    write_contact_sheets({"a": folder}, tmp_path)
    assert len(drawn) == 2
    (tmp_path / ".tiles" / "a.png").write_bytes(b"damaged")
    os.utime(tmp_path / ".tiles" / "a.png", (later + 10, later + 10))
    write_contact_sheets({"a": folder}, tmp_path)
    assert len(drawn) == 3


def test_a_ct_that_is_gone_leaves_its_place(finished, tmp_path):
    folder = finished("a", 1.0)
    (tmp_path / "ct" / "a.nrrd").unlink()
    (path,) = write_contact_sheets({"a": folder}, tmp_path)
    assert not coloured(Image.open(path)).any()


@pytest.mark.parametrize("fonts", ["all", "plain", "none"])
def test_names_are_written_with_whatever_font_there_is(finished, tmp_path, monkeypatch, fonts):
    from PIL import ImageFont

    contact_sheet._font.cache_clear()
    real = importlib.util.find_spec
    if fonts != "all":
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *a: None if name == "matplotlib" else real(name, *a)
        )

        truetype = ImageFont.truetype

        def nothing(font, *arguments, **named):
            if isinstance(font, str):
                raise OSError("cannot open resource")
            return truetype(font, *arguments, **named)

        monkeypatch.setattr(ImageFont, "truetype", nothing)
    if fonts == "none":
        default = ImageFont.load_default_imagefont()
        monkeypatch.setattr(
            ImageFont, "load_default", lambda *size: default if not size else (_ for _ in ()).throw(ImportError())
        )
    name = "Größe 漢字 " + "very long " * 10
    (path,) = write_contact_sheets({name: finished("a", 1.0)}, tmp_path)
    contact_sheet._font.cache_clear()
    caption = np.asarray(Image.open(path).convert("L"))[52 + TILE + 4 : 52 + TILE + 22]
    assert (caption[:, 12 : 12 + TILE] > 150).any()
    assert (caption[:, 12 + TILE + 4 :] < 60).all()  # it stays below its own tile


def test_stops_when_asked(finished, tmp_path):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_contact_sheets({"a": finished("a", 1.0)}, tmp_path, cancel=cancel)
    assert not (tmp_path / "contact_sheet.png").exists()


def test_entries_do_not_change_the_result(finished, tmp_path):
    folder = finished("a", 1.0)
    before = sorted(path.name for path in folder.iterdir())
    write_contact_sheets({"a": folder}, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert dataclasses.is_dataclass(AnalysisResult.read(folder))
