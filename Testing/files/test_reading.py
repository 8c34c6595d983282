"""Files from anywhere: plain values, or one sentence."""

from __future__ import annotations

import contextlib
import json
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import (
    parse_json,
    read_array,
    read_bytes,
    read_csv,
    read_json,
    read_json_lines,
    read_object,
    read_yaml,
)

ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
READERS = (read_json, read_object, read_json_lines, read_csv, read_yaml, read_array)


def test_json_as_editors_save_it(tmp_path):
    path = tmp_path / "a.json"
    for text, encoding in (('{"ü": 1}', "utf-8"), ('{"ü": 1}', "utf-8-sig")):
        path.write_text(text, encoding=encoding)
        assert read_json(path) == {"ü": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not valid JSON (line 1, column 1)"),
        (b'{"a": 1,\n "b" 2}', "is not valid JSON (line 2, column 6)"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"[" * 70 + b"]" * 70, "is nested too deeply"),
        (b'{"a": 1, "b": 2, "a": 3}', "names 'a' twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds a number of 5000 digits"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b'{"a": "\xff"}', "is not text in UTF-8"),
        (rb'{"a": "\ud800"}', "characters that do not exist"),
    ],
    ids=range(10),
)
def test_json_that_is_none_gives_one_sentence(tmp_path, data, words):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as found:
        read_json(path)
    assert words in found.value.message
    assert str(path) in found.value.message
    assert found.value.exit_code == 2


def test_bytes_of_a_files_name_are_letters():
    assert parse_json(r'{"a": "\udcff"}', "x") == {"a": "\udcff"}


def test_a_large_file_is_not_read_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b" " * 3000)
    with pytest.raises(InputError, match="too large, more than 2 KiB"):
        read_json(path, limit=2048)
    assert len(read_bytes(path, 3000)) == 3000


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["missing", "", "a\0b"])
def test_what_is_no_file_gives_one_sentence(tmp_path, reader, name):
    with pytest.raises(InputError):
        reader(f"{tmp_path}/{name}" if name else tmp_path)


def test_an_object_is_asked_for(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1]")
    with pytest.raises(InputError, match="must hold names with values in braces, not a list"):
        read_object(path)


def test_lines_that_are_not_whole_are_passed_over(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n[1]\n\xff\n' + b"[" * 100_000 + b'\n{"a": 2}\n{"a": ')
    assert read_json_lines(path) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "data",
    [
        b"file,score\na,0.5\nb,1\n",
        "\ufefffile;score\r\na;0.5\r\n\r\nb;1\r\n".encode(),
        "file\tscore\na\t0.5\nb\t1".encode("utf-16"),
        b'file,score\n"a", 0.5 \nb,1\n',
    ],
)
def test_tables_as_programs_save_them(tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    table = read_csv(path)
    assert table.by_name() == [{"file": "a", "score": "0.5"}, {"file": "b", "score": "1"}]
    assert table.comma_decimals == (b"," not in data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n1\n", "Line 2 of a.csv has 1 cells and its heading 2"),
        (b"a,b\n1,2,3\n", "Line 2 of a.csv has 3 cells"),
        (b"a,b\n1,\0\n", "is no plain text"),
        (b'a,b\n"1,2\n', "is a damaged CSV table"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "is a damaged CSV table"),
        (b"\xff\xfea", "is no plain text"),
    ],
    ids=range(7),
)
def test_tables_that_are_none_give_one_sentence(tmp_path, data, words):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as found:
        read_csv(path)
    assert words in found.value.message


def test_ragged_rows_where_they_may_be(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n1,2,3\n")
    assert read_csv(path, ragged=True).by_name() == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "uses references"),
        ("a: [" + "[" * 40 + "]" * 41, "nested too deeply"),
        ("a: [", "not valid YAML"),
        ("a: !!int ''", "not valid YAML"),
        ("a: !!timestamp x", "not valid YAML"),
        ("a: !!bool x", "not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("- a", "holds no settings by name"),
        ("a: \0", "is not text in UTF-8"),
    ],
)
def test_yaml_that_is_none_gives_one_sentence(tmp_path, text, words):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_yaml(path)


def test_arrays(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    np.savez_compressed(tmp_path / "a.npz", w=np.arange(4))
    assert read_array(tmp_path / "a.npy").tolist() == [0, 1, 2]
    assert read_array(tmp_path / "a.npy", mapped=True).tolist() == [0, 1, 2]
    assert read_array(tmp_path / "a.npz", "w").tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("name", [None, "w"])
def test_arrays_that_are_none_give_one_sentence(tmp_path, name):
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    np.savez(tmp_path / "other.npz", v=np.arange(4))
    header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"(" * 65
    (tmp_path / "nested.npy").write_bytes(header)
    with zipfile.ZipFile(tmp_path / "inner.npz", "w") as archive:
        archive.writestr("w.npy", header)
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(InputError, match="is no whole NumPy file"):
            read_array(path, name)


@ANY_FOLDER
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused(tmp_path, data):
    path = tmp_path / "any"
    path.write_bytes(data)
    for reader in READERS:
        with contextlib.suppress(InputError):
            reader(path)


@ANY_FOLDER
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**290), 10**290)
        | st.floats(allow_nan=False)
        | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
)
def test_what_python_writes_is_read_back(tmp_path, value):
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert read_json(path) == value
