"""What people choose a series by, how they may name it, and where none of that may go."""

import json
import sys

import numpy as np
import pytest
from volume.phantoms import hu

from GANAnomalyLib.cli import main
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import list_series, read_volume
from GANAnomalyLib.volume.series_facts import SeriesFacts, facts_of

TYPED = {"SeriesDescription": "Thorax SECRET  i70f", "BodyPartExamined": "CHEST", "ConvolutionKernel": ["Br40f", "3"]}


@pytest.fixture
def study(write_slices):
    """DICOM numbers 2, 2, 4 and 201, so that the listing's numbers mean something else."""

    def add(uid, count, start, **tags):
        positions = np.array([[-20.0, -30.0, 5.0 + 2.5 * n] for n in range(count)])
        pixels = (hu((count, 8, 10), start) + 1024).astype(np.uint16)
        return write_slices(pixels, positions, series=uid, start=start, **tags)

    add("2.25.70", 3, 1, SeriesNumber=2, AcquisitionTime="140530.25", SeriesTime="130000", **TYPED)
    add("2.25.71", 4, 11, SeriesNumber=2, SeriesTime="1359", SliceThickness=0.75)
    add("2.25.72", 5, 21, SeriesNumber=4, SliceThickness=None)
    return add("2.25.73", 2, 31, SeriesNumber=201)


def test_the_listing_tells_series_apart(study):
    listing = list_series(study)
    assert [(s.number, s.series_number, s.count) for s in listing] == [(1, 2, 3), (2, 2, 4), (3, 4, 5), (4, 201, 2)]
    assert listing[0].facts == SeriesFacts("Thorax SECRET i70f", "CHEST", "Br40f 3", 2.0, "14:05:30")
    assert listing[1].facts == SeriesFacts(thickness=0.75, time="13:59")
    assert listing[2].facts == SeriesFacts()
    assert "SECRET" not in repr(listing)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        *[("2.25.72", 5), (1, 3), ("4", 2), (" 3 ", 5), (201, 2), ("201", 2), ("dicom:4", 5), ("dicom:201", 2)],
        *[("Thorax SECRET i70f", 3), (" thorax  secret", 3), ("I70F", 3)],
    ],
)
def test_ways_to_name_one(study, wanted, count):
    assert read_volume(study, wanted).voxels.shape[0] == count


def test_a_number_that_means_two_things_is_said(study):
    """4 is the fourth of the listing, and DICOM's number of the third."""
    assert read_volume(study, 4).warnings == [
        "Series 4 of the listing was taken; the one with DICOM number 4 is 3 there."
    ]
    assert read_volume(study, 201).warnings == []
    assert read_volume(study, 3).warnings == []


def test_a_number_of_two_series_is_refused(write_slices):
    for n, uid in enumerate(("2.25.70", "2.25.71")):
        pixels = (hu((3, 8, 10), n) + 1024).astype(np.uint16)
        positions = np.array([[0, 0, 2.0 * k] for k in range(3)])
        folder = write_slices(pixels, positions, series=uid, start=1 + 10 * n, SeriesNumber=7)
    with pytest.raises(InputError, match="2 series have the DICOM number 7; there are: 1: CT, 3 images, 2: CT"):
        read_volume(folder, 7)


def test_words_of_no_or_several_series_are_refused(write_slices):
    for n, words in enumerate(("Portal", "Portal thin 9", "Late thin")):
        pixels = (hu((3, 8, 10), n) + 1024).astype(np.uint16)
        positions = np.array([[0, 0, 2.0 * k] for k in range(3)])
        folder = write_slices(pixels, positions, series=f"2.25.7{n}", start=1 + 10 * n, SeriesDescription=words)
    assert read_volume(folder, "portal").warnings == []
    assert read_volume(folder, "late").warnings == []
    with pytest.raises(InputError, match="2 series have these words; there are: 1: CT, 3 images, 2: CT"):
        read_volume(folder, "thin")
    with pytest.raises(InputError, match="There is no series with the DICOM number 9; there are: 1: CT"):
        read_volume(folder, "dicom:9")
    for wanted in ("arterial", "9", "."):  # a number is no word
        with pytest.raises(InputError, match=f"There is no series {wanted}; there are: 1: CT"):
            read_volume(folder, wanted)


def test_what_was_typed_goes_to_the_screen_only(study):
    with pytest.raises(InputError) as told:
        read_volume(study, "9")
    typed = ("SECRET", "CHEST", "Br40f", "14:05")
    assert all(word in told.value.screen for word in typed)
    recorded = str(told.value) + told.value.details + repr(told.value)
    chosen = read_volume(study)
    recorded += " ".join(chosen.warnings) + repr(chosen.meta)
    assert not any(word in recorded for word in typed)
    assert "4 series" in chosen.warnings[0]


def command(words, code):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == code


def test_info_shows_them(study, capsys):
    command(["info", str(study)], 0)
    shown = " ".join(capsys.readouterr().out.split())
    for word in ("Thorax SECRET i70f", "CHEST", "Br40f 3", "14:05:30", "201", "0.75", "2.25.73"):
        assert word in shown
    command(["info", str(study), "--json"], 0)
    first = json.loads(capsys.readouterr().out)["series"][0]
    assert first == {
        "number": 1,
        "uid": "2.25.70",
        "modality": "CT",
        "count": 3,
        "patient": 1,
        "series_number": 2,
        "description": "Thorax SECRET i70f",
        "body_part": "CHEST",
        "kernel": "Br40f 3",
        "thickness": 2.0,
        "time": "14:05:30",
    }


def test_a_wrong_number_shows_the_list_but_logs_none_of_it(study, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    command(["info", str(study), "--series", "9", "--verbose"], 2)
    kept = capsys.readouterr().err
    assert "no series 9; there are: 1: CT" in kept
    assert "SECRET" not in kept  # redirected into a file, such as a cluster's log
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    command(["info", str(study), "--series", "9", "--verbose"], 2)
    assert "Thorax SECRET i70f" in capsys.readouterr().err
    logs = [path for path in tmp_path.rglob("*") if path.is_file() and "gananomaly" in str(path.parent).lower()]
    logs = [path for path in logs if path.suffix != ".dcm"]
    assert logs
    assert not any("SECRET" in path.read_text(encoding="utf-8") for path in logs)


def test_odd_headers_make_no_odd_lines():
    import pydicom

    dataset = pydicom.Dataset()
    dataset.SeriesDescription = "a\x1b[31m\tb"
    dataset.AcquisitionTime, dataset.AcquisitionDateTime = "", "20240102080910.5+0100"
    facts = facts_of(dataset)
    assert "\x1b" not in facts.description
    assert facts.description == "a [31m b"
    assert (facts.time, facts.thickness) == ("08:09:10", None)
