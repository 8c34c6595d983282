"""What a finding is called: a term of a coding scheme, or free words."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 200


@dataclass(frozen=True)
class Label:
    """A term: coding ``scheme`` as DICOM names it (SCT, RADLEX), ``code``, and its ``meaning`` in words.

    Free words have a meaning alone; without one nothing was said.
    """

    scheme: str = ""
    code: str = ""
    meaning: str = ""

    @classmethod
    def words(cls, text: str) -> Label:
        """Free words, in one line and at most :data:`LONGEST` characters."""
        return cls(meaning=" ".join(str(text).split())[:LONGEST])
