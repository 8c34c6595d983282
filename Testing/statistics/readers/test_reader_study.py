"""Van Dyke's published readings, against the numbers that MRMCaov 0.3 gives; and what is odd about studies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vandyke import analysed, readings_of, rows

from GANAnomalyLab.evaluate import reader_options
from GANAnomalyLab.statistics.readers.reader_anova import Estimate
from GANAnomalyLab.statistics.readers.reader_cells import METRICS
from GANAnomalyLab.statistics.readers.reader_covariance import COVARIANCES
from GANAnomalyLab.statistics.readers.reader_study import FIXED, analyse_readings
from GANAnomalyLab.statistics.readers.readings import Readings
from GANAnomalyLib.errors import InputError

# (case column, settings), (SE, df, low, high, p), (cov1, cov2, cov3)
PUBLISHED = {
    "jackknife": (
        ("case", {}),
        (0.02074861838, 15.25967459, -0.0879594986, 0.0003588544, 0.05166568582),
        (0.0003466137, 0.0003440748, 0.0002390284),
    ),
    "delong": (
        ("case", {"covariance": "delong"}),
        (0.02068250479, 15.06610794, -0.0878671960, 0.0002665519, 0.05123303082),
        (0.0003420090, 0.0003395265, 0.0002358497),
    ),
    "unbiased": (
        ("case", {"covariance": "unbiased"}),
        (0.02067153881, 15.03418081, -0.0878519409, 0.0002512968, 0.05116180235),
        (0.0003416706, 0.0003390650, 0.0002356148),
    ),
    "readers fixed": (
        ("case", {"fixed": "readers"}),
        (0.01871748261, None, -0.0804859139, -0.0071147303, 0.01927984307),
        (0.0003466137, 0.0003440748, 0.0002390284),
    ),
    "cases fixed": (
        ("case", {"fixed": "cases"}),
        (0.01484628737, 4, -0.0850202240, -0.0025804202, 0.04195875249),
        (0.0003466137, 0.0003440748, 0.0002390284),
    ),
    "nested in readers": (
        ("case2", {}),
        (0.01484628737, 4, -0.0850202240, -0.0025804202, 0.04195875249),
        (0.0003490676, 0.0, 0.0),
    ),
    "nested in treatments": (
        ("case3", {}),
        (0.03019282723, 68.42324523, -0.1040424234, 0.0164417793, 0.1514363222),
        (0.0, 0.0003455973, 0.0),
    ),
    "sensitivity": (
        ("case", {"metric": "sensitivity", "threshold": 3}),
        (0.03780450629, 15.71732443, -0.1780370532, -0.0175185024, 0.02008822008),
        (0.0009943883, 0.0010145903, 0.0006604938),
    ),
}  # fmt: skip
DESIGNS = {"case": "factorial", "case2": "cases nested in readers", "case3": "cases nested in treatments"}


def printed(value: float, like: float) -> bool:
    """Whether a number is another one to the digits that were printed of it."""
    digits = len(f"{like:.10g}".partition(".")[2]) if like else 10
    return abs(value - like) <= 0.5000001 * 10.0**-digits


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_number_to_the_printed_digits(name):
    (case, settings), numbers, covariances = PUBLISHED[name]
    found = analysed(rows(), case, **settings)
    (difference,) = found.differences
    estimate = difference.estimate
    assert found.design == DESIGNS[case]
    assert (difference.a, difference.b) == ("1", "2")
    assert printed(estimate.estimate, -0.04380032 if found.metric == "auc" else -0.09777777778)
    for value, like in zip((estimate.se, estimate.df, estimate.low, estimate.high, estimate.p), numbers, strict=True):
        assert value is None if like is None else printed(value, like), (value, like)
    components = found.components
    for value, like in zip((components.cov1, components.cov2, components.cov3), covariances, strict=True):
        assert printed(value, like), (value, like)
    # Two treatments: the global test is that of their difference.
    assert found.test.p == pytest.approx(estimate.p, rel=1e-9)
    assert found.test.df2 == (None if estimate.df is None else pytest.approx(estimate.df, rel=1e-9))


def test_published_single_treatments_readers_and_tests():
    found = analysed(rows())
    one, two = found.treatments.values()
    for estimate, numbers in (
        (one, (0.8970370370, 0.8252235975, 0.9688504765, 12.7446)),
        (two, (0.9408373591, 0.8941378312, 0.9875368870, 12.7102)),
    ):
        held = estimate.estimate, estimate.low, estimate.high, estimate.df
        assert all(printed(value, like) for value, like in zip(held, numbers, strict=True))
    published = [0.9196457327, 0.8587761675, 0.9038647343, 0.9731078905, 0.8297906602]
    published += [0.9478260870, 0.9053140097, 0.9217391304, 0.9993558776, 0.9299516908]
    assert all(printed(one.figure.estimate, like) for one, like in zip(found.readers, published, strict=True))
    assert printed(analysed(rows(), fixed="readers").test.f, 5.475953242)
    assert analysed(rows(), fixed="cases").test.f == pytest.approx(8.704, abs=5e-4)
    # The mean square of treatments by readers, which the error with cases fixed is of, tells one component.
    parts, square = found.components, 5 / 2 * 0.01484628737**2
    known = square - parts.error + parts.cov1 + parts.cov2 - parts.cov3
    assert parts.treatment_reader == pytest.approx(known, rel=1e-8)
    of_readers = 2 * np.var(np.reshape(published, (2, 5)).mean(0), ddof=1)
    assert parts.reader == pytest.approx((of_readers - square) / 2 - parts.cov1 + parts.cov3, rel=1e-7)
    sensitive = analysed(rows(), metric="sensitivity", threshold=3).treatments.values()
    assert [one.estimate for one in sensitive] == pytest.approx([0.82222, 0.92], abs=5e-6)


def test_a_readers_difference_is_that_of_the_paired_test():
    """DeLong's test of one reader, as the laboratory has it on its own."""
    from GANAnomalyLab.statistics import delong_test

    held = {(row["treatment"], row["case"]): row for row in rows() if row["reader"] == "2"}
    cases = sorted({case for _, case in held})
    scores = [[float(held[kind, case]["rating"]) for case in cases] for kind in "12"]
    known = delong_test(*scores, [held["1", case]["truth"] == "1" for case in cases])
    alone = analysed([row for row in rows() if row["reader"] == "2"], covariance="delong")
    (difference,) = alone.differences
    assert difference.estimate.estimate == pytest.approx(known.difference, abs=1e-12)
    assert difference.estimate.se == pytest.approx(known.se, rel=1e-9)
    assert difference.estimate.p == pytest.approx(known.p, rel=1e-9)
    assert alone.fixed == "readers"
    assert alone.design == "one reader, the same cases under each treatment"
    assert any("one reader" in note for note in alone.notes)
    (among_all,) = [one for one in analysed(rows(), covariance="delong").reader_differences if one.reader == "2"]
    assert among_all.estimate.se == pytest.approx(known.se, rel=1e-9)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_treatments_rated_alike_differ_by_nothing(covariance):
    first = {(row["reader"], row["case"]): row["rating"] for row in rows() if row["treatment"] == "1"}
    found = analysed([{**row, "rating": first[row["reader"], row["case"]]} for row in rows()], covariance=covariance)
    assert found.differences[0].estimate == Estimate(0.0, 0.0, None, 0.0, 0.0, 1.0)
    assert (found.test.f, found.test.p) == (0.0, 1.0)
    assert any("rated alike" in note for note in found.notes)


def test_perfect_readers_have_no_error_to_estimate():
    found = analysed([{**row, "rating": row["truth"]} for row in rows()])
    assert found.differences[0].estimate == Estimate(0.0)
    assert found.test.p is None
    assert found.treatments["1"] == Estimate(1.0)
    assert any("no error to estimate" in note for note in found.notes)
    # Perfect under one treatment only: the other one tells.
    mixed = analysed([{**row, "rating": row["truth"]} if row["treatment"] == "1" else row for row in rows()])
    assert mixed.differences[0].estimate.p == pytest.approx(0.017, abs=0.001)
    assert mixed.treatments["1"].low is None


def test_one_treatment_has_intervals_and_no_test():
    found = analysed([row for row in rows() if row["treatment"] == "2"])
    assert (found.differences, found.test, found.reader_differences) == ([], None, [])
    assert found.treatments["2"] == analysed(rows()).treatments["2"]
    assert found.components.treatment_reader is None
    assert found.design == "one treatment, factorial"


def test_few_readers_are_warned_of():
    few = [row for row in rows() if row["reader"] in "123"]
    assert any("Only 3 readers" in note for note in analysed(few).notes)
    assert not any("Only" in note for note in analysed(few, fixed="readers").notes)
    assert not any("Only" in note for note in analysed(rows()).notes)


def test_components_below_zero_are_shown_and_said():
    found = analysed([row for row in rows() if row["reader"] in "123"])
    assert found.components.treatment_reader < 0
    assert any("treatment by reader" in note for note in found.notes)
    (difference,) = found.differences
    # MS(T:R) + r (cov2 - cov3), of which nothing is below 0.
    assert difference.estimate.se**2 >= 2 * (found.components.cov2 - found.components.cov3)


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_readers_nested_in_treatments(covariance):
    """Each reader reads under one treatment: all cases, or only the cases of that treatment."""
    split = [row for row in rows() if (row["reader"] in "12") == (row["treatment"] == "1")]
    shared, apart = (analysed(split, case, covariance=covariance) for case in ("case", "case3"))
    assert shared.design == "readers nested in treatments (split plot)"
    assert apart.design == "readers nested in treatments (split plot), cases nested in treatments"
    assert shared.components.cov1 is None
    assert apart.components.cov3 == 0
    means = [np.mean([one.figure.estimate for one in shared.readers if one.treatment == kind]) for kind in "12"]
    within = (
        sum((one.figure.estimate - means[one.treatment == "2"]) ** 2 for one in shared.readers) / 3
    )  # 5 readers, 2 treatments
    own, common = within * (1 / 2 + 1 / 3), 2 * max(shared.components.cov2 - shared.components.cov3, 0)
    estimate = shared.differences[0].estimate
    assert estimate.se == pytest.approx(np.sqrt(own + common), rel=1e-9)
    assert estimate.df == pytest.approx((own + common) ** 2 / (own**2 / 3), rel=1e-9)
    assert apart.differences[0].estimate.se > estimate.se


def test_one_reader_for_each_treatment_is_fixed():
    found = analysed([row for row in rows() if row["reader"] == row["treatment"]], covariance="delong")
    assert found.fixed == "readers"
    components = found.components
    assert found.differences[0].estimate.se == pytest.approx(
        np.sqrt(2 * (components.error - components.cov3)), rel=1e-9
    )
    assert any("one reader for each treatment" in note for note in found.notes)


def test_other_designs_are_recognised():
    def kept(rule):
        return [row for row in rows() if rule(int(row["reader"]), int(row["treatment"]), int(row["case"]))]

    assert analysed(kept(lambda r, t, c: (r + t + c) % 2)).design.startswith("counterbalanced")
    assert analysed(kept(lambda r, t, c: c % 4 != t)).design == "partly paired"
    groups = [{**row, "case": f"{row['case']}{'a' if row['reader'] in '12' else 'b'}"} for row in rows()]
    assert analysed(groups).design == "cases nested in groups of readers"
    own = [{**row, "case": f"{row['case2']} {row['treatment']}"} for row in rows()]
    found = analysed(own)
    assert found.design == "cases nested in readers and treatments"
    assert (found.components.cov1, found.components.cov2, found.components.cov3) == (0, 0, 0)


def test_partly_paired_lies_between_paired_and_not():
    """What cases share counts: the more of them are read under both treatments, the smaller the error."""
    partly = [{**row, "case": row["case3"] if int(row["case"]) % 2 else row["case"]} for row in rows()]
    errors = [analysed(table, case).differences[0].estimate.se for table, case in
              ((rows(), "case"), (partly, "case"), (rows(), "case3"))]  # fmt: skip
    assert errors == sorted(errors)
    assert analysed(partly).design == "partly paired"


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_missing_readings_are_counted_and_change_little(covariance):
    lost = np.random.default_rng(1).random(len(rows())) < 0.03
    found = analysed([row for row, gone in zip(rows(), lost, strict=True) if not gone], covariance=covariance)
    assert found.design == "factorial"
    assert f"{lost.sum()} of 1140 readings are missing" in found.notes[0]
    whole = analysed(rows(), covariance=covariance).differences[0].estimate
    assert found.differences[0].estimate.estimate == pytest.approx(whole.estimate, abs=0.01)
    assert found.differences[0].estimate.se == pytest.approx(whole.se, rel=0.25)


def test_a_reader_of_one_class_is_left_out_and_shown():
    table = [row for row in rows() if row["reader"] != "3" or row["truth"] == "0"]
    found = analysed(table)
    assert found.used_readers == 4
    assert "reader 3, who read no abnormal case" in found.notes[0]
    left = [one for one in found.readers if not one.used]
    assert [(one.reader, one.normal, one.abnormal) for one in left] == [("3", 69, 0)] * 2
    without = analysed([row for row in rows() if row["reader"] != "3"])
    assert found.differences[0].estimate.estimate == without.differences[0].estimate.estimate
    with pytest.raises(InputError, match="No reader can be analysed"):
        analysed([row for row in rows() if row["truth"] == "0"])


def test_a_reader_under_one_treatment_only_is_left_out_of_the_comparison():
    found = analysed([row for row in rows() if row["reader"] != "3" or row["treatment"] == "1"])
    assert found.used_readers == 4
    assert any("did not read under every treatment: readers 3" in note for note in found.notes)
    assert [one.used for one in found.readers if one.reader == "3"] == [False]


@pytest.mark.parametrize("covariance", ["jackknife", "delong"])
def test_several_lesions_of_a_case_are_drawn_together(covariance):
    """Each case three times over: more ratings, but no more that is independent."""
    thrice = [{**row, "lesion": str(number)} for row in rows() for number in range(3)]
    once, often = (analysed(table, covariance=covariance) for table in (rows(), thrice))
    one, other = once.differences[0].estimate, often.differences[0].estimate
    assert other.estimate == pytest.approx(one.estimate, abs=1e-12)
    assert other.se == pytest.approx(one.se, rel=1e-9)
    assert any("up to 3 ratings" in note for note in often.notes)
    with pytest.raises(InputError, match="one rating a case"):
        analysed(thrice, covariance="unbiased")


def test_the_jackknife_leaves_out_whole_cases():
    """Cases with lesions and healthy regions, against leaving each out and counting again."""
    from GANAnomalyLab.statistics.readers.reader_cells import cells_of
    from GANAnomalyLab.statistics.readers.reader_covariance import cell_covariance

    rng = np.random.default_rng(3)
    case, truth = rng.integers(0, 12, 60), rng.random(60) < 0.4
    ratings = rng.integers(0, 5, (2, 60)) + truth

    def area(kept):
        high, low = (ratings[:, kept & side][:, :, None] for side in (truth, ~truth))
        low = low.transpose(0, 2, 1)
        return ((high > low) + 0.5 * (high == low)).mean((1, 2))

    left = np.array([area(case != one) for one in range(12)])
    known = 11 / 12 * (left - left.mean(0)).T @ (left - left.mean(0))
    columns = ["a"] * 60 + ["b"] * 60, ["x"] * 120, [*case, *case], [*truth, *truth], ratings.ravel()
    cells = cells_of(Readings.of(*columns, lesion=[*range(60)] * 2), "auc")
    np.testing.assert_allclose(cells.value, area(np.ones(60, bool)), rtol=1e-12)
    np.testing.assert_allclose(cell_covariance(cells, "jackknife"), known, rtol=1e-9)


def test_three_treatments():
    third = [
        {**row, "treatment": "3", "rating": str(6 - int(row["rating"]))} for row in rows() if row["treatment"] == "1"
    ]
    found = analysed([*rows(), *third])
    assert [(one.a, one.b) for one in found.differences] == [("1", "2"), ("1", "3"), ("2", "3")]
    assert found.test.df1 == 2
    assert found.test.p < 1e-6
    assert any("not corrected" in note for note in found.notes)
    assert any("below 0.5" in note for note in found.notes)


def test_names_and_the_order_of_rows_do_not_matter():
    shuffled = [rows()[n] for n in np.random.default_rng(0).permutation(len(rows()))]
    assert analysed(shuffled).differences[0].estimate == pytest.approx(analysed(rows()).differences[0].estimate)
    renamed = analysed([{**row, "treatment": {"1": "R10", "2": "R2"}[row["treatment"]]} for row in rows()])
    assert [(one.a, one.b) for one in renamed.differences] == [("R2", "R10")]


@pytest.mark.parametrize(
    ("change", "settings", "words"),
    [
        ({}, {"metric": "f1"}, "metric must be one of auc"),
        ({}, {"covariance": "bootstrap"}, "covariance must be one of"),
        ({}, {"fixed": "both"}, "readers or cases"),
        ({}, {"metric": "sensitivity"}, "needs a threshold"),
        ({}, {"level": 1}, "level"),
        ({}, {"metric": "jafroc"}, "none of its lesions is named"),
        ({"truth": "2"}, {}, "truth of each case must be 1"),
        ({"truth": "1"}, {}, "truth of 0 in some rows and of 1 in others"),
        ({"rating": "nan"}, {}, "1 of 1140 ratings are NaN or infinite"),
        ({"rating": "inf"}, {}, "1 of 1140 ratings are NaN or infinite"),
    ],
)
def test_what_cannot_be_is_a_sentence(change, settings, words):
    place = next(n for n, row in enumerate(rows()) if row["truth"] == "0")
    table = [{**row, **change} if n == place else row for n, row in enumerate(rows())]
    with pytest.raises(InputError, match=words):
        analysed(table, **settings)


def test_one_reader_and_cases_fixed_leave_nothing():
    with pytest.raises(InputError, match="nothing is left that varies"):
        analysed([row for row in rows() if row["reader"] == "1"], fixed="cases")
    pairs = [row for row in rows() if row["reader"] in "123"]
    mixed = [{**row, "treatment": str((int(row["reader"]) + int(row["treatment"])) % 3)} for row in pairs]
    with pytest.raises(InputError, match="choose two treatments"):
        analysed(mixed)


def test_the_command_line_offers_what_there_is():
    assert (METRICS, COVARIANCES, FIXED) == (reader_options.METRICS, reader_options.COVARIANCES, reader_options.FIXED)


def test_readings_without_a_row_are_refused():
    with pytest.raises(InputError, match="no reading"):
        Readings.of([], [], [], [], [])
    held = readings_of(rows())
    assert held.only(held.reader == 0).readers == ("1",)
    with pytest.raises(InputError):
        analyse_readings(replace(held, truth=~held.truth).only(held.truth))
