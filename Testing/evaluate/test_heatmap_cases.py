"""Which heatmap belongs to which truth, and what is said when they do not fit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLab.evaluate.heatmap.heatmap_cases import match_cases, read_case
from GANAnomalyLab.evaluate.lesion_boxes import Box, box_mask, read_boxes
from GANAnomalyLab.images.case_names import case_name
from GANAnomalyLib import Volume, write_volume
from GANAnomalyLib.errors import InputError

LPS = np.diag([-1.0, -1.0, 2.0, 1.0])


def save(path, array, matrix=LPS):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".png":
        Image.fromarray(array).save(path)
    else:
        write_volume(Volume(array, matrix), path)


@pytest.fixture
def heat():
    return np.random.default_rng(0).random((3, 8, 10), dtype=np.float32)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("p1.nii.gz", "p1"),
        ("a/b/p1_heatmap.nrrd", "p1"),
        ("p1.2_mask.png", "p1.2"),
        ("p1.seg.nrrd", "p1"),
        ("C:\\x\\p-3-segmentation.nii", "p-3"),
        ("mask.nrrd", "mask"),
        ("slice_007", "slice_007"),
        ("film.dcm", "film"),
    ],
)
def test_case_names(file, name):
    assert case_name(file) == name


def test_result_folders_of_a_batch_and_folders_of_simulate(tmp_path, heat):
    for name in ("a", "b", "c.partial"):
        save(tmp_path / "results" / name / "heatmap.nrrd", heat)
    (tmp_path / "results" / "summary.csv").write_text("case\n")
    Image.new("L", (4, 4)).save(tmp_path / "results" / "contact_sheet.png")
    mask = (heat > 0.9).astype(np.uint8)
    save(tmp_path / "truth" / "a" / "mask.nrrd", mask)
    save(tmp_path / "truth" / "a" / "ct.nrrd", heat)
    save(tmp_path / "truth" / "b_mask.nrrd", mask)
    cases = match_cases(tmp_path / "results", tmp_path / "truth")
    assert [case.name for case in cases] == ["a", "b"]
    pixels = read_case(cases[0])
    np.testing.assert_array_equal(pixels.heat, heat)
    np.testing.assert_array_equal(pixels.lesion, mask > 0)
    # One heatmap and one mask belong together, whatever they are called.
    (alone,) = match_cases(tmp_path / "results" / "b", tmp_path / "truth" / "a")
    assert alone.mask.name == "mask.nrrd"


def test_the_same_grid_stored_otherwise_is_turned(tmp_path, heat):
    save(tmp_path / "heat" / "p.nrrd", heat)
    mask = np.zeros(heat.shape, np.uint8)
    mask[2, 1, 4:7] = 1
    turned = LPS.copy()
    turned[:, 0] *= -1
    turned[:3, 3] = LPS[:3, 0] * (heat.shape[2] - 1)
    save(tmp_path / "mask" / "p.nii.gz", np.ascontiguousarray(mask[:, :, ::-1]), turned)
    (case,) = match_cases(tmp_path / "heat", tmp_path / "mask")
    np.testing.assert_array_equal(read_case(case).lesion, mask > 0)
    moved = LPS.copy()
    moved[0, 3] = 30
    save(tmp_path / "mask" / "p.nii.gz", mask, moved)
    with pytest.raises(InputError, match="lies elsewhere in the patient"):
        read_case(case)


def test_boxes_in_a_volume_count_slices_from_below(tmp_path, heat):
    upside_down = LPS.copy()
    upside_down[2, 2] *= -1
    save(tmp_path / "heat" / "p.nrrd", heat, upside_down)
    (tmp_path / "boxes.csv").write_text("case,slice,x0,y0,x1,y1\np.nii.gz,0,2,3,5,4\n")
    (case,) = match_cases(tmp_path / "heat", tmp_path / "boxes.csv")
    pixels = read_case(case)
    np.testing.assert_array_equal(pixels.heat[0], heat[2])
    assert np.argwhere(pixels.lesion).tolist() == [[0, 3, 2], [0, 3, 3], [0, 3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "case,slice,x0,y0,x1,y1\np,1,2,3,6,5\nq,,,,,\n",
        "filename;slice;top;left;height;width\nsub/p.png;1;3;2;2;4\nq.png;;;;;\n",
        "\ufeffName\tSlice\tX\tY\tWidth\tHeight\np_mask.nrrd\t1\t2\t3\t4\t2\n\t\t\t\t\t\nq\t\t\t\t\t\n",
        "image,xmin,ymin,xmax,ymax,slice,reader\np,1.6,3.5,5.6,5.4,1,A\nq,,,,,,B\n",
    ],
)
def test_every_layout_of_a_table_says_the_same(tmp_path, text):
    path = tmp_path / "boxes.csv"
    path.write_text(text, encoding="utf-8")
    boxes = read_boxes(path)
    assert list(boxes) == ["p", "q"]
    assert boxes["q"] == []
    expected = np.zeros((3, 8, 10), bool)
    expected[1, 3:5, 2:6] = True
    np.testing.assert_array_equal(box_mask(boxes["p"], expected.shape, "p"), expected)


def test_coco(tmp_path):
    data = {
        "images": [{"id": 7, "file_name": "x/p.png"}, {"id": 8, "file_name": "q.png", "slice": 2}],
        "annotations": [{"image_id": 7, "bbox": [2, 3, 4, 2]}, {"image_id": 8, "bbox": [0, 0, 1, 1.0]}],
    }
    (tmp_path / "c.json").write_text(json.dumps(data))
    assert read_boxes(tmp_path / "c.json") == {"p": [Box(None, 2, 3, 6, 5)], "q": [Box(2, 0, 0, 1, 1)]}
    data["annotations"][0]["image_id"] = 9
    (tmp_path / "c.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match="image 9"):
        read_boxes(tmp_path / "c.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("case,x0,y0\np,1,2\n", "lacks columns"),
        ("case,x0,y0,x1,y1\np,1,2,three,4\n", "Row 2 of boxes.csv"),
        ("case,x0,y0,x1,y1\np,1,2,3\n", "Row 2 of boxes.csv"),
        ("case,x0,y0,x1,y1\np,1,2,nan,4\n", "Row 2 of boxes.csv"),
        ("case,x0,y0,x1,y1\n,1,2,3,4\n", "names no case"),
        ("case,slice,x0,y0,x1,y1\np,1.5,1,2,3,4\n", "slice 1.5"),
    ],
)
def test_bad_tables(tmp_path, text, words):
    (tmp_path / "boxes.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_boxes(tmp_path / "boxes.csv")


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (Box(0, 5, 0, 11, 2), "outside"),
        (Box(3, 0, 0, 1, 1), "outside"),
        (Box(0, -2, 0, 1, 1), "outside"),
        (Box(0, 4, 4, 4, 6), "no pixel"),
        (Box(0, 6, 4, 2, 6), "no pixel"),
        (Box(None, 0, 0, 1, 1), "in which slice"),
    ],
)
def test_bad_boxes(box, words):
    with pytest.raises(InputError, match=words):
        box_mask([box], (3, 8, 10), "p")


def test_who_is_missing_is_named(tmp_path, heat):
    for name in ("a", "b"):
        save(tmp_path / "heat" / f"{name}.npy", heat)
    save(tmp_path / "mask" / "a.npy", heat > 0.5)
    with pytest.raises(InputError, match="no mask for b"):
        match_cases(tmp_path / "heat", tmp_path / "mask")
    a, b = match_cases(tmp_path / "heat", tmp_path / "mask", missing_normal=True)
    assert read_case(a).lesion.any()
    assert not read_case(b).lesion.any()
    save(tmp_path / "mask" / "c.npy", heat > 0.5)
    with pytest.raises(InputError, match="no heatmap for c"):
        match_cases(tmp_path / "heat", tmp_path / "mask", missing_normal=True)
    (tmp_path / "boxes.csv").write_text("case,slice,x0,y0,x1,y1\nz,0,1,1,2,2\n")
    with pytest.raises(InputError, match="no heatmap for z"):
        match_cases(tmp_path / "heat", tmp_path / "boxes.csv")
    save(tmp_path / "ignore" / "d.npy", heat > 0.5)
    save(tmp_path / "ignore" / "a.npy", heat > 0.5)
    with pytest.raises(InputError, match="no heatmap for d"):
        match_cases(tmp_path / "heat", tmp_path / "boxes.csv", tmp_path / "ignore")
    save(tmp_path / "heat" / "a_heatmap.npy", heat)
    with pytest.raises(InputError, match="two files for the case a"):
        match_cases(tmp_path / "heat", tmp_path / "mask")
    for path in (tmp_path / "nowhere", tmp_path / "boxes.csv"):
        with pytest.raises(InputError):
            match_cases(path, tmp_path / "mask")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no heatmap"):
        match_cases(tmp_path / "empty", tmp_path / "mask")


def test_values_and_grids_that_cannot_be_used(tmp_path, heat):
    def case(values, mask=None, ignore=None):
        for folder, array in (("heat", values), ("mask", mask), ("ignore", ignore)):
            if array is not None:
                save(tmp_path / folder / "p.npy", array)
        return match_cases(tmp_path / "heat", tmp_path / "mask", tmp_path / "ignore" if ignore is not None else None)[0]

    mask = heat > 0.9
    holed = heat.copy()
    holed[0, 0, :2] = np.nan
    with pytest.raises(InputError, match="heatmap of p holds 2 pixels"):
        read_case(case(holed, mask))
    # What does not count may hold anything.
    assert read_case(case(holed, mask, np.isnan(holed))).counted.sum() == heat.size - 2
    with pytest.raises(InputError, match="mask of p is 3 slices of 9 x 8 pixels"):
        read_case(case(heat, mask[:, :, 1:]))
    with pytest.raises(InputError, match="not labels"):
        read_case(case(heat, heat))
    with pytest.raises(InputError, match="shape"):
        read_case(case(np.zeros((2, 2, 3, 4)), mask))
    with pytest.raises(InputError, match="no real numbers"):
        read_case(case(heat.astype(complex), mask))
    (tmp_path / "heat" / "p.npy").write_bytes(b"\x93NUMPY broken")
    with pytest.raises(InputError, match="damaged"):
        read_case(match_cases(tmp_path / "heat", tmp_path / "mask")[0])


def test_tensors_and_pictures(tmp_path):
    torch = pytest.importorskip("torch")
    (tmp_path / "heat").mkdir()
    values = np.arange(80, dtype=np.uint8).reshape(8, 10)
    save(tmp_path / "heat" / "p.png", values)
    torch.save(torch.from_numpy(values).float()[None, None], tmp_path / "heat" / "q.pt")
    torch.save({"code": print}, tmp_path / "heat" / "r.pt")
    for name in "pqr":
        save(tmp_path / "mask" / f"{name}.png", np.where(values > 70, 255, 0).astype(np.uint8))
    p, q, r = match_cases(tmp_path / "heat", tmp_path / "mask")
    np.testing.assert_array_equal(read_case(p).heat, read_case(q).heat)
    assert read_case(p).lesion.sum() == 9
    with pytest.raises(InputError, match="heatmap of r"):
        read_case(r)
