"""The columns of a store, one row an image, slice or volume, or what could not be read."""

from __future__ import annotations

from typing import Any

from .cheap_checks import MEASURES
from .header_traits import TRAITS
from .packages import needed
from .sides import SIZE

WHOLE = -1
"""The ``slice`` of rows that are about a whole file."""

ROW_KINDS = ("image", "slice", "volume", "unreadable")


def schema() -> Any:
    """The Arrow schema of a part.

    ``path`` as it was found; ``slice`` from 0 at the lowest, or :data:`WHOLE`; ``state`` changes when the file does;
    ``sha256`` of the file's bytes. ``score`` is the highest patch in what the model's scores count, NaN without one;
    ``top``, ``left``, ``bottom``, ``right`` that patch in shares of the image; ``heat`` 16 x 16 bytes, 255 for
    ``heat_top``. ``thumb_at`` and ``thumb_size`` say where the thumbnail lies in the part's file of thumbnails;
    ``feature`` 512 half-precision numbers. ``date`` counts weeks, from a day that the store alone knows.
    ``sides`` as :func:`~.sides.sides_of` has them. ``domain`` says whether a scan is of what the model was made on
    (known, unusual, unknown), ``warnings`` why it is not.
    ``reason`` says why something could not be read, ``code`` which kind of reason that is.
    """
    arrow = needed("pyarrow")
    text, number, whole = arrow.string(), arrow.float32(), arrow.int32()
    traits = [(name, number if name in ("kv", "exposure") else whole if name == "week" else text) for name in _TRAITS]
    return arrow.schema(
        [
            ("path", text),
            ("kind", text),
            ("slice", whole),
            ("slices", whole),
            ("state", text),
            ("sha256", text),
            ("width", whole),
            ("height", whole),
            ("bits", whole),
            ("spacing_mm", number),
            *traits,
            *((name, number) for name in MEASURES),
            ("sides", arrow.binary(SIZE)),
            ("hash", arrow.uint64()),
            ("hash_mirrored", arrow.uint64()),
            *((name, number) for name in ("score", "wd", "mse", "ssim", "top", "left", "bottom", "right", "heat_top")),
            ("heat", arrow.binary()),
            ("feature", arrow.binary()),
            ("thumb_at", arrow.int64()),
            ("thumb_size", whole),
            ("domain", text),
            ("warnings", text),
            ("code", text),
            ("reason", text),
            ("run", whole),
        ]
    )


_TRAITS = tuple("week" if name == "date" else name for name in TRAITS)
TRAIT_COLUMNS = _TRAITS
