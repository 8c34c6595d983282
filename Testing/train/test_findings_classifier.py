"""Classifiers of findings: what they learn from readers' decisions, what their card tells, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from classifiers.small_opinions import SEEN, write_decided, write_results
from click.testing import CliRunner
from evaluate.located import PATCH
from PIL import Image

from GANAnomalyLab.train.classifier.decided_findings import decided_findings
from GANAnomalyLab.train.loop.train_on_images import read_images, train
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.classifiers.architecture import DECIDED, FindingsSeen
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.pictures import write_patch_picture
from GANAnomalyLib.results.result import MANIFEST, AnalysisResult
from GANAnomalyLib.review.decisions import DECISIONS_FILE
from GANAnomalyLib.review.finding_pictures import finding_planes
from GANAnomalyLib.review.opinions import load_opinions
from GANAnomalyLib.running.progress import CancelToken, no_progress

KIND = find_trainer("classifier")
QUICK = {"width": 4, "side": 16, "batch": 8, "held_out": 0.25, "device": "cpu", "threads": 1, "workers": 0}


def quiet(sentence: str) -> None:
    """Nobody listens."""


def change(path: Path, **values) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.fixture
def results(tmp_path):
    return write_results(tmp_path / "results")


def test_what_is_learnt_from(results):
    said = []
    images = decided_findings([results], "auto", said.append)
    assert images.label_names == list(DECIDED)
    assert images.labels.sum(0).tolist() == [16, 16]
    assert len(np.unique(images.patients)) == 8
    assert images.about["findings"] == FindingsSeen(**SEEN)
    assert images.batch(np.arange(2)).shape == (2, 3, PATCH, PATCH)
    assert said[0].startswith("16 findings without a decision, or unsure ones, are left out; 0 results")
    assert "patient of its own" in said[1]


def test_the_picture_is_the_patch_that_was_compared(tmp_path):
    folder = write_decided(tmp_path / "one", 0)
    pair = np.random.default_rng(3).integers(0, 256, (2, PATCH, PATCH), dtype=np.uint8)
    finding = AnalysisResult.read(folder).findings[1]
    for scale in (None, 1):
        write_patch_picture(folder / finding.patch_picture, *pair, scale)
        own, normal, scored = finding_planes(folder, finding, PATCH)
        np.testing.assert_array_equal([own, normal], pair)
        assert np.all(scored == 128 + 16 * 3), "8 is 1 doubled three times"
    finding.patch_picture = "../../elsewhere/finding_01.png"
    write_patch_picture(folder / "patches" / "finding_01.png", *pair[::-1])
    np.testing.assert_array_equal(finding_planes(folder, finding, PATCH)[0], pair[1])


def test_patients_are_held_together(results, tmp_path):
    def codes(patients: str) -> int:
        return len(np.unique(decided_findings([results], patients, quiet).patients))

    table = tmp_path / "patients.csv"
    table.write_text("case,patient\n" + "".join(f"case{n},p{n // 2}\n" for n in range(8)))
    assert codes(str(table)) == 4
    assert codes("regex:case[0-3]|case") == 5
    assert codes("folder") == 1
    for number in range(8):
        change(results / f"case{number}" / MANIFEST, input={"hash": f"scan-{number // 4}"})
    assert codes("auto") == 2
    asked = KIND.settings.read({**QUICK, "findings": (str(results),), "patients": str(table), "out": "x"})
    learnt, held_out = read_images(asked, tmp_path, no_progress, CancelToken(), quiet)
    assert not set(learnt.patients.tolist()) & set(held_out.patients.tolist())
    assert len(np.unique(held_out.patients)) == 1


def test_it_learns_and_its_opinions_are_of_other_patients(results, tmp_path):
    """From the command to the file, on a scan that it has not seen and nobody has decided on."""
    run, more = tmp_path / "run", [f"--{name.replace('_', '-')}={value}" for name, value in QUICK.items()]
    done = CliRunner().invoke(
        app, ["train", "classifier", "--findings", str(results), "--out", str(run), "--epochs", "12", *more]
    )
    assert done.exit_code == 0, done.output
    path = next(run.glob("snapshot-*.safetensors"))
    card = ModelCard.read(path.with_suffix(".json"))
    assert card.training["classes"] == {"rejected": 12, "accepted": 12}
    assert card.training["patients"] == 6
    assert card.results["held_out"]["auroc"] > 0.9
    assert load_classifier(path).architecture.findings == FindingsSeen(**SEEN)
    written = path.with_suffix(".json").read_text() + "".join(p.read_text() for p in run.glob("*.json"))
    assert "Secret" not in written
    assert str(tmp_path) not in path.with_suffix(".json").read_text()
    truth = ["rejected", "accepted", "rejected", "accepted"]
    other = write_decided(tmp_path / "other", 99, [""] * 4, truth)
    done = CliRunner().invoke(app, ["predict", str(run), str(other), "--json"])
    assert done.exit_code == 0, done.output
    found = load_opinions(other).by_rank()
    assert min(found[2], found[4]) > max(found[1], found[3])
    assert [row["probability"] for row in json.loads(done.stdout)["findings"]] == list(found.values())


def _no_decisions(results):
    for path in results.rglob(DECISIONS_FILE):
        path.unlink()


def _one_class(results):
    for path in results.rglob(DECISIONS_FILE):
        path.write_text(path.read_text().replace("accepted", "rejected"))


def _another_model(results):
    change(results / "case3" / MANIFEST, model={"name": "lung", "hash": "sha256:" + "cd" * 32})


def _another_window(results):
    path = results / "case3" / MANIFEST
    change(path, settings={**json.loads(path.read_text())["settings"], "window": 1500.0})


def _another_metric(results):
    path = results / "case3" / MANIFEST
    change(path, settings={**json.loads(path.read_text())["settings"], "metric": "mse"})


def _no_window(results):
    for path in results.rglob(MANIFEST):
        change(path, settings={"metric": "wd"})


def _hostile(results):
    (results / "case1" / DECISIONS_FILE).write_text("[" * 100_000)


def _not_words(results):
    change(results / "case1" / DECISIONS_FILE, decisions=[{"rank": 1, "decision": "__import__('os')"}])


def _twice(results):
    change(results / "case1" / DECISIONS_FILE, decisions=[{"rank": 1, "decision": "accepted"}] * 2)


def _no_picture(results):
    (results / "case2" / "patches" / "finding_01.png").unlink()


def _other_picture(results):
    Image.new("L", (20, 10)).save(results / "case2" / "patches" / "finding_01.png")


def _bomb(results):
    (results / "case2" / "patches" / "finding_01.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_no_decisions, "Readers rejected 0 and accepted 0 findings in these results, and a classifier takes 10"),
        (_one_class, "Readers rejected 32 and accepted 0 findings"),
        (_another_model, "The result case3 is of the model lung, not of m1, as others are"),
        (_another_window, "The result case3 is of window 1500, not 350"),
        (_another_metric, "The result case3 is scored by mse in grey levels, not by wd in grey levels"),
        (_no_window, "The result cannot be used: its .* run the analysis again"),
        (_hostile, "The decisions in .* cannot be read: remove that file"),
        (_not_words, "The decisions in .* cannot be used"),
        (_twice, "a finding is decided twice"),
        (_no_picture, "the picture of finding 1 is missing; run the analysis again"),
        (_other_picture, "the picture of finding 1 is of another kind"),
        (_bomb, "is not a PNG"),
    ],
)
def test_results_that_cannot_be_learnt_from(results, tmp_path, spoil, said):
    spoil(results)
    with pytest.raises(InputError, match=said):
        train(KIND, KIND.settings.read({**QUICK, "findings": (str(results),), "out": str(tmp_path / "run")}))
    assert not list(tmp_path.rglob("*.safetensors"))


def test_settings_that_contradict_findings(results, tmp_path):
    for more in ({"data": str(tmp_path)}, {"channels": 1}, {"resolution": 64}):
        asked = KIND.settings.read({**QUICK, "findings": (str(results),), "out": str(tmp_path / "run"), **more})
        with pytest.raises(InputError, match="Findings are learnt from as they are"):
            train(KIND, asked)
    with pytest.raises(InputError, match="holds no result of an analysis"):
        train(KIND, KIND.settings.read({**QUICK, "findings": (str(tmp_path / "results/case0/patches"),), "out": "x"}))
