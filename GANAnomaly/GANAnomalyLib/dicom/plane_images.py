"""The planes of a source as highdicom takes source images, and the references of finished frames to the true instances.

highdicom wants images of one frame that agree to the last digit, or one image of many frames. Sources are less tidy:
frames spread over several instances, orientations that differ by rounding. So each plane is given to it as an image of
its own, and references are set right afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

from .clean_header import copy_patient
from .making import Making
from .source_planes import SourcePlane
from .uids import ANY, stable_uid

_CLASS = "1.2.840.10008.5.1.4.1.1."
_PLAIN = {"2.1": "2", "2.2": "2", "4.1": "4", "4.4": "4", "130": "128"}
"""The class of one image, for those of many frames, after the standard's root."""
_OF_MANY = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "NumberOfFrames")


def plane_images(making: Making, numbers: Sequence[int]) -> list[Dataset]:
    """An image without pixels for each of the planes of these numbers; the first one carries patient and study."""
    source = making.source
    images = [_image(source.headers[source.planes[n].header], source.planes[n], source.planes[0]) for n in numbers]
    copy_patient(images[0], source.headers[0])
    return images


def _image(header: Dataset, plane: SourcePlane, first: SourcePlane) -> Dataset:
    image = Dataset()
    for element in header:
        if element.keyword not in _OF_MANY:
            image.add_new(element.tag, element.VR, element.value)  # an element that is shared is changed in both
    image.ImagePositionPatient = (
        header.get("ImagePositionPatient") if plane.frame is None else _ds(plane.corner.tolist())
    )
    image.ImageOrientationPatient = _ds([*first.row, *first.column])
    image.PixelSpacing = _ds([first.spacing[1], first.spacing[0]])
    image.SliceThickness = _ds([first.thickness or first.share])[0]
    if plane.frame is not None:
        image.SOPInstanceUID = _stand_in(header, plane)
        kind = str(header.SOPClassUID).removeprefix(_CLASS)
        image.SOPClassUID = _CLASS + _PLAIN.get(kind, kind)
    return image


def _ds(values: Sequence[float]) -> list[DSfloat]:
    return [DSfloat(float(value), auto_format=True) for value in values]


def _stand_in(header: Dataset, plane: SourcePlane) -> str:
    return stable_uid(ANY, str(header.SOPInstanceUID), plane.frame)


def reference(making: Making, number: int) -> Dataset:
    """An item that refers to the instance (and the frame) of a plane."""
    plane = making.source.planes[number]
    header = making.source.headers[plane.header]
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    if plane.frame is not None:
        item.ReferencedFrameNumber = plane.frame
    return item


def refer_to_source(dataset: Dataset, making: Making) -> Dataset:
    """Set right what an object derived from :func:`plane_images` refers to.

    Each frame names its instance and frame; all of the series' instances are named as source and in
    ReferencedSeriesSequence, not just those with a frame here, since viewers take the whole series from there; and the
    distance between slices is that of the series, not of what holds something.
    """
    true = {
        _stand_in(making.source.headers[plane.header], plane): reference(making, n)
        for n, plane in enumerate(making.source.planes)
        if plane.frame is not None
    }
    for group in dataset.PerFrameFunctionalGroupsSequence:
        for derivation in group.get("DerivationImageSequence") or ():
            for item in derivation.SourceImageSequence:
                item.update(true.get(str(item.ReferencedSOPInstanceUID), {}))
    instances = [_instance(header) for header in making.source.headers]
    series = Dataset()
    series.SeriesInstanceUID = making.source.headers[0].SeriesInstanceUID
    series.ReferencedInstanceSequence = instances
    dataset.ReferencedSeriesSequence, dataset.SourceImageSequence = [series], instances
    measures: Any = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    gap = making.gap()
    if gap is not None:
        measures.SpacingBetweenSlices = DSfloat(gap, auto_format=True)
    elif "SpacingBetweenSlices" in measures:
        del measures.SpacingBetweenSlices
    return dataset


def _instance(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    return item
