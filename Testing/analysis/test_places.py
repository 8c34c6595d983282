"""Any stored orientation, spacing and framing: a marked voxel's heat stays where the voxel is in the patient."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from analysis import small
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib import AnalysisRequest, CancelToken
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.analysis.score_slices import score_slices
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import no_progress
from GANAnomalyLib.volume import Volume


@st.composite
def marked_volumes(draw):
    """(volume, (i, j, k)): soft tissue in air with one bright voxel, stored and turned in any way."""
    shape = tuple(draw(st.integers(low, 20)) for low in (3, 12, 12))
    voxels = np.full(shape, -1000, np.int16)
    voxels[:, 1:-1, 1:-1] = 0
    mark = tuple(draw(st.integers(low, size - 1 - low)) for low, size in zip((0, 2, 2), shape, strict=True))
    voxels[mark] = 3000
    spacing = [draw(st.floats(0.5, 3.0)), draw(st.floats(0.5, 3.0)), draw(st.floats(0.5, 5.0))]
    # At most 20 degrees, so that the nearest patient axes are the same ones.
    angles = [np.radians(draw(st.floats(-20, 20))) for _ in range(2)]
    (a, b), turn = angles, np.eye(3)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3] = turn * spacing
    matrix[:3, 3] = [draw(st.floats(-300, 300)) for _ in range(3)]
    volume = Volume(voxels, matrix)
    place = volume.ras(np.array(mark[::-1]))
    order = draw(st.sampled_from(list(permutations(range(3)))))
    stored = Volume(
        np.ascontiguousarray(voxels.transpose([2 - order[axis] for axis in (2, 1, 0)])),
        np.column_stack([matrix[:, [*order]], matrix[:, 3]]),
    )
    flips = tuple(axis for axis in range(3) if draw(st.booleans()))
    return small.turned(stored, flips), place


@settings(max_examples=60, deadline=None)
@given(
    marked=marked_volumes(),
    framing=st.sampled_from(["full", "body", "slice-body"]),
    resolution=st.sampled_from([16, 32, 64]),
    metric=st.sampled_from(["wd", "mse"]),
)
def test_a_marked_voxel_keeps_its_place(marked, framing, resolution, metric):
    volume, place = marked
    card = ModelCard("any", resolution=resolution, framing=framing)
    request = AnalysisRequest("any", metric=metric, patch_size=1 if resolution == 16 else 3)
    resolved = Resolved.of(request, card, volume)
    prepared = prepare(request, resolved, card, volume)
    # What a detector would answer that explains everything but the mark: tissue and air as they are.
    plain = volume.like(np.minimum(volume.voxels, 0))
    healthy = prepare(request, resolved, card, plain)
    assert healthy.frames.to_dict() == prepared.frames.to_dict()
    scored = score_slices(prepared, healthy.originals, resolved, 3, no_progress, CancelToken())
    heat = prepared.stack.to_voxels(scored.heat)
    assert heat.shape == volume.voxels.shape
    peaks = np.argwhere(heat >= heat.max() * (1 - 1e-4))[:, ::-1]
    found = volume.ras(peaks.mean(axis=0))
    # A network pixel is the smallest thing that can be told apart; a voxel where that is larger.
    reach = max(prepared.frames.pixel_mm(), *volume.spacing)
    assert np.abs(_along(volume, found - place)).max() <= reach
    finding = scored.findings[0]
    off = np.abs(_along(volume, np.array(finding.centre_ras) - place))
    across = prepared.stack.axes[0]
    assert off[across] < 1e-6
    # Of the windows that hold the mark alike, the first is taken: its middle is up to half a window away. The network
    # pixel that shows most of the mark touches it.
    pixel = prepared.frames.pixel_mm()
    limit = (resolved.patch_size - 1) / 2 * pixel + (np.array(volume.spacing) + pixel) / 2
    assert (off <= limit + 1e-6).all()
    ijk = volume.ijk(place)
    # The box is in whole voxels; the mark may spread into a window just beside its own voxel.
    assert all(start - 1.5 <= at <= stop + 0.5 for at, (start, stop) in zip(ijk, finding.box_ijk, strict=True))


def _along(volume: Volume, step: np.ndarray) -> np.ndarray:
    """A distance in the patient along the volume's own axes, in millimetres."""
    return volume.directions.T @ step
