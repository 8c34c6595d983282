"""3D Slicer's own reader of terminologies takes the bundled list of terms as ours does."""

from __future__ import annotations

import pytest

from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.terminology import BUNDLED, read_terminology

slicer = pytest.importorskip("slicer")


def test_slicer_reads_the_same_terms():
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    name = logic.LoadTerminologyFromFile(str(BUNDLED))
    assert name == "Findings in CT of chest and abdomen"
    category = slicer.vtkSlicerTerminologyCategory()
    category.SetCodingSchemeDesignator("SCT")
    category.SetCodeValue("49755003")
    category.SetCodeMeaning("Morphologically Altered Structure")
    found = []
    for n in range(logic.GetNumberOfTypesInTerminologyCategory(name, category)):
        term = slicer.vtkSlicerTerminologyType()
        assert logic.GetNthTypeInTerminologyCategory(name, category, n, term)
        found.append(Label(term.GetCodingSchemeDesignator(), term.GetCodeValue(), term.GetCodeMeaning()))
    assert found == read_terminology(BUNDLED)
