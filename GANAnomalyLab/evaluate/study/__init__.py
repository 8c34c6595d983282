"""A study: configurations run over cases, tables of slices and cases, and what they say of detection."""

from .measure import Measured, measure
from .run_study import run_study
from .scoring import DEFAULT, Scoring
from .study_cases import BASELINE, MEAN, Configuration, StudyCase, check_study
from .study_summary import COLUMNS, summarise
from .study_tables import StudyTables

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
