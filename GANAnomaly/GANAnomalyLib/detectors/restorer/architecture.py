"""What a card says of a restorer's networks, declared once: checked, filled with defaults, and told to the trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from ...errors import InputError
from ...models.card import ModelCard
from ...option_fields import Options

MOST_PIXELS = 4096
A = TypeVar("A", bound="Architecture")


@dataclass
class Architecture(Options):
    """Base of a kind's facts: a dataclass whose fields are made with :func:`~GANAnomalyLib.option_fields.option`.

    Every field has limits: a card may come from outside, and says how large a network is made.
    """

    WHAT: ClassVar[str] = "fact of the network"

    @classmethod
    def of(cls: type[A], card: ModelCard) -> A:
        """A card's ``architecture``; raises :class:`InputError` where it is none of this kind."""
        said = f"The card of {card.name} does not describe its network"
        sizes = isinstance(card.resolution, int) and 0 < card.resolution <= MOST_PIXELS and card.channels in (1, 3)
        if not sizes:
            raise InputError(f"{said}: get the model again.")
        known = {name: value for name, value in card.architecture.items() if name != "perceptual"}
        try:
            made = cls.from_dict(known)
            made.fits(card.resolution)
        except InputError as error:
            raise InputError(f"{said}: {error.message}", error.details) from error
        return made

    def fits(self, resolution: int) -> None:
        """Raise :class:`InputError` for images of a size that the network cannot have."""


def whole_numbers(least: int, most: int, count: int = 16) -> Callable[[Any], str | None]:
    """A check of a list: 1 to ``count`` whole numbers, each from ``least`` to ``most``."""

    def check(values: tuple[int, ...]) -> str | None:
        right = 1 <= len(values) <= count and all(least <= value <= most for value in values)
        return None if right else f"must be 1 to {count} whole numbers from {least} to {most}"

    return check


def chosen(architecture: type[A], settings: Mapping[str, Any]) -> A:
    """The facts that a trainer's settings have under the same names."""
    return architecture.from_dict({name: settings[name] for name in architecture.options() if name in settings})
