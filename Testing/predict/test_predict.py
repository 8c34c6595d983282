"""A classifier asked about pictures, folders, zips and DICOM: what comes out, and what is refused."""

from __future__ import annotations

import csv
import json
import zipfile

import numpy as np
import pytest
import torch
from classifiers.small_classifier import write_classifier
from click.testing import CliRunner
from PIL import Image
from train.classifier_small import pictures

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.dataset_options import FilmSetOptions
from GANAnomalyLab.datasets.labelled_sets import films_dataset
from GANAnomalyLab.predict.class_inputs import find_inputs
from GANAnomalyLab.predict.predict_classes import predict, write_predictions
from GANAnomalyLab.simulate.virtual_films import IMPLANT, NOTHING, VirtualFilm
from GANAnomalyLab.simulate.virtual_sets import write_film
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture
def model(tmp_path):
    return write_classifier(tmp_path / "moles.safetensors")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "lesions"
    (path / "more").mkdir(parents=True)
    for number, picture in enumerate(pictures(5)[0]):
        name = f"more/{number}.png" if number > 3 else f"{number}.png"
        Image.fromarray(picture.transpose(1, 2, 0)).save(path / name)
    return path


def film(number: int) -> VirtualFilm:
    rows = np.linspace(0, 4000, 40)[:, None] + np.linspace(0, 90, 40)[None, :] * number
    return VirtualFilm(np.clip(rows, 0, 4095).astype(np.uint16), IMPLANT if number % 2 else NOTHING, None, 1.0)


def test_it_says_of_each_picture_what_the_network_says(model, folder):
    classifier = load_classifier(model)
    found = predict(classifier, find_inputs([folder]), at_once=2)
    assert [one.file for one in found.found] == ["0.png", "1.png", "2.png", "3.png", "more/4.png"]
    shown = torch.from_numpy(pictures(5)[0].astype(np.float32) * (2 / 255) - 1)
    np.testing.assert_allclose(
        np.stack([one.probabilities for one in found.found]), classifier.probabilities(shown).numpy(), atol=1e-5
    )
    row = found.rows()[0]
    assert row["class"] == classifier.classes[found.found[0].number]
    assert row["p_benign"] + row["p_malignant"] == pytest.approx(1, abs=2e-6)


def test_a_zip_a_file_and_several_places(model, folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(folder / "1.png", "inner/1.png")
    classifier = load_classifier(model)
    places = [tmp_path / "some.zip", folder / "1.png", folder]
    found = predict(classifier, find_inputs(places))
    assert [one.file for one in found.found][:2] == ["inner/1.png", "1.png"]
    assert found.found[2].file == "lesions/0.png"
    same = [one.probabilities for one in found.found if one.file.endswith("1.png")]
    assert len(same) == 3
    np.testing.assert_allclose(same[0], same[1], atol=1e-6)


def test_dicom_is_seen_as_the_set_that_was_learnt_from(tmp_path):
    """The same film by itself, inverted or not, and out of the set that ``dataset radiographs`` made."""
    (tmp_path / "films").mkdir()
    for number in range(5):
        write_film(tmp_path / "films" / f"f{number}.dicom", film(number), number, number)
    (tmp_path / "t.csv").write_text("image_id,label\n" + "".join(f"f{n},{n % 2}\n" for n in range(5)))
    options = FilmSetOptions(labels=str(tmp_path / "t.csv"), side=16)
    films_dataset(tmp_path / "films", SetJob(tmp_path / "set"), options)
    classifier = load_classifier(write_classifier(tmp_path / "m.safetensors", fit="center-crop", channels=1))
    own = predict(classifier, find_inputs([tmp_path / "films"]))
    of_set = predict(classifier, find_inputs([tmp_path / "set"]))
    assert [one.file for one in own.found] == [f"f{n}.dicom" for n in range(5)]
    for one, other in zip(own.found, of_set.found, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_other_shapes_are_brought_to_the_learnt_one_as_the_card_says(tmp_path):
    wide = np.zeros((16, 48, 3), np.uint8)
    wide[:, 16:32] = pictures(1)[0][0].transpose(1, 2, 0)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide[:, 16:32]).save(tmp_path / "square.png")
    found = {}
    for fit in ("pad", "center-crop"):
        classifier = load_classifier(write_classifier(tmp_path / f"{fit}.safetensors", fit=fit))
        found[fit] = [
            one.probabilities
            for one in predict(classifier, find_inputs([tmp_path / "wide.png", tmp_path / "square.png"])).found
        ]
    np.testing.assert_array_equal(*found["center-crop"])
    assert np.abs(found["pad"][0] - found["pad"][1]).max() > 1e-4


def test_a_picture_of_each(model, folder, tmp_path):
    found = predict(load_classifier(model), find_inputs([folder]), tmp_path / "shown")
    names = sorted(path.name for path in (tmp_path / "shown").iterdir())
    assert names == [one.picture for one in found.found] == [f"{n:06d}.png" for n in range(5)]
    shown = np.asarray(Image.open(tmp_path / "shown" / "000000.png"))
    assert shown.shape == (256 + 28, 2 * 256 + 4, 3)
    left, right = shown[:256, :256].astype(int), shown[:256, 260:].astype(int)
    original = np.asarray(Image.open(folder / "0.png").resize((256, 256), Image.Resampling.BICUBIC)).astype(int)
    np.testing.assert_array_equal(left, original)
    assert np.abs(left - right).max() > 20  # what counted is coloured
    assert shown[256:].max() > 200  # something is written


def test_tables(model, folder, tmp_path):
    found = predict(load_classifier(model), find_inputs([folder]))
    with open(write_predictions(tmp_path / "a.csv", found), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", "class", "probability", "p_benign", "p_malignant"]
    assert [row["file"] for row in rows] == [one.file for one in found.found]
    told = json.loads(write_predictions(tmp_path / "a.json", found).read_text())
    assert told["classes"] == ["benign", "malignant"]
    assert told["images"] == found.rows()
    with pytest.raises(InputError, match="exists"):
        write_predictions(tmp_path / "a.csv", found)
    with pytest.raises(InputError, match=r"ends in .csv or .json"):
        write_predictions(tmp_path / "a.txt", found)


def test_a_damaged_file_is_listed_and_the_others_are_asked_about(model, folder, tmp_path):
    (folder / "0.png").write_bytes(b"nonsense")
    done = CliRunner().invoke(app, ["predict", str(model), str(folder), "--out", str(tmp_path / "a.json"), "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert len(told["images"]) == 4
    assert told["failed"][0]["file"] == "0.png"
    for path in folder.rglob("*.png"):
        path.write_bytes(b"nonsense")
    with pytest.raises(InputError, match="None of the 5 files could be used"):
        predict(load_classifier(model), find_inputs([folder]), tmp_path / "shown")
    assert not (tmp_path / "shown").exists()


def test_what_is_refused(model, folder, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty").mkdir()
    for path, said in (
        (tmp_path / "notes.txt", "neither a picture"),
        (tmp_path / "empty", "holds no pictures and no DICOM"),
        (tmp_path / "gone", "There is no file or folder"),
    ):
        with pytest.raises(InputError, match=said):
            find_inputs([path])
    grey = load_classifier(write_classifier(tmp_path / "grey.safetensors", channels=1))
    with pytest.raises(InputError, match="colour picture, and the model learnt from grey ones"):
        predict(grey, find_inputs([folder]))
    with pytest.raises(InputError, match="there already"):
        predict(load_classifier(model), find_inputs([folder]), folder)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        predict(load_classifier(model), find_inputs([folder]), tmp_path / "shown", cancel=cancel)
    assert not (tmp_path / "shown").exists()


def test_the_command_tells(model, folder, tmp_path):
    done = CliRunner().invoke(app, ["predict", str(model), str(folder), "--pictures", str(tmp_path / "shown")])
    assert done.exit_code == 0, done.output
    assert "more/4.png" in done.output
    assert "Research use only" in done.output
    wrong = CliRunner().invoke(app, ["predict", "demo", str(folder)])
    assert wrong.exit_code == 2
    assert "tells no classes apart" in wrong.output
