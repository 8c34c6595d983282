"""Classes, patients and parts of a split, from dataset.json, CSVs, folders and patterns."""

from __future__ import annotations

import json

import numpy as np
import pytest
from datasets.made import png, write_zip
from images.made import grey, opened, write_cts, write_pictures

from GANAnomalyLib.errors import InputError


def listed(folder, labels):
    (folder / "dataset.json").write_text(json.dumps({"labels": labels}), encoding="utf-8")
    return folder


def csv(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_classes_of_a_published_zip(tmp_path):
    files = {f"00000/img{n:08d}.png": png(grey(n)) for n in range(4)}
    labels = [[name, number % 3] for number, name in enumerate(files)]
    files["dataset.json"] = json.dumps({"labels": labels}).encode()
    archive = write_zip(tmp_path / "set.zip", files)
    images = opened(archive, tmp_path / "store", conditional=True)
    assert images.labels.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert images.labels.dtype == np.float32
    assert images.label_names == ["0", "1", "2"]
    assert images.classes == 3
    assert opened(archive, tmp_path / "store").classes == 0


def test_vectors_are_labels_as_they_are(tmp_path):
    data = listed(write_pictures(tmp_path / "data", 2), [["picture00.png", [0.5, 2]], ["picture01.png", [1, -3]]])
    assert opened(data, tmp_path / "store", conditional=True).labels.tolist() == [[0.5, 2], [1, -3]]


def test_names_listed_in_dataset_json_are_taken_whatever_they_say(tmp_path):
    data = listed(write_pictures(tmp_path / "data", ["a.png", "a_mask.png"]), [["a.png", 0], ["a_mask.png", 1]])
    assert len(opened(data, tmp_path / "store", conditional=True)) == 2


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "no dataset.json with labels"),
        ([["picture00.png", 0]], r"no label for 1 of 2 pictures \(the first is picture01\.png\)"),
        ([["picture00.png", 0], ["picture01.png", [1.0]]], "mixes kinds"),
        ([["picture00.png", -1], ["picture01.png", 0]], "classes counted from 0"),
        ("nonsense", "damaged or not as expected"),
    ],
)
def test_labels_that_do_not_serve(tmp_path, labels, words):
    data = listed(write_pictures(tmp_path / "data", 2), labels)
    with pytest.raises(InputError, match=words):
        opened(data, tmp_path / "store", conditional=True)


def test_a_label_for_a_file_that_is_not_there_is_passed_over(tmp_path):
    labels = [["picture00.png", 0], ["picture01.png", 1], ["gone.png", 7]]
    data = listed(write_pictures(tmp_path / "data", 2), labels)
    assert opened(data, tmp_path / "store", conditional=True).labels.tolist() == [[1, 0], [0, 1]]


def test_classes_from_a_csv(tmp_path):
    data = write_cts(tmp_path / "data", {"a.nii.gz": 2, "deep/b.nrrd": 1})
    said = []
    table = csv(tmp_path / "t.csv", "\ufefffile;class\ndeep\\b.nrrd;sick\na;healthy\ngone.nrrd;odd\n")
    images = opened(data, tmp_path / "store", said, conditional=True, labels=table)
    assert images.label_names == ["healthy", "sick"]
    assert images.labels.tolist() == [[1, 0], [1, 0], [0, 1]]
    assert any("1 rows of t.csv name files that are not there" in sentence for sentence in said)
    numbers = csv(tmp_path / "n.csv", "image_id,label\na.nii.gz,2\nb,0\n")
    images = opened(data, tmp_path / "store", conditional=True, labels=numbers)
    assert images.labels.tolist() == [[0, 0, 1], [0, 0, 1], [1, 0, 0]]


def test_classes_from_folders(tmp_path):
    data = write_pictures(tmp_path / "data", ["ill/a.png", "well/a.png", "well/deep/b.png"])
    images = opened(data, tmp_path / "store", conditional=True, labels="folder")
    assert images.label_names == ["ill", "well"]
    assert images.labels.argmax(1).tolist() == [0, 1, 1]
    write_pictures(data, ["top.png"])
    with pytest.raises(InputError, match=r"top\.png lies in no sub-folder that could name its class"):
        opened(data, tmp_path / "store", conditional=True, labels="folder")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,class\npicture00.png,1\n", r"no class for 1 of 2 files \(the first is picture01\.png\)"),
        ("file,class\npicture00.png,1\npicture00,2\npicture01,1\n", "two different values"),
        ("file,class\n", "no rows"),
        ("", "is empty"),
        ("file,kind\npicture00.png,1\n", "no column 'class'"),
        ("file,class,label\npicture00.png,1,2\n", "two columns that could be the class"),
        ("file,class\npicture00.png\n", "too few cells"),
        ('file,class\n"picture00.png,1\n', "damaged CSV"),
    ],
)
def test_tables_that_do_not_serve(tmp_path, text, words):
    data = write_pictures(tmp_path / "data", 2)
    with pytest.raises(InputError, match=words):
        opened(data, tmp_path / "store", conditional=True, labels=csv(tmp_path / "t.csv", text))


def test_tables_that_cannot_be_read(tmp_path):
    data = write_pictures(tmp_path / "data", 2)
    with pytest.raises(InputError, match="cannot be opened"):
        opened(data, tmp_path / "store", conditional=True, labels=str(tmp_path / "none.csv"))
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00f\x00")
    with pytest.raises(InputError, match="no plain text"):
        opened(data, tmp_path / "store", conditional=True, labels=str(tmp_path / "t.csv"))


def test_a_name_that_several_files_have(tmp_path):
    data = write_pictures(tmp_path / "data", ["x/a.png", "y/a.png"])
    with pytest.raises(InputError, match="several files could be"):
        opened(data, tmp_path / "s", conditional=True, labels=csv(tmp_path / "t.csv", "file,class\na.png,1\n"))
    table = csv(tmp_path / "t.csv", "file,class\nx/a.png,1\ny/a,0\n")
    assert opened(data, tmp_path / "s", conditional=True, labels=table).labels.argmax(1).tolist() == [1, 0]


def test_patients_by_rule(tmp_path):
    data = write_pictures(tmp_path / "data", ["p1/a.png", "p1/b.png", "p2/a.png", "p2/deep/p1.png"])
    rules = {
        "auto": [0, 1, 2, 3],
        "file": [0, 1, 2, 3],
        "folder": [0, 0, 1, 1],
        "regex:([^/]*)[.]png": [0, 1, 0, 2],
        "regex:p[0-9]": [0, 0, 1, 1],
        csv(tmp_path / "t.csv", "file,patient\np1/a.png,X\nb,Y\np2/a.png,X\np1.png,Y\n"): [0, 1, 0, 1],
    }
    for rule, expected in rules.items():
        assert opened(data, tmp_path / "store", patients=rule).patients.tolist() == expected, rule


def test_a_pattern_that_finds_nothing(tmp_path):
    data = write_pictures(tmp_path / "data", ["p1_a.png", "other.png"])
    with pytest.raises(InputError, match=r"finds nothing in other\.png \(1 such files\)"):
        opened(data, tmp_path / "store", patients="regex:p([0-9])")
    with pytest.raises(InputError, match=r"finds nothing in other\.png"):  # the group took no part in the match
        opened(data, tmp_path / "store", patients="regex:p([0-9])|other")


def test_patients_missing_from_their_table(tmp_path):
    data = write_pictures(tmp_path / "data", 2)
    table = csv(tmp_path / "t.csv", "file,patient\npicture00.png,X\n")
    with pytest.raises(InputError, match="no patient for 1 of 2 files"):
        opened(data, tmp_path / "store", patients=table)
    with pytest.raises(InputError, match=r"none\.csv cannot be opened"):
        opened(data, tmp_path / "store", patients=str(tmp_path / "none.csv"))


def test_parts_of_a_split(tmp_path):
    data = write_pictures(tmp_path / "data", 6)
    rows = [
        ("00", "A", "Train"),
        ("01", "A", "training"),
        ("02", "B", "val"),
        ("03", "C", "extra"),
        ("04", "D", "TEST"),
    ]
    table = csv(tmp_path / "t.csv", "file,patient,split\n" + "".join(f"picture{n},{p},{s}\n" for n, p, s in rows))
    said = []
    expected = {"train": [0, 1], "validation": [2], "valid": [2], "extra": [3], "test": [4]}
    for part, items in expected.items():
        images = opened(data, tmp_path / "store", said, split=table, part=part)
        assert images.items.tolist() == items
    assert images.patients.tolist() == [3]
    classes = csv(tmp_path / "c.csv", "file,class\n" + "".join(f"picture{n:02d},{n % 2}\n" for n in range(5)))
    some = opened(data, tmp_path / "store", split=table, part="train", conditional=True, labels=classes)
    assert some.labels.tolist() == [[1, 0], [0, 1]]  # picture05, in no part, needs no class
    assert any("1 of 6 files are in no part" in sentence for sentence in said)
    with pytest.raises(InputError, match="parts are extra, test, train, validation"):
        opened(data, tmp_path / "store", split=table, part="holdout")


def test_a_split_that_names_patients_only(tmp_path):
    data = write_pictures(tmp_path / "data", ["p1/a.png", "p1/b.png", "p2/a.png"])
    table = csv(tmp_path / "t.csv", "patient,split\np1,train\np2,val\n")
    images = opened(data, tmp_path / "store", patients="folder", split=table, part="train")
    assert images.items.tolist() == [0, 1]


def test_one_patient_in_two_parts_is_refused(tmp_path):
    data = write_pictures(tmp_path / "data", ["p1/a.png", "p1/b.png", "p2/a.png"])
    table = csv(tmp_path / "t.csv", "file,split\np1/a,train\np1/b,val\np2/a,val\n")
    with pytest.raises(InputError, match="one patient into train and into validation"):
        opened(data, tmp_path / "store", patients="folder", split=table, part="train")
    table = csv(tmp_path / "u.csv", "patient,split\np1,train\np1,val\np2,val\n")
    with pytest.raises(InputError, match="one patient into two parts"):
        opened(data, tmp_path / "store", patients="folder", split=table, part="train")


def test_other_tables_leave_the_pixels_alone(tmp_path):
    data = write_pictures(tmp_path / "data", 4)
    table = csv(tmp_path / "t.csv", "file,class\n" + "".join(f"picture{n:02d},{n % 2}\n" for n in range(4)))
    first = opened(data, tmp_path / "store")
    made = first.pixels.path.stat().st_mtime_ns
    assert opened(data, tmp_path / "store", conditional=True, labels=table).labels.argmax(1).tolist() == [0, 1, 0, 1]
    csv(tmp_path / "t.csv", "file,class\n" + "".join(f"picture{n:02d},{n // 2}\n" for n in range(4)))
    changed = opened(data, tmp_path / "store", conditional=True, labels=table)
    assert changed.labels.argmax(1).tolist() == [0, 0, 1, 1]
    assert changed.pixels.path == first.pixels.path
    assert first.pixels.path.stat().st_mtime_ns == made
