"""The first page of a report: how much there is, what was flagged, what could not be read, how it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np

from ...report.drawing import NORMAL, dress, new_figure
from ...report.html_page import Page
from ...report.provenance import provenance
from ...report.report_folder import Drawn, drawn_if_possible, read_with_care, show_figures
from ..judged_rows import BY_SCORE, Judged
from ..row_schema import ROW_KINDS
from ..thumbnails import thumbnail_bytes
from .gallery_data import GalleryData
from .gallery_page import PAGE_FILE

_FIRST = 24
_REASONS = 50
_BINS = 60


def summary(judged: Judged) -> dict[str, Any]:
    """The page's numbers as plain data: images by kind, flagged by check, unreadable by reason."""
    kinds = Counter(judged.table["kind"].to_pylist())
    reasons = Counter(reason for reason in judged.table["reason"].to_pylist() if reason)
    flagged = np.zeros(len(judged), bool)
    for found in judged.flags.values():
        flagged |= found
    return {
        "rows": len(judged),
        "kinds": dict(kinds.most_common()),
        "flagged": int(flagged.sum()),
        "checks": {name: int(found.sum()) for name, found in judged.flags.items()},
        "unreadable": dict(reasons.most_common()),
        "ordered_by": judged.by,
    }


def summary_page(data: GalleryData, known: Sequence[Mapping[str, Any]] | None = None) -> Page:
    """The page; links lead to the gallery beside it. ``known``: as :func:`~..score_groups.attributes_found`."""
    judged, found = data.judged, summary(data.judged)
    name = judged.store.folder.resolve().name
    page = Page(f"Curation of {name}", _subtitle(found))
    page.links([("Open the gallery", PAGE_FILE), *_chosen(found)])
    page.section("The most striking")
    page.gallery(_thumbnails(data))
    page.section("Checks").table(
        ["check", "what it says", "images", "share (%)"],
        [
            [check.replace("_", " "), judged.says[check], count, 100 * count / max(found["rows"], 1)]
            for check, count in found["checks"].items()
        ],
        "An image may be flagged by several. Limits that speak of the others need twenty images of a kind. A check is "
        "a hint: nothing was moved or deleted.",
    )
    warnings: list[str] = []
    drawn = drawn_if_possible(lambda: _histogram(judged), warnings)
    if judged.by == BY_SCORE or np.isfinite(judged.score).any():
        page.section("Scores").text(_quantiles(judged.score))
        show_figures(page, drawn)
    if known is not None:
        page.section("By attribute").table(
            ["attribute", "images", "AUROC by score", "by checks"],
            [[str(row["attribute"]).replace("_", " "), row["images"], row["score"], row["checks"]] for row in known],
            "How often an image of the attribute lies above one without any, by the model's score and by how far "
            "checks are beyond their limits.",
        )
    if found["unreadable"]:
        _unreadable(page, found["unreadable"])
    read_with_care(page, warnings if drawn or np.isfinite(judged.score).any() else [])
    _made_with(page, judged)
    return page


def _subtitle(found: dict[str, Any]) -> str:
    kinds = {"image": "images", "volume": "volumes", "unreadable": "that could not be read"}
    told = ", ".join(f"{count:,} {kinds.get(kind, kind)}" for kind, count in found["kinds"].items())
    order = "by the model's score" if found["ordered_by"] == BY_SCORE else "by how far a check is beyond its limit"
    return f"{told or 'Nothing'}; {found['flagged']:,} flagged by a check. Ordered {order}."


def _chosen(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Links to the gallery with what a check flags, most first."""
    checks = sorted(((count, name) for name, count in found["checks"].items() if count), reverse=True)
    return [
        (f"{name.replace('_', ' ')} ({count:,})", f"{PAGE_FILE}#{urlencode({'check': name})}") for count, name in checks
    ]


def _thumbnails(data: GalleryData) -> list[tuple[bytes, str]]:
    out: list[tuple[bytes, str]] = []
    for rank, row in enumerate(data.order[: 4 * _FIRST]):
        jpeg = thumbnail_bytes(data.judged.store.folder, data.judged.table, int(row))
        if jpeg and len(out) < _FIRST:
            score = data.judged.score[row]
            told = [f"score {score:.4g}"] if np.isfinite(score) else []
            told += [name.replace("_", " ") for name in data.judged.flags_of(np.array([row]))[0]]
            out.append((jpeg, f"{rank + 1}. {', '.join(told)}"))
    return out


def _quantiles(score: np.ndarray) -> str:
    known = score[np.isfinite(score)]
    marks = ", ".join(f"{share} %: {np.percentile(known, share):.4g}" for share in (5, 25, 50, 75, 95, 99))
    return f"{len(known):,} scores; below which lie {marks}."


def _histogram(judged: Judged) -> Drawn:
    known = judged.score[np.isfinite(judged.score)]
    if not len(known):
        return {}
    figure, (axes,) = new_figure(7.0, 3.4)
    axes.hist(known, bins=_BINS, color=NORMAL)
    dress(axes, "", "score", "images")
    return {"scores.png": (figure, f"How the scores of {len(known):,} images are spread.")}


def _unreadable(page: Page, reasons: dict[str, int]) -> None:
    """Each reason once, however many files it is said of."""
    shown = list(reasons.items())[:_REASONS]
    rest = len(reasons) - len(shown)
    page.section("Could not be read").table(
        ["why", "files"], shown, f"And {rest:,} other reasons of fewer files." if rest else ""
    )
    asks = urlencode({"kind": ROW_KINDS.index("unreadable")})
    page.links([(f"Show them ({sum(reasons.values()):,})", f"{PAGE_FILE}#{asks}")])


def _made_with(page: Page, judged: Judged) -> None:
    facts = judged.store.facts
    model = facts.get("model")
    page.section("To repeat it")
    page.facts(
        {"model": model["name"], "hash": model["hash"]} if model else {"model": "none: cheap checks only"}, "Model"
    )
    page.facts({name.replace("_", " "): value for name, value in facts["settings"].items()}, "Settings")
    runs = facts["runs"]
    page.facts(
        {"runs": len(runs), "first": runs[0]["began"] if runs else None, "latest": runs[-1]["began"] if runs else None}
        | provenance(store=judged.store.fingerprint),
        "The store and versions",
    )
