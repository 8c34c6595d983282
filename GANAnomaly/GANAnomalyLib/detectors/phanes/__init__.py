"""PHANES: a coarse restoration says what to look at again, and an inpainter fills in only that."""

from ..kinds import DetectorKind

KIND = DetectorKind(
    "phanes",
    "PHANES, pseudo-healthy generative networks",
    __name__,
    own_scores=True,
    own_map=True,
    needs=("scikit-image>=0.22",),
)
