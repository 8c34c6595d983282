"""The page of the gallery and what runs in it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from GANAnomalyLib.version import __version__

from ...report.page_template import NOTICE

PAGE_FILE = "gallery.html"
_SCRIPTS = (
    *("texts.js", "data.js", "thumbnails.js", "choose.js", "marks.js", "mark_table.js", "grid.js", "viewer.js"),
    "controls.js",
)
ASSETS = ("gallery.css", *_SCRIPTS, "start.js")
# From the disk a page has no origin of its own, and what lies beside it is "file:"; nothing may be fetched at all.
_POLICY_ON_DISK = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)
POLICY_SERVED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def asset(name: str) -> bytes:
    """One of :data:`ASSETS`."""
    return (files(__package__) / "assets" / name).read_bytes()


def gallery_page(title: str, folder: str, token: str | None = None) -> bytes:
    """The page; ``folder`` is where its data lie. With a ``token`` it is served, and sends marks with it."""
    text: str = _template().render(
        title=title,
        folder=folder,
        token=token or "",
        policy="" if token else _POLICY_ON_DISK,
        scripts=_SCRIPTS,
        notice=NOTICE,
        version=__version__,
    )
    return text.encode("utf-8")


@lru_cache(maxsize=1)
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(asset(PAGE_FILE).decode("utf-8"))
