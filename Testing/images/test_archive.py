"""Folders and zips of pictures, honest and hostile."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
from datasets.made import pixels, png, write_folder, write_zip
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLab.images.labels import entries_json, parse_labels
from GANAnomalyLib.errors import InputError


@pytest.fixture(params=["folder", "stored", "deflated"])
def source(request, tmp_path):
    folder = write_folder(
        tmp_path / "set", ["b/2.png", "a.PNG", "b/1.png"], [["b/2.png", 1], ["a.PNG", 0], ["b/1.png", 1]]
    )
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "a.png").write_bytes(b"x")
    if request.param == "folder":
        return folder
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    method = zipfile.ZIP_STORED if request.param == "stored" else zipfile.ZIP_DEFLATED
    return write_zip(tmp_path / "set.zip", files, method)


def test_pictures_and_labels(source):
    with open_pictures(source) as pictures:
        assert pictures.names == ["a.PNG", "b/1.png", "b/2.png"]
        assert pictures.labels() == {"a.PNG": 0, "b/1.png": 1, "b/2.png": 1}
        np.testing.assert_array_equal(np.asarray(pictures.open("b/1.png")), pixels(2))
        again = pickle.loads(pickle.dumps(pictures))  # as a loader's processes get it
    np.testing.assert_array_equal(np.asarray(again.open("a.PNG")), pixels(1))
    again.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forked processes there")
def test_a_forked_process_reads_at_its_own_place(tmp_path):
    path = write_zip(tmp_path / "set.zip", {f"{n}.png": png(pixels(n)) for n in range(20)})
    with open_pictures(path) as pictures:
        pictures.open("0.png")
        child = os.fork()
        good = all(np.array_equal(np.asarray(pictures.open(f"{n}.png")), pixels(n)) for n in range(20))
        if child == 0:
            os._exit(0 if good else 1)
        assert good
        assert os.waitpid(child, 0)[1] == 0


def test_labels_beside_the_pictures_of_a_zipped_folder(tmp_path):
    labels = json.dumps({"labels": {"1.png": [0.5, 2], "2.png": [1, 0]}}).encode()
    files = {"set/1.png": png(pixels(1)), "set/2.png": png(pixels(2)), "set/dataset.json": labels}
    with open_pictures(write_zip(tmp_path / "set.zip", files)) as pictures:
        assert pictures.labels() == {"set/1.png": [0.5, 2.0], "set/2.png": [1.0, 0.0]}


def test_no_labels(tmp_path):
    folder = write_folder(tmp_path / "set", ["a.png"])
    assert open_pictures(folder).labels() is None
    (folder / "dataset.json").write_text('{"labels": null}')
    assert open_pictures(folder).labels() is None


def test_a_picture_without_its_label(tmp_path):
    folder = write_folder(tmp_path / "set", ["a.png", "b.png"], [["b.png", 1]])
    with pytest.raises(InputError, match=r"no label for 1 of 2 pictures \(the first is a.png\)"):
        open_pictures(folder).labels()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"labels": 3}', "damaged"),
        ('{"labels": [["a.png"]]}', "damaged"),
        ('{"labels": [[1, 2]]}', "damaged"),
        ('{"labels": [["a.png", NaN]]}', "a.png the label nan"),
        ('{"labels": [["a.png", Infinity]]}', "a.png the label inf"),
        ('{"labels": [["a.png", -1]]}', "the label -1"),
        ('{"labels": [["a.png", 0.5]]}', "the label 0.5"),
        ('{"labels": [["a.png", true]]}', "the label True"),
        ('{"labels": [["a.png", "cat"]]}', "the label cat"),
        ('{"labels": [["a.png", []]]}', r"the label \[\]"),
        ('{"labels": [["a.png", [1, null]]]}', "the label"),
        ('{"labels": [["a.png", 1], ["b.png", [1]]]}', "mixes"),
        ('{"labels": [["a.png", [1]], ["b.png", [1, 2]]]}', "mixes"),
        ('{"labels": ' + "[" * 100_000, "damaged"),
        ('{"labels": [["a.png", 1' + "0" * 400 + "]]}", "damaged or not as expected"),
    ],
)
def test_bad_labels_are_one_sentence(text, words):
    with pytest.raises(InputError, match=words):
        parse_labels(text.encode(), "dataset.json")


@given(
    st.dictionaries(st.text(min_size=1, max_size=9).filter(lambda t: "\\" not in t), st.integers(0, 1000), max_size=9)
)
def test_labels_survive_writing(labels):
    assert parse_labels(entries_json(list(labels), labels).encode(), "dataset.json") == labels


@given(st.binary(max_size=200))
def test_any_bytes_give_labels_or_a_sentence(data):
    with contextlib.suppress(InputError):
        parse_labels(data, "dataset.json")


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "..\\evil.png", "C:\\evil.png"])
def test_names_that_lead_out(tmp_path, name):
    with pytest.raises(InputError, match="leads out"):
        open_pictures(write_zip(tmp_path / "set.zip", {"a.png": png(pixels()), name: b"x"}))
    assert not (tmp_path.parent / "evil.png").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a.png", png(pixels()))
        archive.writestr("a.png", png(pixels(1)))
    with pytest.raises(InputError, match=r"two files called a\.png"):
        open_pictures(tmp_path / "set.zip")


def test_rare_compression(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"a.png": png(pixels())}, zipfile.ZIP_LZMA)
    with open_pictures(path) as pictures, pytest.raises(InputError, match="uncompressed"):
        pictures.read("a.png")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.images.archive.MOST_BYTES", 1 << 20)
    path = write_zip(tmp_path / "set.zip", {"a.png": b"\0" * (2 << 20)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    with open_pictures(path) as pictures, pytest.raises(InputError, match="more than a picture"):
        pictures.read("a.png")


def test_a_member_that_lies_about_its_size(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"a.png": b"\0" * (1 << 20)}, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24  # the size in the central directory
    data[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(data)
    with open_pictures(path) as pictures, pytest.raises(InputError, match="damaged"):
        pictures.read("a.png")


def test_a_password(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"a.png": png(pixels())})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with open_pictures(path) as pictures, pytest.raises(InputError, match="password"):
        pictures.read("a.png")


@given(cut=st.integers(0, 400), flip=st.integers(0, 400))
def test_damaged_zips_raise_sentences(tmp_path_factory, cut, flip):
    path = write_zip(tmp_path_factory.mktemp("zip") / "set.zip", {"a.png": png(pixels(size=(4, 4)))})
    data = bytearray(path.read_bytes())
    data[min(flip, len(data) - 1)] ^= 0xFF
    path.write_bytes(data[: max(len(data) - cut, 0)] if cut % 2 else data)
    with contextlib.suppress(InputError), open_pictures(path) as pictures:
        for name in pictures.names:
            pictures.open(name)


def test_not_pictures(tmp_path):
    big = Image.new("1", (20_000, 20_000))
    stream = io.BytesIO()
    big.save(stream, "PNG")
    two = io.BytesIO()
    Image.fromarray(pixels()).save(two, "TIFF", save_all=True, append_images=[Image.fromarray(pixels(1))])
    folder = tmp_path / "set"
    folder.mkdir()
    whole = png(pixels(size=(64, 64)))
    for name, data in {
        "empty.png": b"",
        "cut.png": whole[:600],
        "text.png": b"hello",
        "big.png": stream.getvalue(),
        "two.tiff": two.getvalue(),
    }.items():
        (folder / name).write_bytes(data)
    pictures = open_pictures(folder)
    for name, words in [("empty", "not a"), ("cut", "cut short"), ("text", "not a"), ("big", "too large")]:
        with pytest.raises(InputError, match=words):
            pictures.open(f"{name}.png")
    with pytest.raises(InputError, match="several pictures"):
        pictures.open("two.tiff")


def test_nothing_there(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    for path, words in [("empty", "holds no"), ("text.zip", "not a zip"), ("nowhere", "does not exist")]:
        with pytest.raises(InputError, match=words):
            open_pictures(tmp_path / path)


def test_a_pipe_is_not_waited_for(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes there")
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match="not a file"):
        open_pictures(tmp_path).open("a.png")


def test_the_shape_of_a_picture_is_known_without_its_pixels(tmp_path) -> None:
    for orientation in (1, 3, 6):
        held = Image.Exif()
        held[0x0112] = orientation
        for ending in ("jpg", "tif"):
            Image.new("L", (30, 20)).save(tmp_path / f"{orientation}.{ending}", exif=held)
    pictures = open_pictures(tmp_path)
    assert [pictures.shape(name) for name in pictures.names] == [(20, 30)] * 4 + [(30, 20)] * 2
    assert all(pictures.shape(name) == pictures.open(name).size[::-1] for name in pictures.names)
    (tmp_path / "6.jpg").write_bytes(b"none")
    with pytest.raises(InputError, match=r"6\.jpg is not a PNG"):
        pictures.shape("6.jpg")
