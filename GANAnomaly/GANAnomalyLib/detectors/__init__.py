"""Detectors, one folder a kind: how a model of normal anatomy explains slices. See README.md to add one."""
