"""A result and what readers said of it, as the blocks of a case report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...domain.verdict import KNOWN, UNKNOWN, UNUSUAL
from ...errors import in_words
from ...models.score_units import score_text, short_unit
from ...pictures import manifest_facts as facts
from ...results.result import AnalysisResult, Finding, domain_of, notes_of
from ...results.usual import UsualLine, standing
from .curve_drawing import curve
from .drawing_shapes import Drawing
from .plane_pictures import SIDE, PlanePictures, picture_of
from .report_parts import (
    VERDICTS,
    AddedFinding,
    Block,
    CaseReport,
    Choice,
    Facts,
    Grid,
    Heading,
    Judgement,
    Picture,
    Place,
    Signature,
    Text,
    Verdict,
)
from .report_words import Words

_LONGEST = 300
_HASH = 16
_PATCH_BYTES = 4_000_000


@dataclass(frozen=True)
class Case:
    """Who and what a report is about; all of it as the caller gives it, and nothing of the patient unless it does.

    ``case`` is the site's own number or word for the case; "" takes a part of the image's hash.
    """

    case: str = ""
    patient: str = ""
    reader: str = ""
    site: str = ""
    verdict: Verdict = ""


def content(
    result: AnalysisResult,
    judgements: Sequence[Judgement],
    added: Sequence[AddedFinding],
    about: Case,
    words: Words,
    pictures: PlanePictures | None,
) -> CaseReport:
    """The whole report; without ``pictures`` of the image it shows the patches that the result keeps."""
    return _Report(result, judgements, added, about, words, pictures).whole()


class _Report:
    def __init__(
        self,
        result: AnalysisResult,
        judgements: Sequence[Judgement],
        added: Sequence[AddedFinding],
        about: Case,
        words: Words,
        pictures: PlanePictures | None,
    ) -> None:
        self.result, self.about, self.pictures = result, about, pictures
        self.words, self.say = words, words.say
        self.findings = sorted(result.findings, key=lambda finding: finding.rank)
        self.judged = {one.rank: one for one in judgements}
        self.added = list(added)
        self.unit = facts.unit(result)
        self.domain = domain_of(result.manifest)
        self.placed = pictures.placed if pictures is not None else facts.modality(result) != ""

    def whole(self) -> CaseReport:
        say = self.say
        case = _short(self.about.case) or case_number(self.result)
        blocks: list[Block] = [
            Facts(self._who(case)),
            Heading(say("Verdict on the case")),
            Choice([(say(_VERDICT_WORDS[verdict]), verdict == self.about.verdict) for verdict in VERDICTS]),
            Heading(say("What was found")),
            *self._summary(),
        ]
        drawn = curve(self.result, {rank: one.decision for rank, one in self.judged.items()}, self.words)
        blocks += [] if drawn is None else [Picture(drawn)]
        blocks += [*self._decided(), *self._undecided(), *self._added(), *self._analysis(), *self._model()]
        blocks.append(
            Signature(
                say("Read and judged by:"),
                [
                    (say("Name"), _short(self.about.reader)),
                    (say("Place and date"), ""),
                    (say("Signature"), ""),
                ],
            )
        )
        return CaseReport(
            self.words.language,
            say("Case report"),
            case,
            say("Research use only. Not a medical device."),
            self.words.say("Page {number} of {count}", number="{number}", count="{count}"),
            say("Some characters cannot be printed here and stand as a question mark; the HTML report shows them."),
            blocks,
        )

    def _who(self, case: str) -> list[tuple[str, str]]:
        say, about = self.say, self.about
        rows = [
            (say("Case"), case),
            (say("Patient"), _short(about.patient)),
            (say("Site"), _short(about.site)),
            (say("Reader"), _short(about.reader)),
            (say("Image"), self._image()),
            (say("Analysed"), self.words.time(str(self.result.manifest.get("created") or ""))),
            (say("Last decision"), self.words.time(self._last())),
        ]
        return [row for row in rows if row[1]]

    def _last(self) -> str:
        return max([*(one.decided for one in self.judged.values()), *(one.decided for one in self.added), ""])

    def _image(self) -> str:
        modality = facts.modality(self.result)
        geometry = self.result.manifest.get("geometry") or {}
        shape, spacing = geometry.get("shape_kji"), geometry.get("spacing_mm")
        if not shape or not spacing:
            return modality
        size = self.say(
            "{i} x {j} x {k} voxels, {x} x {y} x {z} mm",
            **dict(zip("kji", shape, strict=True)),
            **{name: self.words.number(mm, 2) for name, mm in zip("xyz", spacing, strict=True)},
        )
        return ", ".join(filter(None, [modality, size]))

    def _summary(self) -> list[Block]:
        line = UsualLine.of(self.result.manifest.get("slice_thresholds"))
        scores = [finding.score for finding in self.findings]
        told = self.words.message(standing(scores, line, self.unit, self.domain.verdict))
        out: list[Block] = [Text(told)]
        counts = dict.fromkeys(("accepted", "rejected", "unsure", ""), 0)
        for finding in self.findings:
            counts[self._judgement(finding).decision] += 1
        if self.findings or self.added:
            out.append(
                Text(
                    self.say(
                        "Of {count} findings {accepted} were accepted, {rejected} rejected, {unsure} unsure, and "
                        "{open} not decided; the reader added {added}.",
                        count=len(self.findings),
                        accepted=counts["accepted"],
                        rejected=counts["rejected"],
                        unsure=counts["unsure"],
                        open=counts[""],
                        added=len(self.added),
                    )
                )
            )
        if self.domain.verdict in (UNUSUAL, UNKNOWN):
            out.append(Text(self._domain_sentence(), strong=True))
        return out

    def _judgement(self, finding: Finding) -> Judgement:
        return self.judged.get(finding.rank) or Judgement(finding.rank)

    def _decided(self) -> list[Block]:
        shown = [f for f in self.findings if (one := self._judgement(f)).decision or one.comment]
        if not shown:
            return []
        out: list[Block] = [Heading(self.say("Findings that were decided"))]
        if self.pictures is None:
            out.append(
                Text(
                    self.say(
                        "The image was not there, or was another one, when this report was written. Shown are the "
                        "patches that were compared: on the left the image, on the right the closest normal one."
                    )
                )
            )
        return out + [self._place(finding) for finding in shown]

    def _place(self, finding: Finding) -> Place:
        say, one = self.say, self._judgement(finding)
        decision = say(_DECISION_WORDS[one.decision])
        return Place(
            say("Finding {rank}: {decision}", rank=finding.rank, decision=decision),
            self._drawings(finding),
            _told(
                [
                    (say("Score"), self.words.message(score_text(finding.score, self.unit))),
                    (say("Why"), "" if finding.why is None else self.words.message(finding.why.words())),
                    (say("Slice"), self._slices(finding)),
                    (say("Centre"), self._centre(finding.centre_ras)),
                    (say("Size"), self._size(finding.size_mm)),
                    *self._said(one),
                ]
            ),
            one.comment,
            say("Comment"),
        )

    def _said(self, one: Judgement | AddedFinding) -> list[tuple[str, str]]:
        sure = "" if one.confidence is None else self.say("{value} of 5", value=one.confidence)
        return [
            (self.say("Label"), _short(one.label)),
            (self.say("Confidence"), sure),
            (self.say("Decided"), self.words.time(one.decided)),
        ]

    def _drawings(self, finding: Finding) -> list[Drawing]:
        if self.pictures is not None:
            return self.pictures.of_finding(finding)
        content = _patch(self.result.folder, finding.patch_picture)
        caption = self.say("Patch and closest normal patch")
        alt = self.say("{picture}: finding {name}", picture=caption, name=finding.rank)
        drawn = None if content is None else picture_of(content, 2 * SIDE, caption, alt)
        return [] if drawn is None else [drawn]

    def _slices(self, finding: Finding) -> str:
        first, last = finding.slices
        if first == last:
            return str(finding.slice)
        return self.say("{slice} ({first} to {last})", slice=finding.slice, first=first, last=last)

    def _centre(self, ras: Sequence[float]) -> str:
        if not self.placed:
            return ""
        letters = zip(("RL", "AP", "SI"), ras, strict=True)
        return "  ".join(f"{pair[bool(value < 0)]} {abs(value):.0f}" for pair, value in letters) + " mm"

    def _size(self, mm: Sequence[float]) -> str:
        if not any(value > 0 for value in mm):
            return ""
        return " x ".join(f"{value:.0f}" for value in mm) + (" mm" if self.placed else "")

    def _undecided(self) -> list[Block]:
        left = [f for f in self.findings if not (one := self._judgement(f)).decision and not one.comment]
        if not left:
            return []
        say = self.say
        heads = [say("Finding"), say("Score"), say("Slice"), say("Centre"), say("Size"), say("Why")]
        rows = [
            [
                str(finding.rank),
                self.words.message(score_text(finding.score, self.unit)),
                self._slices(finding),
                self._centre(finding.centre_ras),
                self._size(finding.size_mm),
                "" if finding.why is None else self.words.message(finding.why.words()),
            ]
            for finding in left
        ]
        return [Heading(say("Findings that were not decided")), Grid(heads, rows, (0,))]

    def _added(self) -> list[Block]:
        if not self.added:
            return []
        say = self.say
        out: list[Block] = [
            Heading(say("Added by the reader")),
            Text(say("The model did not list these places; the reader marked them.")),
        ]
        for number, one in enumerate(self.added, 1):
            name = f"+{number}"
            pictures = self.pictures
            drawings = [] if pictures is None else pictures.of_place(one.centre_ras, one.size_mm, name)
            place = ""
            if pictures is not None:
                place = str(pictures.slice_at(one.centre_ras)) if drawings else say("outside the image")
            rows = [
                (say("Slice"), place),
                (say("Centre"), self._centre(one.centre_ras)),
                (say("Size"), self._size(one.size_mm)),
                *self._said(one),
            ]
            title = say("Added {name}", name=name)
            out.append(Place(title, drawings, _told(rows), one.comment, say("Comment")))
        return out

    def _analysis(self) -> list[Block]:
        say, manifest = self.say, self.result.manifest
        settings, request = _dict(manifest.get("settings")), _dict(manifest.get("request"))
        window, level = facts.window_level(self.result)
        unit = " HU" if facts.modality(self.result) == "CT" else ""
        patch = settings.get("patch_mm")
        rows = [
            (say("Slices analysed"), str(len(self.result.scores))),
            (say("Detector"), _short(settings.get("detector") or request.get("detector") or "")),
            (say("Distance"), say(facts.metric_title(self.result))),
            (say("Scores count"), self.words.message(short_unit(self.unit))),
            (say("Window, level"), f"{window:g} / {level:g}{unit}"),
            (say("Side of a patch"), f"{self.words.number(patch, 1)} mm" if isinstance(patch, (int, float)) else ""),
            (say("Program"), _short("GANAnomaly " + str(_dict(manifest.get("versions")).get("gananomaly") or ""))),
            (say("Image, hash"), _short(_dict(manifest.get("input")).get("hash") or "")[:_HASH]),
            (say("Analysis, hash"), _short(facts.fingerprint(self.result))[:_HASH]),
        ]
        notes = [self.words.message(note) for note in notes_of(manifest)]
        out: list[Block] = [Heading(say("How it was analysed")), Facts(_told(rows))]
        return out + [Text(say("Note: {note}", note=in_words(note))) for note in notes]

    def _model(self) -> list[Block]:
        say, model = self.say, _dict(self.result.manifest.get("model"))
        rows = [
            (say("Model"), _short(facts.model_title(self.result))),
            (say("Name"), _short(facts.model_name(self.result))),
            (say("For"), _short(model.get("anatomy") or "")),
            (say("Hash"), _short(model.get("hash") or "")[:_HASH]),
        ]
        told = model.get("not_for")
        reasons = [_short(reason) for reason in told] if isinstance(told, list) else []
        out: list[Block] = [Heading(say("The model and its limits")), Facts(_told(rows)), Text(self._domain_sentence())]
        if reasons:
            out.append(Text(say("Not for, as the model's card says:")))
            out += [Text(f"- {reason}", foreign=True) for reason in reasons]
        out.append(
            Text(
                say(
                    "The model lists the places that it could explain least as normal anatomy. A place that is listed "
                    "need not be abnormal, and what is small or faint may be missed: no finding does not mean normal. "
                    "It has not been validated for any clinical purpose."
                )
            )
        )
        return out

    def _domain_sentence(self) -> str:
        say, reasons = self.say, [self.words.message(reason) for reason in self.domain.reasons]
        sentence = {
            KNOWN: say("The scan is like those that the model was made on."),
            UNUSUAL: say("The scan is unusual for the model: read its findings with care."),
            UNKNOWN: say("The scan is not what the model knows: its findings mean little."),
        }.get(self.domain.verdict or "", say("The model cannot tell whether it knows such scans."))
        return " ".join([sentence, *reasons])


_VERDICT_WORDS: dict[str, str] = {
    "normal": "normal",
    "abnormal": "abnormal",
    "inadequate": "technically inadequate",
}
_DECISION_WORDS: Mapping[str, str] = {
    "accepted": "accepted",
    "rejected": "rejected",
    "unsure": "unsure",
    "": "not decided",
}


def case_number(result: AnalysisResult) -> str:
    """A number for the case that names nobody: the beginning of the image's hash, else of the analysis's."""
    told = _dict(result.manifest.get("input")).get("hash")
    text = told if isinstance(told, str) and told else facts.fingerprint(result)
    return _short(text.removeprefix("sha256:"))[:12].upper()


def _patch(folder: Path, name: str) -> bytes | None:
    """The bytes of a finding's own picture; None where there is none within the folder."""
    path = folder / name
    try:
        inside = folder.resolve() in path.resolve().parents
        if not name or not inside or not path.is_file() or path.stat().st_size > _PATCH_BYTES:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _told(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [row for row in rows if row[1]]


def _short(value: Any) -> str:
    """One line of a text from outside, of a length that a cell holds."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
