"""Picture pairs from disk: layouts, matching, refusals and the tables written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score import body_region, distance, patch_distance_map, score_pairs, write_csv
from GANAnomalyLib.score.scored_pictures import read_planes
from GANAnomalyLib.volume.colour_channels import luma


def picture(seed: int, shape: tuple[int, int] = (40, 48)) -> np.ndarray:
    values = np.random.default_rng(seed).integers(1, 256, shape, np.uint8)
    values[:5] = 0
    return values


def save(path: Path, values: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, **options)
    return path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for i in range(3):
        save(tmp_path / "a" / f"{i}.png", picture(i))
        save(tmp_path / "b" / f"{i}.png", picture(i + 10))
    (tmp_path / "a" / "notes.txt").write_text("not a picture")
    (tmp_path / "a" / "._0.png").write_text("left by another system")
    return tmp_path / "a", tmp_path / "b"


def test_two_files_every_metric_and_region(tmp_path: Path) -> None:
    a, b = picture(0), picture(1)
    mask = np.zeros(a.shape, np.uint8)
    mask[10:30, 8:40] = 1
    files = [save(tmp_path / name, values) for name, values in (("a.png", a), ("b.png", b), ("mask.png", mask))]
    rows = score_pairs(*files[:2], ("wd", "mse", "ssim"), ("full", "body", "patch", "mask"), 8, mask=files[2])
    assert len(rows) == 12
    for row in rows:
        assert row["filename"] == "a.png"
        if row["region"] == "patch":
            scores = patch_distance_map(a, b, 8, row["metric"])
            assert row["dist"] == scores.max() == scores[row["row"], row["col"]]
        else:
            inside = {"full": None, "body": body_region(a), "mask": mask}[row["region"]]
            assert row["dist"] == distance(a, b, row["metric"], inside)
            assert row["row"] is None


def test_folders_match_by_name(folders: tuple[Path, Path]) -> None:
    heard: list[float] = []
    rows = score_pairs(*folders, progress=lambda f, _: heard.append(f))
    assert [r["filename"] for r in rows] == ["0.png", "1.png", "2.png"]
    assert [r["dist"] for r in rows] == [distance(picture(i), picture(i + 10)) for i in range(3)]
    assert heard == pytest.approx([1 / 3, 2 / 3, 1])


def test_other_endings_and_mask_folders(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for i in range(3):
        (folders[1] / f"{i}.png").unlink()
        save(folders[1] / f"{i}.JPG", np.full((40, 48), 77, np.uint8), format="JPEG", quality=100)
        save(tmp_path / "masks" / f"{i}.png", (picture(i) > 128).astype(np.uint8))
    rows = score_pairs(*folders, ["mse"], ["mask"], mask=tmp_path / "masks")
    expected = [distance(picture(i), np.full((40, 48), 77, np.uint8), "mse", picture(i) > 128) for i in range(3)]
    assert [r["dist"] for r in rows] == expected


def test_the_projectors_layout(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    for i in range(3):
        # The folder may carry the picture's ending or not.
        save(out / f"{i}{'.png' if i == 1 else ''}" / "target.png", picture(i))
        save(out / f"{i}{'.png' if i == 1 else ''}" / "proj.png", picture(i + 10))
    expected = [r["dist"] for r in score_pairs(*folders)]
    assert [r["dist"] for r in score_pairs(out, out)] == expected
    assert [r["dist"] for r in score_pairs(folders[0], out)] == expected
    single = score_pairs(out / "0", out / "0")
    assert [(r["filename"], r["dist"]) for r in single] == [("0", expected[0])]


def test_grey_in_other_clothes(tmp_path: Path) -> None:
    values = picture(0)
    rgb = np.repeat(values[..., None], 3, 2)
    rgba = np.dstack([rgb, np.full(values.shape, 255, np.uint8)])
    palette = Image.fromarray(values).convert("P")
    palette.save(tmp_path / "p.png")
    Image.fromarray(values > 100).save(tmp_path / "bit.png")
    Image.fromarray(values).convert("LA").save(tmp_path / "la.png")
    for file in (
        save(tmp_path / "c.png", rgb),
        save(tmp_path / "d.png", rgba),
        tmp_path / "p.png",
        tmp_path / "la.png",
    ):
        assert (read_planes(file) == values[None]).all()
    assert (read_planes(tmp_path / "bit.png") == (values > 100) * 255).all()


def colours(number: int) -> np.ndarray:
    return np.stack([picture(number + channel) for channel in range(3)], -1)


@pytest.mark.parametrize("metric", ["wd", "mse", "ssim"])
def test_colours_are_scored_by_channel(tmp_path: Path, metric: str) -> None:
    first, second = colours(0), colours(10)
    pair = save(tmp_path / "a.png", first), save(tmp_path / "b.png", second)
    full, patch = score_pairs(*pair, [metric], ["full", "patch"], 16)
    each = [distance(first[..., n], second[..., n], metric) for n in range(3)]
    assert [full[name] for name in ("red", "green", "blue")] == pytest.approx(each)
    assert full["dist"] == pytest.approx(np.mean(each))
    maps = np.mean([patch_distance_map(first[..., n], second[..., n], 16, metric) for n in range(3)], axis=0)
    assert patch["dist"] == pytest.approx(maps.max())
    assert maps[patch["row"], patch["col"]] == maps.max()
    assert patch["dist"] == pytest.approx(np.mean([patch[name] for name in ("red", "green", "blue")]))
    if metric == "mse":
        assert full["dist"] == pytest.approx(np.square(first.astype(float) - second).mean())
    if metric == "ssim":
        metrics = pytest.importorskip("skimage.metrics")
        assert full["dist"] == pytest.approx(1 - metrics.structural_similarity(first, second, channel_axis=2), abs=1e-9)


def test_a_hue_that_changes_at_one_brightness_is_seen(tmp_path: Path) -> None:
    red, green = np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32, 3), np.uint8)
    red[8:24, 8:24], green[8:24, 8:24] = (100, 0, 0), (0, 51, 0)
    assert (luma(red) == luma(green)).all()
    row = score_pairs(save(tmp_path / "red.png", red), save(tmp_path / "green.png", green), ["wd"], ["body"])[0]
    assert (row["red"], row["green"], row["blue"]) == (100, 51, 0)


def test_grey_beside_colours_and_the_table_of_both(tmp_path: Path) -> None:
    for name, second in (("a", colours(10)), ("b", picture(3))):
        save(tmp_path / "one" / f"{name}.png", picture(0))
        save(tmp_path / "two" / f"{name}.png", second)
    rows = score_pairs(tmp_path / "one", tmp_path / "two")
    assert rows[0]["red"] == distance(picture(0), colours(10)[..., 0])
    assert "red" not in rows[1]
    with open(write_csv(rows, tmp_path / "all.csv"), newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["blue"] != "" for row in table] == [True, False]
    with open(write_csv(rows[1:], tmp_path / "grey.csv"), newline="") as file:
        assert csv.DictReader(file).fieldnames == ["filename", "metric", "region", "dist", "row", "col"]


def test_pictures_are_scored_as_they_are_seen(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[274] = 6
    whole = colours(0)
    Image.fromarray(np.ascontiguousarray(np.rot90(whole))).save(tmp_path / "lying.png", exif=turned)
    row = score_pairs(save(tmp_path / "whole.png", whole), tmp_path / "lying.png", ["mse"])[0]
    assert row["dist"] == 0
    clear = np.dstack([whole, np.full(whole.shape[:2], 255, np.uint8)])
    clear[:8, :8, 3] = 0
    seen = whole.copy()
    seen[:8, :8] = 0
    assert score_pairs(save(tmp_path / "clear.png", clear), save(tmp_path / "seen.png", seen), ["mse"])[0]["dist"] == 0


def test_refuses_what_cannot_be_scored_as_it_is(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.png", picture(0)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("no picture at all")
    for file, sentence in [
        (save(tmp_path / "deep.png", picture(0).astype(np.uint16) * 200), "not an 8-bit picture"),
        (tmp_path / "cut.png", r"cut\.png is not a PNG or JPEG picture, or is cut short"),
        (tmp_path / "text.png", r"text\.png is not a PNG or JPEG picture"),
        (tmp_path / "gone.png", "no picture"),
    ]:
        with pytest.raises(InputError, match=sentence):
            read_planes(file)


def test_refusals_of_pairs(folders: tuple[Path, Path], tmp_path: Path) -> None:
    a, b = folders
    with pytest.raises(InputError, match="two folders, not one of each"):
        score_pairs(a, b / "0.png")
    with pytest.raises(InputError, match="no file or folder"):
        score_pairs(a, tmp_path / "nowhere")
    with pytest.raises(InputError, match="no region 'liver'"):
        score_pairs(a, b, regions=["liver"])
    with pytest.raises(InputError, match="no metric 'psnr'"):
        score_pairs(a, b, ["psnr"])
    with pytest.raises(InputError, match="at least one"):
        score_pairs(a, b, [])
    with pytest.raises(InputError, match="needs a mask"):
        score_pairs(a, b, regions=["mask"])
    with pytest.raises(InputError, match=r"0\.png: A patch of 64 x 64"):
        score_pairs(a, b, regions=["patch"], patch_size=64)
    (tmp_path / "masks").mkdir()
    with pytest.raises(InputError, match=r"no picture for 0\.png"):
        score_pairs(a, b, regions=["mask"], mask=tmp_path / "masks")
    with pytest.raises(InputError, match="holds no PNG or JPEG"):
        score_pairs(tmp_path / "masks", b)
    save(b / "1.png", picture(0, (20, 20)))
    with pytest.raises(InputError, match=r"1.png is 48 x 40 pixels and its reconstruction 20 x 20"):
        score_pairs(a, b)
    save(a / "0.png", np.zeros((40, 48), np.uint8))
    with pytest.raises(InputError, match=r"0.png: the original picture is all black"):
        score_pairs(a, b, regions=["body"])
    (b / "2.png").unlink()
    with pytest.raises(InputError, match=r"1 picture\(s\) have no partner in the folder .*b: 2"):
        score_pairs(a, b)
    save(a / "0.jpg", picture(0))
    with pytest.raises(InputError, match="same name before the ending"):
        score_pairs(a, b)


def test_cancel(folders: tuple[Path, Path]) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        score_pairs(*folders, progress=lambda *_: cancel.cancel(), cancel=cancel)


def test_tables(folders: tuple[Path, Path], tmp_path: Path) -> None:
    rows = score_pairs(*folders, ["wd", "mse"], ["full", "patch"], 8)
    with open(write_csv(rows, tmp_path / "all.csv"), newline="") as file:
        back = list(csv.DictReader(file))
    assert list(back[0]) == ["filename", "metric", "region", "dist", "row", "col"]
    assert [float(r["dist"]) for r in back] == [r["dist"] for r in rows]
    one = score_pairs(*folders)
    lines = write_csv(one, tmp_path / "one.csv", published=True).read_text().splitlines()
    assert lines == ["filename,dist", *(f"{r['filename']},{r['dist']}" for r in one)]
    with pytest.raises(InputError, match="one metric in one region"):
        write_csv(rows, tmp_path / "no.csv", published=True)
    with pytest.raises(InputError, match="cannot be written"):
        write_csv(rows, tmp_path / "nowhere" / "no.csv")
    assert not list(tmp_path.glob("*no.csv*"))
    assert not list(tmp_path.glob(".*part"))


def test_the_command_tells_the_channels(tmp_path: Path) -> None:
    files = [str(save(tmp_path / f"{n}.png", colours(n))) for n in (0, 10)]
    told = CliRunner().invoke(app, ["score", *files, "--metric", "mse", "--region", "full", "--json"])
    (row,) = json.loads(told.stdout)["scores"]
    assert row["dist"] == pytest.approx(np.mean([row[name] for name in ("red", "green", "blue")]))
    shown = json.loads(CliRunner().invoke(app, ["info", files[0], "--json"]).stdout)
    assert shown["colours"] is True
