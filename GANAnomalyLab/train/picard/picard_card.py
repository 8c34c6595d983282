"""The card of a trained model."""

from __future__ import annotations

from GANAnomalyLib.models.card import ModelCard

from .patch_pool import Pool
from .picard_config import PicardConfig

_NOT_SHARED = ("data", "out", "validation", "resume", "device", "threads")
"""Settings that name places on somebody's computer."""


def make_card(config: PicardConfig, pool: Pool, iteration: int) -> ModelCard:
    """What is known of the model of a run; without paths."""
    card = ModelCard(
        name=config.name,
        kind="picard",
        title=config.title or config.name,
        resolution=pool.side,
        channels=config.channels,
        modality=config.modality.strip().upper(),
        anatomy=config.anatomy,
        window=config.hu_window,
        level=config.hu_level,
        percentile=config.percentile,
        percentile_of=config.percentile_of,
        framing=config.framing,
        training_data=config.training_data,
        training_data_licence=config.training_data_licence,
        licence=config.licence,
    )
    card.not_for += config.not_for
    if config.heatmap:
        card.recommended = {"picard": dict(config.heatmap)}
    kept = {name: value for name, value in config.to_dict().items() if name not in _NOT_SHARED}
    card.training = {**{n: v for n, v in kept.items() if not hasattr(card, n)}, "iteration": iteration}
    card.training.update(slices=len(pool), iterations_done=iteration)
    return card
