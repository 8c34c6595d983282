"""``gananomaly dataset dicom-to-nifti``: DICOM series to volumes."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import output_options, run, source_argument


@click.command("dicom-to-nifti", short_help="Every DICOM series below a folder to NIfTI.")
@source_argument
@output_options
@click.option("--modality", help="Only series of this DICOM modality, such as CT.")
@standard_options
def command(session: Session, source: str, modality: str | None, **options: Any) -> None:
    """Write every DICOM series below a folder as a NIfTI volume without names; CT in Hounsfield units.

    Gantry tilt and uneven gaps are resampled, and said. Radiographs become an image each.

    \b
    Example:
      gananomaly dataset dicom-to-nifti export/ --out ct --modality CT --mapping private/which.csv

    What comes out: 000000.nii.gz ..., and dataset.json, which says as made-up codes which are of one patient.
    """
    from ...datasets.dicom_to_nifti import dicom_to_nifti

    run(session, options, lambda job: dicom_to_nifti(source, job, modality))
