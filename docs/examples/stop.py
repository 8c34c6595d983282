"""Watch an analysis and stop it: what is finished is kept, and the same request goes on from there."""

import sys

from GANAnomalyLib import AnalysisRequest, CancelToken, GANAnomalyError, run
from GANAnomalyLib.data import bundled_file

ct = bundled_file("torso_3mm.nii.gz")
output = sys.argv[1] if len(sys.argv) > 1 else "example_stopped"
cancel = CancelToken()


def watch(fraction: float, message: str) -> None:
    print(f"{100 * fraction:3.0f} %  {message}")
    if fraction > 0.1:
        cancel.cancel()  # any thread may do this, a button for example


try:
    run(AnalysisRequest(ct, output=output, slices=(40, 50)), progress=watch, cancel=cancel)
except GANAnomalyError as error:
    print(error.message)  # one sentence: what was wrong with what, and what to do
