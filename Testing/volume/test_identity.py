"""Whose images are whose: what divides a series, and what a user must choose between."""

import numpy as np
import pydicom
import pytest
from volume.phantoms import hu

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import list_series, read_volume
from GANAnomalyLib.volume.identity import Identity, parted, same_patient, same_study

WORDS = ("SECRET", "Nobody", "ROE", "DOE", "JOHN", "JANE", "2.25")
NO_ID = {"PatientID": None}


def stored(count, seed=0):
    return (hu((count, 8, 10), seed) + 1024).astype(np.uint16)


def stack(count, first=0):
    return np.array([[-20.0, -30.0, 5.0 + 2.5 * n] for n in range(first, first + count)])


def halves(write_slices, one, other, series=("2.25.7", "2.25.7")):
    """The lower and the upper half of what could be one stack of 6 and 4 slices, with tags of their own."""
    pixels = stored(10)
    write_slices(pixels[:6], stack(6), series=series[0], **one)
    return write_slices(pixels[6:], stack(4, 6), series=series[1], start=50, **other), pixels.astype(int) - 1024


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ({"PatientID": "SECRET-1"}, {"PatientID": "SECRET-2"}, "two patients"),
        ({"PatientName": "DOE^JOHN"}, {"PatientName": "ROE^JANE"}, "two patients"),
        (
            {"PatientID": None, "PatientName": "DOE^JOHN"},
            {"PatientID": None, "PatientName": "ROE^JANE"},
            "two patients",
        ),
        ({"StudyInstanceUID": "2.25.1"}, {"StudyInstanceUID": "2.25.2"}, "two studies"),
    ],
)
def test_two_under_one_series_are_two(write_slices, one, other, kind):
    folder, values = halves(write_slices, one, other)
    # Files are listed by name, and the upper half's come first.
    assert [(info.number, info.count) for info in list_series(folder)] == [(1, 4), (2, 6)]
    for series in (None, "2.25.7"):
        with pytest.raises(
            InputError, match=f"{kind} under one series number .*: choose one with --series 1 or 2"
        ) as e:
            read_volume(folder, series=series)
        assert not any(word in e.value.message + e.value.details for word in WORDS)
    assert not any(word in repr(list_series(folder)[0].files) for word in WORDS)
    for info in list_series(folder):
        half = values[:6] if info.count == 6 else values[6:]
        volume = read_volume(folder, series=info.number)
        np.testing.assert_array_equal(volume.voxels, half)
        assert volume.warnings == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"PatientName": "DOE^JOHN"}, {"PatientName": "Doe^John^^^"}),
        ({"PatientName": "DOE^JOHN "}, {"PatientName": "DOE JOHN"}),
        ({"PatientName": "DOE^JOHN"}, {"PatientName": "DOE^JOHN^^DR"}),
        ({"PatientName": "DOE^JOHN"}, {"PatientName": ""}),
        ({"PatientID": "SECRET-1"}, {"PatientID": " SECRET-1  "}),
        ({"PatientID": "SECRET-1"}, {"PatientID": None}),
        (NO_ID | {"PatientName": "DOE^JOHN"}, NO_ID | {"PatientName": "doe^john^"}),
        ({"StudyInstanceUID": "2.25.1"}, {}),
        ({}, {"PatientID": None, "PatientName": None}),
    ],
)
def test_harmless_differences_divide_nothing(write_slices, one, other):
    folder, values = halves(write_slices, one, other)
    volume = read_volume(folder)
    np.testing.assert_array_equal(volume.voxels, values)
    assert volume.warnings == []
    assert len(list_series(folder)) == 1


def test_series_of_two_patients_are_not_chosen_from(write_slices):
    folder, values = halves(write_slices, {"PatientID": "A"}, {"PatientID": "B"}, ("2.25.7", "2.25.8"))
    with pytest.raises(InputError, match=r"images of two patients \(1: CT, 6 images, 2: CT, 4 images\): choose one"):
        read_volume(folder)
    assert [info.patient for info in list_series(folder)] == [1, 2]
    np.testing.assert_array_equal(read_volume(folder, series=2).voxels, values[6:])
    np.testing.assert_array_equal(read_volume(folder, series="2.25.7").voxels, values[:6])


def test_series_of_one_patient_are_chosen_from_with_a_note(write_slices):
    """Two studies too: they are hers, whichever is looked at."""
    one, other = {"StudyInstanceUID": "2.25.1"}, {"StudyInstanceUID": "2.25.2", "PatientName": "Nobody^Test^^^"}
    folder, values = halves(write_slices, one, other, ("2.25.7", "2.25.8"))
    volume = read_volume(folder)
    np.testing.assert_array_equal(volume.voxels, values[:6])
    assert "2 series" in volume.warnings[0]


def test_a_divided_series_beside_the_largest_is_no_matter(write_slices):
    folder, _ = halves(write_slices, {"StudyInstanceUID": "2.25.1"}, {"StudyInstanceUID": "2.25.2"})
    write_slices(stored(9), stack(9), series="2.25.9", start=80, StudyInstanceUID="2.25.1")
    assert read_volume(folder).voxels.shape == (9, 8, 10)


def test_three_patients_and_one_who_is_nobody(write_slices):
    """An image without any name could be anybody's of several: it is nobody's, and never joined to one of them."""
    folder = write_slices(stored(3), stack(3), PatientID="A")
    write_slices(stored(3), stack(3, 3), start=20, PatientID="B")
    write_slices(stored(3), stack(3, 6), start=40, PatientID=None, PatientName=None)
    assert [info.count for info in list_series(folder)] == [3, 3, 3]
    with pytest.raises(InputError, match=r"three patients under one series number .* --series 1, 2 or 3"):
        read_volume(folder)


def test_many_identities_are_told_apart_quickly():
    """A hundred thousand radiographs of as many patients: compared only with what they have something in common."""
    found = [Identity(f"ID{n // 2}", (), f"study{n}") for n in range(10_000)]
    assert len(set(parted(found, same_patient).values())) == 5_000
    assert len(set(parted(found, same_study).values())) == 10_000
    assert len(set(parted([Identity("ANON", (), f"{n}") for n in range(10_000)], same_patient).values())) == 1


def test_identities_are_not_printed(write_slices):
    folder = write_slices(stored(1), stack(1), PatientName="DOE^JOHN", StudyInstanceUID="2.25.1")
    identity = Identity.of(pydicom.dcmread(next(folder.iterdir())))
    assert (identity.patient, identity.name, identity.study) == ("SECRET-77", ("doe", "john"), "2.25.1")
    assert repr(identity) == "Identity()"


# -- orientation -------------------------------------------------------------------------------------------------


def turned(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (c, s, 0, -s, c, 0)


def test_less_than_a_tenth_of_a_degree_is_one_orientation(write_slices):
    folder = write_slices(stored(4), stack(4), turned(0))
    write_slices(stored(2), stack(2, 4), turned(0.098), start=20)
    assert read_volume(folder).voxels.shape == (6, 8, 10)


def test_more_than_a_tenth_of_a_degree_is_another(write_slices):
    folder = write_slices(stored(4), stack(4), turned(0))
    write_slices(stored(2), stack(2, 4), turned(0.11), start=20)
    (info,) = list_series(folder)
    assert (info.count, info.others) == (4, 2)
    assert "2 images of another size or orientation" in read_volume(folder).warnings[0]
