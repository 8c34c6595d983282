"""A classifier of readers' decisions asked about the findings of results: how probably a reader would accept each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.classifiers.architecture import DECIDED, FindingsSeen
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_json
from GANAnomalyLib.files.typed_values import checked
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.review.opinions import Opinion, Opinions, save_opinions
from GANAnomalyLib.review.result_facts import OpinionSource
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..images.finding_pictures import finding_planes
from ..tables.write_csv import write_table
from .predict_classes import as_network_input, check_table

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel
    from GANAnomalyLib.models.card import ModelCard

COLUMNS = ("result", "rank", "score", "probability")


def opinions_on(model: ClassifierModel, result: AnalysisResult) -> Opinions:
    """What the classifier thinks of each finding of a result; the result is left as it is.

    Raises :class:`InputError` for a classifier that learnt from no findings, or from those of another model or window.
    """
    import torch

    learnt = model.architecture.findings
    if learnt is None:
        raise InputError(
            f"The classifier {model.card.name} tells {', '.join(model.classes)[:200]} apart and learnt from no "
            "findings: give one that gananomaly train classifier --findings made."
        )
    other = learnt.differs(FindingsSeen.of_result(result.manifest))
    if other:
        raise InputError(f"The result is {other}, from which the classifier {model.card.name} learnt.")
    found = Opinions(source_of(model.card))
    if not result.findings:
        return found
    planes = [finding_planes(result.folder, finding, learnt.patch_size) for finding in result.findings]
    shown = torch.from_numpy(np.stack([as_network_input(one) for one in planes]))
    accepted = model.probabilities(shown)[:, DECIDED.index("accepted")].cpu().double().numpy()
    for finding, probability in zip(result.findings, accepted.clip(0, 1), strict=True):
        found.opinions.append(Opinion(finding.rank, round(float(probability), 6)))
    return found


def write_opinions(
    model: ClassifierModel,
    folders: Sequence[Path],
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Write opinions.json into each of some result folders; returns a row a finding by :data:`COLUMNS`, and the folders
    that could not be used, and why.

    Raises :class:`InputError` where that is so of all of them; :class:`Cancelled` soon after ``cancel`` is set.
    """
    rows: list[dict[str, Any]] = []
    failed: list[tuple[str, str]] = []
    for number, folder in enumerate(folders):
        (cancel or CancelToken()).check()
        message = Message("converting_items", what="Asking", number=number + 1, count=len(folders))
        progress(number / len(folders), message)
        try:
            result = AnalysisResult.read(folder)
            opinions = opinions_on(model, result)
            save_opinions(folder, opinions)
        except InputError as error:
            failed.append((folder.name, error.message))
            continue
        said = opinions.by_rank()
        for one in result.findings:
            values = (folder.name, one.rank, one.score, said[one.rank])
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    if len(failed) == len(folders):
        others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise InputError(f"{failed[0][0]}{others}: {failed[0][1]}")
    progress(1.0, Message("done"))
    return rows, failed


def write_opinion_table(path: Path | str, rows: list[dict[str, Any]], force: bool = False) -> Path:
    """Write the rows as .csv or .json by the ending, whole or not at all; raises as :func:`check_table`."""
    path = check_table(path, force)
    if path.suffix.lower() == ".json":
        return write_json(path, {"findings": rows}, "the opinions")
    write_table(path, COLUMNS, rows)
    return path


def source_of(card: ModelCard) -> OpinionSource:
    """What a card says of the decisions that its classifier learnt from; nothing where it says it otherwise."""
    learnt, held_out = card.training, card.results.get("held_out")
    counts = learnt.get("classes")
    said = {
        "model": card.name,
        **{name: counts.get(name, 0) for name in DECIDED if isinstance(counts, dict)},
        "patients": learnt.get("patients", 0),
        "auroc": held_out.get("auroc") if isinstance(held_out, dict) else None,
    }
    try:
        found: OpinionSource = checked(OpinionSource, said)
    except ValueError:
        return OpinionSource(card.name)
    return found
