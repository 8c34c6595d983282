"""The stored values of a DICOM image, compressed or not, and what an earlier lossy compression took from it."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import GANAnomalyError, InputError
from ...running.messages import Message
from ..voxel_types import check_size

_JPEG = "1.2.840.10008.1.2.4"
_AS = {f"{_JPEG}.{n}": f"{_JPEG}.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91)}
# High-throughput JPEG 2000: the same decoder reads it, under the older name that GDCM knows.
_AS |= {f"{_JPEG}.{n}": f"{_JPEG}.90" for n in (201, 202, 203)}
_ALWAYS_LOSSY = (f"{_JPEG}.50", f"{_JPEG}.51")
_LOSSY_UNLESS_SAID = (f"{_JPEG}.81", f"{_JPEG}.91", f"{_JPEG}.203")
_METHODS = {
    "10918": "JPEG",
    "14495": "JPEG-LS",
    "15444": "JPEG 2000",
    "13818": "MPEG",
    "14496": "MPEG",
    "23008": "HEVC",
}
_NOT_STARTED = (
    "The decoder for compressed DICOM images could not be started: check the installation (SimpleITK), or export the "
    "images uncompressed."
)
_SECONDS = 120
"""A decoder that takes longer for one image is in an endless loop."""


def stored_values(dataset: Any, name: str) -> np.ndarray:
    """Values as stored, (J, I) or (frames, J, I), before any rescale; raises :class:`InputError`.

    Compressed or not, the same image gives the same values: as many bits as ``BitsStored`` says, with the sign that
    ``PixelRepresentation`` says.
    """
    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    try:
        if syntax in _AS:
            return _unpacked(dataset, _AS[syntax], name)
        return np.asarray(dataset.pixel_array)
    except GANAnomalyError:
        raise
    except Exception as error:  # decoders fail in as many ways as there are decoders
        if syntax is not None and syntax.is_compressed and syntax not in _AS and not _readable(syntax):
            raise InputError(
                f"{name} is compressed ({syntax.name}) and cannot be unpacked here: export it uncompressed "
                "(Explicit VR Little Endian).",
                repr(error),
            ) from error
        raise InputError(f"{name} is damaged or cut short: export it again.", repr(error)) from error


@dataclass(frozen=True)
class Loss:
    """A compression with losses, now or before the image was sent: "JPEG 2000", and how many times smaller."""

    method: str
    ratio: float | None


def loss_of(dataset: Any) -> Loss | None:
    """How an image was compressed with losses; None where it was not, as far as the file says."""
    syntax = str(getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", ""))
    said = str(dataset.get("LossyImageCompression") or "")
    if said != "01" and syntax not in _ALWAYS_LOSSY and not (syntax in _LOSSY_UNLESS_SAID and said != "00"):
        return None
    methods = _texts(dataset.get("LossyImageCompressionMethod"))
    known = [name for text in methods for number, name in _METHODS.items() if number in text]
    if not known and syntax in _AS:
        number = int(syntax.rsplit(".", 1)[1])
        known = ["JPEG 2000" if number >= 90 else "JPEG-LS" if number >= 80 else "JPEG"]
    ratio = None
    with contextlib.suppress(ValueError, IndexError):
        # Several where it was compressed again and again: the last is the image's as it is.
        ratio = float(_texts(dataset.get("LossyImageCompressionRatio"))[-1])
    return Loss(" and ".join(dict.fromkeys(known)) or "method not said", ratio)


def loss_notes(found: list[Loss], count: int) -> list[str]:
    """What to say of a series of ``count`` files; nothing where none lost anything."""
    if not found:
        return []
    said = " and ".join(sorted({loss.method for loss in found}))
    ratios = sorted({f"{loss.ratio:.3g}" for loss in found if loss.ratio and np.isfinite(loss.ratio)}, key=float)
    if ratios:
        said += f", ratio {ratios[0]}" + (f" to {ratios[-1]}" if len(ratios) > 1 else "")
    if len(found) < count:
        return [Message("some_images_lossy", number=len(found), count=count, how=said)]
    return [Message("image_lossy", how=said) if count == 1 else Message("series_lossy", how=said)]


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(value)] if isinstance(value, str) or not hasattr(value, "__iter__") else [str(one) for one in value]


def _readable(syntax: Any) -> bool:
    from pydicom.pixels import get_decoder

    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False


def _unpacked(dataset: Any, syntax: str, name: str) -> np.ndarray:
    from pydicom.encaps import generate_frames

    count = int(dataset.get("NumberOfFrames") or 1)
    shape = (int(dataset.Rows), int(dataset.Columns))
    check_size((count, *shape), name)  # a few kilobytes may unpack to more than there is memory
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    if not 1 <= stored <= allocated <= 16:
        raise ValueError(f"{stored} bits stored in {allocated}")
    table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    frames = []
    for stream in generate_frames(
        dataset.PixelData, number_of_frames=count, extended_offsets=table if all(table) else None
    ):
        frame = _decode(_bare_file(stream, syntax, shape, allocated))
        if frame.shape != shape:
            raise ValueError(f"the compressed image is {frame.shape}, the header says {shape}")
        frames.append(_bits(frame, stored, bool(dataset.PixelRepresentation)))
        if len(frames) > count:
            break
    if len(frames) != count:
        raise ValueError(f"{len(frames)} compressed frames, the header says {count}")
    return np.stack(frames) if count > 1 else frames[0]


def _bits(frame: np.ndarray, stored: int, signed: bool) -> np.ndarray:
    """The lowest ``stored`` bits, with their sign; what a decoder makes of a sign differs from one to the next."""
    kept = frame.astype(np.int32) & ((1 << stored) - 1)
    if signed:
        kept -= (kept & (1 << (stored - 1))) << 1
    return kept.astype(np.int16 if signed else np.uint16)


def _bare_file(stream: bytes, syntax: str, shape: tuple[int, int], allocated: int) -> bytes:
    """A DICOM file of one frame and nothing else: no patient, and no rescale that the decoder could apply."""
    from io import BytesIO

    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, SecondaryCaptureImageStorage

    dataset, meta = Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = UID("2.25.1")
    dataset.file_meta = meta
    dataset.Rows, dataset.Columns = shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, allocated, allocated - 1
    dataset.PixelRepresentation = 0
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


class _Decoder:
    """GDCM in a process of its own: a hostile stream crashes it, and it writes its complaints to stderr."""

    def __init__(self) -> None:
        from ...running.process import worker_environment, worker_python

        command = [worker_python(), "-m", "GANAnomalyLib.running.unpack"]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=worker_environment({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise GANAnomalyError(_NOT_STARTED, str(error)) from error
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self.close()
            raise GANAnomalyError(_NOT_STARTED, f"the decoder ended with code {self._process.returncode}")

    def unpack(self, path: Path) -> np.ndarray | None:
        """The values (J, I), None for damaged data; raises OSError or ValueError when the process dies of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(_SECONDS, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(os.fsencode(path) + b"\n")
            self._process.stdin.flush()
            kind, *sizes = self._process.stdout.readline().decode("ascii").split()
            if kind == "failed":
                return None
            rows, columns = map(int, sizes)
            dtype = np.dtype(kind)
            data = self._process.stdout.read(rows * columns * dtype.itemsize)
        finally:
            watch.cancel()
        return np.frombuffer(data, dtype).reshape(rows, columns)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


_idle: list[_Decoder] = []
"""Decoders with nothing to do, kept for the next image: starting one takes longer than unpacking a slice."""
# A process that was forked does not own them, and two of them at one pipe would get each other's answers.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)


@atexit.register
def _end() -> None:
    while _idle:
        _idle.pop().close()


def _decode(file: bytes) -> np.ndarray:
    try:
        decoder = _idle.pop()
    except IndexError:
        decoder = _Decoder()
    try:
        with tempfile.TemporaryDirectory(prefix="gananomaly-") as folder:
            path = Path(folder) / "image.dcm"
            path.write_bytes(file)
            values = decoder.unpack(path)
    except BaseException:
        decoder.close()
        raise
    _idle.append(decoder)
    if values is None:
        raise ValueError("the decoder found the compressed data damaged")
    return values
