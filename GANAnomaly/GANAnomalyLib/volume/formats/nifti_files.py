"""NIfTI files, through nibabel."""

from __future__ import annotations

import zlib
from pathlib import Path

import nibabel as nib
import numpy as np

from ...errors import InputError
from ...running.messages import Message
from ..volume import Volume
from ..voxel_types import check_size, compact

_MILLIMETRES = {"meter": 1000.0, "micron": 0.001}


def load_nifti(path: Path) -> Volume:
    """A 3-D (or 2-D) scalar NIfTI-1 or NIfTI-2 image with its sform, else qform; raises :class:`InputError`."""
    try:
        image = nib.load(path)
        if not isinstance(image, nib.Nifti1Image):
            raise InputError(f"{path.name} is not a NIfTI file: give a .nii or .nii.gz.")
        header = image.header
        if header.get_data_dtype().fields is not None or header.get_data_dtype().kind == "c":
            raise InputError(f"{path.name} is a colour (RGB) or complex image: give one with a single grey channel.")
        shape = image.shape
        while len(shape) > 3 and shape[-1] == 1:
            shape = shape[:-1]
        if len(shape) == 5 and shape[3] == 1:
            raise InputError(f"{path.name} is a colour (RGB) or vector image: give one with a single grey channel.")
        if len(shape) > 3:
            raise InputError(
                f"{path.name} is {len(shape)}-D ({' x '.join(map(str, shape))}), for example a time series: "
                "save the one 3-D volume that you want to analyse."
            )
        check_size(shape, path.name)
        array = np.asarray(image.dataobj).reshape(shape + (1,) * (3 - len(shape)))
    except (nib.filebasedimages.ImageFileError, nib.spatialimages.HeaderDataError) as error:
        raise InputError(f"{path.name} is not a NIfTI file, or its header is damaged.", str(error)) from error
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise InputError(f"{path.name} is damaged or cut short: copy or export it again.", str(error)) from error

    matrix = np.array(image.affine, dtype=np.float64)
    matrix[:3] *= _MILLIMETRES.get(header.get_xyzt_units()[0], 1.0)
    warnings: list[str] = []
    if header["sform_code"] == 0 and header["qform_code"] == 0:
        warnings.append(Message("orientation_unknown"))
    return Volume(compact(np.ascontiguousarray(array.T)), matrix, "", warnings, {"kind": "nifti"})
