"""A classifier of readers' decisions asked about the findings of a result: how probably a reader would accept each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..classifiers.architecture import DECIDED, FindingsSeen
from ..errors import InputError
from ..files.typed_values import checked
from ..results.result import AnalysisResult
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress, part
from .finding_pictures import finding_planes
from .opinions import Opinion, Opinions, save_opinions
from .result_facts import OpinionSource

if TYPE_CHECKING:
    from ..classifiers.load import ClassifierModel
    from ..models.card import ModelCard

_AT_ONCE = 16


def ask(
    folder: Path | str,
    classifier: Path | str,
    fingerprint: str = "",
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Opinions:
    """Ask a classifier, by name or file, about a result folder's findings; its opinions are kept there, and returned.

    With ``fingerprint``, of that result only. Raises :class:`InputError` as :func:`.load_classifier` and
    :func:`opinions_on` do, for a folder that holds no result or another one, and where it cannot be written to.
    """
    cancel = cancel or CancelToken()
    result = AnalysisResult.read(folder)
    if fingerprint and result.manifest.get("fingerprint") != fingerprint:
        raise InputError("The folder of this result holds another one by now: open that, or analyse the scan again.")
    progress(0.0, Message("loading_engine"))
    from ..classifiers.load import load_classifier

    cancel.check()
    model = load_classifier(classifier)
    found = opinions_on(model, result, part(progress, 0.5, 1.0), cancel)
    cancel.check()
    save_opinions(folder, found)
    progress(1.0, Message("done"))
    return found


def opinions_on(
    model: ClassifierModel,
    result: AnalysisResult,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Opinions:
    """What the classifier thinks of each finding of a result; the result is left as it is.

    Raises :class:`InputError` for a classifier that learnt from no findings, or from those of another model or window.
    """
    import torch

    from ..classifiers.load import as_network_input

    learnt = model.architecture.findings
    if learnt is None:
        raise InputError.of(
            "The classifier {classifier} tells {classes} apart and learnt from no findings: give one that gananomaly "
            "train classifier --findings made.",
            classifier=model.card.name,
            classes=", ".join(model.classes)[:200],
        )
    _check_same(learnt, FindingsSeen.of_result(result.manifest), model.card.name)
    found, count = Opinions(source_of(model.card)), len(result.findings)
    for first in range(0, count, _AT_ONCE):
        (cancel or CancelToken()).check()
        progress(first / count, Message("asking_classifier", number=first, count=count))
        asked = result.findings[first : first + _AT_ONCE]
        planes = [finding_planes(result.folder, finding, learnt.patch_size) for finding in asked]
        shown = torch.from_numpy(np.stack([as_network_input(one) for one in planes]))
        accepted = model.probabilities(shown)[:, DECIDED.index("accepted")].cpu().double().numpy()
        for finding, probability in zip(asked, accepted.clip(0, 1), strict=True):
            found.opinions.append(Opinion(finding.rank, round(float(probability), 6)))
    return found


def _check_same(learnt: FindingsSeen, own: FindingsSeen, classifier: str) -> None:
    """Raise :class:`InputError` unless a result's findings are such as a classifier learnt from."""
    difference = learnt.differs(own)
    if not difference:
        return
    if learnt.model != own.model:
        raise InputError.of(
            "The result is of the model {theirs}, not of {mine}, from which the classifier {classifier} learnt.",
            theirs=own.model,
            mine=learnt.model,
            classifier=classifier,
        )
    raise InputError.of(
        "The result is {difference}, from which the classifier {classifier} learnt.",
        difference=difference,
        classifier=classifier,
    )


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
