"""Kinds of option values that several commands share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..analysis.request import DEVICES, MODES
from ..models.score_units import METRICS

Function = TypeVar("Function", bound=Callable[..., Any])


class SliceRange(click.ParamType):
    """``40:80`` (80 excluded) or one slice, ``40``."""

    name = "first:stop"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"\s*(\d+)\s*(?::\s*(\d+)\s*)?", str(value))
        if match is None:
            self.fail(f"{value!r} is not a range of slices: give first:stop, as in 40:80, or one number.", param, ctx)
        first = int(match[1])
        stop = first + 1 if match[2] is None else int(match[2])
        if first >= stop:
            self.fail(f"{value!r} holds no slice: the first must be below the stop, as in 40:80.", param, ctx)
        return first, stop


class Setting(click.ParamType):
    """``name=value``; the value is read as JSON where it is JSON (numbers, true, null), else as text."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not a setting: give name=value.", param, ctx)
        try:
            return name.strip(), json.loads(text)
        except (ValueError, RecursionError):
            return name.strip(), text


hu_offset_option = click.option(
    "--hu-offset",
    type=float,
    metavar="HU",
    help="Added to all values first: -1024 mends a CT that was stored without its rescale intercept.",
)
"""What every command that reads CTs offers for values that are no Hounsfield units yet."""


def analysis_options(function: Function) -> Function:
    """Add what every command that analyses can be told: the fields of an ``AnalysisRequest``, and ``--force``.

    ``--set`` and ``--no-calibration`` arrive as ``settings`` and ``no_calibration``.
    """
    for option in reversed(_ANALYSIS):
        function = option(function)
    return function


_ANALYSIS = [
    click.option(
        "--model", default="demo", show_default=True, help="A model's name (see: gananomaly models) or its file."
    ),
    click.option("--detector", default="auto", show_default=True, help="A detector's name, or auto: the model's."),
    click.option(
        "--metric", type=click.Choice(METRICS), help="Distance of CT and reconstruction.  [default: the model's]"
    ),
    click.option("--slices", type=SliceRange(), help="Only these, inferior to superior from 0, stop excluded: 40:80."),
    click.option("--window", type=float, help="Window width in HU.  [default: the model's]"),
    click.option("--level", type=float, help="Window level in HU.  [default: the model's]"),
    click.option("--patch-size", type=int, help="Side of a patch in pixels of the network.  [default: the model's]"),
    click.option("--top", type=int, default=10, show_default=True, help="How many findings to list."),
    click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute."),
    click.option("--seed", type=int, default=303, show_default=True, help="The same seed gives the same result."),
    click.option(
        "--steps", type=int, help="Optimisation steps a slice; 0: the encoder's word is taken.  [default: the model's]"
    ),
    click.option(
        "--mode", type=click.Choice(MODES), default="fast", show_default=True, help="reference: as published."
    ),
    click.option("--batch", type=int, help="Slices at a time.  [default: as memory allows]"),
    click.option(
        "--set", "settings", type=Setting(), multiple=True, help="A setting of the detector; may be repeated."
    ),
    click.option(
        "--no-calibration",
        is_flag=True,
        help="Patch scores and heat as raw distances, in the metric's own unit, not as times what the model's normals "
        "show at the same place: places that are always explained badly (bowel gas, the skin's edge) then rank high, "
        "and the model's thresholds do not apply. Changes nothing for models that carry no calibration.",
    ),
    click.option("--scene", is_flag=True, help="Also write scene.mrb for 3D Slicer and views of the top findings."),
    click.option("--allow-any", is_flag=True, help="Accept an image that does not look like a CT."),
    hu_offset_option,
    click.option("--force", is_flag=True, help="Compute again even if this very result is there already."),
]
