"""Which DICOM images are of one patient, as made-up texts that say nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from GANAnomalyLib.files import hash_text

TAGS = ("PatientID", "StudyInstanceUID")


class PatientCodes:
    """Codes for patients in the order in which they are met; identifiers stay in memory.

    ``own`` is a text that only this set has (its files' names): from it comes a mark, so that the first patients of two
    sets do not look like one.
    """

    def __init__(self, own: str) -> None:
        self._mark = hash_text(own)[:8]
        self._codes: dict[str, int] = {}
        self._by_study = self._unknown = 0

    @property
    def count(self) -> int | None:
        """How many patients there are; None where an image does not say."""
        return None if self._unknown else len(self._codes)

    def code(self, dataset: Any) -> str | None:
        """The code of a DICOM dataset's patient; its study stands for a patient without an ID, None without either."""
        person, study = (str(dataset.get(tag) or "").strip() for tag in TAGS)
        if not person and not study:
            self._unknown += 1
            return None
        self._by_study += not person
        return f"{self._mark}-{self._codes.setdefault(f'id:{person}' if person else study, len(self._codes)):06d}"

    def notes(self) -> list[str]:
        """Sentences about what is not known."""
        if self._unknown:
            return ["Some images do not say whose they are, so the set says nothing about patients."]
        if self._by_study:
            return ["Images without a patient ID: their study was taken for the patient."]
        return []


def made_up_codes(texts: Sequence[str], own: str) -> list[str]:
    """A code for each patient, equal for equal ``texts``, that says nothing of them; ``own`` as of the class."""
    order = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    # Numbers of two sets must not look like the same patient, so each set has a mark of its own.
    mark = hash_text(own)[:8]
    return [f"{mark}-{order[text]:06d}" for text in texts]
