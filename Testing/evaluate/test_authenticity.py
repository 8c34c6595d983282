"""``gananomaly evaluate authenticity`` as a person meets it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from evaluate.alike_slices import LEVELS, grainy, lit, moved, save, slice_of
from evaluate.asked import evaluate, refused, rows_of
from PIL import Image

from GANAnomalyLab.evaluate.authenticity.membership import Scores, attack, risk
from GANAnomalyLib.running.progress import CancelToken, no_progress

KNOWN = range(5)
COPIES = {
    "exact.png": (0, LEVELS[0], lambda picture: picture),
    "mirrored.png": (1, LEVELS[1], lambda picture: picture[:, ::-1]),
    "moved.png": (2, LEVELS[0], lambda picture: moved(picture, 0.05, -0.04)),
    "brighter.png": (3, LEVELS[1], lambda picture: lit(picture, 1.4, 15)),
    "grain.png": (4, LEVELS[0], lambda picture: grainy(picture, 25)),
    "turned.png": (0, LEVELS[1], lambda picture: grainy(lit(np.rot90(moved(picture, 0.03, 0.04)), 0.8), 10)),
}


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 60)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Of different virtual patients: those trained on, synthetic ones that copy nobody, control; and with copies."""
    root = tmp_path_factory.mktemp("sets")
    for level in LEVELS:
        for patient in KNOWN:
            save(slice_of(patient, level), root / "real" / f"p{patient}" / f"{level}.png")
        for patient in range(5, 9):
            save(slice_of(patient, level), root / "synthetic" / f"{patient}_{level}.png")
        for patient in range(9, 13):
            save(slice_of(patient, level), root / "control" / f"p{patient}" / f"{level}.png")
    shutil.copytree(root / "synthetic", root / "copies")
    for name, (patient, level, done) in COPIES.items():
        save(done(slice_of(patient, level)), root / "copies" / name)
    return root


def asked(*arguments) -> dict:
    done = evaluate("authenticity", *arguments, "--bootstrap", 50, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_copy_is_found_with_what_it_was_made_of_and_nothing_else(folders) -> None:
    data = asked(folders / "real", folders / "copies", "--patients", "folder")
    found = {copy["synthetic"]: copy for copy in data["copies"]}
    assert {name: copy["real"] for name, copy in found.items()} == {
        name: f"p{patient}/{level}.png" for name, (patient, level, _) in COPIES.items()
    }
    assert found["exact.png"]["similarity"] == 1
    assert found["mirrored.png"]["pose"] == "mirrored"
    assert found["turned.png"]["pose"].startswith("turned by")
    assert all(0.9 <= copy["similarity"] <= 1 for copy in found.values())
    assert data["images"] == {"real": 10, "synthetic": 14}
    assert data["patients"] == {"real": 5}


def test_alike_slices_of_other_patients_are_no_copies(folders) -> None:
    data = asked(folders / "real", folders / "synthetic")
    assert data["copies"] == []
    assert data["rule"]["similarity"] == 0.9
    assert data["rule"]["real_images_checked"] == 10
    assert data["rule"]["alike_across_patients"] == 0
    assert 0 < data["rule"]["most_alike_across_patients"] < 0.87
    assert data["coverage"]["real"]["neighbours"] == 5
    assert any("--patients" in warning for warning in data["warnings"])


def test_the_folder_holds_pairs_tables_and_the_projector(folders, tmp_path) -> None:
    out = tmp_path / "out"
    sets = [folders / "real", folders / "copies", "--control", folders / "control", "--patients", "folder"]
    done = evaluate("authenticity", *sets, "--bootstrap", 40, "--projector", "--out", out)
    assert done.exit_code == 0, done.output
    assert "6 of 14 synthetic images are copies" in done.stdout
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in ("mirrored.png and p1/85.png: ", "shows real images", "Membership attack", "Nearest without"):
        assert words in page
    assert page.count("data:image/png;base64") >= 6 + 6 + 2
    rows = {row["synthetic"]: row for row in rows_of(out / "synthetic.csv")}
    assert len(rows) == 14
    assert rows["exact.png"]["copy"] == "1"
    assert float(rows["exact.png"]["distance"]) == pytest.approx(0, abs=1e-5)
    assert [row["real"] for row in rows_of(out / "real.csv")][:2] == ["p0/40.png", "p0/85.png"]
    data = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert data["kind"] == "authenticity"
    held = data["membership"]
    assert held["strongest"] in held["attacks"]
    assert held["training"] == 10
    assert held["control"] == 8
    assert [at["false_positive_rate"] for at in held["at"]] == [0.001, 0.01]
    # The projector's three files go together.
    tensors = (out / "tensors.tsv").read_text().splitlines()
    names = (out / "metadata.tsv").read_text().splitlines()
    assert len(tensors) == len(names) - 1 == 24
    assert len(tensors[0].split("\t")) == 512
    assert "exact.png\tsynthetic\tyes" in names
    with Image.open(out / "sprite.png") as sheet:
        assert sheet.size == (5 * 64, 5 * 64)
    assert 'sprite { image_path: "sprite.png"' in (out / "projector_config.pbtxt").read_text()
    refused(evaluate("authenticity", *sets, "--out", out), "already holds an evaluation")


def test_colours_sizes_and_bits_may_differ(tmp_path) -> None:
    """What is grey in one set and coloured, larger or deeper in the other is compared all the same."""
    picture = slice_of(0)
    for patient in range(3):
        save(slice_of(patient), tmp_path / "real" / f"{patient}.png")
    tinted = np.stack([picture, picture, lit(picture, 0.7)], -1)
    save(tinted, tmp_path / "synthetic" / "tinted.png")
    large = np.asarray(Image.fromarray(picture).resize((picture.shape[1] * 3, picture.shape[0] * 3)))
    save(large, tmp_path / "synthetic" / "large.jpg")
    save(slice_of(7), tmp_path / "synthetic" / "other.png")
    save(picture.astype(np.uint16) * 257, tmp_path / "deep" / "deep.png")
    data = asked(tmp_path / "real", tmp_path / "synthetic")
    assert {(copy["synthetic"], copy["real"]) for copy in data["copies"]} == {
        ("tinted.png", "0.png"),
        ("large.jpg", "0.png"),
    }
    assert [copy["real"] for copy in asked(tmp_path / "real", tmp_path / "deep")["copies"]] == ["0.png"]


def test_images_without_fine_structure_have_a_bar_above_what_patients_reach(tmp_path) -> None:
    """Drawn ellipses are alike by much more than 0.9 now and then."""
    rows, columns = np.mgrid[:64, :64] / 64 - 0.5

    def ellipse(seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        wide, turn = random.uniform(0.15, 0.3), random.uniform(0, np.pi)
        along, across = (rows * f(turn) + columns * g(turn) for f, g in ((np.cos, np.sin), (np.sin, np.cos)))
        far = np.hypot(along / wide, across / (wide * random.uniform(0.6, 1)))
        return (190 - 100 / (1 + np.exp(15 * (far - 1)))).astype(np.uint8)

    for seed in range(25):
        save(ellipse(seed), tmp_path / "real" / f"{seed}.png")
        save(ellipse(1000 + seed), tmp_path / "synthetic" / f"{seed}.png")
    save(ellipse(3)[::-1], tmp_path / "synthetic" / "turned.png")
    save(lit(ellipse(4), 1.2), tmp_path / "synthetic" / "brighter.png")
    copies = {"turned.png", "brighter.png"}
    unsaid = asked(tmp_path / "real", tmp_path / "synthetic")
    assert unsaid["rule"]["alike_across_patients"] > 0
    assert any("--patients file" in warning for warning in unsaid["warnings"])
    told = asked(tmp_path / "real", tmp_path / "synthetic", "--patients", "file")
    assert told["rule"]["alike_across_patients"] == 0
    assert told["rule"]["similarity"] > 0.95
    found, before = ({copy["synthetic"] for copy in data["copies"]} for data in (told, unsaid))
    assert copies <= found < before
    assert len(found - copies) <= len(before - copies) / 3


def test_unreadable_and_blank_pictures_are_counted(folders, tmp_path) -> None:
    made = tmp_path / "synthetic"
    shutil.copytree(folders / "synthetic", made)
    (made / "broken.png").write_bytes(b"no picture")
    save(np.zeros((64, 64), np.uint8), made / "black.png")
    save(np.zeros((64, 64), np.uint8), tmp_path / "real" / "black.png")
    save(slice_of(0), tmp_path / "real" / "one.png")
    data = asked(tmp_path / "real", made)
    assert data["left_out"] == {"real": 0, "synthetic": 1}
    assert data["blank"] == 1
    assert data["copies"] == []
    assert any("broken.png" in warning for warning in data["warnings"])


def test_one_image_of_each_is_enough_for_copies(tmp_path) -> None:
    save(slice_of(0), tmp_path / "real" / "one.png")
    save(slice_of(0)[:, ::-1], tmp_path / "synthetic" / "other.png")
    data = asked(tmp_path / "real", tmp_path / "synthetic")
    (copy,) = data["copies"]
    assert (copy["synthetic"], copy["real"]) == ("other.png", "one.png")
    assert data["coverage"] == {"real": None, "synthetic": None}
    assert any("very few" in warning for warning in data["warnings"])


def test_distances_in_w(folders, tmp_path) -> None:
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(10, 3, 4)), rng.normal(size=(8, 3, 4))
    made[5] = real[7]
    np.savez(tmp_path / "real.npz", w=real)
    np.save(tmp_path / "made.npy", made)
    files = [tmp_path / "real.npz", tmp_path / "made.npy"]
    sets = [folders / "real", folders / "synthetic"]
    data = asked(*sets, "--latents", *files)
    assert data["space"] == "latents"
    assert data["distances"]["synthetic_to_real"]["least"] == pytest.approx(0, abs=1e-6)
    refused(evaluate("authenticity", *sets, "--latents", *files[::-1]), "latents for the 10 images")
    refused(evaluate("authenticity", *sets, "--latents", files[0], tmp_path / "no.npy"), "no file of latents")
    control = ["--control", folders / "control"]
    refused(evaluate("authenticity", *sets, "--latents", *files, *control), "leave out --control")
    for n in range(8):
        (tmp_path / "projection" / f"{n}").mkdir(parents=True)
        np.savez(tmp_path / "projection" / f"{n}" / "projected_w.npz", w=made[n][None])
    assert asked(*sets, "--latents", files[0], tmp_path / "projection")["distances"] == data["distances"]


def test_bad_input_is_a_sentence_and_leaves_nothing(folders, tmp_path) -> None:
    real, made, out = folders / "real", folders / "synthetic", tmp_path / "out"
    empty = tmp_path / "empty"
    empty.mkdir()
    for sets, words in (
        ([real, real], "are the same"),
        ([real, real / "p0"], "one lies in the other"),
        ([real, made, "--control", made], "are the same"),
        ([real, tmp_path / "nowhere"], "does not exist"),
        ([real, empty], "holds no"),
        ([real / "p0" / "40.png", made], "single picture"),
        ([real, made, "--similarity", 2], "--similarity"),
        ([real, made, "--patients", "regex:("], "not a regular expression"),
    ):
        refused(evaluate("authenticity", *sets, "--out", out), words)
        assert not out.exists()
    refused(evaluate("authenticity", real, made, "--projector"), "add --out")


def test_control_images_that_were_trained_on_are_left_out(folders, tmp_path) -> None:
    control = tmp_path / "control"
    shutil.copytree(folders / "real" / "p0", control)
    sets = [folders / "real", folders / "synthetic", "--control", control]
    refused(evaluate("authenticity", *sets), "are in REAL, too")
    save(slice_of(20), control / "new.png")
    save(slice_of(21), control / "newer.png")
    data = asked(*sets)
    assert data["membership"]["control"] == 2
    assert any(warning.startswith("2 images of --control are in REAL") for warning in data["warnings"])


def test_images_made_of_those_trained_on_tell_who_was(folders, tmp_path) -> None:
    """What a model that knows its images by heart would make, against images of others."""
    for patient in KNOWN:
        for level in LEVELS:
            picture = grainy(moved(slice_of(patient, level), 0.01, 0.02), 8, patient)
            save(picture, tmp_path / "by_heart" / f"{patient}_{level}.png")
    control = ["--control", folders / "control", "--patients", "folder"]
    told = asked(folders / "real", tmp_path / "by_heart", *control)["membership"]
    assert told["strongest"] == "structure"
    assert told["auroc"] == 1
    assert told["at"][1]["true_positive_rate"] == 1
    assert told["at"][1]["risk"] == 1
    assert told["over_baseline"]["low"] > 0
    others = asked(folders / "real", folders / "synthetic", *control)["membership"]
    assert others["attacks"]["structure"]["low"] < 0.6


class TestAttack:
    """Of scores alone."""

    @staticmethod
    def tried(leak: float):
        rng = np.random.default_rng(3)
        training, control = rng.normal(leak, 1, 120), rng.normal(0, 1, 150)
        blind = Scores(rng.normal(size=120), rng.normal(size=150))
        whose = [f"real {n // 2}" for n in range(120)], [f"control {n // 2}" for n in range(150)]
        scores = {"a": Scores(training, control), "blind": blind}
        return attack(scores, "blind", whose, 0.95, 200, 1, no_progress, CancelToken())

    def test_finds_a_leak(self) -> None:
        held = self.tried(2.0)
        best = held.attacks[held.strongest]
        assert held.strongest == "a"
        assert best.value > 0.85
        assert best.percentile[0] > 0.8
        assert held.over_baseline.percentile[0] > 0.2
        assert 0 < risk(best, 0.01) < best.at_rate[0.01].sensitivity
        assert (best.normal_patients, best.abnormal_patients) == (75, 60)

    def test_finds_nothing_where_nothing_is(self) -> None:
        held = self.tried(0.0)
        best = held.attacks["a"]
        assert best.percentile[0] < 0.5 < best.percentile[1]
        assert risk(best, 0.001) < 0.1
