"""Compressed DICOM: bit for bit what the same images give uncompressed, and one sentence for damaged ones."""

import io
import shutil
import tempfile
import threading

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, get_frame
from volume.phantoms import hu

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import read_volume
from GANAnomalyLib.volume.formats import dicom_pixels

JPEG = "1.2.840.10008.1.2.4."
STACK = np.array([[-20.0, -30.0, 5.0 + 2.5 * n] for n in range(3)])


def slices(signed=False, bits=16, count=3):
    values = hu((count, 24, 30)).astype(int)
    return values.astype(np.int16) if signed else ((values + 1024) & ((1 << bits) - 1)).astype(np.uint16)


def stream(plane, compressor):
    """One plane as a JPEG lossless ("JPEG") or "JPEG2000" stream."""
    with tempfile.TemporaryDirectory() as folder:
        writer = sitk.ImageFileWriter()
        writer.SetFileName(f"{folder}/x.dcm")
        writer.SetImageIO("GDCMImageIO")
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.Execute(sitk.GetImageFromArray(plane))
        return get_frame(pydicom.dcmread(f"{folder}/x.dcm").PixelData, 0, number_of_frames=1)


def compress(folder, syntax, make):
    """Replace the pixels of every file; ``make`` turns a plane (J, I) as stored into a stream."""
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        raw = np.frombuffer(dataset.PixelData, "<i2" if dataset.PixelRepresentation else "<u2")
        frames = raw.reshape(-1, dataset.Rows, dataset.Columns)
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([make(frame) for frame in frames])
        dataset["PixelData"].VR = "OB"
        dataset.save_as(path)
    return folder


def same(one, other):
    np.testing.assert_array_equal(one.voxels, other.voxels)
    assert one.voxels.dtype == other.voxels.dtype
    np.testing.assert_array_equal(one.ijk_to_ras, other.ijk_to_ras)


@pytest.mark.parametrize(
    ("number", "compressor"),
    [("57", "JPEG"), ("70", "JPEG"), ("90", "JPEG2000"), ("91", "JPEG2000")],
)
@pytest.mark.parametrize("signed", [False, True])
def test_lossless_is_bit_for_bit(write_slices, number, compressor, signed):
    tags = {"RescaleIntercept": 0} if signed else {}
    pixels = slices(signed)
    plain = read_volume(write_slices(pixels, STACK, folder="plain", **tags))
    folder = write_slices(pixels, STACK, folder="packed", LossyImageCompression="00", **tags)
    packed = read_volume(compress(folder, JPEG + number, lambda plane: stream(plane, compressor)))
    same(packed, plain)
    assert packed.warnings == plain.warnings


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize(
    ("signed", "tags"),
    [
        (False, {"BitsStored": 12, "HighBit": 11}),
        (True, {"BitsStored": 12, "HighBit": 11, "RescaleIntercept": 0}),
        (True, {"BitsStored": 13, "HighBit": 12, "PixelPaddingValue": -2000, "RescaleIntercept": 0}),
        (False, {"RescaleSlope": "0.7324", "RescaleIntercept": "-1000.25"}),
        (False, {"PixelPaddingValue": 63536}),
        (False, {"Modality": "DX", "PhotometricInterpretation": "MONOCHROME1", "BitsStored": 14, "HighBit": 13}),
    ],
)
def test_bits_signs_rescale_and_padding(write_slices, compressor, signed, tags):
    pixels = slices(signed)
    bits = tags.get("BitsStored", 16)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    pixels = np.clip(pixels, low, high).astype(pixels.dtype)
    pixels[:, 0] = tags.get("PixelPaddingValue", low)
    pixels[:, 1] = high
    plain = read_volume(write_slices(pixels, STACK, folder="plain", **tags), allow_any=True)
    folder = write_slices(pixels, STACK, folder="packed", **tags)
    syntax = {"JPEG": "70", "JPEG2000": "90"}[compressor]
    same(read_volume(compress(folder, JPEG + syntax, lambda p: stream(p, compressor)), allow_any=True), plain)


@pytest.mark.parametrize("number", ["80", "81"])
@pytest.mark.parametrize("kind", ["u16", "i16", "u12", "i12"])
def test_jpeg_ls_is_bit_for_bit(write_slices, data, number, kind):
    """Streams from the data folder (nothing here writes JPEG-LS), with the lowest and the highest value in each."""
    stored = np.load(data / "jpeg_ls.npz")
    pixels, bits = stored[kind], int(kind[1:])
    tags = {"BitsStored": bits, "HighBit": bits - 1, "LossyImageCompression": "00", "RescaleIntercept": -1000}
    plain = read_volume(write_slices(pixels, STACK, folder="plain", **tags), allow_any=True)
    folder = write_slices(pixels, STACK, folder="packed", **tags)
    streams = {plane.tobytes(): stored[f"{kind}_{n}"].tobytes() for n, plane in enumerate(pixels)}
    packed = read_volume(compress(folder, JPEG + number, lambda plane: streams[plane.tobytes()]), allow_any=True)
    same(packed, plain)
    assert packed.warnings == plain.warnings


def test_a_series_of_an_archive(data, torso):
    """JPEG-LS as DCMTK writes it, against the volume that the slices were made from."""
    packed = read_volume(data / "ct_torso_jpegls")
    whole = read_volume(torso)
    plane = packed.voxels[0]
    assert any(
        np.array_equal(plane, turned)
        for other in whole.voxels
        for turned in (other, other[::-1], other[:, ::-1], other[::-1, ::-1])
    )
    assert (packed.voxels.shape, packed.warnings) == ((3, 101, 122), [])


def test_multi_frame(write_slices):
    pixels = slices()
    plain = read_volume(write_slices(pixels, STACK, folder="plain"))
    folder = write_slices(pixels[:1], STACK[:1], folder="packed")
    path = next(folder.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames = 3
    dataset.PixelData = pixels.tobytes()
    dataset.PerFrameFunctionalGroupsSequence = []
    for position in STACK:
        place, frame = pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = list(position)
        frame.PlanePositionSequence = [place]
        dataset.PerFrameFunctionalGroupsSequence.append(frame)
    dataset.save_as(path)
    compress(folder, JPEG + "70", lambda plane: stream(plane, "JPEG"))
    same(read_volume(folder), plain)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([get_frame(dataset.PixelData, n, number_of_frames=3) for n in range(2)])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    with pytest.raises(InputError, match=r"999|damaged or cut short"):
        read_volume(folder)


def test_high_throughput_jpeg_2000(data):
    """The one syntax that nothing here can write: values i * 37 + j * 91, 12 bits."""
    found = dicom_pixels.stored_values(pydicom.dcmread(data / "htj2k.dcm"), "htj2k.dcm")
    np.testing.assert_array_equal(found, np.add.outer(np.arange(24) * 37, np.arange(30) * 91) % 4096)


def eight_bits(plane, **options):
    file = io.BytesIO()
    Image.fromarray((plane.astype(int) * 255 // int(plane.max())).astype(np.uint8)).save(file, **options)
    return file.getvalue()


def test_lossy_jpeg_is_read_and_said(write_slices):
    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "RescaleSlope": 10}
    tags |= {"LossyImageCompression": "01", "LossyImageCompressionMethod": "ISO_10918_1"}
    pixels = np.repeat(np.repeat(slices()[:, ::8, ::8], 8, 1), 8, 2)[:, :24, :30]
    folder = write_slices(pixels, STACK, LossyImageCompressionRatio=["4", "12.5"])
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        plane = np.frombuffer(dataset.PixelData, "<u2").reshape(24, 30)
        for name, value in tags.items():
            setattr(dataset, name, value)
        dataset.file_meta.TransferSyntaxUID = JPEG + "50"
        dataset.PixelData = encapsulate([eight_bits(plane, format="JPEG", quality=95)])
        dataset["PixelData"].VR = "OB"
        dataset.save_as(path)
    volume = read_volume(folder)
    truth = np.stack([p.astype(int) * 255 // int(p.max()) for p in pixels]) * 10 - 1024
    assert np.abs(volume.voxels - truth).mean() < 30  # three of the 255 grey values
    assert volume.warnings == ["The series was compressed with losses (JPEG, ratio 12.5): fine texture may be missing."]


def test_losses_long_ago_are_said(write_slices):
    """Uncompressed now, but two of the slices had been compressed with losses before."""
    folder = write_slices(slices(), STACK)
    for path, ratio in zip(sorted(folder.iterdir()), ("8", "9.5"), strict=False):
        dataset = pydicom.dcmread(path)
        dataset.LossyImageCompression, dataset.LossyImageCompressionRatio = "01", ratio
        dataset.LossyImageCompressionMethod = "ISO_15444_1"
        dataset.save_as(path)
    assert read_volume(folder).warnings == [
        "2 of 3 images were compressed with losses (JPEG 2000, ratio 8 to 9.5): fine texture may be missing."
    ]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("JPGExtended.dcm", 0, 264),
        ("JPEG2000.dcm", -30, 245),
        ("JPEGLSNearLossless_16.dcm", None, None),
        ("MR_small_jpeg_ls_lossless.dcm", None, None),
        ("J2K_pixelrep_mismatch.dcm", -2000, 1896),
    ],
)
def test_files_of_other_makers(name, low, high):
    """12 bit lossy JPEG, lossy JPEG 2000, near-lossless JPEG-LS and a wrongly signed one, from pydicom's own tests."""
    dataset = pydicom.dcmread(get_testdata_file(name, download=False))
    found = dicom_pixels.stored_values(dataset, name)
    assert found.shape == (dataset.Rows, dataset.Columns)
    if low is not None:
        assert (found.min(), found.max()) == (low, high)
    elif name.startswith("MR"):
        plain = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False)).pixel_array
        np.testing.assert_array_equal(found, plain)


# -- damaged and hostile streams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_cut_stream_gives_one_sentence(write_slices, capfd, compressor, share):
    folder = write_slices(slices(), STACK)
    syntax = {"JPEG": "70", "JPEG2000": "90"}[compressor]

    def cut(plane):
        whole = stream(plane, compressor)
        return whole[: int(len(whole) * share)]

    compress(folder, JPEG + syntax, cut)
    capfd.readouterr()
    with pytest.raises(InputError, match=r"^99\d\.dcm is damaged or cut short: export it again\.$"):
        read_volume(folder)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("lost", [9, 400, 11000])
def test_a_cut_file_gives_one_sentence(data, tmp_path, lost):
    folder = shutil.copytree(data / "ct_torso_jpegls", tmp_path / "series")
    path = sorted(folder.iterdir())[1]
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(InputError, match=rf"^{path.name} is cut short or holds no image: export it again\.$"):
        read_volume(folder)


def test_a_stream_that_kills_the_decoder(write_slices, capfd):
    """A precision of 32 bits ends GDCM's process with a segmentation fault; the next series is read all the same."""

    def hostile(plane):
        whole = bytearray(stream(plane, "JPEG"))
        whole[whole.index(b"\xff\xc3") + 4] = 32
        return bytes(whole)

    bad = compress(write_slices(slices(), STACK, folder="bad"), JPEG + "70", hostile)
    good = compress(write_slices(slices(), STACK, folder="good"), JPEG + "70", lambda plane: stream(plane, "JPEG"))
    capfd.readouterr()
    with pytest.raises(InputError, match="damaged or cut short"):
        read_volume(bad)
    assert capfd.readouterr() == ("", "")
    np.testing.assert_array_equal(read_volume(good).voxels, slices().astype(int) - 1024)


def test_a_stream_of_another_size(write_slices):
    folder = compress(
        write_slices(slices(), STACK), JPEG + "90", lambda plane: stream(np.tile(plane, (2, 2)), "JPEG2000")
    )
    with pytest.raises(InputError, match="damaged or cut short"):
        read_volume(folder)


def test_more_frames_than_memory(write_slices):
    folder = compress(write_slices(slices(count=1), STACK[:1]), JPEG + "90", lambda plane: stream(plane, "JPEG2000"))
    path = next(folder.iterdir())
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames = 3_000_000
    dataset.save_as(path)
    with pytest.raises(InputError, match="too many to read"):
        read_volume(folder)


def test_cut_run_lengths(write_slices):
    folder = write_slices(slices(), STACK)
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        dataset.PixelData = encapsulate([get_frame(dataset.PixelData, 0, number_of_frames=1)[:200]])
        dataset.save_as(path)
    with pytest.raises(InputError, match="is damaged or cut short"):
        read_volume(folder)


def test_threads_do_not_get_each_others_images(write_slices):
    folders, planes, seen = [], [], {}
    for n in range(3):
        planes.append(np.roll(slices(), 3 * n, axis=2))
        folder = write_slices(planes[n], STACK, folder=f"series{n}")
        folders.append(compress(folder, JPEG + "70", lambda plane: stream(plane, "JPEG")))
    threads = [threading.Thread(target=lambda n=n: seen.update({n: read_volume(folders[n])})) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(3):
        np.testing.assert_array_equal(seen[n].voxels, planes[n].astype(int) - 1024)
