"""What the documentation promises: examples run, commands and their options exist, links lead somewhere."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import sys
from pathlib import Path

import click
import pytest
import yaml

from GANAnomalyLib import __version__
from GANAnomalyLib.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / ".github").rglob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
PAGES = [page for page in PAGES if "reference/commands" not in page.as_posix()]  # made by the build
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
CALL = re.compile(r"(?:python3 start\.py|py start\.py|gananomaly|(?:PythonSlicer -m )?GANAnomalyLib) ")
SAYS = {"analyse": "heatmap:", "stop": "Cancelled", "simulate": "on it: True", "score_pair": "row 14 column 24"}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def calls(text: str) -> list[str]:
    """The gananomaly commands that a page shows, as a user would type them: in blocks and in running text."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("    ") or CALL.match(line):
            found.append(line.strip())
    found += [span[1].replace("\n", " ") for span in SPAN.finditer(FENCE.sub("", text))]
    kept = []
    for line in found:
        match = CALL.match(line)
        words = line[match.end() :].split("  #")[0] if match else ""
        # Placeholders in capitals, "COMMAND ..." and the words that start.py keeps for itself are no commands.
        if words and not words.startswith(("COMMAND", "test", "docs", "-")):
            kept.append(re.sub(r"\[[^\]]*\]|\.\.\.", "", words).strip())
    return kept


def check_call(words: str) -> None:
    """Raise what click raises for a command or option that there is not, or a choice that cannot be made."""
    arguments = shlex.split(words)
    context = click.Context(app, info_name="gananomaly")
    command: click.Command = app
    while isinstance(command, click.Group) and arguments:
        if command.invoke_without_command and arguments[0].startswith("-"):
            break  # the group's own options
        name, found, arguments = command.resolve_command(context, arguments)
        if found is None:
            raise click.UsageError(f"There is no command {name!r}.")
        context = click.Context(found, info_name=name, parent=context)
        command = found
    values, _, _ = command.make_parser(context).parse_args(arguments)
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and parameter.name in values:
            given = values[parameter.name]
            for value in given if isinstance(given, list) else [given]:
                parameter.type.convert(value, parameter, context)


def test_commands_are_found_and_wrong_ones_are_seen():
    assert calls("see `gananomaly info X`\n\n    gananomaly analyze a.nii \\\n        --out b\n") == [
        "analyze a.nii          --out b",
        "info X",
    ]
    for wrong in ("analize a.nii", "analyze a.nii --ot b", "analyze a.nii --metric no", "dataset nothing"):
        with pytest.raises(click.ClickException):
            check_call(wrong)


@pytest.mark.parametrize("page", [page for page in PAGES if calls(page.read_text(encoding="utf-8"))], ids=name_of)
def test_every_command_shown_exists_with_its_options(page):
    for words in calls(page.read_text(encoding="utf-8")):
        try:
            check_call(words)
        except (click.ClickException, ValueError) as error:
            pytest.fail(f"{name_of(page)} shows {words!r}: {getattr(error, 'message', error)}")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_to_one(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        path = page.parent / target.partition("#")[0]
        if "reference/commands/" in path.as_posix():
            name = path.stem
            assert name == "index" or app.get_command(click.Context(app), name), f"{target} is no command's page"
        else:
            assert path.exists(), f"{name_of(page)} links to {target}"


def test_examples_are_those_that_the_pages_show():
    shown = {
        match
        for page in PAGES
        for match in re.findall(r"literalinclude\}.*?examples/(\w+)\.py", page.read_text("utf-8"))
    }
    assert shown == {path.stem for path in EXAMPLES} == set(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(example), str(tmp_path / "out")])
    runpy.run_path(str(example), run_name="__main__")
    assert SAYS[example.stem] in capsys.readouterr().out


def test_the_readme_says_what_must_be_said():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "**Research use only. Not a medical device.**" in text
    for command in ("python3 start.py demo", "python3 start.py test", "py start.py demo", "py start.py test"):
        assert f"`{command}`" in text
    for path in sorted((ROOT / "GANAnomaly" / "Resources" / "Models").glob("*.safetensors")):
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        assert re.search(rf"`{path.stem}` [^`]*{re.escape(size)}", text), f"{path.stem}, {size}"
    for title in ("CT abdomen", "CT abdomen with anomalies"):
        assert f"*{title}*" in text
    assert len(text.splitlines()) <= 130


def test_decisions_are_numbered_and_listed():
    files = sorted((DOCS / "decisions").glob("0*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    for number, path in enumerate(files, 1):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert path.stem in listed


def test_the_citation_is_of_the_last_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    released = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert str(cited["version"]) == released[1]
    assert __version__ == released[1] or ".dev" in __version__
    assert cited["license"] == "Apache-2.0"
    entry = json.loads((ROOT / "GANAnomaly.json").read_text(encoding="utf-8"))
    assert cited["repository-code"] == entry["scm_url"].removesuffix(".git")


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=name_of)
def test_what_github_reads_is_yaml(path):
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    if path.parent.name == "workflows":
        assert data["permissions"] == {"contents": "read"}
        assert all(("runs-on" in job and "timeout-minutes" in job) or "needs" in job for job in data["jobs"].values())
    elif path.stem != "config":
        assert "patient data" in path.read_text(encoding="utf-8")
        assert all(item["type"] == "markdown" or item["id"] for item in data["body"])
