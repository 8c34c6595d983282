"""Pictures in colours through the whole analysis, and grey ones beside a model of colours."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from analysis import small
from PIL import Image

from GANAnomalyLib import run
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.pictures.contact_sheet import write_contact_sheets
from GANAnomalyLib.volume import hash_volume, read_volume
from GANAnomalyLib.volume.colour_channels import CHANNELS, luma

SIDE = 64
QUICK = {"warp_steps": 0}
PLACE = np.s_[20:32, 36:48]


@pytest.fixture(scope="session")
def normal(model_folder) -> np.ndarray:
    """(64, 64, 3) uint8 that the colour model can make exactly."""
    generator = load_model(str(model_folder / "rgb.safetensors"), device="cpu").generator
    z = torch.randn(1, generator.z_dim, generator=torch.Generator().manual_seed(2))
    label = torch.eye(generator.c_dim)[:1]
    with torch.no_grad():
        image = generator.synthesis(generator.mapping(z, label), noise_mode="const")[0].clamp(-1, 1)
    return np.rint(image.permute(1, 2, 0).numpy() * 127.5 + 127.5).astype(np.uint8)


@pytest.fixture
def lesion(normal) -> np.ndarray:
    """The same with a spot of another hue in it."""
    picture = normal.copy()
    picture[PLACE] = (250, 20, 20)
    return picture


@pytest.fixture
def paint(tmp_path):
    def write(pixels: np.ndarray, name: str = "skin.png") -> str:
        Image.fromarray(pixels).save(tmp_path / name)
        return str(tmp_path / name)

    return write


def lies_at_place(finding) -> bool:
    columns, rows, _ = (range(*edges) for edges in finding.box_ijk)
    return bool(set(rows) & set(range(20, 32))) and bool(set(columns) & set(range(36, 48)))


def colours_of(result) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(result.path("reconstruction_colours"))))


def test_a_picture_is_explained_in_colours(ask, paint, lesion, normal, pictures):
    result = run(ask(input=paint(lesion), model="rgb", metric="mse", patch_size=8, steps=6))
    restored = colours_of(result)
    assert restored.shape == (1, SIDE, SIDE, 3)
    assert restored.dtype == np.uint8
    assert np.ptp(restored.astype(int), axis=-1).max() > 40  # it is not grey
    grey = sitk.GetArrayFromImage(sitk.ReadImage(str(result.path("reconstruction"))))
    np.testing.assert_array_equal(grey, luma(restored))
    (row,) = result.scores
    assert row["score"] == pytest.approx(np.mean([row[f"score_{name}"] for name in CHANNELS]))
    assert row["patch_score"] == pytest.approx(np.mean([row[f"patch_{name}"] for name in CHANNELS]))
    difference = np.square(lesion.astype(float) - restored[0])
    assert [row[f"score_{name}"] for name in CHANNELS] == pytest.approx(difference.mean((0, 1)), abs=1e-6)
    first = result.findings[0]
    assert lies_at_place(first)
    assert first.score == pytest.approx(row["patch_score"])
    # Pictures for people show the colours.
    patch = np.asarray(Image.open(result.folder / first.patch_picture))
    half = (patch.shape[1] - 4) // 2
    shown, at, across = patch[:, :half], row["patch_row"], row["patch_col"]
    np.testing.assert_array_equal(shown[:: half // 8, :: half // 8], lesion[at : at + 8, across : across + 8])
    page = np.asarray(Image.open(result.path("summary")).convert("RGB")).astype(int)
    red = (page[..., 0] > 200) & (page[..., 1] < 60) & (page[..., 2] < 60)
    assert red[: page.shape[0] // 2, : page.shape[1] // 3].sum() > 100
    assert not any("grey" in str(note) for note in result.manifest["warnings"])
    (sheet,) = write_contact_sheets({"skin": result.folder}, result.folder.parent)
    tile = np.asarray(Image.open(sheet).convert("RGB")).astype(int)
    assert ((tile[..., 0] > 200) & (tile[..., 1] < 60) & (tile[..., 2] < 60)).sum() > 100


def test_a_hue_that_keeps_its_brightness_is_marked(ask, paint, normal):
    """What a grey analysis cannot see: another colour of the same grey level."""
    pixels = normal.copy()
    levels = luma(pixels[PLACE]).astype(int)
    shift = np.minimum(60, np.minimum(levels, 255 - levels))
    pixels[PLACE] = np.rint(np.stack([levels + shift, levels - 0.6 * shift, levels + 0.5 * shift], -1))
    assert np.abs(luma(pixels).astype(int) - luma(normal)).max() <= 2
    result = run(ask(input=paint(pixels), model="rgb", metric="mse", patch_size=8, steps=6))
    assert lies_at_place(result.findings[0])


def test_an_interrupted_analysis_goes_on_in_colours(ask, paint, lesion, monkeypatch):
    from GANAnomalyLib.results.work_folder import WorkFolder

    request = ask(input=paint(lesion), model="rgb", settings=QUICK)

    def fail(*_):
        raise RuntimeError("stopped here")

    with monkeypatch.context() as broken:
        broken.setattr(WorkFolder, "publish", fail)
        with pytest.raises(RuntimeError, match="stopped here"):
            run(request)
    result = run(request)
    assert result.manifest["counts"]["resumed"] == 1
    again = run(ask(input=paint(lesion), model="rgb", settings=QUICK), force=True)
    np.testing.assert_array_equal(colours_of(result), colours_of(again))
    assert run(request).reused
    first, other = (read_volume(paint(pixels), colours=True) for pixels in (lesion, lesion[..., ::-1].copy()))
    other.voxels = first.voxels  # the same grey levels, so that only the colours tell them apart
    assert hash_volume(first) != hash_volume(other)


def test_grey_given_to_a_model_of_colours_is_said(ask, paint, normal):
    result = run(ask(input=paint(luma(normal)), model="rgb", settings=QUICK))
    assert any("this one is grey" in note for note in result.manifest["warnings"])
    assert not result.path("reconstruction_colours").exists()
    with open(result.path("scores"), newline="") as file:
        assert "score_red" not in csv.DictReader(file).fieldnames


def test_colours_given_to_a_model_of_grey_pictures_are_refused(ask, paint, lesion):
    with pytest.raises(InputError, match=r"The picture is in colours, but model 'encoder' explains grey ones only"):
        run(ask(input=paint(lesion)))


def test_a_folder_of_pictures_of_which_one_is_grey(ask, tmp_path, lesion, normal):
    folder = tmp_path / "skin"
    folder.mkdir()
    for name, pixels in (("1", lesion), ("2", luma(normal)), ("10", normal)):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    result = run(ask(input=folder, model="rgb", settings=QUICK))
    assert colours_of(result).shape == (3, SIDE, SIDE, 3)
    assert len(result.scores) == 3
    volume = read_volume(folder, colours=True)
    np.testing.assert_array_equal(volume.colours, np.stack([lesion, np.dstack([luma(normal)] * 3), normal]))


def test_a_wide_photograph_lies_back_on_its_own_pixels(ask, tmp_path, lesion):
    turned = Image.Exif()
    turned[274] = 6
    wide = np.asarray(Image.fromarray(lesion).resize((160, 100)))
    Image.fromarray(np.ascontiguousarray(np.rot90(wide))).save(tmp_path / "skin.jpg", exif=turned, quality=95)
    result = run(ask(input=tmp_path / "skin.jpg", model="rgb", settings=QUICK))
    assert colours_of(result).shape == (1, 100, 160, 3)
    heat = sitk.GetArrayFromImage(sitk.ReadImage(str(result.path("heatmap"))))
    assert heat.shape == (1, 100, 160)


def test_a_ct_is_explained_as_before_by_a_model_of_colours(ask):
    result = run(ask(model="rgb", allow_any=True))
    assert not result.path("reconstruction_colours").exists()
    with pytest.raises(InputError, match="choose a grey model"):
        run(ask(model="rgb", output=small.ROOT / "nowhere"))
