"""The benchmark that anyone can run: virtual patients with exact anomalies, simple baselines, one leaderboard."""

from .plan import BENCHMARK_VERSION, KINDS, CaseSpec, Plan

__all__ = ["BENCHMARK_VERSION", "KINDS", "CaseSpec", "Plan"]
