"""Benchmarks, and what their tests share: a package of its own, as Opacus installs another of that name."""
