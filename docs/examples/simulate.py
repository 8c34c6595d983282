"""Put a needle into a normal CT, analyse it, and see whether one of the highest findings lies on the needle.

The highest may lie on the streaks that its metal throws.
"""

import sys
from pathlib import Path

import numpy as np

from GANAnomalyLab.simulate.anomalies import insert
from GANAnomalyLib import AnalysisRequest, read_volume, run, write_volume
from GANAnomalyLib.data import bundled_file

ct = bundled_file("torso_3mm.nii.gz")
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example_simulated")

made = insert(read_volume(ct), "needle", seed=3, level=3, slices=(70, 80))
write_volume(made.volume, folder / "with_needle.nii.gz")
slices = np.flatnonzero(made.mask.any(axis=(1, 2)))  # this CT is stored from the feet up
result = run(
    AnalysisRequest(
        folder / "with_needle.nii.gz", output=folder / "result", slices=(slices[0] - 3, slices[-1] + 4), top=3
    )
)
print(made.description)
for finding in result.findings:
    (i0, i1), (j0, j1), (k0, k1) = finding.box_ijk
    print(f"finding {finding.rank} is on it:", bool(made.mask[k0:k1, j0:j1, i0:i1].any()))
