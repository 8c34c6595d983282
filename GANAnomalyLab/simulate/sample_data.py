"""The teaching case delivered with the program, and the pictures that 3D Slicer's Sample Data module shows of it.

``python -m GANAnomalyLab.simulate.sample_data [FOLDER]`` makes the files again from the bundled CT, in their own places
unless a folder is given, which then gets ``Data`` and ``Icons``. It is the case of the ``demo`` command, so that what a
reader learns in 3D Slicer and what the command prints are about the same anomalies. A test holds the delivered files
to this code.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from GANAnomalyLib.data import DEMO_CT, bundled_file, bundled_folder
from GANAnomalyLib.results.colours import grey
from GANAnomalyLib.results.segmentation_file import ABNORMAL_STRUCTURE, Segment, write_seg_nrrd
from GANAnomalyLib.volume import AxialStack, Volume, body_box, find_body, read_volume, write_volume

from .anomalies import DemoCase, demo_case

ICONS = Path(__file__).resolve().parents[2] / "GANAnomaly" / "Resources" / "Icons"
SOURCE_CT = DEMO_CT
SAMPLE_CT = "torso_3mm_with_anomalies.nii.gz"
SAMPLE_TRUTH = "torso_3mm_anomalies.seg.nrrd"
THUMBNAILS = {SOURCE_CT: "SampleTorso.png", SAMPLE_CT: "SampleTorsoWithAnomalies.png"}

THUMBNAIL_SIZE = (260, 280)
"""Width and height in pixels."""

LEVELS_MM = (380.0, 280.0)
"""Superior millimetres (RAS) of the two axial slices shown: the needle's and the fluid's, from above to below."""

WINDOW, LEVEL, BORDER_MM = 400.0, 50.0, 4.0

# Greens: a finding's first colour is cyan and the heat runs from violet to yellow, so truth is told from both.
TRUTH = {
    "needle": ("Simulated needle", (0.55, 0.90, 0.25)),
    "fluid": ("Simulated fluid collection", (0.15, 0.70, 0.35)),
}


def truth_segments(case: DemoCase) -> tuple[np.ndarray, list[Segment]]:
    """(K, J, I) uint8 labels of a demo case, and what they mean."""
    labels = np.zeros(case.volume.voxels.shape, dtype=np.uint8)
    segments: list[Segment] = []
    for label, (kind, (name, colour)) in enumerate(TRUTH.items(), 1):
        labels[case.masks[kind]] = label
        segments.append(Segment(label=label, name=name, color=colour, terminology=ABNORMAL_STRUCTURE))
    return labels, segments


def thumbnail(volume: Volume) -> np.ndarray:
    """(280, 260) uint8: the axial slices at :data:`LEVELS_MM`, one above the other, as a radiologist sees them."""
    from PIL import Image

    stack = AxialStack.from_volume(volume)
    places = [stack.ijk_to_stack(volume.ijk(np.array([0.0, 0.0, z])))[0] for z in LEVELS_MM]
    slices = stack.slices[np.rint(places).astype(int)]
    top, bottom, left, right = body_box(
        find_body(slices, LEVEL - WINDOW / 2, stack.spacing_mm).mask, BORDER_MM, stack.spacing_mm
    )
    width, height = THUMBNAIL_SIZE[0], THUMBNAIL_SIZE[1] // len(slices)
    _, row_mm, column_mm = stack.spacing_mm
    scale = max((right - left) * column_mm / width, (bottom - top) * row_mm / height)  # millimetres a pixel
    per_row, per_column = scale / row_mm, scale / column_mm
    first_row = (top + bottom - per_row * height) / 2
    first_column = (left + right - per_column * width) / 2
    pictures = [
        Image.fromarray(grey(hu, WINDOW, LEVEL)).transform(
            (width, height),
            Image.Transform.AFFINE,
            (per_column, 0.0, first_column, 0.0, per_row, first_row),
            resample=Image.Resampling.BICUBIC,
        )
        for hu in slices
    ]
    return np.vstack([np.asarray(picture) for picture in pictures])


def write_samples(source: Path, data: Path, icons: Path) -> list[Path]:
    """Make the teaching case from the CT ``source``, and both thumbnails; returns the files.

    They are written to the folders ``data`` and ``icons``. Raises :class:`~GANAnomalyLib.errors.InputError` for a
    source that cannot be read, :class:`~GANAnomalyLib.errors.GANAnomalyError` where nothing can be written.
    """
    from PIL import Image

    volume = read_volume(source)
    case = demo_case(volume)
    written = [write_volume(case.volume, data / SAMPLE_CT), data / SAMPLE_TRUTH]
    labels, segments = truth_segments(case)
    write_seg_nrrd(data / SAMPLE_TRUTH, labels, volume.ijk_to_ras, segments)
    icons.mkdir(parents=True, exist_ok=True)
    for name, shown in ((SOURCE_CT, volume), (SAMPLE_CT, case.volume)):
        written.append(icons / THUMBNAILS[name])
        Image.fromarray(thumbnail(shown)).save(written[-1], optimize=True)
    return written


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.simulate.sample_data", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    folder = parser.parse_args().folder
    data, icons = (bundled_folder(), ICONS) if folder is None else (folder / "Data", folder / "Icons")
    for path in write_samples(bundled_file(SOURCE_CT), data, icons):
        print(path)


if __name__ == "__main__":
    main()
