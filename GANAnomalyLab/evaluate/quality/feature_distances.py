"""From features to numbers: the Frechet distance, and what torch-fidelity computes, on features that stay on disk."""

from __future__ import annotations

from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.quiet import quiet

from ...statistics.frechet import frechet
from .feature_networks import need

KID_SUBSET, KID_SUBSETS = 1000, 100
NEIGHBOURS = 3
IS_SPLITS = 10


def frechet_distance(real: np.ndarray, fake: np.ndarray, cancel: CancelToken) -> float:
    """The squared Frechet distance of Gaussians with the means and covariances of two sets of features (N, D)
    (Heusel et al. 2017)."""
    if min(len(real), len(fake)) < 2:
        raise InputError("A distance between sets needs at least two images in each: give more images.")
    return frechet(real, fake, cancel)


def kernel_distance(real: np.ndarray, fake: np.ndarray, seed: int, cancel: CancelToken) -> float:
    """KID: the mean unbiased squared MMD with the kernel (x.y / D + 1)^3 over 100 pairs of 1,000 images each.

    Binkowski et al. 2018, by torch-fidelity's own function; of smaller sets each pair takes all. It may be negative.
    """
    kid = need("torch_fidelity.metric_kid", "KID")
    size = min(KID_SUBSET, len(real), len(fake))
    if size < 2:
        raise InputError("KID needs at least two images in each set: give more images.")
    found = cancellable(
        lambda _: kid.kid_features_to_metric(
            _tensor(fake), _tensor(real), kid_subsets=KID_SUBSETS, kid_subset_size=size, rng_seed=seed, verbose=False
        ),
        cancel,
    )
    return float(found[kid.KEY_METRIC_KID_MEAN])


def precision_recall(real: np.ndarray, fake: np.ndarray, cancel: CancelToken) -> tuple[float, float]:
    """The share of generated images near a real one, and of real ones near a generated one, both 0..1.

    Near: within the distance that the other image has to its third nearest in its own set (Kynkaanniemi et al. 2019),
    by torch-fidelity's own function.
    """
    prc = need("torch_fidelity.metric_prc", "Precision and recall")
    if min(len(real), len(fake)) <= NEIGHBOURS:
        raise InputError(f"Precision and recall need more than {NEIGHBOURS} images in each set: give more images.")
    found = cancellable(
        lambda _: prc.prc_features_to_metric(
            _tensor(fake), _tensor(real), prc_neighborhood=NEIGHBOURS, prc_batch_size=1000, verbose=False
        ),
        cancel,
    )
    return float(found[prc.KEY_METRIC_PRECISION]), float(found[prc.KEY_METRIC_RECALL])


def inception_score(logits: np.ndarray, seed: int, cancel: CancelToken) -> tuple[float, float]:
    """Mean and deviation over ten parts of exp(mean KL(p(y|x), p(y))) (Salimans et al. 2016), torch-fidelity's own."""
    isc = need("torch_fidelity.metric_isc", "IS")
    splits = min(IS_SPLITS, len(logits))
    found = cancellable(lambda _: isc.isc_features_to_metric(_tensor(logits), splits, True, seed), cancel)
    return float(found[isc.KEY_METRIC_ISC_MEAN]), float(found[isc.KEY_METRIC_ISC_STD])


def _tensor(features: np.ndarray) -> Any:
    import torch

    with quiet():  # it is read only; nothing here writes to it
        return torch.from_numpy(features)
