"""Studies of readers, of any origin: ratings in, one page out."""

from .read_ratings import Ratings, read_ratings
from .reader_report import STUDY_FOLDER, write_study

__all__ = ["STUDY_FOLDER", "Ratings", "read_ratings", "write_study"]
