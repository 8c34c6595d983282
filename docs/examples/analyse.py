"""Analyse the bundled CT with a simulated needle, ten slices of it, and print the findings."""

import sys

from GANAnomalyLib import AnalysisRequest, run
from GANAnomalyLib.data import bundled_file

ct = bundled_file("torso_3mm_with_anomalies.nii.gz")
output = sys.argv[1] if len(sys.argv) > 1 else "example_result"

result = run(AnalysisRequest(ct, output=output, slices=(72, 82), top=3))
for finding in result.findings:
    print(finding.rank, round(finding.score, 1), "slice", finding.slice, "at", finding.centre_ras)
print("heatmap:", result.path("heatmap"))
