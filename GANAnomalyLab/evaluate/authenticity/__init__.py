"""Whether synthetic images copy real ones, and what they tell of those whose images a model was trained on."""

from .authenticity_evaluation import Authenticity, evaluate_authenticity
from .authenticity_report import write_authenticity
from .picture_sets import PictureSet, open_picture_sets

__all__ = ["Authenticity", "PictureSet", "evaluate_authenticity", "open_picture_sets", "write_authenticity"]
