"""Differential privacy of a training: what it has spent."""

from .accounting import ACCOUNTANTS, PrivacyAccount, Stretch, delta_warning, needed_noise

__all__ = ["ACCOUNTANTS", "PrivacyAccount", "Stretch", "delta_warning", "needed_noise"]
