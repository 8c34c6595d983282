"""Image data: reading, checking, orienting, framing for a network, and writing.

Readers for each kind of file are imported when such a file is opened.
"""

from .body import Body, body_box, boxes_of, find_body
from .formats.dicom_series import SeriesInfo, list_series
from .frames import Frames
from .framing import Frame
from .hashing import hash_volume
from .mask import read_mask
from .modality import Modality, modality_of
from .orient import AxialStack
from .read import read_volume
from .volume import RADIOGRAPHS, Volume
from .volume_checks import check_input, is_ct
from .write_volume import write_volume

__all__ = [
    "RADIOGRAPHS",
    "AxialStack",
    "Body",
    "Frame",
    "Frames",
    "Modality",
    "SeriesInfo",
    "Volume",
    "body_box",
    "boxes_of",
    "check_input",
    "find_body",
    "hash_volume",
    "is_ct",
    "list_series",
    "modality_of",
    "read_mask",
    "read_volume",
    "write_volume",
]
