"""What a private training spends, against numbers that Opacus 1.6 gave when these tests were written."""

from __future__ import annotations

import json
import math
import sys

import pytest
from evaluate.asked import evaluate, refused

from GANAnomalyLab.train.privacy import PrivacyAccount, Stretch, delta_warning, needed_noise
from GANAnomalyLib.errors import InputError

# (accountant, noise multiplier, sample rate, steps, delta): epsilon
OPACUS = {
    ("rdp", 1.0, 0.01, 1000, 1e-5): 2.1013652716430564,
    ("rdp", 0.3, 0.01, 1000, 1e-5): 79.0545577813563,
    ("rdp", 1.0, 1.0, 10, 1e-5): 19.05359753163139,
    ("rdp", 1.0, 0.01, 10_000_000, 1e-5): 1035.9253558644443,
    ("rdp", 0.02 / 1.5, 1 / 3773, 100_000, 1 / 3773): 300315890.71329933,
    ("prv", 1.0, 0.01, 1000, 1e-5): 1.8383716370172951,
    ("prv", 1.0, 1.0, 10, 1e-5): 17.86730414930238,
}
# (target epsilon, delta, sample rate, steps): noise multiplier by RDP
NEEDED = {(2.0, 1e-5, 0.01, 1000): 1.02294921875, (2.0, 1e-3, 0.01, 1000): 0.859375}


@pytest.fixture
def opacus():
    """A test that counts needs it; those of what is kept do not."""
    return pytest.importorskip("opacus")


def account(*stretches: tuple[float, float, int], accountant: str = "rdp") -> PrivacyAccount:
    made = PrivacyAccount(accountant)
    for stretch in stretches:
        made.step(*stretch)
    return made


@pytest.mark.parametrize(("asked", "epsilon"), OPACUS.items(), ids=map(str, OPACUS))
def test_epsilon_is_opacus_own(asked, epsilon, opacus) -> None:
    accountant, noise, rate, steps, delta = asked
    found = account((noise, rate, steps), accountant=accountant).epsilon(delta)
    assert found == pytest.approx(epsilon, abs=1e-6, rel=1e-9)


@pytest.mark.parametrize(("asked", "noise"), NEEDED.items(), ids=map(str, NEEDED))
def test_the_noise_that_an_epsilon_needs_is_opacus_own(asked, noise, opacus) -> None:
    found = needed_noise(*asked)
    assert found == pytest.approx(noise, abs=1e-6)
    target, delta, rate, steps = asked
    assert target - 0.011 < account((found, rate, steps)).epsilon(delta) <= target


def test_a_full_batch_is_a_gaussian_mechanism(opacus) -> None:
    """Without sampling RDP is known in closed form: alpha / (2 sigma^2) a step; epsilon as Canonne et al. 2020."""
    sigma, steps, delta = 4.0, 7, 1e-6
    alphas = [1 + x / 10 for x in range(1, 100)] + list(range(12, 64))
    known = min(
        steps * a / (2 * sigma**2) - (math.log(delta) + math.log(a)) / (a - 1) + math.log((a - 1) / a) for a in alphas
    )
    assert account((sigma, 1.0, steps)).epsilon(delta) == pytest.approx(known, rel=1e-9)


def test_steps_are_counted_one_by_one_as_together_and_after_a_stop() -> None:
    whole, single = account((1.1, 0.02, 30), (0.9, 0.02, 5)), PrivacyAccount()
    for _ in range(17):
        single.step(1.1, 0.02)
    gone_on = PrivacyAccount.from_dict(json.loads(json.dumps(single.to_dict())))
    for _ in range(13):
        gone_on.step(1.1, 0.02)
    gone_on.step(0.9, 0.02, 5)
    assert gone_on == whole
    assert whole.history == [Stretch(1.1, 0.02, 30), Stretch(0.9, 0.02, 5)]
    assert whole.steps == 35


def test_stretches_add_up(opacus) -> None:
    """More steps spend more, in whatever order, and one stretch cut in two spends the same."""
    one, other = account((1.0, 0.01, 500), (0.7, 0.02, 40)), account((0.7, 0.02, 40), (1.0, 0.01, 500))
    assert one.epsilon(1e-5) == pytest.approx(other.epsilon(1e-5), rel=1e-9)
    assert one.epsilon(1e-5) > account((1.0, 0.01, 500)).epsilon(1e-5) > 0
    cut = PrivacyAccount("rdp", [Stretch(1.0, 0.01, 300), Stretch(1.0, 0.01, 700)])
    assert cut.epsilon(1e-5) == pytest.approx(OPACUS["rdp", 1.0, 0.01, 1000, 1e-5], abs=1e-9)
    assert PrivacyAccount().epsilon(1e-5) == 0


@pytest.mark.parametrize("accountant", ["rdp", "prv"])
def test_steps_left_end_where_the_target_is_spent(accountant, opacus) -> None:
    begun = account((2.0, 0.2, 10), accountant=accountant)
    left = begun.steps_left(1.5, 1e-3, 2.0, 0.2)
    assert left > 0
    assert account((2.0, 0.2, 10 + left), accountant=accountant).epsilon(1e-3) <= 1.5
    assert account((2.0, 0.2, 11 + left), accountant=accountant).epsilon(1e-3) > 1.5
    assert begun.steps == 10, "asking takes no step"
    spent = account((2.0, 0.2, 500), accountant=accountant)
    assert spent.steps_left(1.5, 1e-3, 2.0, 0.2) == 0
    assert begun.steps_left(1.5, 1e-3, 0.01, 0.5) == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"accountant": "glw", "history": []}, "accountant"),
        ({"accountant": "rdp"}, "history"),
        ({"accountant": "rdp", "history": [{"noise_multiplier": 0, "sample_rate": 0.1, "steps": 1}]}, "noise_mult"),
        ({"accountant": "rdp", "history": [{"noise_multiplier": 1, "sample_rate": 1.5, "steps": 1}]}, "sample_rate"),
        ({"accountant": "rdp", "history": [{"noise_multiplier": 1, "sample_rate": 0.5, "steps": -4}]}, "steps"),
        ({"accountant": "rdp", "history": [{"noise_multiplier": "1", "sample_rate": 0.5, "steps": 4}]}, "noise_mult"),
    ],
)
def test_a_state_from_elsewhere_is_checked(state, words) -> None:
    with pytest.raises(InputError, match=words):
        PrivacyAccount.from_dict(state, "state.json")


def test_numbers_that_no_training_has_are_refused() -> None:
    for noise, rate, steps in ((0, 0.1, 1), (-1, 0.1, 1), (1, 0, 1), (1, 1.1, 1), (1, 0.1, 0), (math.inf, 0.1, 1)):
        with pytest.raises(InputError):
            PrivacyAccount().step(noise, rate, steps)
    with pytest.raises(InputError, match="no accountant"):
        PrivacyAccount("none")
    with pytest.raises(InputError, match="Delta"):
        account((1, 0.1, 1)).epsilon(1.5)


def test_delta_is_held_against_the_number_of_patients() -> None:
    assert delta_warning(1e-5, 3773) is None
    assert "1 in 3,773" in delta_warning(1 / 3773, 3773)
    assert "whole" in delta_warning(0.5, 100)


class TestCommand:
    """``gananomaly evaluate privacy``."""

    def test_says_epsilon(self, opacus) -> None:
        asked = ["--sample-rate", 0.01, "--noise-multiplier", 1, "--steps", 1000, "--delta", 1e-5]
        data = json.loads(evaluate("privacy", *asked, "--json").stdout)
        assert data["epsilon"] == pytest.approx(OPACUS["rdp", 1.0, 0.01, 1000, 1e-5], abs=1e-6)
        assert data["accountant"] == "rdp"
        prv = json.loads(evaluate("privacy", *asked, "--accountant", "prv", "--json").stdout)
        assert prv["epsilon"] == pytest.approx(OPACUS["prv", 1.0, 0.01, 1000, 1e-5], abs=1e-6)
        assert "2.10137" in evaluate("privacy", *asked).stdout

    def test_says_what_noise_an_epsilon_needs(self, opacus) -> None:
        asked = ["--sample-rate", 0.01, "--steps", 1000, "--delta", 1e-5, "--target-epsilon", 2]
        data = json.loads(evaluate("privacy", *asked, "--json").stdout)
        assert data["needed_noise_multiplier"] == data["noise_multiplier"] == pytest.approx(1.02294921875, abs=1e-6)
        assert 1.98 < data["epsilon"] <= 2
        both = json.loads(evaluate("privacy", *asked, "--noise-multiplier", 1, "--json").stdout)
        assert both["noise_multiplier"] == 1
        assert both["epsilon"] == pytest.approx(2.1013652716430564, abs=1e-6)
        assert both["steps_for_target"] < 1000

    def test_warns_of_a_delta_that_is_too_large_and_an_epsilon_that_says_little(self, opacus) -> None:
        asked = ["--sample-rate", 0.1, "--noise-multiplier", 0.5, "--steps", 1000, "--delta", 0.01, "--images", 500]
        said = json.loads(evaluate("privacy", *asked, "--json").stdout)["warnings"]
        assert len(said) == 2
        assert "below 1 in 500" in said[0]
        assert "epsilon above 10" in said[1]

    def test_bad_input_is_a_sentence(self, opacus) -> None:
        asked = ["--sample-rate", 0.01, "--steps", 1000, "--delta", 1e-5]
        refused(evaluate("privacy", *asked), "--noise-multiplier")
        refused(evaluate("privacy", *asked, "--noise-multiplier", 0), "noise_multiplier must be above 0")
        refused(evaluate("privacy", *asked, "--noise-multiplier", 1, "--images", 0), "--images")
        refused(evaluate("privacy", *asked, "--target-epsilon", 1e-4), "No noise is enough")
        refused(evaluate("privacy", *asked, "--target-epsilon", -1), "above 0")
        prv = ["--accountant", "prv", "--noise-multiplier", 0.02]
        refused(evaluate("privacy", *asked, *prv), "the accountant prv cannot count it")

    def test_without_opacus_it_says_what_to_install(self, monkeypatch) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "opacus"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "opacus", None)
        asked = ["--sample-rate", 0.01, "--noise-multiplier", 1, "--steps", 1000, "--delta", 1e-5]
        done = evaluate("privacy", *asked)
        assert done.exit_code == 1
        assert "pip install 'gananomaly[privacy]'" in done.stderr
