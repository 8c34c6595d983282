"""Bad input through the one door: one clear sentence for each, and nothing written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
import torch
from analysis import small

from GANAnomalyLib import AnalysisRequest, read_volume, run, write_volume
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.volume import Volume


def refused(request: AnalysisRequest, words: str, kind: type[GANAnomalyError] = InputError) -> str:
    """The sentence: it holds ``words``, is one sentence, and nothing was written beside what was there."""
    folder = Path(request.output).parent
    before = sorted(folder.rglob("*")) if folder.is_dir() else []
    with pytest.raises(kind) as caught:
        run(request)
    message = caught.value.message
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message
    assert "Error" not in message
    assert "Traceback" not in message
    assert (sorted(folder.rglob("*")) if folder.is_dir() else []) == before
    return message


def nifti(path: Path, voxels: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nib.save(nib.Nifti1Image(voxels, np.diag([3.0, 3.0, 3.0, 1.0]) if affine is None else affine), path)
    return path


def ct_values(shape: tuple[int, ...]) -> np.ndarray:
    voxels = np.full(shape, -1000, np.int16)
    voxels[tuple(slice(n // 4, n - n // 4) for n in shape)] = 40
    return voxels


def normalised(path: Path) -> Path:
    return nifti(path / "in.nii", np.linspace(0, 1, 4096, dtype=np.float32).reshape(16, 16, 16))


def radiograph_dicom(path: Path) -> Path:
    import pydicom

    dataset = pydicom.dcmread(small.DATA / "ct_head_tilt" / "01.dcm")
    dataset.Modality = "MR"
    dataset.save_as(path / "in.dcm")
    return path / "in.dcm"


def four_d(path: Path) -> Path:
    return nifti(path / "in.nii", ct_values((8, 8, 8, 3)))


def colour(path: Path) -> Path:
    image = sitk.GetImageFromArray(np.zeros((4, 8, 8, 3), np.uint8), isVector=True)
    sitk.WriteImage(image, str(path / "in.nrrd"))
    return path / "in.nrrd"


def not_finite(value: float):
    def make(path: Path) -> Path:
        voxels = ct_values((8, 8, 8)).astype(np.float32)
        voxels[3, 3, 3] = value
        return nifti(path / "in.nii", voxels)

    return make


def zero_spacing(path: Path) -> Path:
    write_volume(small.torso_crop(count=2), path / "in.mha")
    data = (path / "in.mha").read_bytes()
    start = data.index(b"ElementSpacing")
    line = data[start : data.index(b"\n", start)]
    (path / "in.mha").write_bytes(data.replace(line, b"ElementSpacing = 1 1 0"))
    return path / "in.mha"


def singular(path: Path) -> Path:
    affine = np.array([[3, 3, 0, 0], [0, 0, 0, 0], [0, 0, 3, 0], [0, 0, 0, 1.0]])
    image = nib.Nifti1Image(ct_values((8, 8, 8)), None)
    image.header.set_sform(affine, code=1)
    image.header.set_qform(None, code=0)
    nib.save(image, path / "in.nii")
    return path / "in.nii"


def truncated(path: Path) -> Path:
    whole = write_volume(small.torso_crop(), path / "in.nii.gz")
    whole.write_bytes(whole.read_bytes()[:-5000])
    return whole


def empty_folder(path: Path) -> Path:
    (path / "in").mkdir()
    return path / "in"


def mixed_series(path: Path) -> Path:
    import pydicom

    (path / "in").mkdir()
    for n in range(1, 9):
        dataset = pydicom.dcmread(small.DATA / "ct_head_tilt" / f"{n:02d}.dcm")
        if n > 4:
            dataset.Rows = dataset.Columns = 32
            dataset.PixelData = dataset.PixelData[: 32 * 32 * 2]
        dataset.save_as(path / "in" / f"{n}.dcm")
    return path / "in"


def missing(path: Path) -> Path:
    return path / "nowhere.nii.gz"


def a_text(path: Path) -> Path:
    (path / "in.docx").write_text("hello")
    return path / "in.docx"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (normalised, "do not look like Hounsfield units"),
        (radiograph_dicom, "modality is MR"),
        (four_d, "4-D"),
        (colour, "colour (RGB)"),
        (not_finite(np.nan), "not finite numbers"),
        (not_finite(np.inf), "not finite numbers"),
        (zero_spacing, "spacing of zero"),
        (singular, "do not span space"),
        (truncated, "cut short"),
        (empty_folder, "no "),
        (mixed_series, "mixes images of different size"),
        (missing, "does not exist"),
        (a_text, "not a kind of file"),
    ],
)
def test_inputs(ask, tmp_path, make, words):
    place = tmp_path / "input"
    place.mkdir()
    refused(ask(input=make(place), output=tmp_path / "out" / "result"), words)
    assert not (tmp_path / "out").exists()


def write_mask(path: Path, crop: Path, change) -> Path:
    volume = read_volume(crop)
    labels = volume.like(np.zeros(volume.voxels.shape, np.uint8))
    change(labels)
    return write_volume(labels, path / "mask.nrrd")


def test_masks(ask, crop, tmp_path):
    def nothing(mask: Volume) -> None:
        pass

    def some(mask: Volume) -> None:
        mask.voxels[1, 30:50, 30:50] = 3

    def shifted(mask: Volume) -> None:
        some(mask)
        mask.ijk_to_ras[0, 3] += 20

    place = tmp_path / "masks"
    place.mkdir()
    mask = {"region": "mask", "mask": place / "mask.nrrd"}
    write_mask(place, crop, nothing)
    refused(ask(**mask), "is empty")
    write_mask(place, crop, shifted)
    refused(ask(**mask), "not on the grid")
    write_mask(place, crop, some)
    refused(ask(**mask, label=2), "no label 2")
    refused(ask(**mask, slices=(2, 4)), "marks nothing in slices 2:4")
    refused(ask(region="mask", mask=place / "absent.nrrd"), "does not exist")
    refused(ask(region="mask"), "--mask")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"slices": (2, 9)}, "which has slices 0:4"),
        ({"slices": (7, 9)}, "which has slices 0:4"),
        ({"slices": (3, 3)}, "must be a range"),
        ({"patch_size": 33}, "larger than the 32-pixel images"),
        ({"patch_size": 0}, "patch-size"),
        ({"steps": -1}, "steps"),
        ({"metric": "best"}, "metric"),
        ({"detector": "crystal ball"}, "there are: "),
        ({"settings": {"magic": 1}}, "no setting 'magic'"),
        ({"settings": {"learning_rate": "fast"}}, "'learning_rate' must be a number"),
        ({"settings": {"learning_rate": 0}}, "above 0"),
        ({"settings": {"warp_grid": 1}}, "whole number of 2 or more"),
        ({"settings": {"warp_steps": 2.5}}, "whole number of 0 or more"),
        ({"settings": {"stop": float("nan")}}, "'stop' must be a number"),
        ({"settings": {"optimise_noise": False}}, "--mode reference"),
        ({"settings": {"stop": 0.1}, "mode": "reference"}, "use mode fast"),
        ({"settings": {"optimise_noise": "no"}, "mode": "reference"}, "true or false"),
        ({"settings": {"vgg16": "nowhere.pt"}, "mode": "reference"}, "nowhere.pt"),
        ({"settings": {"save_video": "film.avi"}}, "film.avi"),
        ({"settings": {"save_video": "film.gif", "video_slice": 99}}, "Slice 99 cannot be filmed"),
        ({"settings": {"video_slice": "first"}}, "whole number"),
        ({"model": "nobody"}, "known models are"),
        ({"model": "nowhere.safetensors"}, "no model file"),
        ({"model": "rgb"}, "3 channels"),
        ({"model": "two"}, "2 channels"),
        ({"model": "two", "allow_any": True}, "2 channels"),
        ({"model": "classes", "patch_size": 4, "mode": "reference"}, "3 classes, 0 to 2"),
        ({"model": "classes", "patch_size": 4, "mode": "reference", "settings": {"class": 3}}, "no class 3"),
        ({"mode": "reference", "settings": {"class": 0}}, "no classes"),
    ],
)
def test_requests(ask, changes, words):
    refused(ask(**changes), words)


def test_unreadable_models(ask, models, tmp_path):
    place = tmp_path / "models"
    place.mkdir()
    whole = (models / "full.safetensors").read_bytes()
    (place / "cut.safetensors").write_bytes(whole[:-1000])
    (place / "text.pkl").write_text("not a model")
    refused(ask(model=place / "cut.safetensors"), "cut.safetensors")
    refused(ask(model=place / "text.pkl"), "text.pkl")
    shutil.copy(models / "full.json", place / "other.json")
    (place / "other.safetensors").write_bytes((models / "two.safetensors").read_bytes())
    refused(ask(model=place / "other.safetensors"), "hashes differ")


def test_another_kind_of_model(ask, models, tmp_path):
    place = tmp_path / "models"
    place.mkdir()
    card = json.loads((models / "full.json").read_text())
    (place / "odd.json").write_text(json.dumps({**card, "kind": "oracle"}))
    shutil.copy(models / "full.safetensors", place / "odd.safetensors")
    refused(ask(model=place / "odd.safetensors"), "'oracle'")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_no_cuda(ask):
    refused(ask(device="cuda"), "No CUDA device")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is an Apple GPU")
def test_no_apple_gpu(ask):
    refused(ask(device="mps"), "No Apple GPU")


def test_an_output_below_a_file(ask, tmp_path):
    (tmp_path / "file").write_text("kept")
    refused(ask(output=tmp_path / "file" / "result"), "is not a folder")


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_folder_that_cannot_be_written_to(ask, tmp_path, monkeypatch, code):
    """An administrator may write anywhere, so the system's answer is given in its place."""
    real = os.mkdir

    def mkdir(path, *rest, **named):
        if str(path).startswith(str(tmp_path)):
            raise OSError(code, os.strerror(code), str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "mkdir", mkdir)
    refused(ask(), "cannot be written to: choose another output folder")


def test_any_other_refusal_of_the_disk_is_a_sentence(ask, tmp_path):
    refused(ask(output=tmp_path / ("long" * 100)), "choose another output folder", GANAnomalyError)


@pytest.mark.slow
@pytest.mark.parametrize("kibibytes", [4, 16, 48, 112])
def test_a_full_disk(ask, tmp_path, small_disk, kibibytes):
    """Full at the first slice, in the middle, at the heatmap, and near the end; with room the run goes on."""
    out = small_disk(kibibytes) / "result"
    with pytest.raises(GANAnomalyError, match=r"(?i)full|space"):
        run(ask(output=out))
    assert not out.exists()
    partial = out.with_name("result.partial")
    leftovers = [path for path in partial.rglob("*") if path.name.startswith((".writing", ".seg"))]
    assert not leftovers
    subprocess.run(["mount", "-o", "remount,size=4m", str(out.parent)], check=True)
    assert (run(ask(output=out)).folder / "result.json").is_file()
    assert (out / "heatmap.nrrd").read_bytes() == run(ask(output=tmp_path / "roomy")).path("heatmap").read_bytes()


def test_a_read_only_disk(ask, small_disk):
    out = small_disk(4000) / "result"
    subprocess.run(["mount", "-o", "remount,ro", str(out.parent)], check=True)
    refused(ask(output=out), "cannot be written to: choose another output folder")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no always full device")
def test_no_space_for_a_slice(ask, monkeypatch):
    """Where no small disk can be made: the slice's file goes to the device that is always full."""
    import builtins

    real = open

    def full(path, mode="r", *rest, **named):
        if str(path).endswith(".part") and "w" in mode:
            path = "/dev/full"
        return real(path, mode, *rest, **named)

    monkeypatch.setattr(builtins, "open", full)
    with pytest.raises(GANAnomalyError, match="is full: free some space"):
        run(ask())
