"""A small network that learnt on made-up anomalies what is one, from a slice and what another model says of it."""

from ..kinds import DetectorKind

KIND = DetectorKind("scorer", "Learned scorer", __name__, own_scores=True)
"""The scorer: it is made for one other model, its base, and carries that within its file."""
