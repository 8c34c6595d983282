"""A result and what readers said of it, as the blocks of a case report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...domain.verdict import UNKNOWN, UNUSUAL
from ...models.score_units import score_text
from ...pictures import manifest_facts as facts
from ...results.result import AnalysisResult, Finding, domain_of
from ...results.usual import UsualLine, standing
from .analysis_blocks import analysis_blocks, domain_sentence, mapping, model_blocks, one_line, told
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
        self.placed = pictures.placed if pictures is not None else is_placed(result)

    def whole(self) -> CaseReport:
        say = self.say
        case = one_line(self.about.case) or case_number(self.result)
        blocks: list[Block] = [
            Facts(self._who(case)),
            Heading(say("Verdict on the case")),
            Choice([(say(_VERDICT_WORDS[verdict]), verdict == self.about.verdict) for verdict in VERDICTS]),
            Heading(say("What was found")),
            *self._summary(),
        ]
        drawn = curve(self.result, {rank: one.decision for rank, one in self.judged.items()}, self.words)
        blocks += [] if drawn is None else [Picture(drawn)]
        blocks += [*self._decided(), *self._undecided(), *self._added()]
        blocks += [*analysis_blocks(self.result, self.words, self.placed), *model_blocks(self.result, self.words)]
        blocks.append(
            Signature(
                say("Read and judged by:"),
                [
                    (say("Name"), one_line(self.about.reader)),
                    (say("Place and date"), ""),
                    (say("Signature"), ""),
                ],
            )
        )
        return CaseReport(
            self.words.language,
            say("Case report"),
            f"{say('Case report')} {case_number(self.result)}",
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
            (say("Patient"), one_line(about.patient)),
            (say("Site"), one_line(about.site)),
            (say("Reader"), one_line(about.reader)),
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
                        "Findings: {count}; accepted: {accepted}, rejected: {rejected}, unsure: {unsure}, "
                        "not decided: {open}. Added by the reader: {added}.",
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
            out.append(Text(domain_sentence(self.domain, self.words), strong=True))
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
            told(
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
            (self.say("Label"), one_line(one.label)),
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
        if not self.placed:
            return ""
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
        sides = [f"{value:.0f}" for value in mm]
        if not self.placed:
            return self.say("{width} x {height} pixels", width=sides[0], height=sides[1])
        return " x ".join(sides) + " mm"

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
        shown = [n for n in range(len(heads)) if any(row[n] for row in rows)]
        grid = Grid([heads[n] for n in shown], [[row[n] for n in shown] for row in rows], (0,))
        return [Heading(say("Findings that were not decided")), grid]

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
            out.append(Place(title, drawings, told(rows), one.comment, say("Comment")))
        return out


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


def is_placed(result: AnalysisResult) -> bool:
    """Whether the image has a place in a patient, as far as its result tells: files of CTs may not say what they are,
    but have several slices, and pictures have one."""
    shape = mapping(result.manifest.get("geometry")).get("shape_kji")
    return facts.modality(result) != "" or (len(result.scores) if not shape else int(shape[0])) > 1


def case_number(result: AnalysisResult) -> str:
    """A number for the case that names nobody: the beginning of the image's hash, else of the analysis's."""
    told = mapping(result.manifest.get("input")).get("hash")
    text = told if isinstance(told, str) and told else facts.fingerprint(result)
    return one_line(text.removeprefix("sha256:"))[:12].upper()


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
