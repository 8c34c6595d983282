"""What a model's card tells a data sheet: the network, what it learnt from, and what protects whom."""

from __future__ import annotations

import math
from typing import Any

from GANAnomalyLib.modalities import window_in_words
from GANAnomalyLib.models.card import ModelCard

from .plain_words import counted, measured, shown

NO_GUARANTEE = (
    "No guarantee. The model was not trained with differential privacy and may have memorised training images: nothing "
    "bounds what its pictures tell of a patient, and only what was tried below speaks about it."
)
AS_PUBLISHED = (
    "No guarantee. Noise was added to gradients before they were clipped (as published), which bounds nobody's share: "
    "no epsilon holds, and the model may have memorised training images."
)
_HIGH = 10
"""An epsilon above promises little."""
_MOST = 14


def model_facts(card: ModelCard, model_hash: str) -> dict[str, Any]:
    """The network, its length of training and what its pixels mean."""
    training = card.training
    window = window_in_words(card.modality, card.window, card.level, card.percentile, card.percentile_of)
    volumes = training.get("kind") not in ("pictures", "radiographs")
    return {
        "name": shown(card.name),
        "title": shown(card.title),
        "kind": card.kind,
        "sha256": model_hash,
        "pixels": f"{card.resolution} x {card.resolution}" if card.resolution else None,
        "channels": card.channels,
        "modality": shown(card.modality),
        "anatomy": shown(card.anatomy),
        "preprocessing": f"window / level {window}, framing {shown(card.framing)}" if volumes else None,
        "thousand_images_seen": measured(training.get("kimg")),
        "hours": measured(training.get("hours")),
    }


def training_facts(card: ModelCard) -> dict[str, Any]:
    """What the model learnt from, in counts."""
    names = card.training.get("label_names")
    kind = card.training.get("kind")
    return {
        "description": shown(card.training_data),
        "images": counted(card.training.get("images")),
        "patients": counted(card.training.get("patients")),
        "kind": kind if kind in ("volumes", "radiographs", "pictures") else None,
        "classes": [shown(name) for name in names[:100]] if isinstance(names, list) else [],
        "held_out_images": counted(card.training.get("validation_images")),
        "held_out_patients": counted(card.training.get("validation_patients")),
    }


def class_name(card: ModelCard, index: int | None) -> str:
    """What class ``index`` is called, its number where the card does not say; "" for None."""
    names = training_facts(card)["classes"]
    return "" if index is None else names[index] if 0 <= index < len(names) and names[index] else f"class {index}"


def privacy_facts(card: ModelCard) -> dict[str, Any]:
    """``guarantee``, ``words``, and of a private training its numbers; no claim that is not a whole one counts."""
    said = card.training.get("privacy")
    if not isinstance(said, dict) or "epsilon" not in said:
        return {"guarantee": False, "words": AS_PUBLISHED if said is not None and said != "none" else NO_GUARANTEE}
    epsilon, delta = measured(said.get("epsilon")), measured(said.get("delta"))
    if epsilon is None or not delta or delta >= 1:
        words = "No guarantee. The card speaks of differential privacy, but its epsilon and delta bound nothing."
        return {"guarantee": False, "words": words}
    unit = shown(said.get("unit")) or "image"
    words = (
        f"By its card the model was trained with differential privacy: epsilon {epsilon:.3g} at delta {delta:g} for "
        f"each {unit}. Up to a chance of {delta:g}, what is seen in its pictures is at most {_factor(epsilon)} "
        f"likelier (e to the epsilon) with the images of one {unit} in the training than without. It does not cover "
        "what the training began from or what was chosen by looking at real images."
    )
    if epsilon > _HIGH:
        words += f" An epsilon above {_HIGH} promises little."
    patients = counted(card.training.get("patients"))
    if patients is not None and delta * patients >= 1:
        words += f" This delta is too large for {patients:,} patients."
    if beside := shown(said.get("beside")):
        words += f" Of the model file itself: {beside}."
    numbers = {name: measured(said.get(name)) for name in ("noise_multiplier", "clip", "sample_rate", "steps")}
    return {
        "guarantee": True,
        "words": words,
        "epsilon": epsilon,
        "delta": delta,
        "unit": unit,
        "accountant": shown(said.get("accountant")),
        **numbers,
    }


def _factor(epsilon: float) -> str:
    """ "2.72 times"; an epsilon from a file may be of any size."""
    if epsilon > _MOST:
        return f"more than {math.exp(_MOST):,.0f} times"
    times = math.exp(epsilon)
    return f"{times:,.0f} times" if times >= 100 else f"{times:.3g} times"
