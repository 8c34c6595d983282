"""A model's card for a person at a terminal: what it is, how well it does, and what it must not be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..modalities import window_in_words
from ..models.card import CLASSIFIER

if TYPE_CHECKING:
    from ..models.card import ModelCard

_FRAMINGS = {
    "full": "the whole slice",
    "body": "cut to the body's outline in the volume",
    "slice-body": "cut to the body's outline in the slice",
}


def card_rows(card: ModelCard) -> list[list[str]]:
    """Lines of (label, text); what a card does not say is left out."""
    channels = "1 channel" if card.channels == 1 else f"{card.channels} channels"
    size = f", {card.resolution} x {card.resolution} pixels, {channels}" if card.resolution else ""
    if card.kind == CLASSIFIER:
        return _classifier_rows(card, size)
    window = window_in_words(card.modality, card.window, card.level, card.percentile, card.percentile_of)
    rows = [
        ("title", card.title),
        ("network", f"{card.kind}{size}"),
        ("for", ", ".join(text for text in (card.modality, card.anatomy) if text)),
        *(("not for", reason) for reason in card.not_for),
        ("window / level", window),
        ("slices are", _FRAMINGS.get(card.framing, card.framing)),
        ("trained on", card.training_data),
        ("data licence", card.training_data_licence),
        ("model licence", card.licence),
        ("source", card.source),
        ("recommended", _line(card.recommended)),
        ("compares scans", _compared(card.training.get("domain"))),
        *(("thresholds", text) for text in threshold_lines(card.thresholds)),
        *result_rows(card.results),
    ]
    return _told(rows)


def _classifier_rows(card: ModelCard, size: str) -> list[list[str]]:
    classes = card.architecture.get("classes")
    return _told(
        [
            ("title", card.title),
            ("network", f"{card.kind}, {card.architecture.get('network')}{size}"),
            ("tells apart", ", ".join(map(str, classes)) if isinstance(classes, list) else ""),
            ("of findings", _of_findings(card.architecture.get("findings"))),
            ("for", card.anatomy),
            *(("not for", reason) for reason in card.not_for),
            ("trained on", card.training_data),
            ("data licence", card.training_data_licence),
            ("model licence", card.licence),
            ("source", card.source),
            *result_rows(card.results),
        ]
    )


def _of_findings(seen: Any) -> str:
    """Whose findings a classifier of readers' decisions may be asked about."""
    return f"of the model {seen.get('model')}, as readers decided on them" if isinstance(seen, dict) else ""


def _told(rows: list[tuple[str, str]]) -> list[list[str]]:
    """Those with a text; a label once, also where it has several lines."""
    told = [(label, text) for label, text in rows if text]
    return [[label if not n or told[n - 1][0] != label else "", text] for n, (label, text) in enumerate(told)]


def _compared(told: Any) -> str:
    """What the model's file has of its normals, to tell a scan that it does not know."""
    if isinstance(told, dict) and told:
        return f"with {told.get('slices')} slices of {told.get('patients')} normal patients"
    return "with nothing: it cannot tell a scan that it does not know (see gananomaly model export)"


def threshold_lines(thresholds: dict[str, float]) -> list[str]:
    """ "patch score 7.6: reached in 1 in 20 normal slices", the lowest score first."""
    lines = []
    for rate, score in sorted(thresholds.items(), key=lambda item: item[1]):
        try:
            often = f"1 in {1 / float(rate):.3g} normal slices"
        except (ValueError, ZeroDivisionError):
            often = rate
        lines.append(f"patch score {score:.3g}: reached in {often}")
    return lines


def result_rows(results: dict[str, Any]) -> list[tuple[str, str]]:
    """What the card reports of tests, numbers to three digits; one line for each table of them."""
    rows = []
    for name, value in results.items():
        text = _line(value) if isinstance(value, dict) else _said(value)
        rows.append(("results", f"{_words(name)}: {text}"))
    return rows


def _line(values: dict[str, Any]) -> str:
    return ", ".join(f"{_words(name)} {_said(value)}" for name, value in values.items() if value is not None)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_line(value)})"
    if isinstance(value, (list, tuple)):
        return "; ".join(_said(item) for item in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").replace("auroc", "AUROC")
