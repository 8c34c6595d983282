"""The gallery's folder and its data: what stands in the scripts is what the store has; whole or not at all."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from curate_gallery.many_rows import REASONS, code_of, coded_jpeg, write_store
from PIL import Image

from GANAnomalyLab.curate.curate_options import CurateOptions
from GANAnomalyLab.curate.curate_part import PartTask, curate_part
from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLab.curate.gallery.gallery_data import GalleryData
from GANAnomalyLab.curate.gallery.gallery_folder import write_gallery
from GANAnomalyLab.curate.gallery.gallery_page import ASSETS, asset
from GANAnomalyLab.curate.marks import add_marks
from GANAnomalyLab.curate.source_files import list_sources
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


def value(data: GalleryData, name: str):
    """What a script hands over."""
    found = re.fullmatch(r'Gallery\.receive\("(\w+)",(.*)\);\n', data.content(name).decode("ascii"), re.DOTALL)
    assert found[1] == name
    return json.loads(found[2])


def unpack(column) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["data"]), f"<{column['kind']}")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return write_store(tmp_path_factory.mktemp("many") / "store", 1200)


@pytest.fixture
def films(tmp_path) -> Store:
    """A store of three pictures that are there, made by the task itself."""
    rng = np.random.default_rng(3)
    (tmp_path / "films").mkdir()
    for name in "abc":
        Image.fromarray(rng.integers(0, 256, (700, 900), np.uint8)).save(tmp_path / "films" / f"{name}.png")
    options = CurateOptions([str(tmp_path / "films")], str(tmp_path / "store"))
    listing = list_sources(options.sources)
    made = Store.make(options.out, options.deciding(), None)
    made.write_listing(listing.files)
    run = made.begin_run(options.sources)
    name = made.part_name(listing.files, run)
    curate_part(
        PartTask(name, options.out, tuple(listing.files), run, options.deciding(), None, "cpu", 8, made.facts["origin"])
    )
    return made


def test_columns_are_the_stores_in_the_order_of_rank(store):
    data = GalleryData.of(str(store.folder))
    first, names = value(data, "first"), value(data, "names")
    judged = data.judged
    score = unpack(first["score"])
    assert first["count"] == 1200
    assert (np.diff(score[:1190]) <= 0).all()
    assert first["kinds"][unpack(first["kind"])[-1]] == "unreadable"
    paths = [names["folders"][at] + name for at, name in zip(unpack(names["folder"]), names["names"], strict=True)]
    assert paths == [judged.table["path"][int(row)].as_py() for row in judged.order]
    assert [paths[rank] for rank in np.argsort(unpack(names["place"]))] == sorted(paths)
    flags = unpack(first["flags"])
    for bit, check in enumerate(first["checks"]):
        assert ((flags >> bit & 1) == judged.flags[check["name"]][judged.order]).all()
    assert (flags > 0).sum() > 50
    traits = value(data, "traits")
    maker = [(["", *traits["maker"]["names"]])[place] for place in unpack(traits["maker"])]
    assert maker == [judged.table["maker"][int(row)].as_py() or "" for row in judged.order]
    hashes = value(data, "hashes")
    sha = judged.table["sha256"][int(judged.order[7])].as_py()
    assert base64.b64decode(hashes[43 * 7 : 43 * 8] + "=").hex() == sha


def test_thumbnails_are_the_stores_own_bytes_by_rank(store):
    data = GalleryData.of(str(store.folder))
    names = value(data, "names")["names"]
    shown = [jpeg for name in data.names() if name.startswith("thumbnails_") for jpeg in value(data, name)]
    assert len(shown) == 1200
    for name, text, row in zip(names, shown, data.order, strict=True):
        expected = coded_jpeg(code_of(int(name[:6]))) if data.judged.readable[row] else b""
        assert base64.b64decode(text) == expected


def test_there_are_no_other_scripts(store):
    data = GalleryData.of(str(store.folder))
    for name in ("facts_000099", "thumbnails_9", "thumbnails_-00001", "number_nothing", "../first", "first.js", ""):
        with pytest.raises(KeyError):
            data.content(name)


def test_a_folder_whole_and_only_over_an_earlier_gallery(store, tmp_path):
    out = tmp_path / "gallery"
    told = write_gallery(str(store.folder), out, full=5)
    # Their sources were never there.
    assert (told.rows, told.wanted, told.pictures) == (1200, 5, 0)
    data = GalleryData.of(str(store.folder))
    assert {path.stem for path in (out / "data").glob("*.js")} == set(data.names())
    assert (out / "data" / "names.js").read_bytes() == data.content("names")
    assert json.loads((out / "results.json").read_text())["rows"] == 1200
    with pytest.raises(InputError, match="--force"):
        write_gallery(str(store.folder), out)
    write_gallery(str(store.folder), out, full=0, force=True)
    (out / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        write_gallery(str(store.folder), out, force=True)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_gallery(str(store.folder), tmp_path / "new", cancel=cancel)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gallery"]


def test_the_summary_says_each_reason_once(store, tmp_path):
    write_gallery(str(store.folder), tmp_path / "gallery", full=0)
    page = (tmp_path / "gallery" / "index.html").read_text(encoding="utf-8")
    assert [page.count(reason) for reason in REASONS] == [1, 1]
    assert "letters are burnt in" in page
    assert "Research use only, not a medical device." in page
    assert "made_up" in page
    assert store.facts["origin"] not in page


def test_nothing_leads_out_of_the_folder():
    for name in (*ASSETS, "gallery.html"):
        text = asset(name).decode("utf-8")
        assert not re.search(r"https?:|//[a-z]|@import|url\(|eval\(|document\.write", text), name
        assert len(text.splitlines()) < 400


def test_full_pictures_are_of_the_file_that_was_curated(films, tmp_path):
    first = write_gallery(str(films.folder), tmp_path / "one")
    assert first.pictures == 3
    with Image.open(tmp_path / "one" / "data" / "pictures" / "000000.jpg") as picture:
        assert picture.size == (512, 398)
    changed = tmp_path / "films" / "a.png"
    changed.write_bytes((tmp_path / "films" / "b.png").read_bytes())
    (tmp_path / "films" / "c.png").unlink()
    second = write_gallery(str(films.folder), tmp_path / "two")
    assert (second.wanted, second.pictures) == (3, 1)
    data = GalleryData.of(str(films.folder))
    kept = value(data, "names")["names"].index("b.png")
    assert [path.name for path in (tmp_path / "two" / "data" / "pictures").iterdir()] == [f"{kept:06d}.jpg"]


def test_marks_of_the_store_come_with_the_page(store, tmp_path):
    data = GalleryData.of(str(store.folder))
    path, sha = data.identity(int(data.order[4]))
    try:
        other = {"path": path, "sha256": "0" * 64, "mark": "accepted"}
        add_marks(store.folder, [{"path": path, "sha256": sha, "mark": "rejected"}, other])
        (rank, mark, _when) = value(data, "marks")[0]
        assert (rank, mark, len(value(data, "marks"))) == (4, "reject", 1)
    finally:
        (store.folder / "marks.csv").unlink()


def test_the_command(films, tmp_path):
    from GANAnomalyLab.cli.curation.report import command
    from GANAnomalyLib.cli.session import Session

    found = CliRunner().invoke(command, [str(films.folder), "--out", str(tmp_path / "out")], obj=Session(json=True))
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["rows"] == 3
    assert (tmp_path / "out" / "index.html").is_file()
