"""Simple baselines as models: the mean image, principal components, the nearest training slice, an autoencoder."""

from .load import architecture_of, baseline_tensors, build_baseline
from .network import EXPLAINERS, Autoencoder, Explainer, MeanImage, NearestSlice, PrincipalComponents

__all__ = [
    "EXPLAINERS",
    "Autoencoder",
    "Explainer",
    "MeanImage",
    "NearestSlice",
    "PrincipalComponents",
    "architecture_of",
    "baseline_tensors",
    "build_baseline",
]
