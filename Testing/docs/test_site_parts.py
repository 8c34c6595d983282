"""The site's own extensions, as far as they need no Sphinx."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import click
import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "docs" / "_ext"


def extension(name: str):
    spec = importlib.util.spec_from_file_location(f"site_{name}", EXTENSIONS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_short_docstring_items_become_two_lines():
    expand = extension("house_docstrings").expand
    lines = [
        "A sentence: not an item.",
        "",
        "Parameters",
        "----------",
        "path: the file, or: a folder",
        "a, b: two of a kind.",
        "which:",
        "    as it was",
    ]
    assert expand(lines) == [
        *lines[:4],
        "path",
        "    the file, or: a folder",
        "a, b",
        "    two of a kind.",
        "which:",
        "    as it was",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<script async src="https://cdn.example/x.js"></script>',
        "<img alt='a' src=//example.org/a.png>",
        '<link href="https://fonts.example/f.css" rel="stylesheet">',
        "@font-face { src: url('https://fonts.example/f.woff2') }",
        '@import "https://example.org/x.css";',
    ],
)
def test_what_a_page_loads_from_the_network_is_seen(text):
    assert extension("stands_alone").loads_from_elsewhere(f"<p>a</p>\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://www.slicer.org">Slicer</a>',
        '<script src="_static/searchtools.js"></script>',
        '<link rel="stylesheet" href="_static/site.css">',
        '<link rel="edit" href="https://github.com/x">',
        "a { background: url(data:image/svg+xml;base64,AA==) }",
    ],
)
def test_links_and_own_files_are_fine(text):
    assert extension("stands_alone").loads_from_elsewhere(text) == []


def test_the_build_ends_where_a_page_loads_from_the_network(tmp_path):
    class App:
        outdir = str(tmp_path)

        class builder:
            format = "html"

    check = extension("stands_alone").check
    (tmp_path / "index.html").write_text("<p>fine</p>")
    check(App, None)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "page.html").write_text("<img src='https://example.org/a.png'>")
    with pytest.raises(SystemExit, match=r"page\.html loads something from the network"):
        check(App, None)
    check(App, ValueError())  # the build has failed already, and says why


def test_examples_in_help_texts_become_code_and_options_literals():
    pages = extension("command_pages")
    lines = ["Says --json a-b.", "", "| Example:", "|   gananomaly info --json", "", "More."]
    pages.blocks_as_code(None, click.Context(click.Command("x")), lines)
    assert lines == [
        "Says ``--json`` a-b.",
        "",
        "Example:",
        "",
        "::",
        "",
        "     gananomaly info --json",
        "",
        "",
        "More.",
    ]
    options = [".. option:: --out <out>", "   Beside --json.", "   :default: ``--x``"]
    pages.options_as_code(None, click.Context(click.Command("x")), options)
    assert options == [".. option:: --out <out>", "   Beside ``--json``.", "   :default: ``--x``"]


def test_every_command_gets_a_page_and_old_ones_go(tmp_path, monkeypatch):
    pages = extension("command_pages")
    monkeypatch.delitem(sys.modules, pages.HANDLE, raising=False)
    folder = tmp_path / pages.FOLDER
    folder.mkdir(parents=True)
    (folder / "gone.rst").touch()

    class App:
        srcdir = str(tmp_path)

    pages.write(App)
    from GANAnomalyLib.cli.app import app

    names = app.list_commands(click.Context(app))
    assert {path.name for path in folder.iterdir()} == {"index.md", *(f"{name}.rst" for name in names)}
    assert "`find-best`" in (folder / "index.md").read_text(encoding="utf-8")
    assert sys.modules[pages.HANDLE].find_best.name == "find-best"
    stamps = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    pages.write(App)
    assert stamps == {path: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_start_py_builds_the_site_strictly(monkeypatch):
    spec = importlib.util.spec_from_file_location("start_for_docs", EXTENSIONS.parents[1] / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    asked, ran = [], []
    monkeypatch.setattr(start, "install", lambda extras: asked.append(extras) or 0)
    monkeypatch.setattr(start, "run", lambda command, **options: ran.append(list(map(str, command))) or 3)
    assert start.main(["docs", "-E"]) == 3  # Sphinx's own exit code, which warnings make
    assert asked == [["docs"]]
    assert ran[0][1:3] == ["-m", "sphinx"]
    assert {"-W", "--keep-going", "-E"} <= set(ran[0])
    assert ran[0][-2:] == ["docs", "site"]
