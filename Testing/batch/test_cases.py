"""What is taken for a volume in a folder as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from GANAnomalyLib.batch import find_cases
from GANAnomalyLib.errors import InputError


@pytest.fixture
def make(tmp_path):
    """Write small files with the given names below a folder (DICOM ones with DICOM's mark)."""

    def make(*names: str) -> Path:
        root = tmp_path / "in"
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\0" * 128 + b"DICM" if "dicom" in name else b"some bytes")
        return root

    return make


def names(found) -> list[str]:
    return [case.name for case in found]


def test_every_readable_kind_in_stable_order(make):
    root = make("b.nii.gz", "A.nrrd", "c/deep/er.mha", "d.nii", "e.mhd", "e.raw", "f.nhdr", "notes.txt")
    assert names(find_cases(root)) == ["A", "b", "c_deep_er", "d", "e", "f"]
    assert find_cases(str(root)) == find_cases([root])


def test_a_folder_of_dicom_is_one_case(make):
    root = make("p1/dicom1", "p1/dicom2", "p1/note.txt", "p2/s1/dicom.dcm", "p2/s2/IM0001.dcm", "DICOMDIR")
    assert names(find_cases(root)) == ["p1", "p2_s1", "p2_s2"]
    (case,) = find_cases(root / "p1")
    assert (case.name, case.path) == ("p1", root / "p1")


def test_results_labels_and_hidden_files_are_passed_over(make):
    root = make(
        "ct.nrrd",
        "ct_gananomaly/heatmap.nrrd",
        "other result/result.json",
        "other result/heatmap.nrrd",
        "half/gananomaly-partial.json",
        "half/heatmap.nrrd",
        "ct.seg.nrrd",
        "ct-label.nrrd",
        "lung_mask.nii.gz",
        "mask.nrrd",
        "Segmentation 2.nrrd",
        "segmentations/liver.nii.gz",
        "labelsTr/a.nii.gz",
        ".hidden.nrrd",
        ".git/a.nrrd",
        "unmasked.nrrd",
        "segment_of_interest.nrrd",
    )
    found = names(find_cases(root))
    assert found == ["ct", "segment_of_interest", "unmasked"]


def test_pictures_count_where_there_is_nothing_else(make):
    root = make("x/a.png", "x/b.jpg", "y/ct.nrrd", "y/screenshot.png")
    assert names(find_cases(root / "x")) == ["a", "b"]
    assert names(find_cases(root)) == ["y_ct"]
    assert names(find_cases([root / "x" / "a.png"])) == ["a"]


def test_what_is_named_twice_is_one_case(make):
    root = make("a.nrrd", "b.nrrd")
    assert names(find_cases([root / "b.nrrd", root, root / "a.nrrd"])) == ["b", "a"]


def test_names_are_unique_and_do_not_depend_on_one_another(make):
    root = make("ct.nii", "ct.nrrd", "p/ct.nrrd", "p_ct.nrrd")
    found = names(find_cases(root))
    assert len({name.casefold() for name in found}) == 4
    assert names(find_cases(root)) == found
    again = names(find_cases([root, make("ct.mha")]))
    assert set(found) < set(again)


@pytest.mark.parametrize(
    "name", ["con.nrrd", "a?b*c.nrrd", "Müller^Anna.nrrd", "_ .nrrd", "-x.nrrd", f"{'long' * 50}.nrrd"]
)
def test_names_are_safe_everywhere(make, name):
    (case,) = find_cases(make(name))
    assert case.name
    assert case.name.strip("._- ") == case.name
    assert not set(case.name) & set('<>:"/\\|?*^ ')
    assert case.name.lower() not in ("con", "prn", "aux", "nul")
    assert len(case.name) <= 80


def test_nothing_to_analyse(make, tmp_path):
    with pytest.raises(InputError, match="No volume was found"):
        find_cases(make("notes.txt", "label.nrrd"))
    with pytest.raises(InputError, match="does not exist"):
        find_cases(tmp_path / "nowhere")
    with pytest.raises(InputError, match="not a kind of file"):
        find_cases([make("a.nrrd") / "a.nrrd", make("notes.txt") / "notes.txt"])
    with pytest.raises(InputError):
        find_cases([])
