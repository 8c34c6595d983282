"""The one door for image files: any supported path in, a checked Volume out."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..running.progress import ProgressCallback, no_progress
from .regular import straighten
from .volume import Volume
from .volume_checks import check_ct, check_geometry, check_values

PICTURES = (".png", ".jpg", ".jpeg")
FORMATS = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), DICOM, PNG or JPEG"


def read_volume(
    path: Path | str,
    series: str | int | None = None,
    allow_any: bool = False,
    progress: ProgressCallback | None = None,
) -> Volume:
    """Read a CT (or, on request, another scalar image) and check that it can be analysed.

    Parameters
    ----------
    path:
        A NIfTI, NRRD, MetaImage, DICOM or picture file, or a folder of DICOM files or of pictures of one size.
    series:
        For a folder with several DICOM series: a SeriesInstanceUID or the number that
        :func:`~GANAnomalyLib.volume.list_series` gives it. None takes the largest CT series and says so.
    allow_any:
        Also accept images that are not CT. Pictures are always read (``meta["kind"]`` is "picture"), for their format
        already says what they are.

    Returns
    -------
    Volume
        Voxels in the file's own order, int16 or int32 or float32 (pictures uint8 or uint16), with
        ``warnings`` about all that had to be done to them.

    Raises
    ------
    InputError
        With one sentence, for everything that cannot be read or must not be analysed.
    """
    volume = load(path, series, progress or no_progress)
    check_geometry(volume)
    check_values(volume)
    if not allow_any and volume.meta.get("kind") != "picture":
        check_ct(volume)
    return straighten(volume)


def load(path: Path | str, series: str | int | None = None, progress: ProgressCallback = no_progress) -> Volume:
    """What a file holds, unchecked and on its own grid; raises :class:`InputError` when it cannot be read."""
    path = Path(path)
    try:
        if not path.exists():
            raise InputError(f"{path} does not exist: check the path.")
        if path.is_dir():
            return _load_folder(path, series, progress)
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

            return load_pictures([path], progress)
        if _is_dicom(path) or name.endswith((".dcm", ".ima")):
            from .formats.dicom_images import load_dicom_file

            return load_dicom_file(path, progress)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: check that it is there and may be read.", str(error)) from error
    raise InputError(f"{path.name} is not a kind of file that can be read: give {FORMATS}.")


def _load_folder(folder: Path, series: str | int | None, progress: ProgressCallback) -> Volume:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    pictures = [file for file in files if file.name.lower().endswith(PICTURES)]
    if pictures and not any(_is_dicom(file) for file in files if file not in pictures):
        from .formats.picture_files import load_pictures

        return load_pictures(pictures, progress)
    from .formats.dicom_images import load_dicom_folder

    return load_dicom_folder(folder, series, progress)


def _is_dicom(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM"
