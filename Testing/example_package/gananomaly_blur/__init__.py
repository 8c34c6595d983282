"""An example detector: a slice is explained by what a small network leaves of its shrunk copy."""

from GANAnomalyLib.detectors.kinds import DetectorKind

KIND = DetectorKind("blur", "Blurred copy", __name__)
