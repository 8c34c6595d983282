"""The template of every page: HTML, style and script lie in ``templates``, and a page holds them all in itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.version import __version__

from .cell_text import clean

if TYPE_CHECKING:
    from jinja2 import Template

NOTICE = "Research use only, not a medical device."
_FOLDER = "templates"


def part(name: str) -> str:
    """A file that stands in the page as it is."""
    return (files(__package__) / _FOLDER / name).read_text(encoding="utf-8")


def render(title: str, subtitle: str, blocks: Sequence[dict[str, Any]], dense: bool = False) -> str:
    """The whole page of ``blocks``, each with its ``kind``, a macro of ``blocks.html``; what they hold is text, never
    HTML."""
    from markupsafe import Markup

    style, script = part("page.css"), part("page.js")
    # Under this policy the page's own style and script run, and nothing else loads.
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_digest(style)}'; "
        f"script-src 'sha256-{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    return _template().render(
        title=title,
        subtitle=subtitle,
        blocks=blocks,
        dense=dense,
        policy=policy,
        style=Markup(style),
        script=Markup(script),
        notice=NOTICE,
        version=__version__,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def whole(value: Any) -> Any:
        return value if isinstance(value, Markup) else clean(value)

    environment = Environment(
        loader=PackageLoader(__package__, _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=whole,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
