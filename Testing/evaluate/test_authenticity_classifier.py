"""``gananomaly evaluate authenticity --features``: distances in what a classifier of the user sees."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from classifiers.small_classifier import write_classifier
from classifiers.small_opinions import SEEN
from evaluate.alike_slices import lit, save, slice_of
from evaluate.asked import evaluate, refused, rows_of

from GANAnomalyLab.evaluate.authenticity.classifier_features import classifier_features, shown_to, stored_side
from GANAnomalyLab.evaluate.authenticity.picture_sets import REAL, SYNTHETIC, open_picture_sets
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Of different virtual patients, one of them copied, brighter."""
    root = tmp_path_factory.mktemp("sets")
    for patient in range(4):
        save(slice_of(patient), root / "real" / f"{patient}.png")
        save(slice_of(4 + patient), root / "synthetic" / f"{patient}.png")
    save(lit(slice_of(2), 1.2), root / "synthetic" / "copy.png")
    return root


def opened(folder, store, side: int):
    return open_picture_sets({REAL: folder}, "auto", store, no_progress, CancelToken(), side=side)[REAL]


def test_distances_are_in_what_the_classifier_sees_and_copies_are_found_as_without(folders, tmp_path) -> None:
    sets, out = [folders / "real", folders / "synthetic"], tmp_path / "out"
    model = write_classifier(tmp_path / "lesions.safetensors", channels=1)
    plainly = evaluate("authenticity", *sets, "--bootstrap", 20, "--json")
    before = json.loads(plainly.stdout)
    assert before["network"]["name"] == "EfficientNet-Lite0"
    done = evaluate("authenticity", *sets, "--features", model, "--bootstrap", 20, "--projector", "--out", out)
    assert done.exit_code == 0, done.output
    data = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert data["space"] == "features"
    assert data["network"] == {"name": "the classifier lesions", "sha256": load_classifier(model).model_hash}
    assert data["copies"] == before["copies"] != []
    assert data["distances"] != before["distances"]
    assert "features of the classifier lesions" in (out / "report.html").read_text(encoding="utf-8")
    # By hand: the classifier's features, as they are compared of so few images.
    classifier = load_classifier(model)
    pictures = {name: opened(folders / name, tmp_path / name, 128) for name in (REAL, SYNTHETIC)}
    seen = {
        name: classifier.features(
            torch.from_numpy(np.stack([one.pixels(n) for n in range(len(one))])).float() / 127.5 - 1
        ).numpy()
        for name, one in pictures.items()
    }
    seen = {name: rows / np.linalg.norm(rows, axis=1, keepdims=True) for name, rows in seen.items()}
    expected = 1 - (seen[SYNTHETIC] @ seen[REAL].T).max(1)
    assert [float(row["distance"]) for row in rows_of(out / "synthetic.csv")] == pytest.approx(expected, abs=1e-5)
    assert len((out / "tensors.tsv").read_text().splitlines()[0].split("\t")) == seen[REAL].shape[1]


def test_no_pixel_that_a_classifier_can_see_is_lost(tmp_path) -> None:
    """At 256 pixels, fine stripes that 128 do not show."""
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 255
    save(stripes, tmp_path / "real" / "stripes.png")
    classifier = load_classifier(write_classifier(tmp_path / "fine.safetensors", side=200, channels=1))
    assert stored_side(classifier) == 256
    pictures = opened(tmp_path / "real", tmp_path / "store", stored_side(classifier))
    assert np.array_equal(pictures.large(0)[0], stripes)
    assert pictures.pixels(0).std() < 1
    found = classifier_features(classifier, pictures, no_progress, CancelToken(), "REAL")
    whole = torch.from_numpy(stripes)[None, None].float() / 127.5 - 1
    assert found == pytest.approx(classifier.features(whole).numpy(), abs=1e-5)
    assert len(pictures.take(np.array([0])).large(0)[0]) == 256


def test_a_classifier_that_crops_sees_the_middle_of_a_picture(tmp_path) -> None:
    rows, columns = np.mgrid[:128, :256]
    wide = (127 + 60 * np.sin(rows / 9) * np.cos(columns / 14)).astype(np.uint8)
    wide[:, :64] = wide[:, 192:] = 0
    save(wide, tmp_path / "real" / "wide.png")
    save(wide[:, 64:192], tmp_path / "middle" / "middle.png")
    sets = [opened(tmp_path / name, tmp_path / f"{name} store", 256) for name in ("real", "middle")]

    def correlation(fit: str) -> float:
        made = write_classifier(tmp_path / f"{fit}.safetensors", side=256, fit=fit, channels=1)
        shown = [shown_to(load_classifier(made), pictures, 0).numpy().ravel() for pictures in sets]
        return float(np.corrcoef(shown)[0, 1])

    assert correlation("center-crop") > 0.98
    assert correlation("pad") < 0.5


def test_what_cannot_be_is_one_sentence(folders, tmp_path) -> None:
    sets, out = [folders / "real", folders / "synthetic"], tmp_path / "out"
    grey = write_classifier(tmp_path / "grey.safetensors", channels=1)

    def asked(*more):
        return evaluate("authenticity", *sets, *more, "--out", out)

    findings = write_classifier(tmp_path / "second.safetensors", ("rejected", "accepted"), findings=SEEN, channels=3)
    card = json.loads(findings.with_suffix(".json").read_text())
    findings.with_suffix(".json").write_text(json.dumps({**card, "resolution": SEEN["patch_size"]}))
    refused(asked("--features", findings), "learnt from readers' decisions")
    refused(asked("--features", grey, "--latents", "a.npy", "b.npy"), "leave --latents or --features out")
    refused(asked("--features", tmp_path / "none.safetensors"), "none.safetensors")
    save(np.stack([slice_of(1), slice_of(2), slice_of(3)], -1), tmp_path / "tinted" / "1.png")
    refused(evaluate("authenticity", folders / "real", tmp_path / "tinted", "--features", grey), "from grey images")
    assert not out.exists()
