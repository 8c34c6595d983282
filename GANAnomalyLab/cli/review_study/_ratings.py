"""What the commands of ``gananomaly review study`` share: ratings and plan in, an analysis out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.cli.options import given

from ...evaluate.reader_options import ReaderStudyOptions, with_plan

if TYPE_CHECKING:
    from ...statistics.readers.reader_study import StudyAnalysis
    from ...statistics.readers.readings import Readings

ratings_option = click.option("--ratings", required=True, metavar="CSV", help="A row for each reading.")
plan_option = click.option("--plan", metavar="FILE", help="An analysis plan, JSON or YAML.")


def ratings_options(function: Any) -> Any:
    """Add ``--ratings`` and ``--plan``."""
    return ratings_option(plan_option(function))


@dataclass(frozen=True)
class Analysed:
    """An analysis with what it was made of; ``title`` is the plan's."""

    analysis: StudyAnalysis
    readings: Readings
    options: ReaderStudyOptions
    sha256: str
    title: str


def analysed(ratings: str, plan: str | dict[str, Any] | None, options: dict[str, Any]) -> Analysed:
    """Read and analyse; ``plan`` is a file's path, or what it would hold.

    Raises :class:`InputError` for what cannot be used.
    """
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.files.reading import read_object, read_yaml

    from ...evaluate.reader_study import read_ratings
    from ...statistics.readers.reader_study import analyse_readings

    asked = given(options)
    written: dict[str, Any] = plan if isinstance(plan, dict) else {}
    if isinstance(plan, str):
        written = read_object(plan) if plan.lower().endswith(".json") else read_yaml(plan)
    title = written.get("title", "")
    if not isinstance(title, str):
        raise InputError(f"The title in {plan} must be a text.")
    chosen = with_plan(written, asked)
    held = read_ratings(ratings, chosen.metric, chosen.case_column, chosen.treatments)
    settings = (chosen.metric, chosen.threshold, chosen.covariance, chosen.confined, chosen.level)
    analysis = analyse_readings(held.readings, *settings)
    analysis = dataclasses.replace(analysis, notes=[*held.notes, *analysis.notes])
    return Analysed(analysis, held.readings, chosen, held.sha256, title)
