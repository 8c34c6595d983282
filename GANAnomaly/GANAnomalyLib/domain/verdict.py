"""Whether a scan is what a model was made on: known, unusual or unknown, and why. Loads no numerics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..running.messages import Message

KNOWN, UNUSUAL, UNKNOWN = VERDICTS = "known", "unusual", "unknown"


@dataclass
class Domain:
    """``verdict`` is :data:`KNOWN`, :data:`UNUSUAL` or :data:`UNKNOWN`; None for a model with nothing to compare."""

    verdict: str | None = None
    reasons: list[Message] = field(default_factory=list)

    def notes(self, listed: bool) -> list[Message]:
        """What a reader is to be told; ``listed``: findings are listed whatever the verdict is."""
        if self.verdict == UNKNOWN:
            return [Message("domain_unknown_listed" if listed else "domain_unknown"), *self.reasons]
        return [Message("domain_unusual"), *self.reasons] if self.verdict == UNUSUAL else []

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Domain:
        """The inverse of :meth:`to_dict`; what cannot be told from it is left out."""
        verdict, reasons = data.get("verdict"), data.get("reasons")
        held = reasons if isinstance(reasons, list) else []
        told = [Message.from_dict(reason) for reason in held if isinstance(reason, Mapping)]
        return cls(verdict if verdict in VERDICTS else None, told)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for result.json: reasons as codes with values, and their sentences."""
        reasons = [{**reason.to_dict(), "sentence": str(reason)} for reason in self.reasons]
        return {"verdict": self.verdict, "reasons": reasons}
