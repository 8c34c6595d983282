"""The delivered teaching case is what the code makes, and its truth is a segmentation that 3D Slicer names."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from GANAnomalyLab.simulate import sample_data
from GANAnomalyLab.simulate.anomalies import demo_case
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.volume import read_volume

DATA, ICONS = bundled_folder(), sample_data.ICONS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resources")
    return folder, sample_data.write_samples(DATA / sample_data.SOURCE_CT, folder / "Data", folder / "Icons")


@pytest.mark.slow
def test_the_delivered_ct_is_what_the_code_makes(made):
    folder, _ = made
    delivered, again = read_volume(DATA / sample_data.SAMPLE_CT), read_volume(folder / "Data" / sample_data.SAMPLE_CT)
    np.testing.assert_array_equal(delivered.ijk_to_ras, again.ijk_to_ras)
    difference = np.abs(delivered.voxels.astype(int) - again.voxels)
    # Another processor may round a half the other way; more than that would be another case.
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-4


def test_the_delivered_truth_is_what_the_code_makes(made):
    folder, _ = made
    delivered, again = (sitk.ReadImage(str(f / sample_data.SAMPLE_TRUTH)) for f in (DATA, folder / "Data"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(delivered), sitk.GetArrayFromImage(again))
    names = [delivered.GetMetaData(f"Segment{n}_Name") for n in range(2)]
    assert names == ["Simulated needle", "Simulated fluid collection"]
    ct = sitk.ReadImage(str(DATA / sample_data.SAMPLE_CT))
    assert delivered.GetSize() == ct.GetSize()
    np.testing.assert_allclose(delivered.GetOrigin(), ct.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(delivered.GetDirection(), ct.GetDirection(), atol=1e-6)


def test_the_truth_marks_where_the_two_cts_differ():
    plain, marked = (read_volume(DATA / name).voxels for name in (sample_data.SOURCE_CT, sample_data.SAMPLE_CT))
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(DATA / sample_data.SAMPLE_TRUTH)))
    changed = np.abs(marked.astype(int) - plain)
    assert (marked[truth == 1] > 300).mean() > 0.5, "a needle is metal"
    assert np.median(marked[truth == 2]) < 40, "a collection is fluid"
    assert (changed[truth > 0] > 0).mean() > 0.95
    assert np.median(changed[truth == 0]) == 0


@pytest.mark.slow
def test_the_case_is_the_demo_commands():
    labels, _ = sample_data.truth_segments(demo_case(read_volume(DATA / sample_data.SOURCE_CT)))
    delivered = sitk.GetArrayFromImage(sitk.ReadImage(str(DATA / sample_data.SAMPLE_TRUTH)))
    np.testing.assert_array_equal(delivered, labels)


@pytest.mark.parametrize("name", sample_data.THUMBNAILS.values())
def test_the_delivered_thumbnails_are_what_the_code_draws(made, name):
    delivered, again = (np.asarray(Image.open(f / name)) for f in (ICONS, made[0] / "Icons"))
    assert delivered.shape == sample_data.THUMBNAIL_SIZE[::-1]
    assert np.abs(delivered.astype(int) - again).max() <= 2
    assert delivered.std() > 30, "a picture of something"


def test_the_two_thumbnails_tell_the_cts_apart():
    plain, marked = (np.asarray(Image.open(ICONS / name)).astype(int) for name in sample_data.THUMBNAILS.values())
    assert (np.abs(plain - marked) > 60).sum() > 100


def test_small_enough_to_come_with_the_program(made):
    assert sum(path.stat().st_size for path in made[1]) < 2.3e6


@pytest.mark.slow
def test_the_command_line_says_what_it_wrote(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["sample_data", str(tmp_path)])
    sample_data.main()
    lines = capsys.readouterr().out.split()
    assert sorted(lines) == sorted(str(path) for path in tmp_path.rglob("*") if path.is_file())
