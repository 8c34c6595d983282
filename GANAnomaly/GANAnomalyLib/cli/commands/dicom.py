"""``gananomaly dicom``: results as DICOM objects, and findings of other systems back from them."""

from __future__ import annotations

import click

from .. import dicom_commands
from ..folder_group import folder_group
from ..session import Session, standard_options


@click.group("dicom", cls=folder_group(dicom_commands), short_help="Results as DICOM, and findings of others from it.")
@standard_options
def command(session: Session) -> None:
    """Write results as DICOM objects on the images that were analysed, and read findings of other systems.

    \b
    Example:
      gananomaly dicom export chest_result --out chest_dicom
      gananomaly dicom import other_seg.dcm other_sr.dcm --result chest_result

    \b
    What comes out:
      of export, objects that archives and viewers take: segmentation, report, heat, summary
      of import, imported.json beside the result

    Needs the Python package highdicom: pip install 'gananomaly[dicom]'. Research use only.
    """
