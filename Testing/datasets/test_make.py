"""Training sets from pictures, volumes and DICOM."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from datasets.made import TORSO, pixels, png, torso_part, write_folder
from PIL import Image

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dataset_options import GreyWindow, SliceSelection
from GANAnomalyLab.datasets.make_training_set import MakeOptions, make_dataset
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, Volume, read_volume, write_volume


def read(path, name):
    with open_pictures(path) as pictures:
        return np.asarray(pictures.open(name))


def test_the_published_layout(tmp_path):
    folder = write_folder(tmp_path / "in", ["b/Smith.png", "a.png"], [["b/Smith.png", 1], ["a.png", 0]])
    outcome = make_dataset(folder, SetJob(tmp_path / "set.zip"))
    assert (outcome.written, outcome.failed, outcome.exit_code) == (2, [], 0)
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        names = archive.namelist()
        assert names[:2] == ["00000/img00000000.png", "00000/img00000001.png"]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
        assert json.loads(archive.read("dataset.json"))["labels"] == [[names[0], 0], [names[1], 1]]
        assert not any(b"Smith" in archive.read(name) for name in names)
        # Uncompressed inside as well: a PNG is hardly smaller than its pixels.
        assert len(archive.read(names[0])) > 120
    np.testing.assert_array_equal(read(tmp_path / "set.zip", "00000/img00000001.png"), pixels(0))
    first = (tmp_path / "set.zip").read_bytes()
    make_dataset(folder, SetJob(tmp_path / "again.zip"))
    assert (tmp_path / "again.zip").read_bytes() == first


def test_the_trainer_reads_it(tmp_path):
    from GANAnomalyLab.images import ImageSource, open_images

    folder = write_folder(tmp_path / "in", [f"{c}/{n}.png" for c in "ab" for n in range(3)], size=(20, 30))
    options = MakeOptions(width=16, height=16, labels="folder")
    outcome = make_dataset(folder, SetJob(tmp_path / "set.zip"), options)
    assert (outcome.extra["classes"], outcome.extra["label_names"]) == (2, ["a", "b"])
    images = open_images(ImageSource(str(tmp_path / "set.zip"), conditional=True), tmp_path / "store")
    assert (len(images), images.resolution, images.channels) == (6, 16, 1)
    np.testing.assert_array_equal(images.labels.argmax(axis=1), [0, 0, 0, 1, 1, 1])


def test_labels_from_a_table_of_names(tmp_path):
    folder = write_folder(tmp_path / "in", ["x1.png", "x2.png"])
    table = tmp_path / "labels.csv"
    table.write_text("image_id;label\nx1;1\nx2;0\n", encoding="utf-8")
    make_dataset(folder, SetJob(tmp_path / "set"), MakeOptions(labels=str(table)))
    with open_pictures(tmp_path / "set") as pictures:
        assert list(pictures.labels().values()) == [1, 0]
    table.write_text("image_id,label\nx1,1\n")
    with pytest.raises(InputError, match=r"no class for 1 of 2 files \(the first is x2"):
        make_dataset(folder, SetJob(tmp_path / "set2"), MakeOptions(labels=str(table)))
    with pytest.raises(InputError, match="no table"):
        make_dataset(folder, SetJob(tmp_path / "set2"), MakeOptions(labels="nowhere.csv"))
    assert not (tmp_path / "set2").exists()


@pytest.mark.parametrize("channels", [1, 3])
def test_transforms(tmp_path, channels):
    values = pixels(3, (20, 40), channels)
    (tmp_path / "in").mkdir()
    Image.fromarray(values).save(tmp_path / "in" / "a.png")

    def made(transform):
        options = MakeOptions(width=10, height=10, transform=transform, resample="box")
        make_dataset(tmp_path / "in", SetJob(tmp_path / f"{transform}.zip"), options)
        return read(tmp_path / f"{transform}.zip", "00000/img00000000.png").astype(float)

    def means(array, rows, columns):
        blocks = array.reshape(array.shape[0] // rows, rows, array.shape[1] // columns, columns, -1)
        return blocks.mean(axis=(1, 3)).squeeze()

    np.testing.assert_allclose(made("stretch"), means(values.astype(float), 2, 4), atol=1)
    np.testing.assert_allclose(made("center-crop"), means(values[:, 10:30].astype(float), 2, 2), atol=1)
    padded = made("pad")
    np.testing.assert_allclose(padded[2:7], means(values.astype(float), 4, 4), atol=1)
    assert not padded[:2].any()
    assert not padded[7:].any()


def test_a_volumes_slices_are_windowed(tmp_path):
    options = MakeOptions(choice=SliceSelection(slices=(40, 44)), view=GreyWindow(400, 40))
    outcome = make_dataset(TORSO, SetJob(tmp_path / "set.zip", mapping=tmp_path / "which.csv"), options)
    assert outcome.written == 4
    slices = AxialStack.from_volume(read_volume(TORSO)).slices[40:44].astype(float)
    expected = np.rint(np.clip((slices + 160) / 400, 0, 1) * 255)
    for number in range(4):
        found = read(tmp_path / "set.zip", f"00000/img{number:08d}.png")
        assert np.abs(found - expected[number]).max() <= 1
        assert (found != expected[number]).mean() < 0.01
    rows = (tmp_path / "which.csv").read_text().splitlines()
    assert rows[:2] == ["file,origin,slice", "00000/img00000000.png,torso_3mm.nii.gz,40"]
    # All of a volume is one patient's, so that no split can tear it apart.
    with open_pictures(tmp_path / "set.zip") as pictures:
        assert len(set(pictures.patients().values())) == 1


def test_the_body_and_millimetres(tmp_path):
    volume = torso_part(40, 3)
    write_volume(Volume(np.repeat(volume.voxels, 2, axis=2), half_wide(volume), "CT"), tmp_path / "in" / "wide.nrrd")
    write_volume(volume, tmp_path / "in" / "plain.nrrd")
    options = MakeOptions(width=64, height=64, transform="pad", framing="body", resample="box")
    make_dataset(tmp_path / "in", SetJob(tmp_path / "set.zip"), options)
    plain = read(tmp_path / "set.zip", "00000/img00000000.png").astype(float)
    wide = read(tmp_path / "set.zip", "00000/img00000003.png").astype(float)
    assert np.abs(plain - wide).mean() < 6  # pixels of half the width show the same body
    rows, columns = np.flatnonzero(plain.any(axis=1)), np.flatnonzero(plain.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) > 50  # the body fills the picture


def half_wide(volume):
    matrix = volume.ijk_to_ras.copy()
    matrix[:3, 3] -= matrix[:3, 0] / 4
    matrix[:3, 0] /= 2
    return matrix


def test_masks_and_heights_choose_slices(tmp_path):
    volume = torso_part(40, 8)
    write_volume(volume, tmp_path / "ct" / "p1.nii.gz")
    mask = np.zeros(volume.voxels.shape, np.uint8)
    mask[2, 50, 50], mask[5, 50:60, 50:60] = 1, 2
    write_volume(volume.like(mask), tmp_path / "masks" / "p1_mask.nii.gz")

    def count(**choice):
        options = MakeOptions(choice=SliceSelection(**choice))
        return make_dataset(tmp_path / "ct", SetJob(tmp_path / "set.zip", force=True), options).written

    masks = str(tmp_path / "masks")
    assert count(mask=masks) == 2
    assert count(mask=masks, label=2) == 1
    assert count(mask=masks, pixels=50) == 1
    heights = volume.ijk_to_ras[2, 3] + 3 * np.arange(8)
    assert count(z_range=(heights[2] - 1, heights[4] + 1)) == 3
    assert count(every=3) == 3
    with pytest.raises(InputError, match="No slice"):
        count(slices=(100, 200))
    with pytest.raises(InputError, match="holds no label 9"):
        count(mask=masks, label=9)


def test_one_bad_file_stops_no_other(tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png", "b.png", "c.png"])
    (folder / "b.png").write_bytes(png(pixels())[:60])
    Image.fromarray(pixels(1, channels=3)).save(folder / "d.png")
    Image.fromarray(pixels(1, (5, 5))).save(folder / "e.png")
    outcome = make_dataset(folder, SetJob(tmp_path / "set"))
    assert outcome.written == 2
    assert outcome.exit_code == 1
    assert [name for name, _ in outcome.failed] == ["b.png", "d.png", "e.png"]
    for (_, message), words in zip(outcome.failed, ["cut short", "in colour", "5 x 5 pixels"], strict=True):
        assert words in message
    with open_pictures(tmp_path / "set") as pictures:
        assert pictures.names == ["00000/img00000000.png", "00000/img00000001.png"]


def test_nothing_usable_leaves_nothing(tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png", "b.png"])
    for path in folder.iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"None of the 2 items .* a\.png"):
        make_dataset(folder, SetJob(tmp_path / "out" / "set.zip", mapping=tmp_path / "out" / "map.csv"))
    assert not (tmp_path / "out").exists()


def test_colour_and_depth(tmp_path):
    folder = write_folder(tmp_path / "in", ["a.png"])
    Image.fromarray(pixels(1, channels=3)).save(folder / "b.png")
    grey = np.repeat(pixels(2)[..., None], 3, axis=2)
    Image.fromarray(grey).save(folder / "c.png")
    outcome = make_dataset(folder, SetJob(tmp_path / "colour.zip"), MakeOptions(colour=True))
    assert outcome.extra["channels"] == 3
    np.testing.assert_array_equal(read(tmp_path / "colour.zip", "00000/img00000002.png"), grey)
    deep = write_folder(tmp_path / "deep", ["a.png"], dtype="uint16")
    Image.fromarray(pixels(5)).save(deep / "b.png")
    make_dataset(deep, SetJob(tmp_path / "deep.zip"))
    np.testing.assert_array_equal(read(tmp_path / "deep.zip", "00000/img00000000.png"), pixels(0, dtype="uint16"))
    np.testing.assert_array_equal(read(tmp_path / "deep.zip", "00000/img00000001.png"), pixels(5) * np.uint16(257))
    make_dataset(deep, SetJob(tmp_path / "flat.zip"), MakeOptions(bits=8))
    expected = np.rint(pixels(0, dtype="uint16") / 257)
    np.testing.assert_array_equal(read(tmp_path / "flat.zip", "00000/img00000000.png"), expected)


def test_radiographs_one_by_one(tmp_path, write_dicom):
    values = np.arange(120).reshape(10, 12) + 100
    write_dicom("films/one.dcm", values)
    write_dicom("films/two.dcm", values[::-1], PatientID="OTHER-1", PhotometricInterpretation="MONOCHROME1")
    write_dicom("films/three.dcm", values + 3)
    (tmp_path / "labels.csv").write_text("image_id,label\none,1\ntwo,0\nthree,1\n")
    outcome = make_dataset(
        tmp_path / "films", SetJob(tmp_path / "set.zip"), MakeOptions(labels=str(tmp_path / "labels.csv"))
    )
    assert outcome.written == 3
    assert outcome.extra["patients"] == 2
    with open_pictures(tmp_path / "set.zip") as pictures:
        assert sorted(pictures.labels().values()) == [0, 1, 1]
        for name in pictures.names:
            picture = np.asarray(pictures.open(name))
            assert (picture.min(), picture.max()) == (0, 255)
    assert b"SECRET" not in (tmp_path / "set.zip").read_bytes()


def test_values_that_mean_nothing_known(tmp_path):
    volume = torso_part(40, 2)
    write_volume(volume.like(np.abs(volume.voxels)), tmp_path / "mr.nii.gz")
    with pytest.raises(InputError, match="no Hounsfield units"):
        make_dataset(tmp_path / "mr.nii.gz", SetJob(tmp_path / "set.zip"))
    outcome = make_dataset(
        tmp_path / "mr.nii.gz", SetJob(tmp_path / "set.zip"), MakeOptions(view=GreyWindow(intensity="range"))
    )
    assert outcome.written == 2


def test_a_mask_is_not_taken_for_grey_levels(tmp_path):
    volume = torso_part(40, 2)
    write_volume(volume, tmp_path / "in" / "ct.nii.gz")
    write_volume(volume.like((volume.voxels > 0).astype(np.uint8)), tmp_path / "in" / "organs.nii.gz")
    outcome = make_dataset(tmp_path / "in", SetJob(tmp_path / "set.zip"))
    assert outcome.written == 2
    assert [name for name, _ in outcome.failed] == ["organs.nii.gz"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": 8}, "both"),
        ({"width": 8, "height": 0}, "1 to"),
        ({"colour": True, "bits": 16}, "8 bits"),
    ],
)
def test_bad_options(tmp_path, options, words):
    folder = write_folder(tmp_path / "in", ["a.png"])
    with pytest.raises(InputError, match=words):
        make_dataset(folder, SetJob(tmp_path / "set"), MakeOptions(**options))
    assert not (tmp_path / "set").exists()


def test_most(tmp_path):
    assert make_dataset(TORSO, SetJob(tmp_path / "set"), MakeOptions(most=7)).written == 7
    folder = write_folder(tmp_path / "in", [f"{n}.png" for n in range(5)])
    assert make_dataset(folder, SetJob(tmp_path / "few"), MakeOptions(most=2)).written == 2
