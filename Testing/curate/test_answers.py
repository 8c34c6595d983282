"""What a store is asked: the odd ones first, duplicates found, lists that the next program takes."""

import csv
import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from curate.conftest import fill
from curate.drawn import DEFECTS, chest, write_chests
from PIL import Image
from places import PACKAGES

from GANAnomalyLab.curate.drift import find_drift
from GANAnomalyLab.curate.duplicates import candidates, find_duplicates
from GANAnomalyLab.curate.export_lists import rejected_rows, write_lists
from GANAnomalyLab.curate.judged_rows import judge
from GANAnomalyLab.curate.marks import ACCEPTED, REJECTED, UNMARKED, add_marks, import_marks, read_marks
from GANAnomalyLab.curate.rank_images import lines, ranked, write_ranking
from GANAnomalyLab.curate.score_groups import attributes_found, group_scores
from GANAnomalyLab.curate.score_threshold import score_threshold
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def with_columns(store, target, **columns):
    """A copy of a store whose rows, in the order of paths, have other values."""
    shutil.copytree(store, target, ignore=shutil.ignore_patterns("together.parquet"))
    places = {path: row for row, path in enumerate(judge(store).table["path"].to_pylist())}
    for part in (target / "rows").iterdir():
        table = pq.read_table(part)
        rows = [places[path] for path in table["path"].to_pylist()]
        for name, values in columns.items():
            at = table.schema.get_field_index(name)
            field = table.schema.field(name)
            import pyarrow as pa

            table = table.set_column(at, field, pa.array([values[row] for row in rows], field.type))
        pq.write_table(table, part)
    return target


@pytest.fixture
def scored(film_store, tmp_path):
    """As if a model had scored: rows 40 and on, which are the defects by name, score higher."""
    count = len(judge(film_store))
    paths = [os.path.basename(path) for path in judge(film_store).table["path"].to_pylist()]
    scores = [1 + 0.01 * row + (0 if name.startswith("chest") else 2) for row, name in enumerate(paths)]
    assert count == len(scores)
    return with_columns(film_store, tmp_path / "scored", score=scores)


def test_defects_rank_before_what_is_right(film_store):
    first = [os.path.basename(line["path"]) for line in lines(ranked(film_store))][: len(DEFECTS)]
    assert set(first) == {f"{name}.png" for name in DEFECTS}


def test_each_defect_is_flagged_by_its_check(film_store):
    found = {os.path.basename(line["path"])[:-4]: line["checks"].split(";") for line in lines(ranked(film_store))}
    assert {name: found[name] for name in DEFECTS if name not in found[name]} == {}
    assert all(not any(found[name]) for name in found if name.startswith("chest"))


def test_the_ranking_as_a_csv(scored, tmp_path):
    judged = ranked(scored)
    count = write_ranking(tmp_path / "ranked.csv", judged)
    rows = read(tmp_path / "ranked.csv")
    assert count == len(rows) == len(judged)
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(len(row["sha256"]) == 64 and os.path.isfile(row["path"]) for row in rows)
    with pytest.raises(InputError, match="there already"):
        write_ranking(tmp_path / "ranked.csv", judged)
    write_ranking(tmp_path / "ranked.csv", judged, force=True)


def test_other_limits_flag_other_images(film_store):
    judged = judge(film_store, limits={"dark": (0.9, None), "text": (None, None)})
    assert judged.flags["dark"].sum() > 40
    assert not judged.flags["text"].any()
    with pytest.raises(InputError, match="did you mean dark"):
        judge(film_store, limits={"drak": (None, None)})


def test_scores_are_asked_of_a_store_without_any(film_store):
    with pytest.raises(InputError, match="has no scores"):
        judge(film_store, by="score")


def test_a_threshold_of_the_baseline(scored):
    found = score_threshold(scored, 0.2)
    scores = judge(scored).score
    assert (scores > found.value).mean() <= 0.2
    assert found.low <= found.value <= found.high
    assert found.above == (scores > found.value).sum()


def test_a_threshold_of_another_models_store_is_refused(scored, film_store, tmp_path):
    other = fill(tmp_path / "other", *write_chests(tmp_path / "in", 2, 64), features=True).folder
    with pytest.raises(InputError, match="other models or settings"):
        score_threshold(scored, 0.1, other)
    with pytest.raises(InputError, match="between 0 and 1"):
        score_threshold(scored, 5)


def test_lists_hold_every_image_once_and_marks_come_first(scored, tmp_path):
    judged = judge(scored, ("sha256", "reason"))
    digests = judged.table["sha256"].to_pylist()
    first, last = int(judged.order[0]), int(judged.order[-1])
    add_marks(scored, [{"sha256": digests[first], "mark": ACCEPTED}, {"sha256": digests[last], "mark": REJECTED}])
    rejected, why = rejected_rows(judged, 2.9, ("text",))
    assert not rejected[first]
    assert rejected[last]
    assert why[last].startswith("rejected")
    files = {name: tmp_path / f"{name}.csv" for name in ("accept", "reject")}
    counts = write_lists(judged, rejected, why, files)
    assert sum(counts.values()) == len(judged)
    rows = read(files["reject"])
    assert {row["sha256"] for row in rows} == {digests[row] for row in np.flatnonzero(rejected)}
    assert all(row["why"] for row in rows)


def test_marks_are_appended_and_the_latest_counts(film_store, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(film_store, store)
    digest = "a" * 64
    add_marks(store, [{"sha256": digest, "mark": REJECTED}])
    add_marks(store, [{"sha256": digest, "mark": ACCEPTED}])
    assert read_marks(store) == {digest: ACCEPTED}
    with open(store / "marks.csv", "a", encoding="utf-8") as file:
        file.write(f"x,{'b' * 30}")  # a process was killed here
    add_marks(store, [{"sha256": "c" * 64, "mark": REJECTED}])
    assert read_marks(store) == {digest: ACCEPTED, "c" * 64: REJECTED}
    add_marks(store, [{"sha256": digest, "mark": UNMARKED}])
    assert read_marks(store) == {"c" * 64: REJECTED}
    with pytest.raises(InputError, match="A mark is"):
        add_marks(store, [{"sha256": digest, "mark": "perhaps"}])


def test_marks_of_a_gallery_come_in(film_store, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(film_store, store)
    (tmp_path / "marks.csv").write_text(f"path,sha256,mark,when\nx.png,{'d' * 64},rejected,\n", encoding="utf-8-sig")
    assert import_marks(store, tmp_path / "marks.csv") == 1
    assert read_marks(store) == {"d" * 64: REJECTED}
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no columns"):
        import_marks(store, tmp_path / "other.csv")


def test_duplicates_also_brightened_scaled_and_mirrored(tmp_path):
    folder = tmp_path / "in"
    write_chests(folder, 12, 256)
    image = chest(3, 256)
    Image.fromarray(image).save(folder / "copy.png")
    Image.fromarray(np.clip(image * 1.15 + 6, 0, 255).astype(np.uint8)).save(folder / "bright.png")
    Image.fromarray(image[::2, ::2]).save(folder / "small.jpg")
    Image.fromarray(image[:, ::-1]).save(folder / "mirrored.png")
    groups = find_duplicates(fill(tmp_path / "store", folder).folder)
    found = [(group.kind, sorted(os.path.basename(path) for path in group.paths)) for group in groups]
    assert ("exact", ["chest_0003.png", "copy.png"]) in found
    near = next(paths for kind, paths in found if kind == "near")
    assert {"bright.png", "small.jpg", "mirrored.png"} < set(near)
    assert len(groups) == 2


def test_candidates_are_all_pairs_within_the_bits():
    draws = np.random.default_rng(0)
    base = draws.integers(0, 2**63, 40, dtype=np.uint64)
    near = base ^ np.array([sum(1 << int(b) for b in draws.choice(64, 5, replace=False)) for _ in base], np.uint64)
    hashes = np.concatenate([base, near])
    found = {pair[:2] for pair in candidates(hashes, ~hashes, 6, CancelToken())}
    wanted = {
        (one, two) for one in range(80) for two in range(one + 1, 80) if int(hashes[one] ^ hashes[two]).bit_count() <= 6
    }
    assert found == wanted


def test_groups_of_ones_own_attributes(scored, tmp_path):
    paths = judge(scored).table["path"].to_pylist()
    names = [os.path.basename(path) for path in paths]
    rows = [f"{name},{'' if name.startswith('chest') else 'spoilt'}" for name in names]
    (tmp_path / "attributes.csv").write_text("file,attribute\n" + "\n".join(rows))
    found = group_scores(scored, table=tmp_path / "attributes.csv")
    assert [(row.group, row.auroc) for row in found] == [("spoilt", 1.0)]
    assert found[0].images == len(DEFECTS)
    assert found[0].q < 0.001
    with pytest.raises(InputError, match="grouped by"):
        group_scores(scored, by="colour")


def test_drift_by_week_and_device(film_store, tmp_path):
    count = len(judge(film_store))
    draws = np.random.default_rng(0)
    weeks = [row * 10 // count for row in range(count)]
    scores = [float(draws.normal(1 if week < 7 else 4, 0.2)) for week in weeks]
    devices = ["old" if week < 7 else "new" for week in weeks]
    drifted = with_columns(film_store, tmp_path / "drifted", week=weeks, score=scores, device=devices)
    found = find_drift(drifted)
    assert found.alarm_week == 7
    assert {row.value for row in found.rows if row.split == "device" and row.q < 0.01} == {"old", "new"}
    steady = with_columns(film_store, tmp_path / "steady", week=weeks, score=list(draws.normal(1, 0.2, count)))
    with pytest.raises(InputError, match="nothing to compare"):
        find_drift(steady)


def test_how_well_attributes_are_found_with_and_without_a_model(scored, film_store, tmp_path):
    rows = [
        f"{os.path.basename(path)},{'' if 'chest' in path.rsplit('/', 1)[1] else 'spoilt'}"
        for path in judge(scored).table["path"].to_pylist()
    ]
    (tmp_path / "attributes.csv").write_text("path,attribute\n" + "\n".join(rows))
    (found,) = attributes_found(scored, tmp_path / "attributes.csv")
    assert (found["attribute"], found["score"], found["checks"]) == ("spoilt", 1.0, 1.0)
    (without,) = attributes_found(film_store, tmp_path / "attributes.csv")
    assert without["score"] is None


def test_questions_load_nothing_that_takes_longer_than_they_do(scored, tmp_path):
    asked = [
        ["rank", scored, "--csv", tmp_path / "ranked.csv"],
        ["threshold", scored],
        ["groups", scored, "--table", tmp_path / "attributes.csv"],
        ["export", scored, "--accept", tmp_path / "accepted.csv"],
        ["duplicates", scored],
    ]
    (tmp_path / "attributes.csv").write_text(
        "path,attribute\n" + "".join(f"{name}.png,odd\n" for name in DEFECTS) + "chest_0001.png,\n" * 2
        + "".join(f"chest_{number:04d}.png,\n" for number in range(9))
    )  # fmt: skip
    judge(scored)  # puts the rows together, once
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom GANAnomalyLib.cli.app import app\n"
        f"for words in {[[str(word) for word in words] for words in asked]}:\n"
        "    done = CliRunner().invoke(app, ['curate', *words])\n"
        "    assert done.exit_code == 0, done.output\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = said.stdout.rpartition("LOADED")[2].split()
    assert "pyarrow" in loaded
    assert not {"pandas", "scipy", "torch", "pydicom", "matplotlib", "dask"} & set(loaded)


def test_nearby_hashes_are_found_whatever_the_bits():
    draws = np.random.default_rng(1)
    base = draws.integers(0, 2**64, 30, dtype=np.uint64)
    for bits in (0, 3, 7):
        near = base ^ np.array(
            [sum(1 << int(b) for b in draws.choice(64, bits, replace=False)) for _ in base], np.uint64
        )
        found = {pair[:2] for pair in candidates(np.concatenate([base, near]), ~np.tile(base, 2), bits, CancelToken())}
        assert {(one, one + 30) for one in range(30)} <= found
