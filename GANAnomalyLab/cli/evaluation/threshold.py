"""``gananomaly evaluate threshold``: from which heat on a pixel is seldom normal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, given
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import REGIONS
from ._command import answer, in_folder

if TYPE_CHECKING:
    from ...evaluate.normative.masking_threshold import MaskingThreshold


@click.command("threshold", short_help="Heat that few pixels of normal scans exceed, for the model's card.")
@click.option("--normals", required=True, metavar="PATH", help="Normal CTs the model has not seen; or results of them.")
@click.option(
    "--rate", "rates", type=float, multiple=True, help="Share of pixels; may be repeated.  [default: 0.01 0.02 0.05]"
)
@click.option(
    "--region",
    type=click.Choice(REGIONS),
    default="image",
    show_default=True,
    help="Which pixels count: all that the model saw, or the body's.",
)
@click.option("--write-card", is_flag=True, help="Store the thresholds on the model's card, for 3D Slicer's panel.")
@click.option("--workers", type=int, default=1, show_default=True, help="CTs at a time.")
@click_options(AnalysisRequest, "model", "device", "hu_offset", "settings")
@in_folder("threshold", False, "Where results go; needed unless --normals holds results.", force="")
def command(
    session: Session,
    normals: str,
    rates: tuple[float, ...],
    region: str,
    write_card: bool,
    output: str | None,
    workers: int,
    **options: Any,
) -> None:
    """Search the smallest heat that at most 1, 2 and 5 percent of the pixels of normal scans exceed.

    Use scans of patients that the model was not trained on, from the scanner and population it will be used on: the
    number changes with both. The search is exact; pixels that equal a threshold do not exceed it.

    Of a model that masks what looks wrong and fills it in anew, the masking threshold is found first: the one that at
    most 5 percent of the pixels of these scans exceed. The scans are then analysed with it. One that is given (--set
    mask_threshold=0.13, or -1, each slice's own 95th percentile) is taken instead, and results keep the one that they
    were made with.

    \b
    Example:
      gananomaly evaluate threshold --model mine --normals healthy/ --out results --write-card
      gananomaly evaluate threshold --model mine --normals results/

    With --write-card, later analyses carry the thresholds and the panel in 3D Slicer offers them ("Normal pixels
    above"); they mask by the masking threshold that these were found with. Research use only.
    """
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.models.registry import find_model
    from GANAnomalyLib.running.progress import part

    from ...evaluate.normative import RATES, holds_results, scans_of
    from ...evaluate.normative.card_thresholds import outdated_by, thresholds_of_normals, write_to_card
    from ...evaluate.normative.masking_threshold import masking_threshold

    template = AnalysisRequest(normals, **given(options))
    path = find_model(template.model)
    if output is None and not holds_results(normals):
        raise InputError("The CTs are analysed first: say with --out where the results go.")
    left_out: list[str] = []
    with at_work() as (bar, cancel):
        masking = None
        if not holds_results(normals):
            masking = masking_threshold(path, normals, template, region, part(bar, 0.0, 0.3), cancel)
            if masking is not None:
                settings = {**template.settings, masking.setting: masking.value}
                template = dataclasses.replace(template, settings=settings)
        begin = 0.0 if masking is None else 0.3
        scans = scans_of(
            normals, None, Path(output or "."), template, workers, part(bar, begin, 0.8), cancel, left_out.append
        )
        found = thresholds_of_normals(scans, rates or RATES, region, part(bar, 0.8, 1.0), cancel)
        outdated = write_card and outdated_by(found, path)
        card = write_to_card(found, path, scans) if write_card else None
    warnings = [*left_out, *found.warnings]
    if outdated:
        warnings.append(
            "What slices score and what is usual on the card was found with another masking threshold: have it found "
            "anew with gananomaly model export."
        )
    data = dataclasses.asdict(found) | {"warnings": warnings, "card": None if card is None else str(card)}
    data["masking"] = None if masking is None else dataclasses.asdict(masking)
    rows = [[f"{100 * float(rate):g} %", f"{value:.4g}"] for rate, value in found.thresholds.items()]
    table = ("Thresholds", ["normal pixels above, at most", f"heat ({found.unit})"], rows)
    words = f"{found.pixels} pixels of {found.slices} slices of {found.scans} scans, of the {found.region}."
    answer(session, data, [table], [words, *_masked(found.masked, masking)], warnings)
    if card is not None and not session.json:
        session.say(f"Written: {card}")


def _masked(masked: Mapping[str, float], found: MaskingThreshold | None) -> list[str]:
    """What slices were masked by, for a person; nothing where they were not."""
    if found is not None:
        return [
            f"Masking threshold ({found.setting}): {found.value:g}, which at most {100 * found.rate:g} % of "
            f"{found.pixels} pixels of {found.slices} slices exceed. The heat above is that of masks by it."
        ]
    taken = [f"{value:g}" if value >= 0 else "each slice's own 95th percentile" for value in masked.values()]
    return [f"The scans were masked by {', '.join(taken)}."] if taken else []
