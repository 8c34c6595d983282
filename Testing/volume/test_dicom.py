"""DICOM series: geometry, values, and everything that a folder from an archive may hold."""

import os

import numpy as np
import pydicom
import pytest
from volume.phantoms import hu

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import list_series, read_volume

TILT = "ct_head_tilt"
LPS = np.array([-1.0, -1.0, 1.0])


def stored(count=6, shape=(8, 10), seed=0):
    """Stored values which the intercept of -1024 turns into Hounsfield units."""
    return (hu((count, *shape), seed) + 1024).astype(np.uint16)


def stack(count, gap=2.5):
    return np.array([[-20.0, -30.0, 5.0 + gap * n] for n in range(count)])


def test_a_plain_series(write_slices):
    pixels = stored()
    volume = read_volume(write_slices(pixels, stack(6)))
    np.testing.assert_array_equal(volume.voxels, pixels.astype(int) - 1024)
    assert volume.spacing == pytest.approx((0.75, 1.5, 2.5))
    np.testing.assert_allclose(volume.ras([0, 0, 0]), [20, 30, 5])
    np.testing.assert_allclose(volume.ras([9, 7, 5]), [20 - 9 * 0.75, 30 - 7 * 1.5, 17.5])
    assert (volume.modality, volume.warnings) == ("CT", [])
    assert "SECRET" not in repr(volume.meta)


def test_file_order_does_not_matter(write_slices):
    """Positions count, neither names nor numbers: the files are written upside down and backwards."""
    pixels = stored()
    one = read_volume(write_slices(pixels, stack(6), folder="up"))
    two = read_volume(write_slices(pixels[::-1], stack(6)[::-1], folder="down"))
    np.testing.assert_array_equal(one.voxels, two.voxels)
    np.testing.assert_allclose(one.ijk_to_ras, two.ijk_to_ras)


def test_oblique_and_coronal_series(write_slices):
    c, s = np.cos(0.3), np.sin(0.3)
    for row, column in (((c, s, 0), (-s, c, 0)), ((1, 0, 0), (0, 0, -1)), ((c, 0, s), (0, 1, 0))):
        normal = np.cross(row, column)
        corners = np.array([10.0, 20.0, 30.0]) + 3.0 * np.arange(5)[:, None] * normal
        pixels = stored(5)
        volume = read_volume(write_slices(pixels, corners, (*row, *column), folder=f"{normal[0]:.2f}{normal[1]:.2f}"))
        np.testing.assert_array_equal(volume.voxels, pixels.astype(int) - 1024)
        point = corners[4] + 7 * 0.75 * np.array(row) + 3 * 1.5 * np.array(column)
        np.testing.assert_allclose(volume.ras([7, 3, 4]), point * LPS, atol=1e-4)
        assert volume.warnings == []


def test_rescale_differs_by_slice(write_slices):
    pixels = stored(4)
    folder = write_slices(pixels[:2], stack(4)[:2])
    write_slices(pixels[2:], stack(4)[2:], start=3, RescaleSlope=0.5, RescaleIntercept=-1000.5)
    voxels = read_volume(folder).voxels
    np.testing.assert_allclose(voxels[:2], pixels[:2].astype(float) - 1024)
    np.testing.assert_allclose(voxels[2:], pixels[2:] * 0.5 - 1000.5)


def test_padding_is_air(write_slices):
    pixels = stored()
    pixels[:, 0] = 63536
    volume = read_volume(write_slices(pixels, stack(6), PixelPaddingValue=63536))
    assert (volume.voxels[:, 0] == -1024).all()


def test_monochrome1_radiograph(write_slices):
    pixels = np.random.default_rng(0).integers(0, 4096, (1, 8, 10)).astype(np.uint16)
    tags = {"Modality": "DX", "BitsStored": 12, "HighBit": 11, "RescaleIntercept": None, "RescaleSlope": None}
    tags |= {"PhotometricInterpretation": "MONOCHROME1", "ImagePositionPatient": None, "ImageOrientationPatient": None}
    folder = write_slices(pixels, stack(1), **tags)
    volume = read_volume(folder, allow_any=True)
    np.testing.assert_array_equal(volume.voxels[0], 4095 - pixels[0].astype(int))
    assert volume.modality == "DX"
    assert volume.meta["photometric"] == "MONOCHROME1"
    with pytest.raises(InputError, match="modality is DX"):
        read_volume(folder)


def test_one_file_is_one_slice(write_slices):
    folder = write_slices(stored(), stack(6))
    volume = read_volume(sorted(folder.iterdir())[0])
    assert volume.voxels.shape == (1, 8, 10)
    assert volume.spacing == pytest.approx((0.75, 1.5, 2.0))
    assert "Only this one slice" in volume.warnings[0]


def test_multi_frame(write_slices, tmp_path):
    pixels = stored(3)
    folder = write_slices(pixels[:1], stack(1))
    path = next(folder.iterdir())
    dataset = pydicom.dcmread(path)
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        delattr(dataset, name)
    dataset.NumberOfFrames = 3
    dataset.PixelData = pixels.tobytes()

    def item(**tags):
        one = pydicom.Dataset()
        for name, value in tags.items():
            setattr(one, name, value)
        return one

    frames = []
    for n in (2, 0, 1):  # frames in an order of their own
        frames.append(item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, 4.0 * n])]))
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.SharedFunctionalGroupsSequence = [
        item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelMeasuresSequence=[item(PixelSpacing=[1.5, 0.75], SliceThickness=4)],
            PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=-1024)],
        )
    ]
    dataset.save_as(path)
    volume = read_volume(folder)
    np.testing.assert_array_equal(volume.voxels, pixels[[1, 2, 0]].astype(int) - 1024)
    assert volume.spacing == pytest.approx((0.75, 1.5, 4.0))
    del dataset.PerFrameFunctionalGroupsSequence
    dataset.save_as(path)
    with pytest.raises(InputError, match="3 frames but not where"):
        read_volume(path)


def test_several_series(write_slices):
    folder = write_slices(stored(3), stack(3), series="2.25.70", SeriesNumber=4)
    write_slices(stored(5, (6, 6)), stack(5), series="2.25.71", SeriesNumber=9, start=11)
    write_slices(stored(7), stack(7), series="2.25.72", SeriesNumber=1, start=31, Modality="MR")
    listing = list_series(folder)
    assert [(s.number, s.uid, s.modality, s.count, s.size) for s in listing] == [
        (1, "2.25.72", "MR", 7, (10, 8)),
        (2, "2.25.70", "CT", 3, (10, 8)),
        (3, "2.25.71", "CT", 5, (6, 6)),
    ]
    assert "SECRET" not in repr(listing)
    largest = read_volume(folder)
    assert largest.voxels.shape == (5, 6, 6)
    assert "3 series" in largest.warnings[0]
    assert read_volume(folder, series=2).voxels.shape == (3, 8, 10)
    assert read_volume(folder, series="2.25.70").warnings == []
    with pytest.raises(InputError, match="no series 8; there are: 1: MR, 7 images"):
        read_volume(folder, series=8)


def test_a_scout_view_in_the_series_is_left_out(write_slices):
    folder = write_slices(stored(6), stack(6))
    write_slices(stored(1, (20, 20)), stack(1), (0, 1, 0, 0, 0, -1), start=50)
    volume = read_volume(folder)
    assert volume.voxels.shape == (6, 8, 10)
    assert "1 images of another size" in volume.warnings[0]


def test_mixed_series(write_slices):
    folder = write_slices(stored(3), stack(3))
    write_slices(stored(3, (20, 20)), stack(3), start=50)
    with pytest.raises(InputError, match="mixes images of different size"):
        read_volume(folder)
    folder = write_slices(stored(3), stack(3), folder="b")
    write_slices(stored(3), stack(6)[3:], spacing=(3.0, 3.0), start=50, folder="b")
    with pytest.raises(InputError, match="mixes images of different size, pixel spacing"):
        read_volume(folder)


def test_duplicates_are_dropped_and_told(write_slices):
    pixels = stored(4)
    folder = write_slices(pixels, stack(4))
    write_slices(pixels[1:2], stack(4)[1:2], start=60)
    volume = read_volume(folder)
    np.testing.assert_array_equal(volume.voxels, pixels.astype(int) - 1024)
    assert "1 image was in the series twice" in volume.warnings[0]


def test_two_phases_in_one_series_are_refused(write_slices):
    folder = write_slices(stored(4, seed=1), stack(4))
    write_slices(stored(4, seed=2) + np.uint16(3), stack(4), start=60)
    with pytest.raises(InputError, match="8 different images at 4 positions"):
        read_volume(folder)


def test_missing_slices_are_filled_and_told(write_slices):
    pixels = stored(8)
    keep = [0, 1, 2, 5, 6, 7]
    volume = read_volume(write_slices(pixels[keep], stack(8)[keep]))
    assert volume.voxels.shape == (8, 8, 10)
    assert "2 slices are missing" in volume.warnings[0]
    values = pixels.astype(int) - 1024
    np.testing.assert_array_equal(volume.voxels[keep], values[keep])
    np.testing.assert_allclose(volume.voxels[3], values[2] * 2 / 3 + values[5] / 3, atol=0.51)


def test_a_hole_is_not_filled(write_slices):
    corners = stack(8)
    corners[4:, 2] += 200
    with pytest.raises(InputError, match="hole of 202 mm"):
        read_volume(write_slices(stored(8), corners))


def test_no_position_no_pixel_size(write_slices):
    with pytest.raises(InputError, match="do not say where"):
        read_volume(write_slices(stored(3), stack(3), folder="a", ImagePositionPatient=None))
    with pytest.raises(InputError, match="how large its pixels are"):
        read_volume(write_slices(stored(3), stack(3), folder="b", PixelSpacing=None))
    with pytest.raises(InputError, match="damaged position"):
        read_volume(write_slices(stored(3), stack(3), folder="c", ImageOrientationPatient=[1, 0, 0, 1, 0, 0]))


def test_empty_and_foreign_folders(tmp_path, write_slices):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no DICOM images"):
        read_volume(tmp_path / "empty")
    (tmp_path / "empty" / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="holds no DICOM images"):
        list_series(tmp_path / "empty")
    folder = write_slices(stored(4), stack(4))
    (folder / "notes.txt").write_text("hello")
    (folder / "DICOMDIR").write_bytes(b"\0" * 200)
    assert read_volume(folder).warnings == []


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_truncated_slice(write_slices, share):
    folder = write_slices(stored(4, (60, 60)), stack(4))
    path = sorted(folder.iterdir())[1]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match=f"{path.name} is (damaged or )?cut short"):
        read_volume(folder)


def test_damaged_header_is_told(write_slices):
    folder = write_slices(stored(4), stack(4))
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    assert "1 damaged DICOM file" in read_volume(folder).warnings[0]
    for path in folder.glob("9*.dcm"):
        path.unlink()
    with pytest.raises(InputError, match="none can be read"):
        read_volume(folder)


def test_compressed_without_a_decoder(write_slices):
    folder = write_slices(stored(1), stack(1))
    path = next(folder.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
    dataset.PixelData = pydicom.encaps.encapsulate([b"\0" * 64])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    with pytest.raises(InputError, match=r"is compressed \(MPEG2 .*export it uncompressed"):
        read_volume(folder)


def test_run_length_compression_is_read(write_slices):
    pixels = stored(2)
    folder = write_slices(pixels, stack(2))
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        dataset.save_as(path)
    np.testing.assert_array_equal(read_volume(folder).voxels, pixels.astype(int) - 1024)


def test_colour_screenshot(write_slices):
    folder = write_slices(stored(1), stack(1))
    path = next(folder.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = bytes(8 * 10 * 3)
    dataset.save_as(path)
    with pytest.raises(InputError, match="colour"):
        read_volume(folder)


def test_progress_is_told_and_may_stop(write_slices):
    folder = write_slices(stored(6), stack(6))
    seen = []
    read_volume(folder, progress=lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_volume(folder, progress=stop)


# -- a real head CT with a tilted gantry and three different gaps ------------------------------------------------


@pytest.fixture(scope="module")
def tilted():
    from pathlib import Path

    folder = Path(__file__).parents[1] / "data" / TILT
    files = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=lambda d: d.ImagePositionPatient[2])
    return folder, files, read_volume(folder)


def plane_ras(dataset, rows, cols):
    """PS3.3 C.7.6.2.1.1: where a pixel of one file lies, by that file alone."""
    orientation = np.array(dataset.ImageOrientationPatient, float)
    across, down = orientation[:3] * dataset.PixelSpacing[1], orientation[3:] * dataset.PixelSpacing[0]
    corner = np.array(dataset.ImagePositionPatient, float)
    return (corner + np.multiply.outer(cols, across) + np.multiply.outer(rows, down)) * LPS


def sample(volume, ras):
    from scipy import ndimage

    return ndimage.map_coordinates(volume.voxels.astype(float), volume.ijk(ras).T[::-1], order=1, mode="nearest")


def test_tilt_is_resampled_and_told(tilted):
    _, files, volume = tilted
    assert any("18.5 degrees (gantry tilt)" in text for text in volume.warnings)
    assert any("(1.08, 4, 7 mm)" in text for text in volume.warnings)
    # The scanner's -1500 around its circle is air, and was before it could mix with its neighbours.
    assert any("Padding" in text for text in volume.warnings)
    assert all(dataset.pixel_array[0, 0] == -1500 for dataset in files)
    assert (volume.voxels[:, 0, :] == -1024).all()
    np.testing.assert_allclose(volume.directions.T @ volume.directions, np.eye(3), atol=1e-5)
    assert volume.spacing == pytest.approx((3.90625, 3.90625, 4.0), abs=0.01)
    # The first and the last slice lie in the first and the last plane of the grid.
    for dataset, k in ((files[0], 0), (files[-1], volume.voxels.shape[0] - 1)):
        assert volume.ijk(plane_ras(dataset, 10, 20))[2] == pytest.approx(k, abs=1e-3)


def test_landmarks_stay_where_their_own_slice_puts_them(tilted):
    """The head's centre of mass, slice by slice: per-file geometry against the resampled volume at the same places."""
    _, files, volume = tilted
    rows, cols = np.indices((64, 64))
    drift = []
    for dataset in files:
        pixels = dataset.pixel_array.astype(float).ravel()
        ras = plane_ras(dataset, rows.ravel(), cols.ravel())
        found = sample(volume, ras)
        truth, seen = (np.maximum(values, -1000) + 1000 for values in (pixels, found))
        centres = [weights @ ras / weights.sum() for weights in (truth, seen)]
        drift.append(np.linalg.norm(centres[0] - centres[1]))
        assert np.corrcoef(truth, seen)[0, 1] > 0.97
    # The grid has a plane in each of the first 14 slices (gap 4 mm); between the later ones it interpolates.
    assert max(drift[:14]) < 0.3
    assert max(drift) < 1.0
    # Leaving the shear in would displace the last slices by 48 mm, so the bounds say something.
    straight = np.array(files[-1].ImagePositionPatient, float) - np.array(files[0].ImagePositionPatient, float)
    assert abs(straight @ np.array(files[0].ImageOrientationPatient[3:], float)) > 45


def test_a_ramp_in_patient_space_survives_the_tilt(tilted, tmp_path):
    """Pixels replaced by a linear function of the place: after resampling every voxel must still be that function."""
    _, files, _ = tilted
    slope = np.array([1.5, -2.0, 4.0])
    rows, cols = np.indices((64, 64))
    for n, dataset in enumerate(files):
        values = plane_ras(dataset, rows.ravel(), cols.ravel()) @ slope - 600
        copy = pydicom.dcmread(dataset.filename)
        copy.PixelData = np.rint(values).astype("<i2").tobytes()
        copy.save_as(tmp_path / f"{n}.dcm")
    volume = read_volume(tmp_path)
    kji = np.argwhere(np.ones(volume.voxels.shape, bool))
    ras = volume.ras(kji[:, ::-1])
    # Only where slices have data on all sides: in-plane position by the tilted geometry of the files
    z = (ras[:, 2] - plane_ras(files[0], 0, 0)[2]) + (ras[:, 1] - plane_ras(files[0], 0, 0)[1]) * (
        files[0].ImageOrientationPatient[5] / files[0].ImageOrientationPatient[4]
    )
    in_rows = (plane_ras(files[0], 0, 0)[1] - ras[:, 1]) / files[0].ImageOrientationPatient[4] / 3.90625
    in_cols = (plane_ras(files[0], 0, 0)[0] - ras[:, 0]) / 3.90625
    inside = (z >= 0) & (in_rows > 1) & (in_rows < 62) & (in_cols > 1) & (in_cols < 62)
    assert inside.sum() > 100_000
    np.testing.assert_allclose(volume.voxels[tuple(kji[inside].T)], ras[inside] @ slope - 600, atol=1.6)


def test_the_small_copy_has_no_identifiers(tilted):
    _, files, _ = tilted
    for dataset in files:
        assert not dataset.PatientName
        assert not dataset.PatientID
        assert not any(element.tag.is_private for element in dataset)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_slice_alone_is_said_without_going_through_the_whole_folder(write_slices, monkeypatch, count):
    """Of many files in one folder each is a case: what lies beside it is looked at up to the first of its kind."""
    folder = write_slices(stored(count), stack(count))
    (folder / "notes.txt").write_text("")
    path, seen = sorted(folder.glob("*.dcm"))[0], []
    real = os.scandir

    class Counted:
        def __init__(self, place):
            self.entries = real(place)

        def __enter__(self):
            return self

        def __exit__(self, *reason):
            self.entries.close()

        def __iter__(self):
            for entry in self.entries:
                seen.append(entry.name)
                yield entry

    monkeypatch.setattr("os.scandir", Counted)
    volume = read_volume(path)
    assert len(seen) <= 4
    assert [text for text in volume.warnings if "Only this one slice" in text] == volume.warnings
    assert len(volume.warnings) == (count > 1)
