"""The rule that warns of segmentations likely to fail: learnt where the truth is known, used where it is not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.files.typed_values import read_as

from ...report.report_folder import RESULTS
from ..evaluation_options import FailureOptions
from .organ_measures import OrganMeasures

KIND = "failure evaluation"
SETTINGS = ("label", "margin", "score", "dice", "sensitivity")
"""What of the options a rule brings with it."""
_REMEDY = "give the results.json of gananomaly evaluate failure with --truth"


@dataclass(frozen=True)
class Rule:
    """A case whose score reaches ``threshold`` is likely to fail, and so is one whose segmentation is empty.

    Attributes
    ----------
    label, margin, score, dice, sensitivity: the options that it was learnt with.
    warned, false_warnings: shares (0..1) of the failures and of the others that it warned of where it was learnt.
    failures, others: how many there were.
    models: names and hashes of the models behind the scores; ``settings`` what else scores depend on.
    """

    label: int | None
    margin: float
    score: str
    dice: float
    sensitivity: float
    threshold: float
    warned: float
    false_warnings: float
    failures: int
    others: int
    models: dict[str, str]
    settings: dict[str, list[str]]

    def options(self, given: Mapping[str, Any]) -> FailureOptions:
        """The options to use it with; raises :class:`InputError` when those ``given`` include what it brings itself.

        Only the label may be another: of a segmenter that numbers organs in its own way.
        """
        own = {name: getattr(self, name) for name in SETTINGS}
        for name in SETTINGS[1:]:
            if name in given and given[name] != own[name]:
                raise InputError(
                    f"The rule was learnt with {FailureOptions.called(name)} {own[name]}: leave out this option, or "
                    "learn the rule anew."
                )
        return FailureOptions(**{**own, **given})

    def check(self, models: Mapping[str, str], settings: Mapping[str, list[str]]) -> None:
        """Raise :class:`InputError` unless the scores are of the same model and settings as those it was learnt of."""
        if set(models.values()) != set(self.models.values()) or dict(settings) != self.settings:
            raise InputError(
                f"The rule was learnt of scores of {_words(self.models, self.settings)}, and these are of "
                f"{_words(models, settings)}: learn a rule for them."
            )

    def likely_to_fail(self, measures: OrganMeasures) -> bool:
        """Whether to warn of a case."""
        score = getattr(measures, self.score)
        return math.isnan(score) or score >= self.threshold


def read_rule(path: Path | str) -> Rule:
    """The rule in the results.json of an evaluation with truth, or in its folder; :class:`InputError` without one."""
    path = Path(path)
    data = read_object(path / RESULTS if path.is_dir() else path)
    if data.get("kind") != KIND or not isinstance(data.get("rule"), dict):
        raise InputError(f"{path} holds no rule that was learnt: {_REMEDY}.")
    return read_as(Rule, data["rule"], f"The rule in {path}", _REMEDY)


def rule_data(rule: Rule) -> dict[str, Any]:
    """A rule in plain values, for JSON."""
    return dataclasses.asdict(rule)


def _words(models: Mapping[str, str], settings: Mapping[str, list[str]]) -> str:
    named = ", ".join(sorted(models)) or "an unknown model"
    return f"{named} ({', '.join(value for held in settings.values() for value in held)})"
