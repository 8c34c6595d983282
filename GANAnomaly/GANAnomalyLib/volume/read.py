"""The one door for image files: any supported path in, a checked Volume out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError, Note
from ..modalities import CT
from ..running.messages import Message
from ..running.progress import ProgressCallback, no_progress
from .modality import modality_of
from .padding import AIR, filled, outside
from .regular import straighten
from .volume import Volume
from .volume_checks import SHIFTED, ShiftedValues, check_geometry, check_values
from .voxel_types import compact

PICTURES = (".png", ".jpg", ".jpeg")
FORMATS = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), DICOM, PNG or JPEG"


def read_volume(
    path: Path | str | Sequence[Path],
    series: str | int | None = None,
    allow_any: bool = False,
    progress: ProgressCallback | None = None,
    hu_offset: float | None = None,
    modality: str = CT,
    colours: bool = False,
) -> Volume:
    """Read a CT (or an MR, or on request another scalar image) and check that it can be analysed.

    Parameters
    ----------
    path:
        A NIfTI, NRRD, MetaImage, DICOM or picture file, or a folder of DICOM files or of pictures of one size, or the
        files of one DICOM series.
    series:
        For a folder with several DICOM series: a SeriesInstanceUID or the number that
        :func:`~GANAnomalyLib.volume.list_series` gives it, else DICOM's own series number ("dicom:2": always that) or
        words of the description, where one series has it. None takes the largest series of the modality and says so,
        unless the folder holds images of several patients.
    allow_any:
        Also accept images of another modality. Pictures are always read (``meta["kind"]`` is "picture"), for their
        format already says what they are.
    hu_offset:
        Added to all values first (not to pictures): -1024 makes Hounsfield units of values that were stored without
        their intercept.
    modality:
        What is wanted, see :func:`~.modality.modality_of`; an image that says nothing itself is marked as that.
    colours:
        Take colour pictures too, which are refused otherwise.

    Returns
    -------
    Volume
        Voxels in the file's own order, int16 or int32 or float32 (pictures uint8 or uint16), with
        ``warnings`` about all that had to be done to them. Padding outside the scanned field of a CT (-2000, -3024,
        not-a-numbers, what DICOM names as such) is air, -1024.

    Raises
    ------
    InputError
        With one sentence, for everything that cannot be read or must not be analysed.
    """
    volume = load(path, series, progress or no_progress, allow_any, modality, colours)
    check_geometry(volume)
    if hu_offset and volume.meta.get("kind") != "picture":
        voxels = volume.voxels.astype(np.int64) if volume.voxels.dtype.kind in "iu" else volume.voxels
        volume.voxels = compact(voxels + (int(hu_offset) if float(hu_offset).is_integer() else np.float32(hu_offset)))
        volume.warnings.append(Message("values_offset", offset=hu_offset))
    return straighten(_checked(volume, allow_any, modality))


def _checked(volume: Volume, allow_any: bool, modality: str) -> Volume:
    """The volume, its padding as air where it is a CT; raises :class:`InputError` unless it may be analysed."""
    wanted = modality_of(modality)
    picture = volume.meta.get("kind") == "picture"
    hounsfield = wanted.code == CT and volume.modality in ("", CT) and not picture
    padding = outside(volume.voxels, hounsfield)
    # Neither shall padding pass for the air that tells a CT, nor not-a-numbers outside stop anything.
    bare = volume if padding is None else filled(volume, padding)
    check_values(bare)
    try:
        if not picture:
            wanted.check(bare)
    except InputError as error:
        if not allow_any:
            raise
        hounsfield = False
        if isinstance(error, ShiftedValues):
            volume.warnings.append(Note(f"{SHIFTED}."))
    if wanted.code != CT and not picture:
        volume.modality = volume.modality or wanted.code
    if padding is None:
        return volume
    if hounsfield:
        return filled(volume, padding, AIR)
    padding = outside(volume.voxels, hounsfield)  # any value may be a true one
    return volume if padding is None else filled(volume, padding)


def load(
    path: Path | str | Sequence[Path],
    series: str | int | None = None,
    progress: ProgressCallback = no_progress,
    segmentations: bool = True,
    modality: str = CT,
    colours: bool = False,
) -> Volume:
    """What a file holds, unchecked and on its own grid; raises :class:`InputError` when it cannot be read.

    ``segmentations``: a DICOM SEG is read, as labels; otherwise it is refused by name as all that is no image.
    ``modality``: of a folder's series, those of it come first. ``colours``: of pictures, see :func:`read_volume`.
    """
    if not isinstance(path, Path | str):
        from .formats.dicom_images import load_dicom_files

        return load_dicom_files(path, progress)
    path = Path(path)
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist: check the path.")
        if path.is_dir():
            return _load_folder(path, series, progress, segmentations, modality, colours)
        name = path.name.lower()
        if path.stat().st_size == 0:
            raise InputError(f"{path.name} is empty: copy or export it again.")
        if name.endswith((".nii", ".nii.gz")):
            from .formats.nifti_files import load_nifti

            return load_nifti(path)
        if name.endswith((".nrrd", ".nhdr", ".mha", ".mhd")):
            from .formats.itk_files import load_itk

            return load_itk(path)
        if name.endswith(PICTURES):
            from .formats.picture_files import load_pictures

            return load_pictures([path], progress, colours)
        if _is_dicom(path) or name.endswith((".dcm", ".ima")):
            from .formats.dicom_images import load_dicom_file

            return load_dicom_file(path, progress, segmentations)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: check that it is there and may be read.", str(error)) from error
    raise InputError(f"{path.name} is not a kind of file that can be read: give {FORMATS}.")


def _load_folder(
    folder: Path,
    series: str | int | None,
    progress: ProgressCallback,
    segmentations: bool,
    modality: str,
    colours: bool,
) -> Volume:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    pictures = [file for file in files if file.name.lower().endswith(PICTURES)]
    if pictures and not any(_is_dicom(file) for file in files if file not in pictures):
        from .formats.picture_files import load_pictures

        return load_pictures(pictures, progress, colours)
    from .formats.dicom_images import load_dicom_folder

    return load_dicom_folder(folder, series, progress, segmentations, modality)


def _is_dicom(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"
