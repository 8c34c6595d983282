"""A model's card as a person reads it."""

from __future__ import annotations

import dataclasses

from GANAnomalyLib.cli.card_text import card_rows, threshold_lines
from GANAnomalyLib.cli.commands.info import result_rows
from GANAnomalyLib.models.card import ModelCard

CARD = ModelCard(
    "knee",
    title="Knees",
    resolution=64,
    anatomy="knee",
    training_data="twelve knees",
    recommended={"metric": "wd", "patch_size": 8},
    thresholds={"0.01": 9.943, "0.05": 7.616},
    results={"auroc": {"needle": 0.9837, "fluid": 0.91}, "auroc_mean": 0.94685, "normal_slices": 440, "what": "test"},
    not_for=["clinical decisions", "hips"],
)


def test_a_card_says_what_it_must():
    rows = card_rows(CARD)
    text = dict(row for row in rows if row[0])
    assert text["network"] == "stylegan2, 64 x 64 pixels, 1 channel"
    assert text["for"] == "CT, knee"
    assert text["window / level"] == "350 / 50 HU"
    assert text["recommended"] == "metric wd, patch size 8"
    at = rows.index(["not for", "clinical decisions"])
    assert rows[at + 1] == ["", "hips"]
    assert ["results", "AUROC: needle 0.984, fluid 0.91"] in rows
    assert ["", "AUROC mean: 0.947"] in rows
    assert ["", "normal slices: 440"] in rows
    assert not any(label in ("source", "model licence") for label, _ in rows)


def test_an_empty_card_and_an_odd_one_are_told_too():
    assert ["network", "stylegan2"] in card_rows(ModelCard("bare"))
    odd = dataclasses.replace(CARD, results={"by level": {"2": {"needle": 0.5, "note": None}}, "list": [1, 0.25]})
    told = [text for _, text in card_rows(odd)]
    assert "by level: 2 (needle 0.5)" in told
    assert "list: 1; 0.25" in told


def test_thresholds_are_told_in_slices():
    assert threshold_lines(CARD.thresholds) == [
        "patch score 7.62: reached in 1 in 20 normal slices",
        "patch score 9.94: reached in 1 in 100 normal slices",
    ]
    assert threshold_lines({"rarely": 3.0, "0": 4.0}) == [
        "patch score 3: reached in rarely",
        "patch score 4: reached in 0",
    ]


def test_a_result_tells_its_unit_its_thresholds_its_warnings_and_its_limits():
    manifest = {
        "settings": {"metric": "wd", "patch_mm": 23.6, "score_unit": "times what is usual there"},
        "slice_thresholds": {"0.05": 7.6},
        "warnings": ["The gantry was tilted."],
        "model": {"name": "knee", "not_for": ["hips"]},
    }
    rows = result_rows(manifest)
    assert any(label == "score" and text.endswith("in times what is usual there") for label, text in rows)
    assert ["threshold", "patch score 7.6: reached in 1 in 20 normal slices"] in rows
    assert ["warning", "The gantry was tilted."] in rows
    assert ["not for", "hips"] in rows
