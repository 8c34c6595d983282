"""Options of evaluations: what cannot be is refused by the name that a person gave it."""

from __future__ import annotations

import math

import pytest

from GANAnomalyLab.evaluate import evaluation_options as room
from GANAnomalyLib.errors import InputError


@pytest.mark.parametrize(
    ("kind", "wrong", "words"),
    [
        ("DetectionOptions", {"published_draws": 0}, "--draws must be a whole number from 1"),
        ("DetectionOptions", {"draws": -1}, "--bootstrap must be"),
        ("DetectionOptions", {"level": 95.0}, "--level must be a number above 0 and below 1, not 95"),
        ("DetectionOptions", {"seed": -1}, "--seed must be"),
        ("DetectionOptions", {"at_rates": (0.1, 5.0)}, "--fpr must lie between 0 and 1, not at 5"),
        ("DetectionOptions", {"at_sensitivities": (0.0,)}, "--sensitivity must lie between 0 and 1, not at 0"),
        ("ComparisonOptions", {"permutations": -1}, "--permutations must be"),
        ("PermutationOptions", {"permutations": 0}, "--permutations must be"),
        ("PermutationOptions", {"alpha": 5.0}, "--alpha must be"),
        ("HeatmapOptions", {"top": 0}, "--top must be a whole number of 1 or more, not 0"),
        ("HeatmapOptions", {"patch_size": 0}, "--patch-size must be"),
        ("HeatmapOptions", {"min_iou": 2.0}, "--min-iou must be a number from 0 to 1, not 2"),
        ("FindingsOptions", {"level": 1.0}, "--level must be"),
        ("ObjectOptions", {"least_share": 1.0}, "--least-share must be a number from 0 to below 1"),
        ("ObjectOptions", {"least_mm3": math.nan}, "--least-mm3 must be a number of 0 or more"),
        ("NormativeOptions", {"rates": ()}, "--rates must hold at least one number"),
        ("NormativeOptions", {"region": "liver"}, "--region must be one of image, body"),
        ("Settings", {"sensitivity": 0.0}, "--sensitivity must be a number above 0 and up to 1"),
        ("ScoringRules", {"slice": "voxel"}, "--slice-score must be one of patch, image"),
        ("SourceOptions", {"resolution": 1}, "--resolution must be a whole number from 4 to 4096"),
    ],
)
def test_what_cannot_be_is_called_as_it_was_given(kind, wrong, words):
    with pytest.raises(InputError, match=words):
        getattr(room, kind)(**wrong)
