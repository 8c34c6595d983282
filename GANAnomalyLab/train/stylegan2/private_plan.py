"""Privacy of a run: from what was asked for to every number of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from GANAnomalyLib.errors import InputError

from ..privacy.accounting import PrivacyAccount, delta_warning, needed_noise
from .stylegan2_config import ResolvedConfig
from .stylegan2_options import AS_PUBLISHED, PRIVATE, TrainOptions

CLIP, DELTA = 1.0, 1e-5
PUBLISHED_NOISE, PUBLISHED_CLIP = 0.02, 1.5
NO_GUARANTEE = "no guarantee"


def private(
    config: ResolvedConfig, options: TrainOptions, patients: int, say: Callable[[str], None] = lambda sentence: None
) -> ResolvedConfig:
    """The configuration with the numbers of its privacy; unchanged where none was asked for.

    Raises
    ------
    InputError: what cannot be private, too few patients, a target that cannot be met.
    """
    if options.privacy == AS_PUBLISHED:
        added = PUBLISHED_NOISE if options.noise is None else options.noise
        longest = PUBLISHED_CLIP if options.clip is None else options.clip
        say("--privacy as-published guarantees nothing: noise comes before clipping, and nobody's share is bounded.")
        return dataclasses.replace(config, privacy=AS_PUBLISHED, noise=added, clip=longest)
    if options.privacy != PRIVATE:
        return config
    if config.batch > patients:
        raise InputError(
            f"A private step takes one image of each patient that it draws: --batch {config.batch} needs as many "
            f"patients, and the data has {patients}: give a smaller --batch."
        )
    rate, clip = config.batch / patients, CLIP if options.clip is None else options.clip
    delta = DELTA if options.delta is None else options.delta
    warning = delta_warning(delta, patients)
    if warning is not None:
        say(warning)
    noise = options.noise
    if noise is None:
        assert options.target_epsilon is not None  # or options were refused
        if options.minutes is not None:
            raise InputError(
                "How much noise a target needs follows from a length in images (--kimg): leave --minutes out."
            )
        steps = max(round(config.kimg * 1000 / config.batch), 1)
        noise = needed_noise(options.target_epsilon, delta, rate, steps)
    if options.resume is not None:
        say("What the model that this run begins from was trained on is not protected by this run.")
    return dataclasses.replace(
        config,
        privacy=PRIVATE,
        noise=noise,
        clip=clip,
        delta=delta,
        target_epsilon=options.target_epsilon,
        sample_rate=rate,
    )


def last_step(config: ResolvedConfig) -> int | None:
    """After how many steps the target is spent; None without one. Raises :class:`InputError` where the first does."""
    if config.privacy != PRIVATE or config.target_epsilon is None:
        return None
    steps = PrivacyAccount().steps_left(config.target_epsilon, config.delta, config.noise, config.sample_rate)
    if steps < 1:
        raise InputError(
            f"With a noise of {config.noise:g} the first step already spends more than epsilon "
            f"{config.target_epsilon:g}: give more --noise, a smaller --batch, or a larger --target-epsilon."
        )
    return steps


def spent(config: ResolvedConfig, steps: int) -> float | None:
    """Epsilon after so many steps; None for what is not private."""
    if config.privacy != PRIVATE:
        return None
    account = PrivacyAccount()
    if steps:
        account.step(config.noise, config.sample_rate, steps)
    return account.epsilon(config.delta)


def card_facts(config: ResolvedConfig, steps: int) -> dict[str, Any]:
    """What a card says of a run's privacy; nothing where none was asked for."""
    if config.privacy == AS_PUBLISHED:
        return {
            "privacy": {"kind": AS_PUBLISHED, "guarantee": NO_GUARANTEE, "noise": config.noise, "clip": config.clip}
        }
    if config.privacy != PRIVATE:
        return {}
    return {
        "privacy": {
            "kind": "DP-SGD of the discriminator",
            "unit": "patient",
            "epsilon": spent(config, steps),
            "delta": config.delta,
            "accountant": PrivacyAccount().accountant,
            "noise_multiplier": config.noise,
            "clip": config.clip,
            "sample_rate": config.sample_rate,
            "steps": steps,
        }
    }
