"""Reading results: what belongs together, and what cannot be used."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from evaluate_normative import made

from GANAnomalyLab.evaluate.normative import Scan, find_scans, holds_results, normative_indices, read_heat, read_pairs
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume import read_volume


@pytest.fixture
def scan(tmp_path):
    hu, mask = made.with_lesion(made.body(1))
    return made.write_scan(tmp_path / "set", "p1", hu, made.blurred, mask)


def edit(scan: Scan, change) -> None:
    path = scan.result / "result.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_scans_and_masks_belong_together_by_name(study, scan, tmp_path):
    results = study.folder / "ill" / "results"
    assert holds_results(results)
    assert holds_results(results / "i0")
    assert not holds_results(study.folder / "ill" / "masks")
    assert not holds_results(tmp_path / "nowhere")
    found = find_scans(results, study.folder / "ill" / "masks")
    assert [one.name for one in found] == ["i0", "i1"]
    assert [one.mask.name for one in found] == ["i0.nii.gz", "i1.nii.gz"]
    (alone,) = find_scans(results / "i0", study.folder / "ill" / "masks" / "i1.nii.gz")
    assert alone.mask.name == "i1.nii.gz", "one scan and one mask belong together whatever they are called"
    with pytest.raises(InputError, match="no mask for h0, h1, h2"):
        find_scans(study.folder / "healthy" / "results", study.folder / "ill" / "masks")
    shutil.copytree(results / "i0", tmp_path / "few" / "i0")
    with pytest.raises(InputError, match="a mask but no scan for i1"):
        find_scans(tmp_path / "few", study.folder / "ill" / "masks")
    with pytest.raises(InputError, match="holds no result"):
        find_scans(tmp_path)
    with pytest.raises(InputError, match="cannot be opened"):
        find_scans(tmp_path / "nowhere")


def test_heat_and_lesions_are_on_the_ct_grid(scan):
    seen = read_heat(scan)
    lesion = made.with_lesion(made.body(1))[1]
    assert seen.lesion.sum() == lesion.sum()
    assert seen.heat.shape == lesion.shape == seen.counted.shape
    assert seen.voxel_mm3 == pytest.approx(12.0)
    assert seen.heat[seen.lesion].mean() > 3 * seen.heat[~seen.lesion].mean()
    pairs = read_pairs(scan)
    assert pairs.originals.shape == (4, made.SIZE, made.SIZE)
    # The cube's edge pixels are partly what lies beside it.
    assert pairs.originals[pairs.lesion].min() > 170 > np.median(pairs.originals[~pairs.lesion]), (
        "the mask lies on the bright cube"
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda s: edit(s, lambda m: m["geometry"].pop("frame")), "does not say how its slices were framed"),
        (lambda s: edit(s, lambda m: m["geometry"]["frame"].update(resolution="many")), "frame.resolution must be"),
        (lambda s: edit(s, lambda m: m["settings"].pop("window")), "does not say how its slices were framed"),
        (lambda s: edit(s, lambda m: m["request"].update(input="gone.nii.gz")), "is not where it was"),
        (lambda s: edit(s, lambda m: m["input"].update(hash="other")), "was changed since"),
        (lambda s: (s.result / "reconstruction.nrrd").write_bytes(b"NRRD0004\n"), "reconstruction.nrrd of the result"),
        (lambda s: (s.result / "reconstruction.nrrd").unlink(), "reconstruction.nrrd of the result p1"),
        (lambda s: (s.result / "scores.csv").write_text("slice,score\n99,1\n"), "does not belong to its CT"),
        (lambda s: (s.result / "result.json").write_text("{"), "is not valid JSON"),
    ],
)
def test_damaged_results_are_named(scan, spoil, words):
    spoil(scan)
    with pytest.raises(InputError, match=words):
        read_pairs(scan)


def test_a_truncated_heatmap_and_one_of_nan(scan):
    path = scan.result / "heatmap.nrrd"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"heatmap\.nrrd of the result p1 cannot be read"):
        read_heat(scan)
    from GANAnomalyLib.volume import write_volume

    heat = made.volume_of(np.full((4, 40, 40), np.nan, np.float32))
    path.unlink()
    write_volume(heat, path)
    with pytest.raises(InputError, match="not numbers"):
        read_heat(scan)


def test_masks_that_do_not_fit(scan, tmp_path):
    from GANAnomalyLib.volume import write_volume

    other = write_volume(made.volume_of(np.ones((4, 8, 8), np.uint8)), tmp_path / "other.nii.gz")
    with pytest.raises(InputError, match="not on the grid"):
        read_pairs(Scan("p1", scan.result, other))
    empty = write_volume(made.volume_of(np.zeros((4, 40, 40), np.uint8)), tmp_path / "empty.nii.gz")
    with pytest.raises(InputError, match="is empty"):
        read_heat(Scan("p1", scan.result, empty))


def test_a_lesion_outside_the_slices_analysed_counts_for_nothing(scan, study):
    lines = (scan.result / "scores.csv").read_text().splitlines()
    (scan.result / "scores.csv").write_text("\n".join([lines[0], lines[1]]) + "\n")  # slice 0 has no lesion
    found = normative_indices(study.healthy, {"ill": [scan]}, study.training)
    assert np.isnan(found.caci["ill"].value)
    assert found.objects["ill"]["0.05"].lesions == 0
    assert any("p1 shows no lesion" in text for text in found.warnings)


def test_other_sizes_and_names_are_refused(study, scan, tmp_path):
    with pytest.raises(InputError, match="have 16 pixels a side, others 32"):
        normative_indices(study.healthy, {"ill": study.ill}, [lambda: np.zeros((3, 16, 16), np.uint8)])
    with pytest.raises(InputError, match="cannot be called healthy"):
        normative_indices(study.healthy, {"healthy": study.ill})
    with pytest.raises(InputError, match="no scan to evaluate"):
        normative_indices([], {})
    assert read_volume(scan.result / "heatmap.nrrd", allow_any=True).voxels.shape == (4, 40, 40)


def test_it_stops_when_asked_and_says_how_far_it_is(study):
    cancel, said = CancelToken(), []

    def stop(fraction, message):
        said.append(fraction)
        if fraction > 0.3:
            cancel.cancel()

    with pytest.raises(Cancelled):
        normative_indices(study.healthy, {"ill": study.ill}, study.training, progress=stop, cancel=cancel)
    assert said == sorted(said)
    assert 0.3 < said[-1] < 1
