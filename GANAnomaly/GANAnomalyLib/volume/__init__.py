"""Image data: reading, checking, orienting, framing for a network, and writing.

Readers for each kind of file are imported when such a file is opened.
"""

from .body import body_box, body_mask
from .formats.dicom_series import SeriesInfo, list_series
from .framing import Frame
from .hashing import hash_volume
from .orient import AxialStack
from .read import read_volume
from .volume import RADIOGRAPHS, Volume
from .volume_checks import check_input, read_mask
from .write_volume import write_volume

__all__ = [
    "RADIOGRAPHS",
    "AxialStack",
    "Frame",
    "SeriesInfo",
    "Volume",
    "body_box",
    "body_mask",
    "check_input",
    "hash_volume",
    "list_series",
    "read_mask",
    "read_volume",
    "write_volume",
]
