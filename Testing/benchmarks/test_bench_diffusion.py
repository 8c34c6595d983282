"""The benchmark of AnoDDPM's ways: what it measures, on a network that has learnt nothing."""

from __future__ import annotations

import numpy as np
import torch
from detectors.restorers import made

from benchmarks.bench_diffusion import flicker, measure


def test_flicker_is_what_neighbours_differ_by():
    still = np.full((4, 3, 3), 0.5)
    assert flicker(still) == 0
    assert flicker(np.stack([still[0], 3 * still[0], still[0]])) == 1 / np.mean([0.5, 1.5, 0.5])


def test_a_row_for_ddpm_and_one_for_each_number_of_looks():
    model = made("anoddpm", 16, 1, {"widths": [8, 16], "attention": 1, "head": 8, "groups": 4})
    torch.nn.init.normal_(model.parts["unet"].out[2].conv.weight, std=0.1, generator=torch.Generator().manual_seed(1))
    slices = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 16, 16)).repeat(3, 0).astype(np.float32)
    slices[1, 0, 0] = 0.9
    marked, masks = slices[:2].copy(), np.zeros((2, 16, 16), bool)
    masks[:, 4:8, 4:8] = True
    rows = measure(model, slices, (marked, masks), (2, 13), 12)
    assert [row.looks for row in rows] == [0, 2, 13]
    assert rows[0].apart == 0 < min(row.apart for row in rows[1:])
    assert all(row.shared < row.own for row in rows)
    assert all(0 <= row.auroc <= 1 for row in rows)
