"""Names of metrics, those of training among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.quality import METRICS, Metric, parse_metrics
from GANAnomalyLab.evaluate.quality.metric_names import parse_metric
from GANAnomalyLab.evaluate.quality.quality_report import words
from GANAnomalyLib.errors import InputError

SHARES = ("precision", "recall", "density", "coverage")


@pytest.mark.parametrize(
    ("name", "kind", "real", "fake", "keys"),
    [
        ("fid50k_full", "fid", None, 50_000, ("fid50k_full",)),
        ("fid50k", "fid", 50_000, 50_000, ("fid50k",)),
        ("kid50k_full", "kid", None, 50_000, ("kid50k_full",)),
        ("pr50k3_full", "pr", None, 50_000, ("pr50k3_full_precision", "pr50k3_full_recall")),
        ("is50k", "is", 0, 50_000, ("is50k_mean", "is50k_std")),
        ("ppl2_wend", "ppl", 0, 50_000, ("ppl2_wend",)),
        ("FRD", "frd", None, None, ("frd", "frd_steady")),
        ("fsd5k", "fsd", 5000, 5000, ("fsd5k",)),
        ("pr", "pr", None, None, ("pr_precision", "pr_recall")),
        ("fd_lite0", "fd_lite0", None, None, ("fd_lite0",)),
        ("fd_lite0_5k_full", "fd_lite0", None, 5000, ("fd_lite0_5k_full",)),
        ("prdc_lite0", "prdc_lite0", None, None, tuple(f"prdc_lite0_{name}" for name in SHARES)),
    ],
)
def test_a_name_says_kind_and_counts(name, kind, real, fake, keys):
    metric = parse_metric(name)
    assert (metric.kind, metric.real, metric.fake, metric.keys) == (kind, real, fake, keys)


def test_lists():
    assert [metric.name for metric in parse_metrics("fid, frd ,fid")] == ["fid", "frd"]
    assert parse_metrics("none") == parse_metrics([]) == parse_metrics("") == []
    assert set(METRICS) >= {"fid50k_full", "kid50k_full", "pr50k3_full", "is50k", "ppl2_wend", "fid50k", "frd", "fsd"}
    assert [METRICS[name].higher_is_better for name in ("fid", "pr", "is")] == [False, True, True]


@pytest.mark.parametrize(
    "name", ["fid50", "fid0k", "fid9999k", "pr50k", "is50k_full", "ppl50k", "fid;rm", "präzision", "fd", "fd_lite05k"]
)
def test_unknown_names_are_refused_with_the_known_ones(name):
    with pytest.raises(InputError, match=r"known ones are fid, kid, .*fid50k_full"):
        parse_metrics(["frd", name])


@given(st.text(max_size=20))
def test_any_text_is_a_metric_or_refused(text):
    try:
        found = parse_metric(text)
    except InputError:
        return
    assert isinstance(found, Metric)
    assert parse_metric(found.name) == found


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("frd", "Frechet distance of radiomics, logarithm (FRD)"),
        ("frd2k_steady", "Frechet distance of radiomics, logarithm (FRD), without rounding"),
        ("pr50k3_full_recall", "recall: real images near a generated one"),
        ("is_std", "inception score (IS), deviation"),
        ("fd_lite0", "Frechet distance of EfficientNet-Lite0 features (not the FID)"),
        ("prdc_lite0_recall", "EfficientNet-Lite0, recall: real images near a generated one"),
        ("fid_floor", "Frechet distance of Inception features (FID); real halves"),
    ],
)
def test_numbers_in_words(key, said):
    assert words(key) == said


@pytest.mark.parametrize("name", METRICS)
def test_every_number_has_words(name):
    assert all(words(key) != key for key in METRICS[name].keys)
