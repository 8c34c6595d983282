"""The HTML page: one file, everything escaped, nothing loaded, whole or not there."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from GANAnomalyLab.report import Page, file_hash, provenance
from GANAnomalyLab.report.cell_text import sort_value, value_text
from GANAnomalyLab.report.page_template import part
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.version import __version__

SCRIPT, STYLE = part("page.js"), part("page.css")
VOID = {"meta", "img", "br", "link", "input"}


class Read(HTMLParser):
    """What a browser would see: tags, text by tag, and whether every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data


def png(size=(6, 4), **text) -> bytes:
    out = io.BytesIO()
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        info.add_text(key, value)
    Image.fromarray(np.arange(size[0] * size[1], dtype=np.uint8).reshape(size[::-1])).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def full(text: str = "plain") -> Page:
    page = Page(text, text).section(text).section("two").section("three").text(text)
    page.table([text, "n"], [[text, 1], [text, 2]], text).facts({text: text, "of": {text: [text]}}, text)
    return page.figure(png(), text, text)


def test_everything_given_is_there_as_text():
    read = Read(full("a < b & \"c\" 'd' </script><script>alert(1)</script>").html())
    words = "a < b & \"c\" 'd' </script><script>alert(1)</script>"
    assert read.texts["title"] == [words]
    assert read.texts["h1"] == [words]
    assert read.texts["p"] == [words, words]
    assert read.texts["td"] == [words, "1", words, "2", words, words]
    assert read.texts["caption"] == [words, words]
    assert read.texts["figcaption"] == [words]
    assert read.texts["script"] == [SCRIPT]
    assert next(held for tag, held in read.tags if tag == "img")["alt"] == words


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec=None), max_size=30))
def test_no_text_can_break_the_page(text):
    """Any text at all, with halves of characters and control codes as file names have them."""
    content = full(text).html().encode("utf-8")
    read = Read(content.decode("utf-8"))
    plain = Read(full().html())
    kinds = [tag for tag, _ in plain.tags]
    # An empty text may leave out its own paragraph; nothing more may come.
    assert all(kinds.count(tag) >= [t for t, _ in read.tags].count(tag) for tag, _ in read.tags)
    assert not any(name.startswith("on") for _, held in read.tags for name in held)
    assert b"\x00" not in content


def test_nothing_is_loaded_and_only_its_own_script_may_run():
    content = full("https://example.org/x.js").html()
    read = Read(content)
    for tag, held in read.tags:
        assert tag not in ("link", "iframe", "object", "base")
        for name in ("src", "href"):
            if name in held:
                assert held[name].startswith(("data:image/png;base64,", "#")), held[name]
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    policy = next(held["content"] for tag, held in read.tags if held.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert read.texts["style"] == [STYLE]
    for held in (read.texts["style"][0], read.texts["script"][0]):
        import hashlib

        assert base64.b64encode(hashlib.sha256(held.encode()).digest()).decode() in policy
    assert not any("style" in held for _, held in read.tags)


def test_paragraphs_end_at_empty_lines_of_any_system():
    read = Read(Page("x").text("one\nline\n\ntwo\r\n\r\nthree\n\n \n\n").html())
    assert read.texts["p"] == ["one\nline", "two", "three"]


def test_it_always_ends_with_the_notice():
    for page in (Page("x"), full()):
        read = Read(page.html())
        assert read.texts["footer"][-1].startswith("Research use only, not a medical device.")
        assert __version__ in read.texts["footer"][-1]


def test_numbers_and_their_order():
    said = {
        0.9123: "0.912", 0.00012: "0.00012", 12345: "12,345", 123: "123", 12.345: "12.35", 1234.5: "1234.5",
        123456.0: "123,456", 0.0: "0", True: "yes", None: "–", float("nan"): "–", "": "–", -float("inf"): "−∞",
    }  # fmt: skip
    assert {value: value_text(value) for value in said} == said
    assert value_text(np.float32(0.5)) == "0.500"
    assert value_text({"a": [1, 0.5]}) == "a: 1, 0.500"
    for text, number in (
        ("0.91 (0.88 to 0.94)", 0.91), ("12,345", 12345), ("−0.5", -0.5), ("81%", 81), ("+1.5e-3", 1.5e-3),
        ("3 of 4", 3), ("p12", None), ("2024-01-02", None), (float("nan"), None), ("12ab", None),
    ):  # fmt: skip
        assert sort_value(text) == number


def test_numeric_columns_are_sorted_as_numbers():
    page = Page("x").table(["name", "value", "mixed"], [["a", 0.5, 1], ["b", None, "x"], ["c", "0.7 (0.6 to 0.8)", 2]])
    read = Read(page.html())
    cells = [held for tag, held in read.tags if tag == "td"]
    assert [cell.get("class") for cell in cells] == [None, "number", None] * 3
    assert [cell.get("data-value") for cell in cells[1::3]] == ["0.5", None, "0.7"]
    with pytest.raises(ValueError, match="2 cells under 3 headers"):
        page.table(["a", "b", "c"], [[1, 2]])


def test_contents_lead_to_their_sections():
    read = Read(full().html())
    held = [h["href"] for tag, h in read.tags if tag == "a"]
    assert held == [f"#{h['id']}" for tag, h in read.tags if tag == "h2"] == ["#s1", "#s2", "#s3"]
    assert "nav" not in Read(Page("x").section("only").html()).texts


def test_pictures_lose_what_they_say_of_themselves(tmp_path):
    secret = png((8, 8), PatientName="Doe^Jane")
    assert b"Doe" in secret
    (tmp_path / "p.png").write_bytes(secret)
    for given_picture in (secret, tmp_path / "p.png", str(tmp_path / "p.png")):
        content = Page("x").figure(given_picture, "c").html()
        data = base64.b64decode(re.search(r"base64,([^\"]+)\"", content)[1])
        assert b"Doe" not in data
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(np.asarray(image), np.arange(64).reshape(8, 8))


def test_pictures_that_cannot_be_used(tmp_path):
    (tmp_path / "bad.png").write_bytes(png()[:40])
    (tmp_path / "text.png").write_text("hello")
    tiff = io.BytesIO()
    Image.new("L", (4, 4)).save(tiff, "TIFF")
    for wrong in (tmp_path / "bad.png", tmp_path / "text.png", tmp_path / "none.png", tiff.getvalue(), b"", 7):
        with pytest.raises(InputError, match="not a PNG or JPEG"):
            Page("x").figure(wrong)
    out = io.BytesIO()
    Image.new("1", (9000, 8000)).save(out, "PNG")
    with pytest.raises(InputError, match="9000 x 8000"):
        Page("x").figure(out.getvalue())


def test_provenance(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_hash(tmp_path / "x") == digest
    facts = provenance(model_hash=digest, truth=None, seed=3)
    assert facts["GANAnomaly"] == __version__
    assert facts["numpy"] == np.__version__
    assert (facts["model hash"], facts["seed"]) == (digest, 3)
    assert "truth" not in facts
    assert os.uname().nodename not in map(str, facts.values())
    with pytest.raises(InputError, match="cannot be read"):
        file_hash(tmp_path / "none")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        file_hash(tmp_path / "x", cancel)
    assert f"<code>{digest}</code>" in Page("x").facts(facts).html()


@pytest.mark.slow
def test_tables_are_sorted_in_a_browser(tmp_path):
    """The page's own script runs under its own policy."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    page = Page("x").table(["name", "value"], [["a", 2.0], ["b", 10.0], ["c", None]])
    content = page.html()
    clicks = 'document.querySelectorAll("th button")[1].click();document.querySelectorAll("th button")[1].click();'
    changed = content.replace(SCRIPT, SCRIPT + clicks)
    # The policy knows the script by its hash: with the clicks added it must not run, without a policy it must.
    bare = re.sub(r"<meta http-equiv[^>]+>", "", changed)
    found = []
    for name, text in (("page", content), ("changed", changed), ("bare", bare)):
        path = Path(tmp_path / f"{name}.html")
        path.write_text(text, encoding="utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
        read = Read(shown)
        found.append((len(read.texts.get("button", [])), read.texts["td"][::2]))
    assert found == [(2, ["a", "b", "c"]), (0, ["a", "b", "c"]), (2, ["b", "a", "c"])]


def test_a_page_to_be_signed():
    page = Page("t", dense=True).signing("I <b>agree</b>.", ["Name & function", "Date"]).html()
    assert '<body class="dense">' in page
    assert "I &lt;b&gt;agree&lt;/b&gt;." in page
    assert "<dt>Name &amp; function</dt><dd></dd>" in page
    assert "<body>" in Page("t").html()
