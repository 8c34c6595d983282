"""The three indices of normative learning, as defined here; their ingredients are always given beside them.

After Bercea, Wiestler, Rueckert and Schnabel, "Evaluating normative representation learning in generative AI for robust
anomaly detection" (2023). The paper's own normalisation is not restated in the sources at hand, so values are
comparable with others from here and not with published ones.
"""

from __future__ import annotations

import math

NAMES = {
    "rqi": "RQI, restoration quality on healthy images",
    "ahi": "AHI, anomaly to healthy",
    "caci": "CACI, conservation and correction",
}
"""What the indices are called."""

DEFINITIONS = {
    "rqi": "max(0, 1 - D(image, restored) / D(image, blank)), D the perceptual distance of its form; "
    "blank: the window's floor everywhere",
    "ahi": "(F_P - F_RP) / (F_P - F_UN), cut to 0..1; F: Frechet distance to training normals of pathological inputs "
    "(P), of their restorations (RP), of unseen normals (UN)",
    "caci": "harmonic mean of conservation (SSIM outside the anomaly) and correction (1 - SSIM inside it), each cut to "
    "0..1",
}
"""What they are, for every report that prints one."""

FORMS = {
    "lpips": "LPIPS",
    "lite0": "distance of EfficientNet-Lite0's features, in the place of LPIPS",
    "ssim": "1 - SSIM, in the place of LPIPS",
}
"""The perceptual distances that RQI may stand on. Values of different forms are not to be held against each other."""


def restoration_quality(restored: float, blank: float) -> float:
    """RQI, 0..1: 1 for healthy images given back as they are, 0 for what is no better than a blank picture.

    ``restored`` and ``blank`` are perceptual distances (:data:`FORMS`, 0 or more) of the image to its restoration and
    to a blank picture. NaN for an image that is blank itself, or distances that are not numbers.
    """
    if not (math.isfinite(restored) and math.isfinite(blank)) or blank <= 0:
        return math.nan
    return min(max(0.0, 1 - restored / blank), 1.0)


def anomaly_to_healthy(pathological: float, restored: float, unseen: float) -> float:
    """AHI, 0..1: how far restorations of pathological images went from those towards unseen normals.

    The three Frechet distances to training normals (F_P, F_RP, F_UN). NaN where pathological images are no farther
    from the training normals than unseen normals are: then there is no way to go.
    """
    if not all(map(math.isfinite, (pathological, restored, unseen))) or pathological <= unseen:
        return math.nan
    return min(max((pathological - restored) / (pathological - unseen), 0.0), 1.0)


def conservation_correction(outside: float, inside: float) -> float:
    """CACI, 0..1, from the SSIM (-1..1) of image and restoration outside and inside the anomaly.

    1 where all around the anomaly is kept and nothing in it; 0 for a restorer that changes nothing. Any change inside
    counts as correction, the right one or not: read it beside AHI. NaN for values that are not numbers.
    """
    if not (math.isfinite(outside) and math.isfinite(inside)):
        return math.nan
    conservation, correction = min(max(outside, 0.0), 1.0), min(max(1 - inside, 0.0), 1.0)
    total = conservation + correction
    return 2 * conservation * correction / total if total > 0 else 0.0
