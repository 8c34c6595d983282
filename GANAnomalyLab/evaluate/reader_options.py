"""What the analysis of a study of readers can be told, without what it takes to analyse: it is the study's plan too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.option_fields import option

from .evaluation_options import EvaluationOptions

# As statistics/readers has them, which takes NumPy to import.
METRICS = ("auc", "sensitivity", "specificity", "jafroc")
COVARIANCES = ("jackknife", "delong", "unbiased")
FIXED = ("readers", "cases")
WEIGHTS = ("none", "linear", "quadratic")
_PLANNED = {"confined": "fixed"}
"""What plans and the command line call a field."""


def _some_names(values: list[str]) -> str | None:
    if len(set(values)) < len(values):
        return "must name each treatment once"
    return None if values else "must name at least one treatment"


@dataclass(frozen=True)
class ReaderStudyOptions(EvaluationOptions):
    """How a study of readers is analysed."""

    metric: str = option(
        "auc", "What is compared; jafroc is the weighted figure of merit of located findings.", choices=METRICS
    )
    threshold: float | None = option(
        None, "The lowest rating that counts as abnormal; sensitivity and specificity need it.", shown=""
    )
    covariance: str = option("jackknife", "How errors are estimated from the cases.", choices=COVARIANCES)
    confined: str | None = option(
        None,
        "Confine conclusions to these readers, or these cases.",
        choices=FIXED,
        flags="--fixed",
        shown="neither: they hold for others like them",
    )
    treatments: list[str] | None = option(
        None, "Only these treatments, differences in this order.", metavar="A,B,...", check_value=_some_names, shown=""
    )
    case_column: str = option("case", "The column that says which case a reading is of.", metavar="NAME")
    level: float = option(0.95, "Of the intervals.", above=0, below=1)
    alpha: float = option(0.05, "Two-sided level of the next study's test.", above=0, below=1)
    power: float = option(0.8, "How probably the next study is to find the difference.", above=0, below=1)
    difference: float | None = option(
        None, "Difference that the next study is to find.", above=0, below=1, shown="the one found here"
    )

    def to_dict(self) -> dict[str, Any]:
        """By the names that plans use."""
        return {_PLANNED.get(name, name): value for name, value in super().to_dict().items()}

    def check_together(self) -> None:
        needed = self.metric in ("sensitivity", "specificity")
        if needed and self.threshold is None:
            raise InputError(f"The {self.metric} needs --threshold: the lowest rating that counts as abnormal.")
        if not needed and self.threshold is not None:
            raise InputError("--threshold belongs to sensitivity and specificity: leave it out, or choose one of them.")


def with_plan(plan: dict[str, Any], given: dict[str, Any]) -> ReaderStudyOptions:
    """The options of a plan that was written before, and what is ``given`` besides.

    Raises :class:`InputError` where the two contradict each other, or the plan names what no plan has.
    """
    names = {planned: name for name, planned in _PLANNED.items()}
    held = {names.get(name, name): value for name, value in plan.items() if name != "title"}
    planned = ReaderStudyOptions.from_dict(held)
    for name, value in given.items():
        if name in held and value != getattr(planned, name):
            raise InputError(
                f"The plan says {getattr(planned, name)} for {ReaderStudyOptions.called(name)}, not {value}: leave the "
                "option out, or analyse without the plan."
            )
    return ReaderStudyOptions(**{name: getattr(planned, name) for name in held} | given)


@dataclass(frozen=True)
class AgreementOptions(EvaluationOptions):
    """How the agreement of readers is told."""

    weights: str = option("none", "Let near categories agree in part, by their order.", choices=WEIGHTS)
    threshold: float | None = option(None, "Two categories: ratings of this or more, and the others.", shown="")
    draws: int = option(2000, "Draws of patients for intervals; 0: none.", low=0, high=1_000_000, flags="--bootstrap")
    level: float = option(0.95, "Of the intervals.", above=0, below=1)
    seed: int = option(303, "The same seed gives the same intervals.", low=0, high=2**63 - 2)
