"""The benchmark that anyone can run: virtual patients with exact anomalies, simple baselines, one leaderboard.

:func:`~.run.run_benchmark` runs it; :mod:`.plan` says what it is made of.
"""

from .benchmark_plan import BENCHMARK_VERSION, KINDS, CaseSpec, Plan

__all__ = ["BENCHMARK_VERSION", "KINDS", "CaseSpec", "Plan"]
