"""A whole run: what the result folder holds, on which grid, and when it is used again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from analysis import small
from PIL import Image

from GANAnomalyLib import AnalysisRequest, read_volume, run, write_volume
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES, AnalysisResult
from GANAnomalyLib.volume import Volume

MANIFEST_KEYS = {
    "schema_version",
    "notice",
    "created",
    "fingerprint",
    "request",
    "settings",
    "heatmap_threshold",
    "findings_above",
    "heatmap_thresholds",
    "slice_thresholds",
    "model",
    "input",
    "geometry",
    "device",
    "domain",
    "versions",
    "timings_s",
    "notes",
    "warnings",
    "counts",
}


def read_result(result: AnalysisResult, name: str) -> Volume:
    return read_volume(result.path(name), allow_any=True)


def test_the_folder_keeps_its_contract(ask, crop, pictures):
    said = []
    result = run(ask(), progress=lambda fraction, message: said.append((fraction, message)))
    files = {path.name for path in result.folder.iterdir()}
    assert files == {
        "result.json",
        FILES["summary"],
        *(FILES[name] for name in ("heatmap", "reconstruction", "findings_segmentation", "scores", "findings")),
        FILES["patches"],
    }
    manifest = json.loads((result.folder / "result.json").read_text(encoding="utf-8"))
    assert set(manifest) == MANIFEST_KEYS
    assert manifest["schema_version"] == 1
    assert AnalysisRequest.from_dict(manifest["request"]) == ask()
    assert manifest["geometry"]["shape_kji"] == list(read_volume(crop).voxels.shape)
    assert manifest["counts"] == {"slices": 4, "findings": len(result.findings), "resumed": 0}
    assert "nobody" not in json.dumps(manifest["input"])
    assert set(manifest["timings_s"]) == {"read", "prepare", "explain", "score", "write", "pictures", "total"}
    assert not result.folder.with_name("result.partial").exists()

    with open(result.path("scores"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["slice"]) for row in rows] == [0, 1, 2, 3]
    assert all(float(row["score"]) == pytest.approx(float(row["wd"])) for row in rows)
    assert 1 <= len(result.findings) <= 4
    assert [finding.rank for finding in result.findings] == list(range(1, len(result.findings) + 1))
    for finding in result.findings:
        with Image.open(result.folder / finding.patch_picture) as picture:
            assert min(picture.size) > 0

    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("model", "flips", "angle"),
    [("encoder", (), 0.0), ("encoder", (0, 1), 0.0), ("body", (0, 2), 25.0)],
    ids=["as stored", "flipped", "oblique"],
)
def test_everything_lies_on_the_inputs_own_grid(ask, tmp_path, model, flips, angle):
    volume = small.turned(small.torso_crop(count=3), flips, angle)
    path = write_volume(volume, tmp_path / "input.nrrd")
    stored = read_volume(path)
    result = run(ask(input=path, model=model, batch=8))
    for name in ("heatmap", "reconstruction"):
        found = read_result(result, name)
        assert found.voxels.shape == volume.voxels.shape
        np.testing.assert_allclose(found.ijk_to_ras, stored.ijk_to_ras, atol=1e-9)
    labels = read_result(result, "findings_segmentation")
    np.testing.assert_allclose(labels.ijk_to_ras, stored.ijk_to_ras, atol=1e-9)
    assert read_result(result, "heatmap").voxels.max() > 0
    restored = read_result(result, "reconstruction").voxels
    assert restored.min() >= small.FLOOR
    assert restored.max() <= small.FLOOR + small.WINDOW
    for finding in result.findings:
        place = stored.ijk(np.array(finding.centre_ras))
        edges = np.array(finding.box_ijk)
        assert (place >= edges[:, 0] - 0.5).all()
        assert (place <= edges[:, 1] - 0.5).all()
        assert (edges[:, 0] >= 0).all()
        assert (edges[:, 1] <= np.array(volume.voxels.shape[::-1])).all()
        expected = (edges[:, 1] - edges[:, 0]) * np.array(stored.spacing)
        np.testing.assert_allclose(finding.size_mm, expected)
    best = result.findings[0]
    (i0, i1), (j0, j1), (k0, k1) = best.box_ijk
    assert (labels.voxels[k0:k1, j0:j1, i0:i1] == best.label).any()


def test_patient_order_not_file_order_names_slices(ask, tmp_path):
    """The same patient stored head first gives the same rows and the same places."""
    volume = small.torso_crop()
    numbers = []
    for name, flips in (("a", ()), ("b", (0, 2))):
        path = write_volume(small.turned(volume, flips), tmp_path / f"{name}.nrrd")
        result = run(ask(input=path, output=tmp_path / f"result_{name}"))
        numbers.append((result.scores, [(f.slice, f.centre_ras, f.score) for f in result.findings]))
    assert numbers[0][0] == numbers[1][0]
    for one, other in zip(numbers[0][1], numbers[1][1], strict=True):
        assert one[0] == other[0]
        np.testing.assert_allclose(one[1], other[1], atol=1e-6)
        assert one[2] == other[2]


@pytest.mark.parametrize("metric", ["wd", "mse"])
def test_a_bright_block_is_the_top_finding(ask, tmp_path, metric):
    """All but the block is an image of the model's own, so that only the block cannot be explained."""
    volume = small.own_images()
    (s0, s1), (r0, r1), (c0, c1) = box = (2, 5), (18, 26), (6, 14)
    target = volume.voxels[s0:s1, r0:r1, c0:c1]
    target[:] = np.where(target > small.LEVEL, small.FLOOR, small.FLOOR + small.WINDOW)
    turned = small.turned(volume, (0, 2), 15.0)
    path = write_volume(turned, tmp_path / "own.nrrd")
    result = run(ask(input=path, model="full", steps=20, metric=metric, patch_size=8))
    best = result.findings[0]
    place = volume.ijk(_unturned(np.array(best.centre_ras), volume, turned))[::-1]
    for axis, (start, stop) in enumerate(box):
        assert start - 0.5 <= place[axis] <= stop - 0.5
    assert best.score > 1.3 * result.findings[1].score
    heat = read_result(result, "heatmap").voxels
    peak = np.array(np.unravel_index(heat.argmax(), heat.shape))
    inside = volume.ijk(_unturned(turned.ras(peak[::-1]), volume, turned))[::-1]
    for axis, (start, stop) in enumerate(box):
        assert start - 1.5 <= inside[axis] <= stop + 0.5


def _unturned(ras: np.ndarray, volume: Volume, turned: Volume) -> np.ndarray:
    """Where a place of the turned volume was before: both hold the same corner voxels, flipped along i and k."""
    ijk = turned.ijk(ras)
    size = np.array(volume.voxels.shape[::-1])
    ijk[[0, 2]] = size[[0, 2]] - 1 - ijk[[0, 2]]
    return volume.ras(ijk)


def test_the_same_request_gives_the_same_numbers(ask, tmp_path):
    first, second = (run(ask(model="full", output=tmp_path / name)) for name in ("a", "b"))
    for name in ("heatmap", "reconstruction", "findings_segmentation"):
        assert first.path(name).read_bytes() == second.path(name).read_bytes()
    assert first.path("scores").read_bytes() == second.path("scores").read_bytes()
    assert first.findings == second.findings
    assert first.manifest["fingerprint"] == second.manifest["fingerprint"]
    other = run(ask(model="full", seed=1, output=tmp_path / "c"))
    assert not np.array_equal(read_result(first, "reconstruction").voxels, read_result(other, "reconstruction").voxels)


def test_regions_say_where_scores_count(ask, crop, tmp_path):
    volume = read_volume(crop)
    labels = np.zeros(volume.voxels.shape, np.uint8)
    labels[1:3, 20:40, 20:40] = 2
    labels[3, 50:60, 50:60] = 1
    mask = write_volume(volume.like(labels), tmp_path / "mask.nrrd")
    body = run(ask(region="body", output=tmp_path / "body"))
    assert len(body.scores) == 4
    everything = run(ask(region="mask", mask=mask, output=tmp_path / "all"))
    assert [row["slice"] for row in everything.scores] == [1, 2, 3]
    one = run(ask(region="mask", mask=mask, label=2, output=tmp_path / "one"))
    assert [row["slice"] for row in one.scores] == [1, 2]
    heat = read_result(one, "heatmap").voxels
    assert heat[1:3, 20:40, 20:40].max() > 0
    assert not heat[[0, 3]].any()
    reach = 6 * one.manifest["geometry"]["frame"]["width"] / small.SIZE  # a window half in the mask
    far = np.ones(heat.shape, bool)
    low, high = int(20 - reach), int(40 + reach) + 1
    far[:, low:high, low:high] = False
    assert not heat[far].any()
    for finding in one.findings:
        i, j, _ = volume.ijk(np.array(finding.centre_ras))
        assert 17 <= i <= 43
        assert 17 <= j <= 43


def test_a_range_and_a_single_slice(ask, crop, tmp_path):
    result = run(ask(slices=(1, 3)))
    assert [row["slice"] for row in result.scores] == [1, 2]
    heat = read_result(result, "heatmap").voxels
    assert heat[1:3].any(axis=(1, 2)).all()
    assert not heat[[0, 3]].any()
    volume = read_volume(crop)
    lone = write_volume(Volume(volume.voxels[1:2], volume.ijk_to_ras), tmp_path / "one.nii.gz")
    single = run(ask(input=lone, output=tmp_path / "single"))
    assert len(single.scores) == 1
    assert read_result(single, "heatmap").voxels.shape == (1, *volume.voxels.shape[1:])
    assert all(finding.slices == (0, 0) for finding in single.findings)


def test_a_radiograph(ask, tmp_path):
    grey = (np.add.outer(np.arange(48), np.arange(64)) * 2).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "chest.png")
    result = run(ask(input=tmp_path / "chest.png", allow_any=True))
    assert read_result(result, "heatmap").voxels.shape == (1, 48, 64)
    assert result.manifest["settings"]["window"] == 255
    assert read_result(result, "reconstruction").voxels.dtype == np.int16


def test_a_radiograph_of_16_bits_keeps_its_range(ask, tmp_path):
    grey = (np.add.outer(np.arange(48), np.arange(64)) * 500 + 5000).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "chest.png")
    result = run(ask(input=tmp_path / "chest.png", allow_any=True))
    assert result.manifest["settings"]["window"] == 65535
    restored = read_result(result, "reconstruction").voxels
    assert restored.min() >= 0
    assert restored.max() <= 65535


def test_padding_around_a_slice_is_never_a_finding(ask, tmp_path):
    """A flat, wide slice fills half of the network's image; its findings lie in it, their centres in their boxes."""
    volume = small.torso_crop(count=2)
    path = write_volume(Volume(volume.voxels[:, 20:44], volume.ijk_to_ras), tmp_path / "wide.nrrd")
    result = run(ask(input=path, top=10))
    frame = result.manifest["geometry"]["frame"]
    assert frame["width"] > 2 * frame["height"]
    read = read_volume(path)
    for finding in result.findings:
        edges = np.array(finding.box_ijk)
        # Windows are 6 pixels and at least half of each lies in the slice.
        assert (edges[1, 1] - edges[1, 0]) * read.spacing[1] > 2.5 * result.manifest["settings"]["patch_mm"] / 6
        place = read.ijk(np.array(finding.centre_ras))
        assert (place >= edges[:, 0] - 0.5).all()
        assert (place <= edges[:, 1] - 0.5).all()


def test_a_region_at_the_edge_is_found_inside_the_slice(ask, tmp_path):
    """A region too small to fill half a window, beside the padding: its windows reach far beyond the slice."""
    volume = small.torso_crop(count=2)
    volume = Volume(volume.voxels[:, 20:44], volume.ijk_to_ras)
    path = write_volume(volume, tmp_path / "wide.nrrd")
    labels = np.zeros(volume.voxels.shape, np.uint8)
    labels[:, :1, 10:40] = labels[:, -1:, 10:40] = 1
    mask = write_volume(volume.like(labels), tmp_path / "mask.nrrd")
    read = read_volume(path)
    findings = run(ask(input=path, region="mask", mask=mask, top=10)).findings
    assert findings
    for finding in findings:
        place, edges = read.ijk(np.array(finding.centre_ras)), np.array(finding.box_ijk)
        assert (place >= edges[:, 0] - 1e-6).all()
        assert (place <= edges[:, 1] - 1 + 1e-6).all()


def test_a_tilted_dicom_series_is_told_in_the_result(ask):
    result = run(ask(input=small.DATA / "ct_head_tilt", steps=1))
    assert any("tilt" in warning for warning in result.manifest["warnings"])
    assert result.manifest["input"]["modality"] == "CT"
    assert "SECRET" not in (result.folder / "result.json").read_text()


def test_the_same_request_is_answered_from_the_folder(ask):
    first = run(ask())
    times = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    again = run(ask())
    assert again.reused
    assert not first.reused
    assert again.findings == first.findings
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")} == times
    # Another way to say the same: what decides no number may differ.
    assert run(ask(batch=1)).reused


def test_another_request_needs_force(ask):
    run(ask())
    with pytest.raises(InputError, match=r"another request.*--force"):
        run(ask(metric="mse"))
    forced = run(ask(metric="mse"), force=True)
    assert not forced.reused
    assert forced.manifest["settings"]["metric"] == "mse"
    assert sorted(path.name for path in forced.folder.parent.iterdir()) == ["result"]


def test_a_result_with_missing_files_is_made_again(ask):
    first = run(ask())
    heat = first.path("heatmap").read_bytes()
    first.path("heatmap").unlink()
    again = run(ask())
    assert not again.reused
    assert again.path("heatmap").read_bytes() == heat
    (again.folder / "findings.json").write_text("{")
    with pytest.raises(InputError, match=r"--force"):
        run(ask())
    assert run(ask(), force=True).path("heatmap").read_bytes() == heat


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_others_is_never_touched(ask, tmp_path, force):
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        run(ask(), force=force)
    assert [path.name for path in tmp_path.rglob("*")] == ["result", "thesis.txt"]
    file = tmp_path / "afile"
    file.write_text("kept")
    with pytest.raises(InputError, match="afile is a file"):
        run(ask(output=file), force=force)
    assert file.read_text() == "kept"
    assert run(ask(output=tmp_path / "empty")).folder.is_dir()


def test_what_a_user_put_beside_a_result_survives_force(ask):
    folder = run(ask()).folder
    (folder / "reading.txt").write_text("seen, nothing to worry about")
    (folder / "mine").mkdir()
    (folder / "mine" / "sketch.png").write_bytes(b"12")
    run(ask(metric="mse"), force=True)
    assert (folder / "reading.txt").read_text() == "seen, nothing to worry about"
    assert (folder / "mine" / "sketch.png").read_bytes() == b"12"


def test_a_folder_filled_meanwhile_is_not_lost(ask, tmp_path):
    """Nothing was there when the run began; at its end something is, and the run gives way."""
    out = tmp_path / "result"

    def meddle(fraction, message):
        if fraction >= 0.88 and not out.exists():
            out.mkdir()
            (out / "other.txt").write_text("kept")

    with pytest.raises(InputError, match="filled by something else"):
        run(ask(), progress=meddle)
    assert [path.name for path in out.iterdir()] == ["other.txt"]


@pytest.mark.slow
def test_a_scene_comes_with_the_result(ask, pictures):
    pytest.importorskip("trame_slicer")
    result = run(ask(scene=True))
    assert result.path("scene").stat().st_size > 1000
    assert len(list(Path(result.path("views")).glob("*.png"))) >= 1
    assert run(ask(scene=True)).reused


def test_a_result_without_its_scene_is_not_enough_when_one_is_asked_for(ask, monkeypatch):
    run(ask())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="headless"):
        run(ask(scene=True))
