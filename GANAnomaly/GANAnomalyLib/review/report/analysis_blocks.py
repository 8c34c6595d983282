"""What a case report says of the analysis and of the model, and the texts from outside that it takes."""

from __future__ import annotations

from typing import Any

from ...detectors.kinds import detector_kinds
from ...domain.verdict import KNOWN, UNKNOWN, UNUSUAL, Domain
from ...models.score_units import METRICS, short_unit
from ...pictures import manifest_facts as facts
from ...results.result import AnalysisResult, domain_of, notes_of
from ...running.languages import translator
from .report_parts import Block, Facts, Heading, Text
from .report_words import Words

_LONGEST = 300
_HASH = 16


def analysis_blocks(result: AnalysisResult, words: Words, placed: bool) -> list[Block]:
    """How it was analysed; ``placed``: the image has slices in a patient, and is no picture."""
    say, manifest = words.say, result.manifest
    settings, request = mapping(manifest.get("settings")), mapping(manifest.get("request"))
    window, level = facts.window_level(result)
    unit = " HU" if facts.modality(result) == "CT" else ""
    patch, program = settings.get("patch_mm"), mapping(manifest.get("versions")).get("gananomaly")
    rows = [
        (say("Slices analysed"), str(len(result.scores))),
        (say("Detector"), _detector(settings.get("detector") or request.get("detector"), words)),
        # Detectors with a score of their own have no other distance.
        (say("Distance"), say(facts.metric_title(result)) if facts.metric(result) in METRICS else ""),
        (say("Scores count"), one_line(words.message(short_unit(facts.unit(result))))),
        (say("Window, level"), f"{window:g} / {level:g}{unit}"),
        (say("Side of a patch"), f"{words.number(patch, 1)} mm" if isinstance(patch, (int, float)) else ""),
        (say("Program"), one_line(f"GANAnomaly {program or ''}")),
        (say("Image, hash"), _hash(mapping(manifest.get("input")).get("hash"))),
        (say("Analysis, hash"), _hash(facts.fingerprint(result))),
    ]
    out: list[Block] = [Heading(say("How it was analysed")), Facts(told(rows))]
    if placed:
        out.append(
            Text(
                say(
                    "Slices count from the feet, the first one is 0. Places are in millimetres in the image's own "
                    "coordinates: R or L, A or P, S or I."
                )
            )
        )
    return out + [Text(say("Note: {note}", note=words.message(note))) for note in notes_of(manifest)]


def model_blocks(result: AnalysisResult, words: Words) -> list[Block]:
    """The model and its limits, what its card says and what holds for all of them."""
    say, model = words.say, mapping(result.manifest.get("model"))
    rows = [
        (say("Model"), one_line(facts.model_title(result))),
        (say("Name"), one_line(facts.model_name(result))),
        (say("For"), one_line(model.get("anatomy") or "")),
        (say("Hash"), _hash(model.get("hash"))),
    ]
    out: list[Block] = [
        Heading(say("The model and its limits")),
        Facts(told(rows)),
        Text(domain_sentence(domain_of(result.manifest), words)),
    ]
    reasons = model.get("not_for")
    if isinstance(reasons, list) and reasons:
        out.append(Text(say("Not for, as the model's card says:")))
        out += [Text(f"- {one_line(reason)}", foreign=True) for reason in reasons]
    limits = say(
        "The model lists the places that it could explain least as normal anatomy. A place that is listed need not be "
        "abnormal, and what is small or faint may be missed: no finding does not mean normal. It has not been "
        "validated for any clinical purpose."
    )
    return [*out, Text(limits)]


def domain_sentence(domain: Domain, words: Words) -> str:
    """Whether the scan is what the model was made on, and why not."""
    say = words.say
    sentence = {
        KNOWN: say("The scan is like those that the model was made on."),
        UNUSUAL: say("The scan is unusual for the model: read its findings with care."),
        UNKNOWN: say("The scan is not what the model knows: its findings mean little."),
    }.get(domain.verdict or "", say("The model cannot tell whether it knows such scans."))
    return " ".join([sentence, *(words.message(reason) for reason in domain.reasons)])


def told(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that say something."""
    return [row for row in rows if row[1]]


def one_line(value: Any) -> str:
    """A text from outside in one line, of a length that a cell holds."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def mapping(value: Any) -> dict[str, Any]:
    """What a manifest holds under a name, which may be anything."""
    return value if isinstance(value, dict) else {}


def _detector(name: Any, words: Words) -> str:
    """What a kind of model is called."""
    kind = detector_kinds().get(name) if isinstance(name, str) else None
    return one_line(name or "") if kind is None else translator(words.language)(kind.title)


def _hash(value: Any) -> str:
    return one_line(value or "").removeprefix("sha256:")[:_HASH]
