"""NRRD and MetaImage files, through SimpleITK."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..volume import Volume
from ..voxel_types import check_size, compact

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def load_itk(path: Path) -> Volume:
    """A 3-D (or 2-D) scalar NRRD or MetaImage; raises :class:`InputError`."""
    _check_header(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        size = reader.GetSize()
        if reader.GetNumberOfComponents() > 1 or "vector" in sitk.GetPixelIDValueAsString(reader.GetPixelID()):
            raise InputError(
                f"{path.name} is a colour (RGB) or vector image: give one with a single grey channel per voxel."
            )
        while len(size) > 3 and size[-1] == 1:
            size = size[:-1]
        if len(size) > 3:
            raise InputError(
                f"{path.name} is {len(size)}-D ({' x '.join(map(str, size))}), for example a time series: "
                "save the one 3-D volume that you want to analyse."
            )
        check_size(size, path.name)
        image = reader.Execute()
    except RuntimeError as error:
        raise InputError(_sentence(path.name, str(error)), str(error)) from error

    dimension = image.GetDimension()
    direction = np.array(image.GetDirection()).reshape(dimension, dimension)
    matrix = np.eye(4)
    count = min(dimension, 3)
    matrix[:count, :count] = (direction * np.array(image.GetSpacing()))[:count, :count]
    matrix[:count, 3] = image.GetOrigin()[:count]
    voxels = sitk.GetArrayFromImage(image).reshape(tuple(reversed(size)) if len(size) == 3 else (1, *reversed(size)))
    kind = "nrrd" if path.suffix.lower() in (".nrrd", ".nhdr") else "metaimage"
    return Volume(compact(voxels), LPS_TO_RAS @ matrix, "", [], {"kind": kind})


def _sentence(name: str, error: str) -> str:
    lower = error.lower()
    if "spacing" in lower and "zero" in lower:
        return f"{name} has a voxel spacing of zero: correct its header or export it again."
    if "determinant" in lower or "bad direction" in lower:
        return f"{name} has axes that do not span space (singular direction matrix): correct its header."
    return f"{name} is damaged, cut short or not of the kind its name says: copy or export it again."


def _check_header(path: Path) -> None:
    """Check by hand what the library would let pass: files elsewhere, too little data, impossible spacing."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    text = head.split(b"\n\n", 1)[0].decode("latin-1")
    fields = {
        key.strip().lower(): value.strip() for key, value in re.findall(r"^([A-Za-z ]+?)\s*(?::=?|=)(.*)$", text, re.M)
    }
    data = fields.get("data file") or fields.get("datafile") or fields.get("elementdatafile")
    if data and data.upper().startswith("LIST"):
        listed = text[text.index(data) + len(data) :].splitlines()
        for entry in filter(None, map(str.strip, listed)):
            _check_beside(path, entry)
    elif data and data.upper() != "LOCAL":
        _check_beside(path, data)
    if path.suffix.lower() in (".mha", ".mhd"):
        _check_metaimage(path, fields, data or "", head)


def _check_beside(path: Path, data: str) -> None:
    parts = (*PurePosixPath(data).parts, *PureWindowsPath(data).parts)
    if PurePosixPath(data).is_absolute() or PureWindowsPath(data).drive or ".." in parts:
        raise InputError(f"{path.name} takes its voxels from a file in another folder: put both into one folder.")
    if "%" not in data and not (path.parent / data).is_file():
        raise InputError(f"{path.name} takes its voxels from {data}, which is not beside it: copy that file too.")


_BYTES = {"MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4}
_BYTES |= {"MET_FLOAT": 4, "MET_DOUBLE": 8, "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8}


def _check_metaimage(path: Path, fields: dict[str, str], data: str, head: bytes) -> None:
    # MetaIO fills what is missing with zeros and replaces a spacing of zero by one, both without an error.
    spacing = fields.get("elementspacing") or fields.get("elementsize") or ""
    try:
        zero = any(float(value) == 0 for value in spacing.split())
        size = [int(value) for value in fields.get("dimsize", "").split()]
        header_bytes = int(fields.get("headersize", "0"))
        compressed = int(fields.get("compresseddatasize", "0"))
    except ValueError as error:
        raise InputError(f"{path.name} is not a MetaImage, or its header is damaged.", str(error)) from error
    if zero:
        raise InputError(_sentence(path.name, "zero spacing"))
    file, start = path, max(header_bytes, 0)
    if data.upper() == "LOCAL":
        start = head.find(b"\n", head.find(b"ElementDataFile")) + 1
    elif data and (path.parent / data).is_file():
        file = path.parent / data
    else:
        return
    needed = compressed
    if fields.get("compresseddata", "false").lower() != "true":
        channels = int(fields.get("elementnumberofchannels", "1") or 1)
        needed = int(np.prod(size, dtype=object)) * _BYTES.get(fields.get("elementtype", "").upper(), 1) * channels
    if file.stat().st_size - start < needed:
        raise InputError(f"{path.name} is cut short: copy or export it again.")
