"""The gallery in a browser, from the disk, with 100,000 images: what is shown, what is kept, and that nothing else is
asked for."""

from __future__ import annotations

import csv
import json
import threading
import time

import pytest
from curate_gallery.chromium import Browser, chromium
from curate_gallery.many_rows import CODE_OF_IMAGE, REASONS, code_of, write_store

from GANAnomalyLab.curate.gallery.gallery_data import GalleryData
from GANAnomalyLab.curate.gallery.gallery_folder import write_gallery
from GANAnomalyLab.curate.gallery.gallery_server import GalleryServer
from GANAnomalyLab.curate.gallery.live_gallery import LiveGallery
from GANAnomalyLab.curate.marks import read_marks

pytestmark = [pytest.mark.slow, pytest.mark.minutes, pytest.mark.skipif(chromium() is None, reason="needs chromium")]

COUNT = 100_000
SETTLED = (
    "[...document.querySelectorAll('.tile:not([hidden])')].every(t => (!t.querySelector('.none').textContent) ? "
    "t.querySelector('img').complete && t.querySelector('img').naturalWidth > 0 : true)"
)
SHOWN = f"""[...document.querySelectorAll('.tile:not([hidden])')].map(t => [
  t.place, t.rank, t.querySelector('.name').textContent,
  t.querySelector('img').src ? {CODE_OF_IMAGE}(t.querySelector('img')) : null])"""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    """(the folder, its data)."""
    home = tmp_path_factory.mktemp("hundred thousand")  # with a blank, as folders have them
    store = write_store(home / "store", COUNT)
    write_gallery(str(store.folder), home / "gallery", full=0)
    return home / "gallery", GalleryData.of(str(store.folder))


@pytest.fixture(scope="module")
def shared(gallery):
    """One browser for all tests: starting one takes longer than most."""
    with Browser() as found:
        yield found
        # Of everything below.
        allowed = (gallery[0].as_uri() + "/", "data:image/jpeg;base64,", "data:,", "about:blank", "blob:file:")
        assert [one for one in found.requests if not one.startswith(allowed)] == []
        assert len(found.requests) > 100


@pytest.fixture
def browser(shared, gallery):
    """A page just opened, without marks."""
    shared.go((gallery[0] / "gallery.html").as_uri())
    shared.wait("window.Gallery && Gallery.ready")
    shared.ask("localStorage.clear()")
    shared.go((gallery[0] / "gallery.html").as_uri())
    shared.wait("window.Gallery && Gallery.ready")
    shared.failures.clear()
    yield shared
    assert shared.failures == []


def seen(browser) -> list:
    """[place, rank, name, code of the thumbnail] of the tiles that are drawn, by place."""
    browser.wait(SETTLED)
    return sorted(browser.ask(SHOWN))


def check(tiles, expected_ranks, data) -> None:
    """Each tile has the rank that belongs there, its name and its own thumbnail."""
    assert len(tiles) > 30
    for place, rank, name, code in tiles:
        row = int(data.order[rank])
        path = data.judged.table["path"][row].as_py()
        assert rank == expected_ranks[place]
        assert path.endswith("/" + name)
        assert code == (code_of(int(name[:6])) if data.judged.readable[row] else None)


def choose(browser, **fields: str) -> None:
    """Set fields of the bar as a person does, and wait for what they change."""
    browser.ask(
        f"(async () => {{ for (const [name, value] of Object.entries({json.dumps(fields)})) {{"
        " const field = document.querySelector(`#filters [name=${name}]`); field.value = value;"
        " field.dispatchEvent(new Event(field.tagName === 'INPUT' ? 'input' : 'change')); }"
        " await Gallery.controls.again(); })()"
    )


def test_a_bounded_number_of_tiles_and_the_right_ones_anywhere(browser, gallery):
    ranks = range(COUNT)
    check(seen(browser), ranks, gallery[1])
    assert browser.ask("document.querySelector('#count').textContent") == "100,000 of 100,000 images"
    for share in (0.5, 1.0, 0.123):
        browser.ask(
            f"(l => {{ l.scrollTop = {share} * (l.scrollHeight - l.clientHeight); }})(document.querySelector('#list'))"
        )
        time.sleep(0.3)
        tiles = seen(browser)
        check(tiles, ranks, gallery[1])
        assert abs(tiles[len(tiles) // 2][0] / COUNT - share) < 0.01
    browser.press("End")
    time.sleep(0.3)
    assert seen(browser)[-1][0] == COUNT - 1
    assert browser.ask("document.querySelectorAll('*').length") < 2500


def test_sorted_and_filtered(browser, gallery):
    data = gallery[1]
    paths = [data.judged.table["path"][int(row)].as_py() for row in data.order]
    choose(browser, by="path", way="up")
    check(seen(browser), sorted(range(COUNT), key=paths.__getitem__), data)
    sharpness = data._numbers["sharpness"]
    choose(browser, by="sharpness", way="down")
    known = sorted((rank for rank in range(COUNT) if sharpness[rank] == sharpness[rank]), key=lambda r: -sharpness[r])
    check(seen(browser), known, data)
    flagged = data.judged.flags["dark"][data.order]
    choose(browser, by="rank", check="dark")
    expected = [rank for rank in range(COUNT) if flagged[rank]]
    check(seen(browser), expected, data)
    choose(browser, text="SITE3/")
    expected = [rank for rank in expected if "site3/" in paths[rank]]
    check(seen(browser), expected, data)
    assert browser.ask("document.querySelector('#count').textContent") == f"{len(expected):,} of 100,000 images"
    maker = browser.ask(
        "[...document.querySelector('[name=maker]').options].find(o => o.text.startsWith('Cumulus')).value"
    )
    choose(browser, check="", text="", maker=maker)
    expected = [
        rank for rank in range(COUNT) if data.judged.table["maker"][int(data.order[rank])].as_py() == "Cumulus <b>"
    ]
    check(seen(browser), expected, data)
    choose(browser, text="no such path")
    assert not browser.ask("document.querySelector('#nothing').hidden")
    browser.click("#clear")
    browser.wait("document.querySelector('#count').textContent.startsWith('100,000 of')")


def test_marks_by_keys_stay_and_go_out_and_in(browser, gallery, tmp_path):
    data = gallery[1]
    for key in ("a", "ArrowRight", "ArrowDown", "r", "ArrowLeft", "a", "u", "PageDown", "Home", "ArrowRight", "A"):
        browser.press(key)
    columns = browser.ask("Gallery.grid.columns()")
    wanted = {0: "accept", 1: "accept", columns + 1: "reject"}
    assert {rank: mark for rank, mark, _ in browser.ask("Gallery.marks.all()")} == wanted
    assert browser.ask("document.querySelector('#marked').textContent") == "2 accepted, 1 rejected"
    signs = browser.ask("[0, 1, 2].map(n => document.querySelector('#tile-' + n + ' .sign').textContent)")
    assert signs == ["✓", "✓", ""]
    browser.call("Page.reload")
    browser.wait("window.Gallery && Gallery.ready")
    choose(browser, mark="reject")
    assert [one[1] for one in sorted(browser.ask(SHOWN))] == [columns + 1]
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.click("#export")
    until = time.monotonic() + 30
    while not (tmp_path / "marks.csv").exists() and time.monotonic() < until:
        time.sleep(0.1)
    with (tmp_path / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row, (rank, mark) in zip(rows, sorted(wanted.items()), strict=True):
        assert (row["path"], row["sha256"]) == data.identity(int(data.order[rank]))
        assert (row["mark"], row["when"][-6:]) == (f"{mark}ed", "+00:00")
    text = (tmp_path / "marks.csv").read_text(encoding="utf-8-sig")
    other = text + f"/nowhere,{'0' * 64},accepted,2026-01-01T00:00:00+00:00\r\n"
    browser.ask(f"(localStorage.clear(), Gallery.marks.set([[0, 'unmark'], [1, 'unmark'], [{columns + 1}, 'unmark']]))")
    assert browser.ask("Gallery.marks.all()") == []
    assert browser.ask(f"Gallery.markTable.take({json.dumps(other)})") == {"taken": 3, "others": 1}
    assert {rank: mark for rank, mark, _ in browser.ask("Gallery.marks.all()")} == wanted
    assert "path, sha256" in browser.ask("Gallery.markTable.take('a,b').catch(error => error.message)")


def test_all_that_is_shown_is_marked_at_once(browser):
    choose(browser, check="text")
    count = browser.ask("Gallery.grid.ranks().length")
    assert count == COUNT // 50
    browser.ask(
        "(f => { f.value = 'reject'; f.dispatchEvent(new Event('change')); })(document.querySelector('[name=all]'))"
    )
    browser.wait(f"Gallery.marks.counts.reject === {count}")


def test_a_click_shows_it_large_with_heat_box_and_facts(browser, gallery):
    data = gallery[1]
    browser.wait(SETTLED)
    browser.click("#tile-3")
    browser.wait("document.querySelector('#viewer').open && document.querySelector('.facts').rows.length > 10")
    facts = dict(
        browser.ask(
            "[...document.querySelector('.facts').rows].map(r => [r.cells[0].textContent, r.cells[1].textContent])"
        )
    )
    row = int(data.order[3])
    assert (facts["Path"], facts["SHA-256"]) == data.identity(row)
    assert facts["Highest patch"] == "50 to 75 % from the left, 25 to 50 % from the top"
    assert facts["Maker"] == data.judged.table["maker"][row].as_py()
    assert float(facts["Score"]) == pytest.approx(data.judged.score[row], rel=1e-3)
    inside = browser.ask(
        "(() => { const r = s => document.querySelector(s).getBoundingClientRect();"
        " const i = r('.over img'), b = r('.patch');"
        " return [(b.x - i.x) / i.width, (b.y - i.y) / i.height, b.width / i.width]; })()"
    )
    assert inside == pytest.approx([0.5, 0.25, 0.25], abs=0.01)
    heat = data.judged.table["heat"][row].as_py()
    alphas = browser.ask(
        "[...document.querySelector('#viewer canvas').getContext('2d').getImageData(0, 0, 16, 16).data]"
        ".filter((_, i) => i % 4 === 3)"
    )
    assert alphas[heat.index(max(heat))] == max(alphas) > 30
    browser.press("h")
    assert browser.ask("document.querySelector('.patch').hidden && document.querySelector('#viewer canvas').hidden")
    browser.press("ArrowRight")
    browser.press("r")
    browser.wait("document.querySelector('#viewer h2').textContent.startsWith('Rank 5')")
    browser.press("Escape")
    browser.wait("!document.querySelector('#viewer').open")
    assert [one[:2] for one in browser.ask("Gallery.marks.all()")] == [[4, "reject"]]
    assert browser.ask("document.activeElement.id") == "list"
    browser.press("Enter")
    browser.wait("document.querySelector('#viewer').open")


def test_the_summary_leads_into_the_gallery(browser, gallery):
    browser.go((gallery[0] / "index.html").as_uri())
    browser.wait("document.readyState === 'complete'")
    assert browser.ask("document.body.innerText").count(REASONS[0]) == 1
    browser.ask("[...document.querySelectorAll('a')].find(a => a.textContent.startsWith('text (')).click()")
    browser.wait("window.Gallery && Gallery.ready")
    assert browser.ask("Gallery.grid.ranks().length") == COUNT // 50


def test_a_missing_part_is_told(shared, gallery):
    part = gallery[0] / "data" / "number_white.js"
    shared.go((gallery[0] / "gallery.html").as_uri())
    shared.wait("window.Gallery && Gallery.ready")
    assert not part.exists()  # nothing is known of it
    shared.ask("Gallery.load('number_white').catch(() => 0)")
    assert "number_white" in shared.ask("document.querySelector('#notice').textContent")
    shared.failures.clear()


def test_served_marks_reach_the_store(tmp_path):
    store = write_store(tmp_path / "store", 300)
    with GalleryServer(LiveGallery(str(store.folder)), port=0) as server, Browser() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.go(server.address)
        browser.wait("window.Gallery && Gallery.ready")
        browser.press("a")
        browser.press("ArrowRight")
        browser.press("r")
        until = time.monotonic() + 20
        while len(read_marks(store.folder)) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert sorted(read_marks(store.folder).values()) == ["accepted", "rejected"]
        assert "key=" not in browser.ask("location.href")
        browser.call("Page.reload")
        browser.wait("window.Gallery && Gallery.ready")
        assert [one[:2] for one in browser.ask("Gallery.marks.all()")] == [[0, "accept"], [1, "reject"]]
        assert browser.failures == []
        # As when the program was started anew: what cannot be kept is taken back, and told.
        server.gallery.token = "of another start"
        browser.press("u")
        browser.wait("!document.querySelector('#notice').hidden")
        assert "load it again" in browser.ask("document.querySelector('#notice').textContent")
        assert [one[:2] for one in browser.ask("Gallery.marks.all()")] == [[0, "accept"], [1, "reject"]]
        server.shutdown()
