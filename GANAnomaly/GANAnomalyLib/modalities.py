"""Which modalities a model may be made for, and the window of each. Apart from the room of volumes, since options are
declared without loading it; what is done with an image of each is in :mod:`.volume.modality`."""

from __future__ import annotations

from collections.abc import Mapping

CT, MR = "CT", "MR"
MODALITIES = ("ct", "mr")
"""As an option says it; cards and images have DICOM's code."""
MODALITY_HELP = "What volumes are: ct, in Hounsfield units, or mr, whose values have no unit."
WINDOWS = {CT: (350.0, 50.0), MR: (100.0, 50.0)}
"""Window and level of a model that was told none: soft tissue in HU; from 0 to white, in percent of white."""
PERCENTILE = 98.0
PERCENTILE_HELP = "Of MR: so many percent of the head are darker than white."
PERCENTILE_OF = ("head", "image")
PERCENTILE_OF_HELP = "Of MR: white is a percentile of the head, or of the whole image (as published)."


def modality_code(said: str) -> str:
    """ "MR" for whatever says so, else "CT": pictures and radiographs are read as ever."""
    return MR if said.strip().upper() in ("MR", "MRI") else CT


def usual_window(
    modality: str,
    window: float | None,
    level: float | None,
    windows: Mapping[str, tuple[float, float]] = WINDOWS,
) -> tuple[float, float]:
    """Window and level as they were given, else as they are in :data:`WINDOWS`."""
    usual = windows[modality_code(modality)]
    return usual[0] if window is None else window, usual[1] if level is None else level


def window_in_words(modality: str, window: float, level: float, percentile: float, of: str) -> str:
    """For people: "350 / 50 HU"; "100 / 50 % of white, the 98th percentile of the head"."""
    if modality_code(modality) == MR:
        return f"{window:g} / {level:g} % of white, percentile {percentile:g} of the {of}"
    return f"{window:g} / {level:g} HU"
