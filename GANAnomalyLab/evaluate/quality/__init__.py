"""How good generated images are: FID, KID, precision and recall, IS, PPL, FSD, FRD.

Importing this loads neither torch nor a network; what a metric needs is imported when it is measured.
"""

from .generated import GeneratorImages
from .measures import measure
from .metric_names import METRICS, Metric, parse_metrics
from .quality_images import ArrayImages, Images, PictureImages, SetImages, as_images

__all__ = [
    "METRICS",
    "ArrayImages",
    "GeneratorImages",
    "Images",
    "Metric",
    "PictureImages",
    "SetImages",
    "as_images",
    "measure",
    "parse_metrics",
]
