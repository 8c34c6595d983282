"""Projected pictures: the published files, the same ones again, and nothing lost when something goes wrong."""

from __future__ import annotations

import csv
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from analysis import small
from PIL import Image

from GANAnomalyLab.generate.generate_options import GenerateOptions
from GANAnomalyLab.generate.projection import project_images
from GANAnomalyLab.generate.projection.projection_search import ProjectionSearch
from GANAnomalyLab.generate.projection_options import ProjectOptions
from GANAnomalyLab.generate.seed_pictures import generate_images
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference, to_picture
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score.picture_pairs import score_pairs
from GANAnomalyLib.volume import write_volume

FILES = ["proj.png", "projected_w.npz", "projection.json", "target.png"]


def project(model, inputs, folder, steps=2, **options):
    call = {name: options.pop(name) for name in ("batch", "force", "progress", "cancel") if name in options}
    return project_images(model, inputs, folder, ProjectOptions(steps=steps, **options), device="cpu", **call)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def pictures(full, tmp_path) -> Path:
    """Four grey pictures that the small model can make."""
    paths = generate_images(full, tmp_path / "pictures", GenerateOptions("0-3", noise_mode="none"), device="cpu")
    assert len(paths) == 4
    return tmp_path / "pictures"


@pytest.fixture(scope="module")
def volume(tmp_path_factory) -> Path:
    return write_volume(small.torso_crop(), tmp_path_factory.mktemp("ct") / "torso.nii.gz")


def test_one_picture_gets_the_published_files(full, pictures, tmp_path):
    summary = project(full, pictures / "seed0001.png", tmp_path / "out", steps=3)
    out = tmp_path / "out"
    assert sorted(os.listdir(out)) == sorted([*FILES, "distances.csv", "project.json"])
    np.testing.assert_array_equal(pixels(out / "target.png"), pixels(pictures / "seed0001.png"))
    with np.load(out / "projected_w.npz") as arrays:
        assert arrays.files == ["w"]
        assert (arrays["w"].shape, arrays["w"].dtype) == ((1, 8, 32), np.float32)
        found = arrays["w"]
    target = pixels(out / "target.png").astype(np.float32) / 127.5 - 1
    plain = project_reference(full.generator, target[None], steps=3)
    np.testing.assert_allclose(found[:, 0], plain.ws[:, 0], atol=1e-4)
    assert np.abs(pixels(out / "proj.png").astype(int) - to_picture(plain.images[0])).max() <= 1
    (row,) = summary.rows
    assert (row.name, row.steps, row.reused, row.folder) == ("seed0001", 3, False, out)
    assert row.loss == pytest.approx(float(plain.losses[0]), rel=1e-3)
    assert row.dist == score_pairs(out, out)[0]["dist"]


@pytest.mark.parametrize(
    "options", [{"optimise_noise": False}, {"mode": "fast", "warp": False}, {"mode": "fast", "warp": False, "steps": 0}]
)
@pytest.mark.parametrize("model", ["full", "encoder"])
def test_a_latent_gives_its_projection_back(models, pictures, tmp_path, model, options):
    project(model, pictures / "seed0001.png", tmp_path / "p", **options)
    noise = "none" if options.get("mode") == "fast" else "const"
    chosen = GenerateOptions(projected_w=tmp_path / "p" / "projected_w.npz", noise_mode=noise)
    (shown,) = generate_images(model, tmp_path / "shown", chosen, device="cpu")
    assert np.abs(pixels(shown).astype(int) - pixels(tmp_path / "p" / "proj.png")).max() <= 1


def test_searching_longer_comes_closer(full, pictures, tmp_path):
    losses = [project(full, pictures, tmp_path / str(n), steps=n, mode="fast").rows for n in (1, 60)]
    few, many = ([row.loss for row in rows] for rows in losses)
    assert all(second < first for first, second in zip(few, many, strict=True))
    unwarped = project(full, pictures, tmp_path / "plain", steps=1, mode="fast", warp=False).rows
    assert sum(row.loss for row in unwarped) > sum(few)


@pytest.mark.parametrize("mode", ["reference", "fast"])
def test_a_folder_gets_a_folder_each_and_a_table(full, pictures, tmp_path, mode):
    out = tmp_path / "out"
    summary = project(full, pictures, out, mode=mode, metric="mse", batch=3)
    names = [f"seed000{n}" for n in range(4)]
    assert [row.name for row in summary.rows] == names
    assert sorted(os.listdir(out)) == sorted([*names, "distances.csv", "project.json"])
    for name in names:
        assert sorted(os.listdir(out / name)) == FILES
    with open(summary.csv, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    scores = score_pairs(out, out, metrics=["mse"])
    assert [(row["filename"], float(row["dist"])) for row in table] == [(s["filename"], s["dist"]) for s in scores]
    assert summary.csv.read_text().splitlines()[0] == "filename,dist"


@pytest.mark.parametrize("mode", ["reference", "fast"])
def test_a_picture_does_not_depend_on_its_batch(full, pictures, tmp_path, mode):
    project(full, pictures, tmp_path / "a", mode=mode, steps=4, batch=4)
    project(full, pictures, tmp_path / "b", mode=mode, steps=4, batch=1)
    for n in range(4):
        w = [np.load(tmp_path / name / f"seed000{n}" / "projected_w.npz")["w"] for name in "ab"]
        np.testing.assert_allclose(*w, atol=1e-3)


def test_slices_of_a_volume_are_framed_as_for_analysis(models, volume, tmp_path):
    from GANAnomalyLib.analysis.prepare import Resolved, prepare
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.volume import read_volume

    summary = project("body", volume, tmp_path / "out", slices=(1, 3))
    assert [row.name for row in summary.rows] == ["torso_slice_0001", "torso_slice_0002"]
    card, ct = load_model(models / "body.safetensors").card, read_volume(volume)
    request = AnalysisRequest(str(volume), slices=(1, 3))
    prepared = prepare(request, Resolved.of(request, card, ct), card, ct)
    for row, original in zip(summary.rows, prepared.originals, strict=True):
        assert np.abs(pixels(row.folder / "target.png").astype(int) - original).max() <= 1
    # More slices of the same with the same settings: the finished ones stay.
    more = project("body", volume, tmp_path / "out", slices=(0, 3))
    assert [row.reused for row in more.rows] == [False, True, True]
    with pytest.raises(InputError, match="level None, not 0"):
        project("body", volume, tmp_path / "out", level=0.0)


def test_colours_and_classes(pictures, tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "colours").mkdir()
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "colours" / "a.png")
    Image.fromarray(rng.integers(0, 256, (40, 20, 3), dtype=np.uint8)).save(tmp_path / "colours" / "b.png")
    summary = project("rgb", tmp_path / "colours", tmp_path / "out", class_index=1)
    first = tmp_path / "out" / "a"
    np.testing.assert_array_equal(pixels(first / "target.png"), pixels(tmp_path / "colours" / "a.png"))
    assert pixels(first / "proj.png").shape == (64, 64, 3)
    # 40 rows of 20 columns: the aspect is kept, black beside.
    assert pixels(tmp_path / "out" / "b" / "target.png")[:, :15].max() == 0
    pair = [pixels(first / name).astype(float) for name in ("target.png", "proj.png")]
    per_channel = [np.abs(np.sort(pair[0][..., c].ravel()) - np.sort(pair[1][..., c].ravel())).mean() for c in range(3)]
    assert summary.rows[0].dist == pytest.approx(np.mean(per_channel))
    project("rgb", pictures, tmp_path / "grey", class_index=0)
    deep = rng.integers(0, 65536, (64, 64), dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    project("rgb", tmp_path / "deep.png", tmp_path / "deep", class_index=0)
    np.testing.assert_allclose(pixels(tmp_path / "deep" / "target.png"), np.dstack([deep] * 3) / 257, atol=0.51)
    assert len(project("rgb", tmp_path / "colours", tmp_path / "fast", mode="fast").rows) == 2
    for model, inputs, options, words in (
        ("rgb", pictures, {}, "3 classes"),
        ("full", pictures, {"class_index": 1}, "no classes"),
        ("full", tmp_path / "colours" / "a.png", {}, "colour picture"),
        ("two", pictures, {}, "2 channels"),
    ):
        with pytest.raises(InputError, match=words):
            project(model, inputs, tmp_path / "none", **options)
        assert not (tmp_path / "none").exists()


def test_the_same_again_is_not_computed_again(full, pictures, tmp_path, monkeypatch):
    out = tmp_path / "out"
    first = project(full, pictures, out)
    before = contents(out)
    monkeypatch.setattr(ProjectionSearch, "solve", lambda *_: pytest.fail("computed again"))
    again = project(full, pictures, out, metric="mse")
    assert all(row.reused for row in again.rows)
    assert again.rows[0].dist != first.rows[0].dist
    assert project(full, pictures, out).csv.read_bytes() == before["distances.csv"]
    assert contents(out) == before


def test_other_settings_do_not_write_over_it(full, pictures, tmp_path):
    out = tmp_path / "out"
    project(full, pictures, out)
    before = contents(out)
    for model, options, words in (
        (full, {"steps": 3}, "steps 2, not 3"),
        (full, {"seed": 1}, "seed 303, not 1"),
        (full, {"mode": "fast"}, "mode reference, not fast"),
        ("body", {}, "another model"),
    ):
        if model == "body":
            model = load_model("body")
            model.model_hash = "0" * 64
        with pytest.raises(InputError, match=words):
            project(model, pictures, out, **options)
        assert contents(out) == before
    assert not any(row.reused for row in project(full, pictures, out, steps=3, force=True).rows)
    assert contents(out) != before


def test_another_picture_of_the_same_name_is_not_mixed_up(full, pictures, tmp_path):
    project(full, pictures, tmp_path / "out")
    Image.fromarray(255 - pixels(pictures / "seed0002.png")).save(pictures / "seed0002.png")
    with pytest.raises(InputError, match=r"seed0002 holds the projection of another picture"):
        project(full, pictures, tmp_path / "out")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "target.png").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"target\.png already"):
        project(full, pictures / "seed0001.png", foreign)
    assert contents(foreign) == {"target.png": b"mine"}


@pytest.mark.parametrize("mode", ["reference", "fast"])
def test_a_stopped_run_goes_on_to_the_same_numbers(full, pictures, tmp_path, mode):
    project(full, pictures, tmp_path / "whole", mode=mode, batch=2)
    cancel = CancelToken()

    def stop(fraction, message):
        if message == "Projected 2 pictures":
            cancel.cancel()

    with pytest.raises(Cancelled, match="2 finished pictures are kept"):
        project(full, pictures, tmp_path / "out", mode=mode, batch=2, progress=stop, cancel=cancel)
    assert not (tmp_path / "out" / "distances.csv").exists()
    # As if the power had gone while the third was written.
    third = tmp_path / "out" / "seed0000" / "projection.json"
    third.write_text(third.read_text().replace("true", "false"))
    summary = project(full, pictures, tmp_path / "out", mode=mode, batch=2)
    assert [row.reused for row in summary.rows] == [False, True, False, False]
    whole, out = contents(tmp_path / "whole"), contents(tmp_path / "out")
    assert whole.keys() == out.keys()
    for name in whole:
        if not name.endswith((".npz", ".json")):
            assert whole[name] == out[name], name
    for n in range(4):
        w = [np.load(tmp_path / name / f"seed000{n}" / "projected_w.npz")["w"] for name in ("whole", "out")]
        np.testing.assert_array_equal(*w)


def test_cancel_does_not_wait_for_a_slow_step(full, pictures, tmp_path, monkeypatch):
    cancel, go_on, ended = CancelToken(), threading.Event(), []
    monkeypatch.setattr(ProjectionSearch, "_reference", lambda *_: ended.append(go_on.wait(30)))
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        project(full, pictures, tmp_path / "out", cancel=cancel)
    assert not ended
    go_on.set()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", ["reference", "fast"])
def test_films(full, pictures, tmp_path, mode):
    summary = project(full, [pictures / "seed0000.png", pictures / "seed0001.png"], tmp_path / "out", mode=mode)
    assert not list((tmp_path / "out").rglob("*.gif"))
    summary = project(full, pictures, tmp_path / "out", steps=2, mode=mode, video="gif")
    assert not any(row.reused for row in summary.rows)  # the films were missing
    for row in summary.rows:
        with Image.open(row.folder / "proj.gif") as film:
            assert film.n_frames == (2 if mode == "reference" else 3)
            frame = np.asarray(film.convert("L"))
        np.testing.assert_array_equal(frame[4:256:8, 4:256:8], pixels(row.folder / "target.png"))
    assert all(row.reused for row in project(full, pictures, tmp_path / "out", mode=mode, video="gif").rows)


def test_unreadable_inputs_stop_no_other(full, pictures, volume, tmp_path):
    (pictures / "seed0001.png").write_bytes((pictures / "seed0001.png").read_bytes()[:60])
    summary = project(full, pictures, tmp_path / "out")
    assert [row.name for row in summary.rows] == ["seed0000", "seed0002", "seed0003"]
    assert [failure.name for failure in summary.failures] == ["seed0001"]
    assert "cut short" in summary.failures[0].reason
    assert summary.exit_code == 1
    for inputs, words in (
        (pictures / "seed0001.png", "cut short"),
        ([pictures / "seed0001.png", tmp_path / "nowhere.png"], "does not exist"),
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "out" / "distances.csv", "not a kind of file"),
    ):
        with pytest.raises(InputError, match=words):
            project(full, inputs, tmp_path / "b")
        assert not (tmp_path / "b").exists()
    for name in ("seed0000", "seed0002", "seed0003"):
        (pictures / f"{name}.png").write_bytes(b"")
    with pytest.raises(InputError, match="None of the 4 inputs"):
        project(full, pictures, tmp_path / "b")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "at least one"),
        ({"mode": "fast", "steps": -1}, "zero or more"),
        ({"mode": "fast", "class_index": 0}, "--class belongs to the published"),
        ({"mode": "fast", "vgg16": "w.pth"}, "--vgg16 belongs"),
        ({"mode": "fast", "optimise_noise": False}, "--no-noise-maps belongs"),
        ({"warp": False}, "no warp"),
        ({"vgg16": "nowhere.pth"}, "nowhere.pth"),
        ({"slices": (3, 2)}, "must be a range"),
        ({"batch": 0}, "larger batch"),
    ],
)
def test_what_cannot_be_asked(full, pictures, tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        project(full, pictures, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_folders_that_get_in_each_others_way(full, pictures, tmp_path):
    with pytest.raises(InputError, match="folder of the inputs"):
        project(full, pictures, pictures / "out")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        project(full, pictures, tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no always full device")
def test_a_full_disk_leaves_no_half_projection(full, pictures, tmp_path, monkeypatch):
    out = tmp_path / "out"
    project(full, pictures / "seed0001.png", out)
    before = contents(out)
    monkeypatch.setattr("os.urandom", bytes)
    (out / ".projection.json.00000000.part").symlink_to("/dev/full")
    with pytest.raises(GANAnomalyError, match=r"disk .* is full"):
        project(full, pictures / "seed0001.png", out, force=True)
    assert contents(out) == before
    assert json.loads(before["projection.json"])["complete"] is True


def test_little_memory_makes_smaller_batches(full, pictures, tmp_path, monkeypatch):
    whole = project(full, pictures, tmp_path / "whole", batch=4)
    real, sizes = ProjectionSearch._reference, []

    def tight(self, targets, *rest):
        sizes.append(len(targets))
        if len(targets) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(self, targets, *rest)

    monkeypatch.setattr(ProjectionSearch, "_reference", tight)
    summary = project(full, pictures, tmp_path / "out", batch=4)
    assert sizes == [4, 2, 2]
    assert summary.notes == ["Memory ran out: the batch was halved to 2 pictures."]
    np.testing.assert_allclose([r.dist for r in summary.rows], [r.dist for r in whole.rows], atol=0.1)
