"""``gananomaly evaluate privacy``: what a private training spends, or how much noise it needs."""

from __future__ import annotations

import math
from typing import Any

import click

from GANAnomalyLib.cli.session import Session, standard_options

from ._command import answer


@click.command("privacy", short_help="Epsilon of a private training, and the noise that an epsilon needs.")
@click.option("--sample-rate", type=float, required=True, help="How likely each patient is in a batch: batch / all.")
@click.option("--steps", type=int, required=True, help="Steps of the training.")
@click.option("--delta", type=float, required=True, help="Well below 1 / patients.")
@click.option("--noise-multiplier", type=float, help="Deviation of the noise over the clipping norm.")
@click.option("--target-epsilon", type=float, help="Also say what noise this needs.")
@click.option("--images", type=int, help="Patients, or images of one each: whether delta is small enough.")
@click.option("--accountant", type=click.Choice(("rdp", "prv")), default="rdp", show_default=True, help="How to count.")
@standard_options
def command(
    session: Session,
    sample_rate: float,
    steps: int,
    delta: float,
    noise_multiplier: float | None,
    target_epsilon: float | None,
    images: int | None,
    accountant: str,
) -> None:
    """What differentially private training (DP-SGD) spends: epsilon, by Opacus's accountants.

    Each step draws every patient with the sample rate, clips what each one says, and adds noise. The count holds for
    patients where each one's images are clipped together, else for images.

    \b
    Example:
      gananomaly evaluate privacy --sample-rate 0.01 --noise-multiplier 1.1 --steps 10000 --delta 1e-5
      gananomaly evaluate privacy --sample-rate 0.01 --steps 10000 --delta 1e-5 --target-epsilon 8 --images 3773

    \b
    What comes out:
      epsilon; with --target-epsilon the noise multiplier that it needs (whose epsilon is told where none is given),
      and how many steps of the given noise it allows

    rdp is what is usually quoted; prv tells a smaller epsilon of the same training, more slowly. Needs the extra
    privacy (Opacus). Research use only.
    """
    from GANAnomalyLib.errors import InputError

    from ...train.privacy import PrivacyAccount, needed_noise

    if noise_multiplier is None and target_epsilon is None:
        raise InputError(
            "Give the noise of the training with --noise-multiplier, or what to reach with --target-epsilon."
        )
    if images is not None and images < 1:
        raise InputError(f"There must be at least one image, not {images}: correct --images.")
    data: dict[str, Any] = {"epsilon": None, "delta": delta, "accountant": accountant}
    rows: list[list[str]] = []
    if target_epsilon is not None:
        data |= {"target_epsilon": target_epsilon}
        data["needed_noise_multiplier"] = needed_noise(target_epsilon, delta, sample_rate, steps, accountant)
        rows.append([f"noise multiplier for epsilon {target_epsilon:g}", f"{data['needed_noise_multiplier']:.6g}"])
    used = data["needed_noise_multiplier"] if noise_multiplier is None else noise_multiplier
    account = PrivacyAccount(accountant)
    account.step(used, sample_rate, steps)
    epsilon = account.epsilon(delta)
    rows.insert(0, [f"epsilon of noise multiplier {used:.6g}", f"{epsilon:.6g}" if math.isfinite(epsilon) else "none"])
    if target_epsilon is not None and noise_multiplier is not None:
        allowed = PrivacyAccount(accountant).steps_left(target_epsilon, delta, noise_multiplier, sample_rate)
        data["steps_for_target"] = allowed
        rows.append([f"steps until epsilon {target_epsilon:g} is spent", f"{allowed:,}"])
    data |= {"epsilon": epsilon if math.isfinite(epsilon) else None, "noise_multiplier": used}
    data |= {"sample_rate": sample_rate, "steps": steps, "warnings": _warnings(epsilon, delta, images)}
    title = f"{steps:,} steps, each patient in {100 * sample_rate:g}% of batches, delta {delta:g}, {accountant}"
    answer(session, data, [(title, ["", "value"], rows)], (), data["warnings"])


def _warnings(epsilon: float, delta: float, images: int | None) -> list[str]:
    from ...train.privacy import delta_warning

    found = [delta_warning(delta, images)] if images is not None else []
    if epsilon > 10:
        found.append("An epsilon above 10 promises little: say it, and show by attacks what is told in fact.")
    return [warning for warning in found if warning]
