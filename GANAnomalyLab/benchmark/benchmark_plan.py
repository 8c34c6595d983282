"""Which virtual patients the benchmark is made of: who trains, who calibrates, who is normal, who has which anomaly.

A plan is plain data. Every number in it comes from the version and the place in the lists below, so that two people
who ask for the same plan get the same cases; asking for more patients adds cases and changes none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from GANAnomalyLib.errors import InputError

from ..simulate.anomalies import LEVELS

BENCHMARK_VERSION = 2
"""Raised whenever the same plan would give other cases, so that results of different versions are never compared."""

VERSIONS = (1, BENCHMARK_VERSION)
"""Those that can be run."""

SEEN = (
    "needle",
    "probe",
    "fluid",
    "mass_hypo",
    "mass_hyper",
    "metal",
    "stent",
    "air",
    "missing",
    "motion",
    "ring",
)
"""The anomalies of version 1, and of both cohorts of version 2."""

UNSEEN = ("stranding", "thickening", "displaced")
"""Anomalies of version 2 that are in its standard cohort only, so that no choice ever sees them."""

KINDS = SEEN + UNSEEN
"""The benchmark's anomalies; the order is part of the versions, since patients are numbered by it."""

STANDARD, DEVELOPMENT = "standard", "development"
COHORTS = (STANDARD, DEVELOPMENT)
"""What is reported, and other patients on which everything is chosen."""

SOURCES = ("torso_3mm.nii.gz",)
"""The bundled CTs that virtual patients are made of, in turn."""

TRAIN_SEED, CALIBRATION_SEED, THRESHOLD_SEED = 100_000, 110_000, 115_000
"""First patient of those that simple baselines learn from. The demo models were trained, calibrated and tuned on
patients below 50,000."""

BASELINE_SEED = {(1, STANDARD): 120_000, (2, STANDARD): 220_000, (2, DEVELOPMENT): 320_000}
"""First normal patient, by version and cohort; the abnormal ones come :data:`TO_ANOMALIES` later."""
TO_ANOMALIES = 10_000

_SIZES = {(1, STANDARD): (2, 44), (2, STANDARD): (8, 176), (2, DEVELOPMENT): (4, 88)}
"""Patients of each kind and level, and normal ones, unless told otherwise."""
_FULL_SIZE, _FULL_TRAIN = (4, 88), 80

MOST_PATIENTS = 300
SLAB = 12
EDGE_SLICES = 10
"""Slabs have their middle at least so far from the ends of the CT, where deformed patients repeat the last slice."""

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class CaseSpec:
    """One case to make.

    Attributes
    ----------
    name: its folder, for example "needle_2_00" (kind, level, number) or "baseline_03".
    role: "baseline" (normal) or "anomaly".
    seed: the virtual patient's.
    source: file name of the CT that the patient is made of.
    place: 0..1, where along the patient the slab lies; both roles have theirs spread evenly.
    kind, level: the anomaly's; "" and 0 for a normal case.
    """

    name: str
    role: str
    seed: int
    source: str
    place: float
    kind: str = ""
    level: int = 0

    def middle(self, slices: int) -> int:
        """The slice, of ``slices`` inferior to superior, in the middle of the slab."""
        edge = min(EDGE_SLICES, (slices - 1) // 2)
        return edge + round(self.place * (slices - 1 - 2 * edge))


@dataclass(frozen=True)
class Plan:
    """What to make; :func:`plan_of` has the usual numbers.

    Attributes
    ----------
    patients: anomaly patients of each kind and level; every case is a patient of its own.
    baselines: patients without an anomaly.
    kinds, levels: which anomalies.
    slab: slices analysed of each case, around the anomaly or at a place of the same distribution; 0: whole volumes.
    train, calibration: patients that simple baselines learn from, and that their scores are calibrated on.
    version: of the benchmark, one of :data:`VERSIONS`.
    cohort: one of :data:`COHORTS`; version 1 has the standard one only.
    """

    patients: int = 8
    baselines: int = 176
    kinds: tuple[str, ...] = KINDS
    levels: tuple[int, ...] = tuple(LEVELS)
    slab: int = SLAB
    train: int = 24
    calibration: int = 10
    version: int = BENCHMARK_VERSION
    cohort: str = STANDARD

    @property
    def standard(self) -> bool:
        """Whether results under this plan can be compared with others' of the same size."""
        return self in [plan_of(self.version, self.cohort, full) for full in (False, True)]

    def check(self) -> None:
        """Raise :class:`InputError` for a plan that cannot be made."""
        known = kinds_of(self.version, self.cohort)
        unknown = [kind for kind in self.kinds if kind not in known]
        if unknown:
            hidden = unknown[0] in UNSEEN and self.cohort == DEVELOPMENT
            why = " in its development cohort, as no choice may see it" if hidden else ""
            raise InputError(f"The benchmark has no anomaly {unknown[0]!r}{why}; it has: {', '.join(known)}.")
        if not self.kinds or len(set(self.kinds)) != len(self.kinds):
            raise InputError("Name each kind of anomaly once, and at least one.")
        if not self.levels or not set(self.levels) <= set(LEVELS) or len(set(self.levels)) != len(self.levels):
            raise InputError("Levels are 1 (subtle), 2 (moderate) and 3 (obvious): name each once, and at least one.")
        for name in ("patients", "baselines", "train", "calibration"):
            value = getattr(self, name)
            if not 1 <= value <= MOST_PATIENTS:
                raise InputError(f"The benchmark can have 1 to {MOST_PATIENTS} {name}, not {value}.")
        if self.train < 2 or self.calibration < 2:
            raise InputError("Simple baselines need at least two patients to learn from and two to calibrate on.")
        if self.slab < 0:
            raise InputError(f"The slab must have one slice or more, or 0 for whole volumes, not {self.slab}.")

    def cases(self) -> list[CaseSpec]:
        """All cases, normal ones first; raises :class:`InputError` for a plan that cannot be made."""
        self.check()
        normal = BASELINE_SEED[self.version, self.cohort]
        made = [
            CaseSpec(f"baseline_{n:02d}", "baseline", normal + n, _source(normal + n), _place(n))
            for n in range(self.baselines)
        ]
        # Numbered by the whole lists, so that leaving some out changes none of the others.
        whole = SEEN if self.version == 1 else KINDS
        for kind in self.kinds:
            number = whole.index(kind)
            for patient in range(self.patients):
                for level in self.levels:
                    seed = normal + TO_ANOMALIES + 1000 * number + 3 * patient + level - 1
                    place = _place((patient * len(whole) + number) * len(LEVELS) + level - 1)
                    name = f"{kind}_{level}_{patient:02d}"
                    made.append(CaseSpec(name, "anomaly", seed, _source(seed), place, kind, level))
        return made

    def train_seeds(self) -> list[int]:
        """Virtual patients that simple baselines learn from."""
        return list(range(TRAIN_SEED, TRAIN_SEED + self.train))

    def calibration_seeds(self) -> list[int]:
        """Virtual patients whose scores say what is usual."""
        return list(range(CALIBRATION_SEED, CALIBRATION_SEED + self.calibration))

    def threshold_seeds(self) -> list[int]:
        """Others, half as many, that thresholds are read from."""
        return list(range(THRESHOLD_SEED, THRESHOLD_SEED + max(self.calibration // 2, 1)))


def kinds_of(version: int, cohort: str = STANDARD) -> tuple[str, ...]:
    """The anomalies of a version's cohort; raises :class:`InputError` for one that there is not."""
    if version not in VERSIONS:
        raise InputError(f"There is no version {version} of the benchmark: run {' or '.join(map(str, VERSIONS))}.")
    if cohort not in COHORTS:
        raise InputError(f"There is no cohort {cohort!r}; there are: {', '.join(COHORTS)}.")
    if (version, cohort) not in BASELINE_SEED:
        raise InputError(f"Version {version} of the benchmark has no {cohort} cohort: it came with version 2.")
    return KINDS if (version, cohort) == (2, STANDARD) else SEEN


def plan_of(version: int = BENCHMARK_VERSION, cohort: str = STANDARD, full: bool = False) -> Plan:
    """The plan of a standard size.

    ``full`` analyses whole volumes and gives baselines more to learn from; in version 1 it also takes twice the
    patients. Raises :class:`InputError` for a version or cohort that there is not.
    """
    kinds = kinds_of(version, cohort)
    patients, baselines = _FULL_SIZE if full and version == 1 else _SIZES[version, cohort]
    small = Plan(patients, baselines, kinds, version=version, cohort=cohort)
    return replace(small, slab=0, train=_FULL_TRAIN) if full else small


def _source(seed: int) -> str:
    return SOURCES[seed % len(SOURCES)]


def _place(number: int) -> float:
    """0..1, evenly spread however many there are: multiples of the golden ratio."""
    return (0.5 + number * _GOLDEN) % 1.0
