"""Training images: volumes, radiographs and pictures become one memory-mapped set with classes and patients.

One file an idea: source (what is asked for), items, volumes, dicom_items and pictures (reading), tables and annotations
(classes, patients, splits from CSVs), store and opening (kept on disk), image_set, draws and prefetch (what a trainer
uses), splits (training and validation apart).
"""

from .batch_draws import Batch, Draws
from .image_set import ImageSet
from .image_source import ImageSource
from .joined_sets import join_sets
from .open_images import open_images
from .prefetch import Prefetch
from .splits import check_apart, split_by_class, split_by_patient

__all__ = [
    "Batch",
    "Draws",
    "ImageSet",
    "ImageSource",
    "Prefetch",
    "check_apart",
    "join_sets",
    "open_images",
    "split_by_class",
    "split_by_patient",
]
