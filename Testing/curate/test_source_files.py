"""What a repository holds is found by names, sizes and times alone."""

import os

import pytest
from curate.drawn import dicom, write_chests

from GANAnomalyLab.curate.source_files import IMAGE, SERIES, VOLUME, list_sources
from GANAnomalyLib.errors import InputError


def test_images_volumes_and_series(tmp_path):
    write_chests(tmp_path / "films", 2, 16)
    (tmp_path / "ct.nii.gz").write_bytes(b"x")
    for number in range(3):
        dicom(tmp_path / "scan" / f"{number}.dcm", "CT")
        dicom(tmp_path / "dx" / f"IM{number:04d}", "DX")
    (tmp_path / "readme.txt").write_text("no image")
    found = list_sources([tmp_path])
    kinds = {os.path.relpath(one.path, tmp_path): one.kind for one in found.files}
    assert kinds == {
        "ct.nii.gz": VOLUME,
        "films/chest_0000.png": IMAGE,
        "films/chest_0001.png": IMAGE,
        "scan": SERIES,
        "dx/IM0000": IMAGE,
        "dx/IM0001": IMAGE,
        "dx/IM0002": IMAGE,
    }
    assert [one.path for one in found.files] == sorted(one.path for one in found.files)
    assert found.passed_over["of other kinds"] == 1


def test_links_that_lead_out_are_passed_over(tmp_path):
    outside = write_chests(tmp_path / "outside", 1, 16)[0]
    inside = write_chests(tmp_path / "source", 1, 16)[0]
    (tmp_path / "source" / "out.png").symlink_to(outside)
    (tmp_path / "source" / "loop").symlink_to(tmp_path / "source")
    (tmp_path / "source" / "again.png").symlink_to(inside)
    found = list_sources([tmp_path / "source"])
    assert [os.path.basename(one.path) for one in found.files] == ["again.png", "chest_0000.png"]
    assert found.passed_over["links that lead out, to folders or nowhere"] == 2


def test_a_table_of_paths(tmp_path):
    write_chests(tmp_path / "films", 2, 16)
    table = tmp_path / "list.csv"
    table.write_text("File,x\nfilms/chest_0001.png,1\nfilms/gone.png,2\n\n", encoding="utf-8-sig")
    found = list_sources([table])
    assert [os.path.basename(one.path) for one in found.files] == ["chest_0001.png"]
    assert found.passed_over["named in the table and not there"] == 1


def test_what_is_named_twice_counts_once(tmp_path):
    files = write_chests(tmp_path, 2, 16)
    assert len(list_sources([tmp_path, files[0]]).files) == 2


def test_a_changed_file_has_another_state(tmp_path):
    file = write_chests(tmp_path, 1, 16)[0]
    before = list_sources([tmp_path]).files[0].state
    os.utime(file, ns=(1, 1))
    assert list_sources([tmp_path]).files[0].state != before


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "No image was found"),
        (lambda path: path.with_suffix(".txt").write_text("x"), "does not exist"),
    ],
)
def test_nothing_to_curate_is_said(tmp_path, make, told):
    make(tmp_path / "there")
    with pytest.raises(InputError, match=told):
        list_sources([tmp_path / "there"])


def test_a_table_without_paths_is_said(tmp_path):
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no column of paths"):
        list_sources([tmp_path / "list.csv"])


def test_other_kinds_are_refused_by_name(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="not a kind of file that can be curated"):
        list_sources([tmp_path / "notes.txt"])
