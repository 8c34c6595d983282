"""A study: configurations run over cases, tables of slices and cases, and what they say of detection."""

from .cases import BASELINE, MEAN, Configuration, StudyCase, check_study
from .measure import Measured, measure
from .run import run_study
from .scoring import DEFAULT, Scoring
from .summary import COLUMNS, summarise
from .tables import StudyTables

__all__ = [
    "BASELINE",
    "COLUMNS",
    "DEFAULT",
    "MEAN",
    "Configuration",
    "Measured",
    "Scoring",
    "StudyCase",
    "StudyTables",
    "check_study",
    "measure",
    "run_study",
    "summarise",
]
