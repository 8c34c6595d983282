"""A classifier of readers' decisions asked about the findings of a result: how probably a reader would accept each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..classifiers.architecture import DECIDED, FindingsSeen
from ..errors import InputError
from ..files.typed_values import checked
from ..results.result import AnalysisResult
from .finding_pictures import finding_planes
from .opinions import Opinion, Opinions
from .result_facts import OpinionSource

if TYPE_CHECKING:
    from ..classifiers.load import ClassifierModel
    from ..models.card import ModelCard


def opinions_on(model: ClassifierModel, result: AnalysisResult) -> Opinions:
    """What the classifier thinks of each finding of a result; the result is left as it is.

    Raises :class:`InputError` for a classifier that learnt from no findings, or from those of another model or window.
    """
    import torch

    from ..classifiers.load import as_network_input

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
