"""How much privacy the steps of DP-SGD have spent, by Opacus's accountants.

A step draws every patient into its batch with a probability, clips what each one's images say to a norm C, and adds
Gaussian noise of ``noise_multiplier`` times C: a sampled Gaussian mechanism. All steps together are (epsilon,
delta)-differentially private: whether one patient is there or not changes the probability of any outcome by at most
exp(epsilon), but for delta.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import read_as
from GANAnomalyLib.running.quiet import quiet

ACCOUNTANTS = ("rdp", "prv")
"""Renyi differential privacy (Mironov 2017; Mironov, Talwar and Zhang 2019), the usual one, and privacy loss random
variables (Gopi, Lee and Wutschitz 2021), which says less for the same steps and takes longer."""
MOST_FOR_PRV = 100.0
"""An epsilon (by RDP) beyond which the numerical one would fill the memory; it protects nothing anyhow."""
MOST_STEPS = 1 << 40


def _a_rate(value: float) -> str | None:
    return None if 0 < value <= 1 else f"must be above 0 and at most 1, not {value:g}"


def _a_noise(value: float) -> str | None:
    return None if 0 < value <= 1e6 else f"must be above 0 and at most 1,000,000, not {value:g}"


def _a_count(value: int) -> str | None:
    return None if 1 <= value <= MOST_STEPS else f"must be a whole number from 1, not {value}"


@dataclass(frozen=True)
class Stretch:
    """``steps`` that drew each patient with probability ``sample_rate`` (0..1) and had the same noise."""

    noise_multiplier: Annotated[float, _a_noise]
    sample_rate: Annotated[float, _a_rate]
    steps: Annotated[int, _a_count]


@dataclass
class _State:
    """What :meth:`PrivacyAccount.to_dict` gives."""

    accountant: Literal["rdp", "prv"]
    history: list[Stretch]


@dataclass
class PrivacyAccount:
    """What a training has spent. It can be kept as JSON (:meth:`to_dict`) and gone on with.

    Attributes
    ----------
    accountant: one of :data:`ACCOUNTANTS`.
    history: the steps taken; noise and batch may have changed on the way.
    """

    accountant: str = ACCOUNTANTS[0]
    history: list[Stretch] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.accountant not in ACCOUNTANTS:
            raise InputError(f"There is no accountant {self.accountant!r}: choose one of {', '.join(ACCOUNTANTS)}.")

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return sum(stretch.steps for stretch in self.history)

    def step(self, noise_multiplier: float, sample_rate: float, steps: int = 1) -> None:
        """Count steps; raises :class:`InputError` for numbers that no step can have."""
        more = stretch_of(noise_multiplier, sample_rate, steps)
        last = self.history[-1] if self.history else None
        if last is not None and (last.noise_multiplier, last.sample_rate) == (more.noise_multiplier, more.sample_rate):
            self.history[-1] = dataclasses.replace(last, steps=last.steps + more.steps)
        else:
            self.history.append(more)

    def epsilon(self, delta: float) -> float:
        """What was spent, at this delta (0..1): 0 before the first step, infinite where there is no bound.

        Raises :class:`InputError` for a delta out of range, ModuleNotFoundError without Opacus.
        """
        _check_delta(delta)
        if not self.history:
            return 0.0
        if self.accountant == "prv" and (rough := _epsilon("rdp", self.history, delta)) > MOST_FOR_PRV:
            raise InputError(
                f"That little noise protects nothing (epsilon {rough:,.0f} by rdp), and the accountant prv cannot "
                "count it: take rdp, or more noise."
            )
        return _epsilon(self.accountant, self.history, delta)

    def steps_left(self, target_epsilon: float, delta: float, noise_multiplier: float, sample_rate: float) -> int:
        """How many steps more can be taken before ``target_epsilon`` is spent; 0 where it is, or the next one would.

        :data:`MOST_STEPS` at most.
        """
        _check_target(target_epsilon)

        def fits(steps: int) -> bool:
            tried = PrivacyAccount(self.accountant, list(self.history))
            tried.step(noise_multiplier, sample_rate, steps)
            return _bounded(tried, delta) <= target_epsilon

        if not fits(1):
            return 0
        low, high = 1, 2
        while high <= MOST_STEPS and fits(high):
            low, high = high, 2 * high
        if high > MOST_STEPS:
            return MOST_STEPS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        return low

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], source: str = "The privacy account") -> PrivacyAccount:
        """The inverse of :meth:`to_dict`, checked; raises :class:`InputError` naming ``source``."""
        state = read_as(_State, dict(values), source)
        return cls(state.accountant, state.history)


def stretch_of(noise_multiplier: float, sample_rate: float, steps: int) -> Stretch:
    """Checked steps; raises :class:`InputError` naming what is wrong."""
    values = {"noise_multiplier": noise_multiplier, "sample_rate": sample_rate, "steps": steps}
    return read_as(Stretch, values, "A step of private training", "correct it")


def needed_noise(
    target_epsilon: float, delta: float, sample_rate: float, steps: int, accountant: str = ACCOUNTANTS[0]
) -> float:
    """The noise multiplier with which ``steps`` spend ``target_epsilon`` or up to 0.01 less, as Opacus searches it.

    Raises :class:`InputError` for numbers out of range, and where no noise is enough.
    """
    account = PrivacyAccount(accountant)
    _check_target(target_epsilon)
    _check_delta(delta)
    stretch_of(1.0, sample_rate, steps)
    if accountant == "prv" and target_epsilon > MOST_FOR_PRV:
        raise InputError(f"The accountant prv counts up to an epsilon of {MOST_FOR_PRV:g}: take rdp.")
    from opacus.accountants.utils import get_noise_multiplier

    try:
        with quiet():
            found = get_noise_multiplier(
                target_epsilon=target_epsilon,
                target_delta=delta,
                sample_rate=sample_rate,
                steps=steps,
                accountant=account.accountant,
            )
    except ValueError as error:
        raise InputError(
            f"No noise is enough for an epsilon of {target_epsilon:g} at a delta of {delta:g}, as far as {accountant} "
            f"tells: allow more{', or take the accountant prv' if accountant == 'rdp' else ''}.",
            str(error),
        ) from error
    return float(found)


def delta_warning(delta: float, patients: int) -> str | None:
    """What to say where delta is not below one in all patients: then giving one away whole would be allowed."""
    if delta < 1 / patients:
        return None
    return (
        f"A delta of {delta:g} is not below 1 in {patients:,}: it allows giving away a patient whole. Take a tenth of "
        f"{1 / patients:.1g} or less."
    )


def _bounded(account: PrivacyAccount, delta: float) -> float:
    """Epsilon; infinite where it is beyond what the accountant counts."""
    if account.accountant == "prv" and _epsilon("rdp", account.history, delta) > MOST_FOR_PRV:
        return float("inf")
    return account.epsilon(delta)


def _epsilon(accountant: str, history: list[Stretch], delta: float) -> float:
    from opacus.accountants import create_accountant

    found = create_accountant(mechanism=accountant)
    found.history = [dataclasses.astuple(stretch) for stretch in history]
    with quiet():  # that its orders could be more: the bound holds all the same
        return float(found.get_epsilon(delta=delta))


def _check_delta(delta: float) -> None:
    if not 0 < delta < 1:
        raise InputError(f"Delta must lie between 0 and 1, not at {delta:g}: take less than 1 in all patients.")


def _check_target(target_epsilon: float) -> None:
    if not 0 < target_epsilon < float("inf"):
        raise InputError(f"The epsilon to reach must be a number above 0, not {target_epsilon:g}.")
