"""What a set of drawn pictures shall be, without what it takes to draw them."""

from __future__ import annotations

from dataclasses import dataclass

from GANAnomalyLib.option_fields import Options, option

SKIN, FILMS = "skin", "films"
FORMS = ("dicom", "png")


@dataclass(frozen=True)
class VirtualSetOptions(Options):
    """What a set of drawn pictures shall hold."""

    count: int = option(200, "Pictures in all.", low=4, high=1_000_000)
    side: int = option(128, "Pixels of a side.", low=64, high=2048)
    share: float = option(0.5, "Share of pictures with a finding, or of melanomas.", above=0, below=1)
    form: str = option("dicom", "Of films: DICOM of 12 bits, or PNG of 16.", choices=FORMS, flags="--format")
    test_share: float = option(0.2, "Of films: share of the patients in test.csv.", low=0, high=0.9)
    seed: int = option(0, "The same seed draws the same pictures.", low=0)
