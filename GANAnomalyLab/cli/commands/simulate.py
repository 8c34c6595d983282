"""``gananomaly simulate``: a CT with an anomaly whose place is known exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.cli.options import hu_offset_option
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError, option
from GANAnomalyLib.files import locked, write_json

if TYPE_CHECKING:
    from GANAnomalyLib.volume import Volume

CT, MASK, FACTS = "ct.nrrd", "mask.nrrd", "anomaly.json"


@click.command("simulate", short_help="Put a simulated anomaly into a CT, with its mask.")
@click.argument("input", metavar="INPUT")
@click.option(
    "--kind", default="needle", show_default=True, help="needle, fluid, mass, metal, ...: a wrong one lists all."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same anomaly.")
@click.option(
    "--level", type=click.IntRange(1, 3), default=2, show_default=True, help="1 subtle, 2 moderate, 3 obvious."
)
@click.option(
    "--at", type=float, nargs=3, metavar="R A S", help="Where, in RAS millimetres.  [default: the seed decides]"
)
@click.option("--series", help="Which DICOM series of a folder.")
@click.option("--out", "output", required=True, help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace what an earlier run wrote there.")
@hu_offset_option
@standard_options
@locked("output", "gananomaly simulate")
def command(
    session: Session,
    input: str,
    kind: str,
    seed: int,
    level: int,
    at: tuple[float, float, float] | None,
    series: str | None,
    output: str,
    force: bool,
    hu_offset: float | None,
) -> None:
    """Put a simulated anomaly into a CT, with an exact mask of it.

    For trying a model, and for measuring how well it finds what one knows to be there.

    \b
    Example:
      gananomaly simulate torso.nii.gz --kind needle --seed 1 --level 2 --out torso_needle
      gananomaly analyze torso_needle/ct.nrrd

    \b
    What comes out, on the input's own grid:
      ct.nrrd       the CT with the anomaly
      mask.nrrd     1 where the anomaly is
      anomaly.json  what was put where
    """
    folder = Path(output)
    if (folder / FACTS).exists() and not force:
        raise InputError(
            f"{folder} already holds a simulated anomaly: choose another folder, or replace it with --force."
        )
    from ...simulate.anomalies import insert

    made = insert(_ct(input, series, hu_offset), kind, seed, level, position_ras=at)
    paths = {"ct": folder / CT, "mask": folder / MASK, "facts": folder / FACTS}
    facts = facts_of(made)
    folder.mkdir(parents=True, exist_ok=True)
    paths["facts"].unlink(missing_ok=True)  # with it gone, a run that stops half-way is not taken for a whole one
    write_case(made, paths["ct"], paths["mask"])
    write_json(paths["facts"], facts)
    if session.json:
        session.emit({**facts, "files": {name: str(path) for name, path in paths.items()}})
        return
    session.say(f"Put in: {facts['description']} ({facts['voxels']} voxels).")
    for path in paths.values():
        session.say(f"  {path}")


def _ct(path: str, series: str | None, hu_offset: float | None) -> Volume:
    """The CT; what anomalies look like is known in Hounsfield units only."""
    from GANAnomalyLib.modalities import MR, modality_code
    from GANAnomalyLib.volume import read_volume
    from GANAnomalyLib.volume.volume_checks import NotCTError, ShiftedValues

    try:
        return read_volume(path, series, hu_offset=hu_offset)
    except NotCTError as error:
        if modality_code(str(error.values.get("modality", ""))) == MR:
            raise InputError("Anomalies are simulated in CTs only, and this is an MR: give a CT.") from error
        shifted = f", or add {option('hu_offset', -1024)} to one that lacks its intercept"
        raise InputError(
            "Anomalies are simulated in CTs only, and these values are not Hounsfield units (those of an MR are none): "
            f"give a CT{shifted if isinstance(error, ShiftedValues) else ''}.",
            error.message,
        ) from error


def facts_of(made: Any) -> dict[str, Any]:
    """An :class:`~GANAnomalyLab.simulate.anomalies.InsertedAnomaly` in plain values, without its arrays."""
    return {
        "kind": made.kind,
        "description": made.description,
        "level": made.level,
        "seed": made.seed,
        "centre_ras": [round(value, 2) for value in made.centre_ras],
        "voxels": int(made.mask.sum()),
        "anomalies_version": made.version,
    }


def write_case(made: Any, ct: Path | None, mask: Path) -> None:
    """Write the CT (unless None) and the mask (0 and 1, uint8)."""
    from GANAnomalyLib.volume import write_volume

    if ct is not None:
        write_volume(made.volume, ct)
    write_volume(made.volume.like(made.mask.astype("uint8")), mask)
