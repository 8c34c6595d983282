"""A case report as one HTML file that needs nothing but itself, and that a browser prints without cut tables."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...version import __version__
from .drawing_shapes import Drawing, Label, Line
from .report_parts import CaseReport

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = "templates"
_PAPERS = {"a4": "A4", "letter": "Letter"}


def html_report(report: CaseReport, paper: str) -> str:
    """The whole page; ``paper`` is "a4" or "letter". What blocks hold is text, never HTML.

    Nothing loads from anywhere and no script runs: a policy in the page says so to the browser.
    """
    from markupsafe import Markup

    style = _part("case_report.css").replace("$PAPER", _PAPERS[paper])
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _template().render(report=report, policy=policy, style=Markup(style), version=__version__)


def clean(text: Any) -> str:
    """Text that any file can hold: no control characters, and a mark for each half of a broken character."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" else "\ufffd" for c in str(text))
    return "".join(kept)


def _part(name: str) -> str:
    return (files(__package__) / _FOLDER / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader(str(__package__), _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else clean(value),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = lambda block: type(block).__name__.lower()
    environment.filters["shapes"] = _shapes
    environment.filters["base64"] = lambda data: base64.b64encode(data).decode("ascii")
    return environment.get_template("case_report.html")


def _shapes(drawing: Drawing) -> list[dict[str, Any]]:
    """Shapes as SVG's elements: a marked line twice, its black edge first."""
    out: list[dict[str, Any]] = []
    for shape in drawing.shapes:
        if isinstance(shape, Label):
            out.append({"label": shape, "x": _n(shape.x), "y": _n(shape.y)})
            continue
        way = " ".join(f"{'L' if n else 'M'}{_n(x)} {_n(y)}" for n, (x, y) in enumerate(shape.points))
        path = {"d": way + " Z" * shape.closed, "dashes": " ".join(map(_n, shape.dashes))}
        if shape.tone == "mark":
            out.append(path | {"class": "edge", "width": _n(shape.width + 1.4)})
        out.append(path | {"class": _class(shape), "width": _n(shape.width)})
    return out


def _class(shape: Line) -> str:
    return f"{shape.tone} filled" if shape.filled else shape.tone


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
