"""What a model's file keeps of its normals, so that an analysis can tell a scan that the model does not know."""

from __future__ import annotations

from typing import Any

import numpy as np

from GANAnomalyLib.domain.reference import Reference
from GANAnomalyLib.domain.slice_traits import CELLS, NUMBERS
from GANAnomalyLib.models.card import ModelCard

MOST_SLICES = 1500
"""Slices that are kept, 250 bytes each."""
USUAL = 0.995
"""Share of normal slices that lie nearer to those of other patients than what is called usual."""
STRANGE = 1.75
"""What is farther than so many times that is nothing that the model knows: another person's anatomy lies in between."""
FACTS = "domain"
"""The entry of a card's ``training`` that says what scans are compared with."""


def make_reference(rows: np.ndarray, patients: np.ndarray) -> Reference | None:
    """From slices of normals (N, numbers), as :func:`GANAnomalyLib.domain.slice_traits.describe` makes them, with the
    codes (N,) of their patients; None where fewer than two patients are told.

    What is usual is measured patient by patient against all the others.
    """
    if rows.shape[1:] != (NUMBERS,):
        return None
    known = np.isfinite(rows[:, : CELLS + 2]).all(1)
    rows, patients = rows[known].astype(np.float32), patients[known]
    if len(np.unique(patients)) < 2:
        return None
    kept = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_SLICES)).round().astype(int))
    rows, patients = rows[kept], patients[kept]
    apart = [
        Reference(rows[patients != patient], 0, 0).nearest(rows[patients == patient])[0]
        for patient in np.unique(patients)
    ]
    usual = float(np.quantile(np.concatenate(apart), USUAL))
    return Reference(rows, usual, STRANGE * usual)


def domain_tensors(rows: np.ndarray, patients: np.ndarray, card: ModelCard) -> dict[str, Any]:
    """Tensors "domain.*" for a model's file, and what they rest on into its card; none where nothing can be told."""
    import torch

    reference = make_reference(rows, patients)
    card.training = {name: value for name, value in card.training.items() if name != FACTS}
    if reference is None:
        return {}
    card.training[FACTS] = {"slices": len(reference.rows), "patients": len(np.unique(patients))}
    return {f"domain.{name}": torch.from_numpy(array) for name, array in reference.tensors().items()}
