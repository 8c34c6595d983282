"""The card of a trained model."""

from __future__ import annotations

from typing import Any

from GANAnomalyLib.models.card import ModelCard

from .stylegan2_config import NOT_PRIVATE, ResolvedConfig
from .stylegan2_options import TrainOptions

_PLACES = ("device", "gpus", "batch_gpu", "nhwc", "benchmark", "tf32", "compile")
"""Settings that say how somebody's computer computed, not what was learnt."""


def make_card(options: TrainOptions, config: ResolvedConfig, name: str, facts: dict[str, Any]) -> ModelCard:
    """What is known of a model; without paths. ``facts``: plain values about the data, and "kimg", how far it is."""
    card = ModelCard(
        name=options.name or name,
        title=options.title or options.name or name,
        resolution=config.resolution,
        channels=config.channels,
        architecture={
            "generator": config.generator_arguments(),
            "discriminator": config.discriminator_arguments(),
        },
        modality=options.modality.strip().upper(),
        anatomy=options.anatomy,
        window=options.window,
        level=options.level,
        percentile=options.percentile,
        percentile_of=options.percentile_of,
        framing=options.framing if config.kind == "volumes" else "full",
        training_data=options.training_data,
        training_data_licence=options.training_data_licence,
        licence=options.licence,
    )
    card.not_for += options.not_for
    learnt = {name: value for name, value in config.to_dict().items() if name not in _PLACES}
    if config.encoder == "none":
        learnt = {name: value for name, value in learnt.items() if not name.startswith("encoder_")}
    else:
        card.architecture["encoder"] = config.encoder_arguments()
    # The length is what was done, not what was planned.
    learnt = {name: value for name, value in learnt.items() if name not in NOT_PRIVATE}
    card.training = {**learnt, **facts, "planned_kimg": config.kimg}
    return card
