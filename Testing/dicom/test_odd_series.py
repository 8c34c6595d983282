"""Objects on series of all sorts: valid, on the right images, where the boxes are, by whoever reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom.made import ORIENTATION, corners, header, read, stored, write_enhanced, write_result, write_series
from dicom.validator import faults, needs_dciodvfy
from highdicom.seg import segread
from pydicom.valuerep import PersonName

from GANAnomalyLib.dicom.export_objects import Wanted, export
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.volume import read_volume

Write = Callable[[Path], Path]
COUNT, ROWS, COLUMNS = 10, 24, 32
TILT = np.radians(18.0)


def series(**changes) -> Write:
    """A tidy series but for what is said."""
    positions = changes.pop("positions", None)
    pixels = changes.pop("pixels", stored(COUNT, ROWS, COLUMNS))

    def write(folder: Path) -> Path:
        places = corners(len(pixels), orientation=changes.get("orientation", ORIENTATION))
        return write_series(folder, pixels, places if positions is None else positions, **changes)

    return write


def with_tags(**tags) -> Write:
    """These attributes in every image; None takes one away."""

    def change(made, n):
        for name, value in tags.items():
            if value is None:
                delattr(made, name)
            else:
                setattr(made, name, value)

    return series(change=change)


def enhanced(**options) -> Write:
    return lambda folder: write_enhanced(folder / "ct.dcm", stored(COUNT, ROWS, COLUMNS), corners(COUNT), **options)


def two_enhanced(folder: Path) -> Path:
    pixels, places = stored(COUNT, ROWS, COLUMNS), corners(COUNT)
    write_enhanced(folder / "a.dcm", pixels[:4], places[:4])
    return write_enhanced(folder / "b.dcm", pixels[4:], places[4:], first=2).parent


def with_scout(folder: Path) -> Path:
    series()(folder)
    scout = header("1.2.826.0.1.3680043.8.498.1.2.900")
    scout.ImagePositionPatient, scout.ImageOrientationPatient = [0, 0, 0], [0, 1, 0, 0, 0, -1]
    scout.PixelSpacing, scout.Rows, scout.Columns, scout.InstanceNumber = [2, 2], 50, 60, 900
    scout.PixelData = np.zeros((50, 60), np.uint16).tobytes()
    scout.save_as(folder / "scout.dcm", enforce_file_format=True)
    return folder


def twice(folder: Path) -> Path:
    series()(folder)
    for path in sorted(folder.glob("*.dcm"))[:3]:
        (folder / f"copy_{path.name}").write_bytes(path.read_bytes())
    return folder


def without_preamble(folder: Path) -> Path:
    series()(folder)
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        plain = pydicom.Dataset({element.tag: element for element in dataset})
        pydicom.dcmwrite(path, plain, implicit_vr=True, little_endian=True, enforce_file_format=False)
    return folder


def _gaps(*gaps: float) -> np.ndarray:
    heights = np.concatenate([[0.0], np.cumsum(gaps)])
    return np.stack([np.full(len(heights), -20.0), np.full(len(heights), -30.0), heights], axis=1)


def _tilted(angle: float = TILT, gap: float = 4.0) -> np.ndarray:
    """The table moves along z while images lean."""
    return np.array([[-20.0, -30.0, gap * n] for n in range(COUNT)])


LEANING = (1.0, 0.0, 0.0, 0.0, float(np.cos(TILT)), float(-np.sin(TILT)))
TURNED = (float(np.cos(0.3)), float(np.sin(0.3)), 0.0, float(-np.sin(0.3)), float(np.cos(0.3)), 0.0)
JITTER = np.random.default_rng(3).normal(0, 2e-4, (COUNT, 3))
IR87 = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"


def japanese(folder: Path) -> Path:
    def change(made, n):
        made.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        made.PatientName = PersonName(IR87, encodings=["ascii", "iso2022_jp"])

    return series(change=change)(folder)


QUICK = {"plain": series(), "tilt and gaps": series(positions=_gaps(1, 1, 4, 4, 4, 4, 7, 7, 7), orientation=LEANING)}
ODD: dict[str, Write] = {
    "reversed": series(positions=corners(COUNT)[::-1]),
    "numbers against the order": series(order=list(range(COUNT))[::-1]),
    "numbers shuffled": series(order=[3, 1, 4, 0, 5, 9, 2, 6, 8, 7]),
    "one slice": series(pixels=stored(2, ROWS, COLUMNS)[:1]),
    "two slices": series(pixels=stored(2, ROWS, COLUMNS)),
    "coronal": series(orientation=(1, 0, 0, 0, 0, -1)),
    "sagittal": series(orientation=(0, 1, 0, 0, 0, -1)),
    "feet first": series(orientation=(-1, 0, 0, 0, 1, 0)),
    "prone": series(orientation=(-1, 0, 0, 0, -1, 0)),
    "turned head": series(orientation=TURNED),
    "tilted gantry": series(positions=_tilted(), orientation=LEANING),
    "tilted the other way": series(
        positions=_tilted(), orientation=(1, 0, 0, 0, float(np.cos(TILT)), float(np.sin(TILT)))
    ),
    "three gaps": series(positions=_gaps(1, 1, 1, 4, 4, 4, 7, 7, 7)),
    "a slice missing": series(positions=_gaps(2, 2, 2, 4, 2, 2, 2, 2, 2)),
    "gaps that hardly differ": series(positions=corners(COUNT) + JITTER),
    "rounded positions": series(positions=np.round(corners(COUNT, 0.625), 1)),
    "overlapping slices": series(positions=corners(COUNT, 1.25), thickness=5.0),
    "slices apart": series(positions=corners(COUNT, 10.0), thickness=1.0),
    "far from the isocentre": series(positions=corners(COUNT, start=(-900.123456, 1200.5, -2000.25))),
    "no thickness": series(thickness=None),
    "thickness of zero": series(thickness=0.0),
    "square pixels of many digits": series(spacing=(0.9765625, 0.9765625)),
    "pixels long in one way": series(spacing=(3.0, 0.5)),
    "orientations that differ by rounding": series(
        change=lambda made, n: setattr(made, "ImageOrientationPatient", [1, 1e-5 * n, 0, -1e-5 * n, 1, 0])
    ),
    "rescale that differs": series(change=lambda made, n: setattr(made, "RescaleIntercept", -1024 - n)),
    "no patient at all": with_tags(PatientName=None, PatientID=None, PatientSex=None, PatientBirthDate=None),
    "nothing of the study": with_tags(StudyDate=None, StudyTime=None, StudyID=None, AccessionNumber=None),
    "no study UID": with_tags(StudyInstanceUID=None),
    "no frame of reference": with_tags(FrameOfReferenceUID=None),
    "no position reference": with_tags(PositionReferenceIndicator=None),
    "no referring physician": with_tags(ReferringPhysicianName=None),
    "no character set": with_tags(SpecificCharacterSet=None),
    "umlauts in Latin 1": with_tags(PatientName="Müller^Änne", StudyDescription="Schädel, groß"),
    "a name in UTF-8": with_tags(SpecificCharacterSet="ISO_IR 192", PatientName="Иванов^Иван=王^小东"),
    "a Japanese name": japanese,
    "a Greek name": with_tags(SpecificCharacterSet="ISO_IR 126", PatientName="Διονυσιος"),
    "Arabic": with_tags(SpecificCharacterSet="ISO_IR 127", PatientName="قباني^لنزار"),
    "a name that is too long": with_tags(PatientName="^".join(["Long" * 20] * 3), PatientID="x" * 64),
    "a sex that is none": with_tags(PatientSex="X"),
    "a date that is none": with_tags(PatientBirthDate="19700231", StudyDate="2026"),
    "a time that is none": with_tags(StudyTime="99:99"),
    "an age and weights": with_tags(PatientAge="042Y", PatientSize="1.8", PatientWeight="80.5", PatientComments="dear"),
    "an age that is none": with_tags(PatientAge="42"),
    "identity removed": with_tags(PatientIdentityRemoved="YES"),
    "identity removed by a method": with_tags(PatientIdentityRemoved="YES", DeidentificationMethod="by hand"),
    "compressed with loss": with_tags(
        LossyImageCompression="01", LossyImageCompressionRatio="10.5", LossyImageCompressionMethod="ISO_10918_1"
    ),
    "signed values": with_tags(PixelRepresentation=1),
    "an MR": with_tags(Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4"),
    "private attributes": series(change=lambda made, n: made.add_new(0x00091001, "LO", "secret")),
    "a scout beside": with_scout,
    "images twice": twice,
    "no file header": without_preamble,
    "enhanced": enhanced(),
    "enhanced, orientation in each frame": enhanced(shared=False),
    "enhanced in two files": two_enhanced,
}
BOXES = [((4, 12), (5, 14), (2, 5)), ((8, 18), (10, 18), (3, 6)), ((20, 26), (12, 20), (6, 7))]


def _boxes(result_shape: tuple[int, int, int]) -> list:
    return [(i, j, (min(k[0], result_shape[0] - 1), min(k[1], result_shape[0]))) for i, j, k in BOXES]


@pytest.mark.parametrize("name", QUICK)
def test_on_two_series(name, tmp_path):
    _check(QUICK[name], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_on_an_odd_series(name, tmp_path):
    _check(ODD[name], tmp_path)


@needs_dciodvfy
@pytest.mark.parametrize("name", QUICK)
def test_valid_on_two_series(name, tmp_path):
    _check_valid(QUICK[name], tmp_path)


@needs_dciodvfy
@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_valid_on_an_odd_series(name, tmp_path):
    _check_valid(ODD[name], tmp_path)


def _exported(write: Write, folder: Path, *kinds: str):
    source = write(folder / "ct")
    volume = read_volume(source, allow_any=True)
    result = write_result(folder / "result", source, _boxes(volume.voxels.shape), volume=volume)
    return result, source, export(result, folder / "out", Wanted(kinds))


def _check_valid(write: Write, folder: Path) -> None:
    _, _, exported = _exported(write, folder, "seg", "sr", "map", "heat", "gsps")
    told = {kind: faults(path) for kind, path in exported.files.items()}
    assert told == {kind: [] for kind in told}
    assert set(told) >= {"seg", "sr", "map", "heat"}


def _check(write: Write, folder: Path) -> None:
    """The segmentation read back by highdicom lies on the source's images to 1e-3 mm, and in the result's boxes."""
    result, source, exported = _exported(write, folder, "seg")
    places = _source_places(source)
    segmentation = segread(exported.files["seg"])
    assert segmentation.number_of_segments == len(result.findings)
    held = set()
    for n, group in enumerate(segmentation.PerFrameFunctionalGroupsSequence):
        reference = group.DerivationImageSequence[0].SourceImageSequence[0]
        key = str(reference.ReferencedSOPInstanceUID), reference.get("ReferencedFrameNumber")
        at = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        np.testing.assert_allclose(at, places[key], atol=1e-3)
        pixels = segmentation.get_stored_frame(n + 1)
        assert pixels.any()
        held.add(int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber))
        _check_in_box(result, segmentation, group, pixels)
    assert held == {1, 2, 3}
    listed = segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert {str(item.ReferencedSOPInstanceUID) for item in listed} == {uid for uid, _ in places}


def _source_places(source: Path) -> dict[tuple[str, int | None], np.ndarray]:
    found = {}
    for path in [source] if source.is_file() else sorted(source.iterdir()):
        dataset = pydicom.dcmread(path, force=True)
        if dataset.Rows != ROWS:
            continue  # the scout
        frames = dataset.get("PerFrameFunctionalGroupsSequence")
        for n, frame in enumerate(frames or [None]):
            at = dataset.ImagePositionPatient if frame is None else frame.PlanePositionSequence[0].ImagePositionPatient
            found[str(dataset.SOPInstanceUID), None if frame is None else n + 1] = np.array(at, float)
    return found


def _check_in_box(result: AnalysisResult, segmentation, group, pixels: np.ndarray) -> None:
    """Every pixel's centre is in the finding's box on the result's grid, but for half a gap along the normal."""
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    spacing = [float(value) for value in shared.PixelMeasuresSequence[0].PixelSpacing]
    at = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
    rows, columns = np.nonzero(pixels)
    lps = at + columns[:, None] * cosines[0] * spacing[1] + rows[:, None] * cosines[1] * spacing[0]
    ras = np.concatenate([lps * [-1, -1, 1], np.ones((len(lps), 1))], axis=1)
    ijk = ras @ np.linalg.inv(np.array(result.manifest["geometry"]["ijk_to_ras"])).T
    number = int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    box = result.findings[number - 1].box_ijk
    for axis, (start, stop), reach in zip(ijk.T, box, (0.501, 0.501, 4.0), strict=False):
        assert axis.min() >= start - reach
        assert axis.max() <= stop - 1 + reach


def test_fifty_series():
    assert len(ODD) + len(QUICK) >= 50


@pytest.mark.slow
def test_equal_voxels_where_nothing_was_resampled(tmp_path):
    """The frames, put back into the grid, are the boxes voxel by voxel."""
    result, _, exported = _exported(series(), tmp_path, "seg")
    volume = read_volume(tmp_path / "ct")
    dataset = read(exported.files["seg"])
    for finding in result.findings:
        marked = np.zeros(volume.voxels.shape, bool)
        for group, frame in zip(dataset.PerFrameFunctionalGroupsSequence, dataset.pixel_array, strict=True):
            if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == finding.rank:
                lps = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
                k = round(float(volume.ijk(lps * [-1, -1, 1])[2]))
                marked[k] = frame
        wanted = np.zeros_like(marked)
        i, j, k = (slice(*ends) for ends in finding.box_ijk)
        wanted[k, j, i] = True
        np.testing.assert_array_equal(marked, wanted)
