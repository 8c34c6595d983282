"""Studies that the review database keeps: their plan checked, and what was read handed to the analysis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import growing, locked

from ...report import file_hash
from ...statistics.readers.agreement import Labels, disagreements
from ...tables.write_csv import write_table
from ..reader_options import with_plan
from .study_data import study_hashes

if TYPE_CHECKING:
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.study_design import StudyDesign
    from GANAnomalyLib.review.study.study_record import KeptStudy
    from GANAnomalyLib.review.study.study_rows import StudyRows

RATINGS, READINGS, PLAN, STUDY, SETTLE = "ratings.csv", "readings.csv", "plan.json", "study.json", "to_settle.csv"
FILES = (RATINGS, READINGS, PLAN, STUDY, SETTLE)
_RATINGS, _LOCATED = ("reader", "treatment", "case", "truth", "rating"), ("lesion",)


@dataclass(frozen=True)
class ReadStudy:
    """A study with what was read; ``seconds`` are mean reading times, ``notes`` what to know of it all."""

    kept: KeptStudy
    rows: StudyRows
    seconds: list[dict[str, Any]]
    notes: list[str]


def plan_hash(plan: dict[str, Any]) -> str:
    """The hash of a plan as the analysis will take it, defaults filled in; raises :class:`InputError` as that does."""
    return study_hashes(with_plan(plan, {}), "")["plan"]


def keep_study(database: ReviewDatabase, design: StudyDesign, who: ReaderName) -> KeptStudy:
    """Check a design's plan, too, and keep the study; raises :class:`InputError` naming the field at fault."""
    from GANAnomalyLib.review.study.study_record import create_study

    try:
        options = with_plan(design.plan, {})
    except InputError as error:
        raise InputError(f"The design cannot be used: its plan does not fit. {error.message}") from error
    names = [one.name for one in design.conditions]
    unknown = [name for name in options.treatments or () if name not in names]
    if unknown:
        raise InputError(f"The design cannot be used: its plan.treatments names {unknown[0]!r}, which is no condition.")
    if options.case_column != "case":
        raise InputError("The design cannot be used: its plan.case_column must be case, as ratings are written.")
    if options.metric == "jafroc":
        for number, one in enumerate(design.cases):
            if one.truth == 1 and not one.lesions:
                raise InputError(
                    f"The design cannot be used: its cases[{number}].lesions is empty; jafroc needs the lesions of "
                    "each abnormal case."
                )
    return create_study(database, design, who, plan_hash(design.plan))


def read_study(database: ReviewDatabase, name: str, who: ReaderName, interim: bool = False) -> ReadStudy:
    """What was read in a study, with the truth.

    Raises :class:`InputError` for one that is not finished, unless ``interim``, which is not for a reader who must not
    see it yet; GANAnomalyError for one that is not what was kept.
    """
    from GANAnomalyLib.review.store.record_decisions import reader_id
    from GANAnomalyLib.review.study.study_record import check_may_see, design_is_whole, find_study
    from GANAnomalyLib.review.study.study_rows import mean_seconds, study_rows

    with database.reading() as connection:
        kept = find_study(connection, name)
        if not design_is_whole(connection, kept):
            raise GANAnomalyError(
                f"The study {name} was changed since it was created: bring back a backup of the review database."
            )
        if not kept.finished:
            check_may_see(connection, reader_id(who))
            if not interim:
                raise InputError(
                    f"The study {name} is not finished: finish it first (gananomaly review study finish), or look at "
                    "it before its end with --interim."
                )
        options = with_plan(kept.design.plan, {})
        rows = study_rows(connection, kept, options.metric == "jafroc")
    if not rows.readings:
        raise InputError(f"Nothing was read in the study {name} yet.")
    notes = list(rows.notes)
    if not kept.finished:
        notes.insert(0, "The study is not finished: these are interim numbers.")
    if plan_hash(kept.design.plan) != kept.plan_hash:
        notes.append(
            "This version fills settings that the plan leaves open in otherwise than the one that the study was "
            "created with: its hash of the plan differs from the one that was kept."
        )
    return ReadStudy(kept, rows, mean_seconds(rows), notes)


def write_ratings(study: ReadStudy, path: Path) -> Path:
    """The table that the analysis takes; raises :class:`InputError` where no reading has a truth."""
    if not study.rows.ratings:
        raise InputError(
            f"No case that was read in the study {study.kept.design.name} has a truth: say it in the design, or have "
            "the cases settled."
        )
    write_table(path, (*_RATINGS, *_LOCATED) if study.rows.located else _RATINGS, study.rows.ratings)
    return path


def to_be_settled(rows: Sequence[dict[str, Any]], threshold: float | None) -> list[tuple[str, str, dict[str, str]]]:
    """(case, condition, who said what) where first readings of a condition differ: in the verdict, or, with a
    ``threshold``, in whether the rating reaches it."""
    found = []
    for under in dict.fromkeys(row["treatment"] for row in rows):
        chosen = [row for row in rows if row["treatment"] == under and not row["again"]]
        said = [(row, row["verdict"] if threshold is None else _side(row["rating"], threshold)) for row in chosen]
        said = [(row, word) for row, word in said if word]
        if said:
            labels = Labels.of(
                [row["reader"] for row, _ in said], [row["case"] for row, _ in said], [word for _, word in said]
            )
            found += [(case, under, words) for case, words in disagreements(labels)]
    return found


def _side(rating: float | None, threshold: float) -> str:
    return "" if rating is None else "abnormal" if rating >= threshold else "normal"


@locked("folder", "gananomaly review study export")
def write_export(database: ReviewDatabase, study: ReadStudy, folder: Path | str, force: bool = False) -> list[Path]:
    """Write ratings, readings, plan and study into a folder, all or none; returns its files.

    Raises :class:`InputError` for a folder that holds something else, or an export unless ``force``.
    """
    from GANAnomalyLib.review.study.settle_cases import to_settle
    from GANAnomalyLib.review.study.study_rows import READING_COLUMNS

    folder = Path(folder)
    _check_folder(folder, force)
    with database.reading() as connection:
        settled = to_settle(connection, study.kept)
    kept, design = study.kept, study.kept.design
    with growing(folder, "the export") as work:
        hashes = {"design": f"sha256:{kept.design_hash}", "plan": kept.plan_hash}
        if study.rows.ratings:
            hashes["ratings"] = file_hash(write_ratings(study, work / RATINGS))
        write_table(work / READINGS, READING_COLUMNS, study.rows.readings)
        _write_json(work / PLAN, design.plan)
        if settled:
            rows = [
                {"treatment": one.condition, "item": one.case, "verdict": one.verdict, "adjudicator": one.adjudicator}
                | {f"reader {name}": one.said.get(name, "") for name in design.readers}
                for one in settled
            ]
            write_table(work / SETTLE, rows[0], rows)
        told = {"study": design.public(), "seed": kept.seed, "finished": kept.finished, "hashes": hashes}
        _write_json(work / STUDY, {**told, "seconds": study.seconds, "notes": study.notes})
    return [folder / name for name in FILES if (folder / name).is_file()]


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _check_folder(folder: Path, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder: choose another output folder.")
    held = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if held and (STUDY not in held or held - set(FILES)):
        raise InputError(f"{folder} holds other files: choose another output folder.")
    if held and not force:
        raise InputError(f"{folder} already holds an export: choose another folder, or replace it with --force.")
