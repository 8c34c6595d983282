"""With the bundled model, known kinds of simulated anomalies get their words, on most cases."""

import pytest

from benchmarks.bench_finding_words import EXPECTED, analysed, inserted, placed

SEEDS = range(650_000, 650_003)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mass_hyper", "mass_hypo", "missing", "metal", "air"])
@pytest.mark.minutes
def test_known_kinds_get_their_words(kind):
    said = []
    for level, number in zip((1, 2, 3), SEEDS, strict=True):
        said.append(placed(*analysed(*inserted(kind, level, number), "cpu")))
    assert [why.code for why in said].count(EXPECTED[kind]) >= 2
    if kind in ("metal", "air"):
        assert sorted(why.hu or 0 for why in said)[1] >= 200, "by hundreds of HU"
