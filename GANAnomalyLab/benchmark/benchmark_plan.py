"""Which virtual patients the benchmark is made of: who trains, who calibrates, who is normal, who has which anomaly.

A plan is plain data. Every number in it comes from the version and the place in the lists below, so that two people
who ask for the same plan get the same cases; asking for more patients adds cases and changes none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from GANAnomalyLib.errors import InputError

from ..simulate.anomalies import LEVELS

BENCHMARK_VERSION = 1
"""Raised whenever the same plan would give other cases, so that results of different versions are never compared."""

KINDS = (
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
"""The benchmark's anomalies; the order is part of the version, since patients are numbered by it."""

SOURCES = ("torso_3mm.nii.gz",)
"""The bundled CTs that virtual patients are made of, in turn."""

TRAIN_SEED, CALIBRATION_SEED, THRESHOLD_SEED, BASELINE_SEED, ANOMALY_SEED = 100_000, 110_000, 115_000, 120_000, 130_000
"""First patient of each role. The demo models were trained, calibrated and tuned on patients below 50,000."""

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
    """What to make.

    Attributes
    ----------
    patients: anomaly patients of each kind and level; every case is a patient of its own.
    baselines: patients without an anomaly.
    kinds, levels: which anomalies.
    slab: slices analysed of each case, around the anomaly or at a place of the same distribution; 0: whole volumes.
    train, calibration: patients that simple baselines learn from, and that their scores are calibrated on.
    """

    patients: int = 2
    baselines: int = 44
    kinds: tuple[str, ...] = KINDS
    levels: tuple[int, ...] = tuple(LEVELS)
    slab: int = SLAB
    train: int = 24
    calibration: int = 10

    @classmethod
    def full(cls, kinds: tuple[str, ...] = KINDS, levels: tuple[int, ...] = tuple(LEVELS)) -> Plan:
        """Four patients a kind and level, whole volumes, more to learn from."""
        return cls(4, 88, kinds, levels, 0, 80)

    @property
    def standard(self) -> bool:
        """Whether results under this plan can be compared with others' of the same size."""
        return self in (Plan(), Plan.full())

    def check(self) -> None:
        """Raise :class:`InputError` for a plan that cannot be made."""
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown:
            raise InputError(f"The benchmark has no anomaly {unknown[0]!r}; it has: {', '.join(KINDS)}.")
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
        made = [
            CaseSpec(f"baseline_{n:02d}", "baseline", BASELINE_SEED + n, _source(BASELINE_SEED + n), _place(n))
            for n in range(self.baselines)
        ]
        for kind in self.kinds:
            number = KINDS.index(kind)
            for patient in range(self.patients):
                for level in self.levels:
                    # Numbered by the whole lists, so that leaving some out changes none of the others.
                    seed = ANOMALY_SEED + 1000 * number + 3 * patient + level - 1
                    place = _place((patient * len(KINDS) + number) * len(LEVELS) + level - 1)
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


def _source(seed: int) -> str:
    return SOURCES[seed % len(SOURCES)]


def _place(number: int) -> float:
    """0..1, evenly spread however many there are: multiples of the golden ratio."""
    return (0.5 + number * _GOLDEN) % 1.0
