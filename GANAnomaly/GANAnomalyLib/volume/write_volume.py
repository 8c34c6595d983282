"""Writing volumes: whole or not at all."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files import whole
from .deflate import write_gzip
from .volume import Volume

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_NRRD_TYPES = {"int8": "int8", "uint8": "uint8", "int16": "int16", "uint16": "uint16", "int32": "int32"}
_NRRD_TYPES |= {"uint32": "uint32", "float32": "float", "float64": "double"}


def write_volume(
    volume: Volume,
    path: Path | str,
    dtype: np.dtype | type | str | None = None,
    check: Callable[[], None] | None = None,
) -> Path:
    """Write a volume as .nii, .nii.gz, .nrrd or .mha with its geometry; returns the path.

    ``dtype`` None keeps the voxels' type (bool becomes uint8, 64-bit types and float16 the 32-bit ones); values are
    rounded and clipped when it asks for whole numbers. The file appears under its name only when it is complete: a
    failure leaves neither half of it nor a temporary file, and an older file of that name as it was. ``check`` may
    raise to stop the writing; NRRD calls it for every plane. Raises :class:`InputError` for a name with another ending,
    :class:`GANAnomalyError` when the place cannot be written.
    """
    path = Path(path)
    ending = next((end for end in ENDINGS if path.name.lower().endswith(end)), None)
    if ending is None:
        raise InputError(
            f"{path.name} cannot be written: its name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}."
        )
    if volume.voxels.ndim != 3:
        raise InputError(f"A {volume.voxels.ndim}-D array cannot be written as a volume.")
    voxels = _converted(volume.voxels, dtype)
    check = check or _no_check
    check()
    with whole(path, "the volume", ending=ending) as part:
        if ending == ".nrrd":
            _write_nrrd(part, voxels, volume.ijk_to_ras, check)
        else:
            (_write_metaimage if ending == ".mha" else _write_nifti)(part, voxels, volume.ijk_to_ras)
    return path


def write_colours(volume: Volume, colours: np.ndarray, path: Path, check: Callable[[], None] | None = None) -> Path:
    """Write ``colours`` (K, J, I, 3) uint8 on a volume's grid as .nrrd, as :func:`write_volume` does."""
    with whole(path, "the volume", ending=".nrrd") as part:
        _write_nrrd(part, np.ascontiguousarray(colours, np.uint8), volume.ijk_to_ras, check or _no_check)
    return path


def _converted(voxels: np.ndarray, dtype: np.dtype | type | str | None) -> np.ndarray:
    if dtype is None:
        name = voxels.dtype.name
        dtype = {"bool": "uint8", "int64": "int32", "uint64": "int32", "float16": "float32", "float64": "float32"}.get(
            name, name
        )
    wanted = np.dtype(dtype).newbyteorder("<")
    if wanted.newbyteorder("=").name not in _NRRD_TYPES:
        raise InputError(f"Voxels cannot be written as {wanted.name}: use int16, int32 or float32.")
    if wanted.kind in "iu" and voxels.dtype.kind != "b":
        limits = np.iinfo(wanted)
        if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
            raise InputError("Voxels that are not finite numbers cannot be written as whole numbers: use float32.")
        rounded = np.rint(voxels) if voxels.dtype.kind == "f" else voxels
        if rounded.size and (rounded.min() < limits.min or rounded.max() > limits.max):
            rounded = np.clip(rounded, limits.min, limits.max)
        voxels = rounded
    return np.ascontiguousarray(voxels, dtype=wanted)


def _write_nifti(path: Path, voxels: np.ndarray, matrix: np.ndarray) -> None:
    import nibabel as nib

    image = nib.Nifti1Image(voxels.T, matrix)
    image.header.set_xyzt_units("mm")
    image.set_sform(matrix, code="scanner")
    image.set_qform(matrix, code="scanner", strip_shears=True)
    nib.save(image, path)


def _no_check() -> None:
    pass


def _write_nrrd(path: Path, voxels: np.ndarray, matrix: np.ndarray, check: Callable[[], None] = _no_check) -> None:
    """NRRD0004 (https://teem.sourceforge.net/nrrd/format.html), gzipped.

    Written here because the usual library does not notice a full disk.
    """
    lps = _LPS @ matrix
    vectors = [f"({','.join(repr(float(value)) for value in lps[:3, column])})" for column in range(4)]
    # Colours are an axis of their own, the fastest.
    size, way, kind = ("3 ", "none ", "RGB-color ") if voxels.ndim == 4 else ("", "", "")
    lines = [
        "NRRD0004",
        f"type: {_NRRD_TYPES[voxels.dtype.name]}",
        f"dimension: {voxels.ndim}",
        "space: left-posterior-superior",
        f"sizes: {size}{voxels.shape[2]} {voxels.shape[1]} {voxels.shape[0]}",
        f"space directions: {way}{' '.join(vectors[:3])}",
        f"kinds: {kind}domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {vectors[3]}",
    ]
    with open(path, "wb") as file:
        file.write(("\n".join(lines) + "\n\n").encode("ascii"))
        write_gzip(file, _planes(voxels, check))


def _planes(voxels: np.ndarray, check: Callable[[], None]) -> Iterator[bytes]:
    for plane in voxels:
        check()
        yield plane.tobytes()


def _write_metaimage(path: Path, voxels: np.ndarray, matrix: np.ndarray) -> None:
    import SimpleITK as sitk

    lps = _LPS @ matrix
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    try:
        sitk.WriteImage(image, str(path), useCompression=False)
    except RuntimeError as error:  # the library does not pass on what the system said
        raise OSError(errno.EIO, "the image library could not write it") from error
    if path.stat().st_size < voxels.nbytes:  # the library does not notice a full disk
        raise OSError(errno.ENOSPC, "the file came out too short")
