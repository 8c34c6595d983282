import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.results.usual import PERCENTS, UsualLine, rarer_than, standing

THRESHOLDS = {"0.01": 5.0, "0.02": 4.5, "0.05": 3.53}


def test_the_line_is_the_models_own():
    assert UsualLine.of(THRESHOLDS) == UsualLine(5, 3.53)
    assert UsualLine.of(THRESHOLDS, 1).one_in == 100
    assert UsualLine.of({}, 5) is None
    assert UsualLine.of(None) is None


@given(st.lists(st.floats(0, 10), max_size=12), st.sampled_from(PERCENTS))
def test_what_is_above_is_rare(scores, percent):
    line = UsualLine.of(THRESHOLDS, percent)
    shares = [rarer_than(score, THRESHOLDS) for score in scores]
    assert line.count(scores) == sum(share is not None and share * 100 <= percent for share in shares)


@pytest.mark.parametrize(
    ("scores", "code", "sentence"),
    [
        ([], "no_findings", "No findings."),
        ([3.1, 2.5], "none_above_usual", "Nothing here is above what 1 of 20 normal slices shows (3.5x usual)"),
        ([9.0, 8.0], "all_above_usual", "All 2 are above"),
        ([9.0, 3.0, 2.0], "some_above_usual", "1 of 3 are above what 1 of 20"),
    ],
)
def test_the_list_says_how_it_stands(scores, code, sentence):
    said = standing(scores, UsualLine.of(THRESHOLDS), CALIBRATED)
    assert said.code == code
    assert said.startswith(sentence)


def test_a_list_without_a_line_says_so():
    assert standing([3.0], None, CALIBRATED).code == "usual_unknown"
