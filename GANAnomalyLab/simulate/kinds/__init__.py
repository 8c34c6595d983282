"""The kinds of simulated anomalies, by name."""

from __future__ import annotations

from collections.abc import Callable

from .displaced import displaced
from .implant import metal, stent
from .mass import mass, mass_hyper, mass_hypo, missing
from .needle import needle, probe
from .patient import Patient
from .scanner import motion, ring
from .shapes import Change
from .stranding import stranding
from .thickening import thickening
from .wall import air, fluid

Generator = Callable[[Patient], Change]

KINDS: dict[str, Generator] = {
    "needle": needle,
    "fluid": fluid,
    "mass": mass,
    "mass_hypo": mass_hypo,
    "mass_hyper": mass_hyper,
    "metal": metal,
    "air": air,
    "probe": probe,
    "stent": stent,
    "missing": missing,
    "ring": ring,
    "motion": motion,
    "stranding": stranding,
    "thickening": thickening,
    "displaced": displaced,
}
"""Every kind's generator: a patient in, what was changed out."""

__all__ = ["KINDS", "Change", "Generator", "Patient"]
