"""What a set says of itself, in a folder or a zip, and what its classes are called."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from GANAnomalyLab.images import ImageSource, open_images
from GANAnomalyLab.images.set_manifest import MANIFEST, read_manifest

SAID = {"kind": "dataset", "intensity": "8 bit", "settings": {"transform": "center-crop"}}


def write_zip(path, text: str | None):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
        if text is not None:
            archive.writestr(MANIFEST, text)
    return path


def test_a_folder_and_a_zip_say_the_same(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / MANIFEST).write_text(json.dumps(SAID))
    assert read_manifest(tmp_path / "set") == read_manifest(write_zip(tmp_path / "set.zip", json.dumps(SAID))) == SAID


@pytest.mark.parametrize("text", [None, "{", "[]", '{"kind": "result"}', "[" * 100_000])
def test_what_cannot_be_understood_is_nothing(tmp_path, text):
    assert read_manifest(write_zip(tmp_path / "set.zip", text)) is None
    (tmp_path / "plain.zip").write_bytes(b"no zip")
    assert read_manifest(tmp_path / "plain.zip") is None
    assert read_manifest(tmp_path / "gone.zip") is None


def opened(tmp_path, names: object):
    folder = tmp_path / "classes"
    folder.mkdir(exist_ok=True)
    for number in range(3):
        Image.fromarray(np.full((8, 8), 40 * number + number, np.uint8)).save(folder / f"{number}.png")
    labels = [[f"{number}.png", number % 2] for number in range(3)]
    (folder / "dataset.json").write_text(json.dumps({"labels": labels, "label_names": names}))
    return open_images(ImageSource(str(folder), resolution=8, conditional=True), tmp_path / "store")


def test_classes_have_the_names_of_the_set_and_those_without_images_are_there(tmp_path):
    assert opened(tmp_path, ["benign", "malignant"]).label_names == ["benign", "malignant"]
    three = opened(tmp_path, ["a", "b", "c"])
    assert three.label_names == ["a", "b", "c"]
    assert three.labels.sum(0).tolist() == [2, 1, 0]
    for names in (["one"], ["same", "same"], None, [1, 2]):
        assert opened(tmp_path, names).label_names == ["0", "1"]
