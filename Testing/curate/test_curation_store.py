"""What is kept: each file once, the latest of it, and nothing of another model's."""

import json
import os
import shutil
import subprocess

import numpy as np
import pyarrow.parquet as pq
import pytest
from curate.conftest import fill
from curate.drawn import chest, dicom, write_chests
from PIL import Image

from GANAnomalyLab.curate.curate_options import CurateOptions
from GANAnomalyLab.curate.curate_part import curate_part
from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLab.curate.part_queue import parts_of
from GANAnomalyLab.curate.rows import numbers, slice_rows, whole_rows
from GANAnomalyLab.curate.source_files import list_sources
from GANAnomalyLab.curate.thumbnails import COLUMNS, thumbnail
from GANAnomalyLib.errors import GANAnomalyError, InputError


def names(store):
    return [os.path.basename(path) for path in whole_rows(store, ["path"])["path"].to_pylist()]


def test_a_row_an_image_in_the_order_of_paths(film_store, films):
    assert names(film_store) == sorted(path.name for path in films.iterdir())


def test_thumbnails_are_of_their_images(film_store, films):
    table = whole_rows(film_store, ["path", *COLUMNS])
    for row in (0, 17, len(table) - 1):
        shown = thumbnail(film_store, table, row)
        with Image.open(table["path"][row].as_py()) as picture:
            wanted = np.asarray(picture.convert("L").resize(shown.shape[::-1], Image.Resampling.BOX), float)
        assert np.abs(shown - wanted).mean() < 4


def test_a_grown_source_adds_rows_and_a_smaller_one_hides_them(tmp_path):
    write_chests(tmp_path / "in", 5, 64)
    store = fill(tmp_path / "store", tmp_path / "in")
    parts = set(os.listdir(store.folder / "rows"))
    write_chests(tmp_path / "in", 3, 64, first=5)
    fill(tmp_path / "store", tmp_path / "in")
    assert len(names(store.folder)) == 8
    assert parts < set(os.listdir(store.folder / "rows"))
    (tmp_path / "in" / "chest_0002.png").unlink()
    fill(tmp_path / "store", tmp_path / "in")
    assert "chest_0002.png" not in names(store.folder)
    assert len(names(store.folder)) == 7


def test_a_changed_file_is_read_again_and_counts_once(tmp_path):
    files = write_chests(tmp_path / "in", 4, 64)
    store = fill(tmp_path / "store", tmp_path / "in").folder
    before = numbers(whole_rows(store, ["brightness"]), "brightness")
    Image.fromarray(chest(1, 64) // 4).save(files[1])
    os.utime(files[1], ns=(1, 1))
    fill(tmp_path / "store", tmp_path / "in")
    after = numbers(whole_rows(store, ["brightness"]), "brightness")
    assert len(after) == 4
    assert after[1] < before[1] / 2
    np.testing.assert_array_equal(np.delete(after, 1), np.delete(before, 1))


def test_nothing_new_begins_no_part(tmp_path):
    write_chests(tmp_path / "in", 3, 64)
    store = fill(tmp_path / "store", tmp_path / "in")
    parts = sorted(os.listdir(store.folder / "rows"))
    fill(tmp_path / "store", tmp_path / "in")
    assert sorted(os.listdir(store.folder / "rows")) == parts


def test_a_task_done_twice_writes_the_same(tmp_path):
    write_chests(tmp_path / "in", 3, 64)
    stores = [fill(tmp_path / name, tmp_path / "in").folder for name in ("one", "two")]
    parts = [sorted(os.listdir(store / "rows")) for store in stores]
    assert parts[0] == parts[1]
    for name in parts[0]:
        assert pq.read_table(stores[0] / "rows" / name).equals(pq.read_table(stores[1] / "rows" / name))


def test_what_cannot_be_read_is_a_row_with_a_reason(tmp_path):
    files = write_chests(tmp_path / "in", 4, 64)
    files[0].write_bytes(files[0].read_bytes()[:200])
    files[2].write_bytes(b"")
    (tmp_path / "in" / "scan.nii.gz").write_bytes(b"nothing")
    store = fill(tmp_path / "store", tmp_path / "in").folder
    table = whole_rows(store, ["kind", "reason", "sha256"])
    found = {
        os.path.basename(path): reason
        for path, kind, reason in zip(
            table["path"].to_pylist(), table["kind"].to_pylist(), table["reason"].to_pylist(), strict=True
        )
        if kind == "unreadable"
    }
    assert set(found) == {files[0].name, files[2].name, "scan.nii.gz"}
    assert found[files[2].name] == "The file is empty: copy or export it again."
    assert all(name not in reason for name, reason in found.items())


def test_a_volume_is_a_row_and_so_is_each_of_its_slices(tmp_path):
    import nibabel

    draws = np.random.default_rng(0)
    body = np.full((32, 32, 5), -1000.0)
    body[6:26, 6:26] = 40 + 20 * draws.standard_normal((20, 20, 5))
    (tmp_path / "in").mkdir()
    nibabel.save(nibabel.Nifti1Image(body.astype(np.int16), np.diag([2.0, 2, 3, 1])), tmp_path / "in" / "ct.nii.gz")
    store = fill(tmp_path / "store", tmp_path / "in").folder
    whole = whole_rows(store, ["kind", "slices"])
    assert whole["kind"].to_pylist() == ["volume"]
    assert whole["slices"].to_pylist() == [5]
    slices = slice_rows(store, ["kind"])
    assert slices["slice"].to_pylist() == [0, 1, 2, 3, 4]


def test_another_models_or_settings_store_is_refused(tmp_path):
    write_chests(tmp_path / "in", 1, 64)
    fill(tmp_path / "store", tmp_path / "in")
    with pytest.raises(InputError, match="other settings"):
        fill(tmp_path / "store", tmp_path / "in", features=True)
    with pytest.raises(InputError, match="another model"):
        Store.make(tmp_path / "store", Store.open(tmp_path / "store").facts["settings"], {"name": "a", "hash": "b"})


def test_another_version_is_refused(tmp_path):
    write_chests(tmp_path / "in", 1, 64)
    store = fill(tmp_path / "store", tmp_path / "in").folder
    facts = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps(facts | {"version": 99}))
    with pytest.raises(InputError, match="version 99"):
        Store.open(store)


def test_other_folders_are_no_store(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="is there and no store"):
        fill(tmp_path / "mine", *write_chests(tmp_path / "in", 1, 64))
    with pytest.raises(InputError, match="is no store"):
        Store.open(tmp_path / "mine")


def test_a_damaged_part_is_named(film_store, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(film_store, store, ignore=shutil.ignore_patterns("together.parquet"))
    part = sorted((store / "rows").iterdir())[0]
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(InputError, match=f"{part.name} of the store is damaged"):
        whole_rows(store, ["path"])


def test_rows_are_put_together_again_when_there_are_more(tmp_path):
    write_chests(tmp_path / "in", 3, 64)
    store = fill(tmp_path / "store", tmp_path / "in").folder
    assert len(names(store)) == 3
    before = (store / "together.parquet").stat().st_mtime_ns
    assert len(names(store)) == 3
    assert (store / "together.parquet").stat().st_mtime_ns == before
    write_chests(tmp_path / "in", 1, 64, first=3)
    fill(tmp_path / "store", tmp_path / "in")
    assert len(names(store)) == 4


def test_thumbnails_without_rows_go(tmp_path):
    write_chests(tmp_path / "in", 1, 64)
    store = fill(tmp_path / "store", tmp_path / "in")
    (store.folder / "thumbnails" / "000009-dead.bin").write_bytes(b"x")
    store.clear_leftovers()
    assert len(list((store.folder / "thumbnails").iterdir())) == 1


def test_weeks_count_from_a_day_that_rows_do_not_tell(film_store):
    facts = json.loads((film_store / "store.json").read_text())
    assert facts["origin"] not in str(whole_rows(film_store, ["week"]).to_pylist())


def test_a_file_that_goes_while_others_are_read_is_said_and_then_forgotten(tmp_path):
    files = write_chests(tmp_path / "in", 3, 64)
    options = CurateOptions([str(tmp_path / "in")], str(tmp_path / "store"))
    made = Store.make(options.out, options.deciding(), None)
    listing = list_sources(options.sources).files
    made.write_listing(listing)
    tasks = list(parts_of(made, listing, options, made.begin_run(options.sources), 1))
    files[1].unlink()
    for task in tasks:
        curate_part(task)
    assert whole_rows(made.folder, ["kind"])["kind"].to_pylist() == ["image", "unreadable", "image"]
    fill(tmp_path / "store", tmp_path / "in")
    assert names(made.folder) == [files[0].name, files[2].name]


def test_a_file_that_claims_to_be_enormous_costs_itself_alone(tmp_path):
    dicom(tmp_path / "in" / "a.dcm", "DX", rows=60_000, columns=60_000)
    dicom(tmp_path / "in" / "b.dcm", "DX")
    (tmp_path / "in" / "bomb.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    store = fill(tmp_path / "store", tmp_path / "in").folder
    assert whole_rows(store, ["kind"])["kind"].to_pylist() == ["unreadable", "image"]
    assert names(store) == ["a.dcm", "b.dcm"]


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(tmp_path, small_disk):
    write_chests(tmp_path / "in", 60, 256)
    disk = small_disk(100)
    with pytest.raises(GANAnomalyError, match="is full"):
        fill(disk / "store", tmp_path / "in", part=4)
    found = whole_rows(disk / "store", ["kind"])
    assert 0 < len(found) < 60
    assert set(found["kind"].to_pylist()) == {"image"}
    # With room again it goes on, and is what it would have been.
    shutil.copytree(disk / "store", tmp_path / "store")
    fill(tmp_path / "store", tmp_path / "in", part=4)
    columns = ["sha256", "brightness", "hash"]
    alone = whole_rows(fill(tmp_path / "alone", tmp_path / "in").folder, columns)
    assert whole_rows(tmp_path / "store", columns).select(columns).equals(alone.select(columns))


def test_a_store_on_a_read_only_disk_is_asked(tmp_path, small_disk):
    write_chests(tmp_path / "in", 3, 64)
    disk = small_disk(1000)
    fill(disk / "store", tmp_path / "in")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert len(names(disk / "store")) == 3
    assert not (disk / "store" / "together.parquet").exists()
