"""What is said while work goes on: a code with values, and the sentence that a catalogue makes of them.

A message is a string, in English, so that it can be shown as it is. Nothing may read that string: programs look at
``code`` and ``values``, and another language is the same code and values with another sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import in_words
from .catalogue import SENTENCES


def ranges(numbers: Iterable[int]) -> str:
    """Ascending whole numbers in a few characters: "0-2, 57"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


class Message(str):
    """One message.

    Parameters
    ----------
    code: a key of :data:`~.catalogue.SENTENCES`; an unknown one (of a newer worker) is shown as it is.
    values: what stands in the sentence's places: numbers, names, or another message. Never anything of a patient.
    """

    __slots__ = ("code", "values")
    code: str
    values: dict[str, Any]

    def __new__(cls, code: str, **values: Any) -> Message:
        sentence = SENTENCES.get(code)
        made = super().__new__(cls, code if sentence is None else in_words(sentence.format(**values)))
        made.code, made.values = code, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.code, self.values)

    def translated(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language, its options marked: ``translate`` gets the catalogue's, places and all."""
        sentence = SENTENCES.get(self.code)
        if sentence is None:
            return str(self)
        values = {
            name: value.translated(translate) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return translate(sentence).format(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for another process: ``code`` and ``values``."""
        values = {name: value.to_dict() if isinstance(value, Message) else value for name, value in self.values.items()}
        return {"code": self.code, "values": values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """The inverse of :meth:`to_dict`; values that do not fit the sentence leave the code standing."""
        values = data.get("values")
        held = {
            str(name): cls.from_dict(value) if isinstance(value, Mapping) and "code" in value else value
            for name, value in (values if isinstance(values, Mapping) else {}).items()
        }
        try:
            return cls(str(data.get("code", "")), **held)
        except (LookupError, ValueError, TypeError):
            return cls(f"?{data.get('code', '')}")


def _again(code: str, values: dict[str, Any]) -> Message:
    return Message(code, **values)


def progress_event(fraction: float, message: Message) -> dict[str, Any]:
    """A report of progress as one line of a worker's stream: "stage" and "values" for programs, "message" to show."""
    told = message.to_dict()
    return {
        "event": "progress",
        "fraction": round(float(fraction), 4),
        "stage": told["code"],
        "values": told["values"],
        "message": str(message),
    }


def reported(event: Mapping[str, Any]) -> tuple[float, Message]:
    """The inverse of :func:`progress_event`, for the callback."""
    return float(event["fraction"]), Message.from_dict({"code": event["stage"], "values": event["values"]})
