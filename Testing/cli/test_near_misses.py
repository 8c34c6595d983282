"""What is nearly a name is answered with the name; another spelling of a command is the command."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from GANAnomalyLab.evaluate.quality.metric_names import parse_metric
from GANAnomalyLab.simulate.anomalies import KINDS
from GANAnomalyLib import AnalysisRequest
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.score.pair_checks import check_metric
from GANAnomalyLib.spelling import closest, meant, same_name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analise"], "There is no command 'analise': did you mean analyze?"),
        (["anlyse"], "did you mean analyze?"),
        (["find-bst"], "did you mean find-best?"),
        (["evaluate", "detecion"], "did you mean detection?"),
        (["evaluate", "localizaton"], "did you mean localisation?"),
        (["dataset", "dicom2nifti"], "did you mean dicom-to-nifti?"),
        (["train", "stylegan"], "did you mean stylegan2?"),
        (["frobnicate"], "There is no command 'frobnicate': there are analyze, batch,"),
        (["analyze", "x.nii", "--modl", "demo"], "Did you mean"),
        (["models", "--jsn"], "Did you mean '--json'?"),
        (["analyze", "x.nii", "--mode", "fats"], "'fats' is not one of 'fast', 'reference' (did you mean fast?)"),
    ],
)
def test_the_answer_says_what_was_probably_meant(arguments, words):
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 2
    assert words in json.loads(done.stdout)["error"].replace("(Possible options:", "Did you mean")


@pytest.mark.parametrize(
    ("spelt", "known"),
    [
        (["analyse"], ["analyze"]),
        (["Analyze"], ["analyze"]),
        (["find_best"], ["find-best"]),
        (["evaluate", "localization"], ["evaluate", "localisation"]),
        (["evaluate", "localisation"], ["evaluate", "localisation"]),
    ],
)
def test_another_spelling_of_a_command_is_the_command(spelt, known):
    run = CliRunner().invoke
    first, second = (run(app, [*command, "--help"]) for command in (spelt, known))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.split("\n")[2:] == second.stdout.split("\n")[2:]


def test_a_group_lists_each_command_once():
    listed = CliRunner().invoke(app, ["--help"]).stdout
    assert "\n  analyze " in listed
    assert "\n  analyse " not in listed


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: find_kind("stylgan2"), "stylegan2"),
        (lambda: parse_metric("fidd"), "fid"),
        (lambda: check_metric("sim"), "ssim"),
        (lambda: find_model("demmo"), "demo"),
        (lambda: AnalysisRequest("x", mode="refrence").validate(), "reference"),
        (lambda: AnalysisRequest.from_dict({"input": "x", "modle": "demo"}), "mode or model"),
    ],
)
def test_names_of_other_things(call, near):
    with pytest.raises(InputError, match=rf"\(did you mean {near}"):
        call()


def test_only_near_names_are_named():
    assert closest("needel", KINDS)[0] == "needle"
    assert closest("x" * 10_000, KINDS) == []
    assert meant(["needle"], KINDS) == ""
    assert same_name("nedle", KINDS) is None
    assert same_name("colour-grey_centre", ["color-gray-center"]) == "color-gray-center"
