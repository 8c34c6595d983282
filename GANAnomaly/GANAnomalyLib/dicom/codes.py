"""The codes in our objects: SNOMED CT (SCT), DICOM (DCM) and UCUM where they have one, else our own scheme, which every
object that uses it declares (and docs/reference/dicom-conformance.md lists)."""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from ..models.score_units import CALIBRATED, OF_NORMAL, short_unit
from ..review.coded_labels import Label

SCHEME = "99GANANOMALY"
_LONGEST_CODE, _LONGEST_MEANING = 16, 64
ABNORMAL_STRUCTURE = CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure")
"""What a finding is: abnormal, and no more than that. Calling it a mass or a cyst is the reader's part."""
BODY_STRUCTURE = CodedConcept("123037004", "SCT", "Body structure")
ARTIFICIAL_INTELLIGENCE = CodedConcept.from_code(codes.DCM.ArtificialIntelligence)

SCORE = CodedConcept("score", SCHEME, "Anomaly score")
HEAT = CodedConcept("heat", SCHEME, "Anomaly heat")
DECISION = CodedConcept("decision", SCHEME, "Reader's decision")
COMMENT = CodedConcept("comment", SCHEME, "Reader's comment")
CONFIDENCE = CodedConcept("confidence", SCHEME, "Reader's confidence, 1 to 5")
VERDICT = CodedConcept("verdict", SCHEME, "Reader's verdict on the case")
COUNT = CodedConcept("count", SCHEME, "Number of findings")

DECISIONS = {
    "accepted": CodedConcept("263654008", "SCT", "Abnormal"),
    "rejected": CodedConcept("17621005", "SCT", "Normal"),
    "unsure": CodedConcept("82334004", "SCT", "Indeterminate"),
}
"""What a reader decides about a finding, by :data:`~.review.decisions.DECISIONS`."""

VERDICTS = {
    "normal": DECISIONS["rejected"],
    "abnormal": DECISIONS["accepted"],
    "inadequate": CodedConcept("inadequate", SCHEME, "Technically inadequate"),
}
"""What a reader says of the whole case, by :data:`~.review.added_findings.VERDICTS`."""

SIZES = (
    CodedConcept("103355008", "SCT", "Width"),
    CodedConcept("410668003", "SCT", "Length"),
    CodedConcept("131197000", "SCT", "Depth"),
)
"""Of the box around a finding, along the source's rows, its columns and its normal."""
VOLUME = CodedConcept("118565006", "SCT", "Volume")
MILLIMETRE = CodedConcept("mm", "UCUM", "mm")
NO_UNITS = CodedConcept("1", "UCUM", "no units")
CUBIC_MILLIMETRE = CodedConcept("mm3", "UCUM", "cubic millimeter")


def term_of(label: Label | None) -> CodedConcept:
    """What a reader called a finding, where that is a term that DICOM can hold, else :data:`ABNORMAL_STRUCTURE`."""
    if label is None or not all(0 < len(text) <= _LONGEST_CODE for text in (label.code, label.scheme)):
        return ABNORMAL_STRUCTURE
    return CodedConcept(label.code, label.scheme, label.meaning[:_LONGEST_MEANING])


def unit_code(unit: str) -> CodedConcept:
    """UCUM's for a unit of scores and heat. None of them is one of physics: the number "1", with the words as meaning.

    What is a multiple of the usual is a ratio.
    """
    if unit in (CALIBRATED, OF_NORMAL):
        return CodedConcept("{ratio}", "UCUM", "ratio")
    return NO_UNITS


def quantity(concept: CodedConcept, unit: str) -> CodedConcept:
    """:data:`SCORE` or :data:`HEAT` with what it counts in its meaning ("Anomaly heat, x usual")."""
    said = f"{concept.meaning}, {short_unit(unit)}" if unit else concept.meaning
    return CodedConcept(concept.value, concept.scheme_designator, said[:64])


def own_scheme() -> CodingSchemeIdentificationItem:
    """The item that declares :data:`SCHEME`."""
    return CodingSchemeIdentificationItem(SCHEME, name="GANAnomaly", version="1", responsible_organization="GANAnomaly")
