"""Why a finding was marked, as words and as a table's cell."""

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import Finding, finding_dict
from GANAnomalyLib.results.why import Why

ALL = [
    (Why("brighter", 120), "brighter by 120 HU", "brighter 120 HU"),
    (Why("darker", 300, True), "darker by over 300 HU", "darker >=300 HU"),
    (Why("brighter", 175, True), "brighter by over 175 HU", "brighter >=175 HU"),
    (Why("darker", 40), "darker by 40 HU", "darker 40 HU"),
    (Why("brighter"), "brighter than usual", "brighter"),
    (Why("darker"), "darker than usual", "darker"),
    (Why("smoother"), "smoother than usual", "smoother"),
    (Why("rougher"), "rougher than usual", "rougher"),
    (Why("displaced", mm=9), "displaced by 9 mm", "displaced 9 mm"),
]


@pytest.mark.parametrize(("why", "words", "cell"), ALL)
def test_words_and_cells(why, words, cell):
    assert (why.words(), why.cell(), Why.of_cell(cell)) == (words, cell, why)


@pytest.mark.parametrize("text", ["", "brighter 12", "larger 3 mm", "brighter 120 HU and more", "darker " + "9" * 30])
def test_other_cells_say_nothing(text):
    assert Why.of_cell(text) is None


def finding(**more):
    place = {"box_ijk": ((0, 1),) * 3, "centre_ras": (0.0,) * 3, "size_mm": (1.0,) * 3}
    return finding_dict(Finding(1, 1, 2.0, "wd", 3, (3, 3), **place, **more))


def test_it_goes_through_a_results_file():
    stored = finding(why=Why("darker", 40))
    assert stored["why"] == {"code": "darker", "hu": 40, "or_more": False, "mm": None}
    assert Finding.from_dict(stored).why == Why("darker", 40)
    with pytest.raises(InputError, match=r"why\.hu"):
        Finding.from_dict({**stored, "why": {"code": "darker", "hu": -3}})


def test_results_made_before_have_none():
    stored = finding()
    del stored["why"]
    assert Finding.from_dict(stored).why is None
