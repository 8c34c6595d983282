"""FRD: the Frechet distance of radiomic features, by the frd-score package (Konz, Osuala et al. 2026)."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.running.quiet import quiet

from .feature_networks import need
from .image_features import FeatureStore
from .quality_images import Images

MOST_WORKERS = 16
ROUNDING = 1e-8
"""Features of images, whose grey values pyradiomics brings to a deviation of 100, differ by less through rounding."""
_extractor: Any = None


def check_package() -> str:
    """The version of frd-score; raises :class:`InputError` saying what is missing and how to get it."""
    package = need("frd_score", "FRD")
    try:
        with quiet():
            import radiomics  # noqa: F401
    except ImportError as error:
        raise InputError(
            "FRD needs the Python package pyradiomics, which cannot be loaded here: run  pip install "
            "git+https://github.com/AIM-Harvard/pyradiomics.git  (it is built on your computer, with a C compiler) or  "
            "conda install -c conda-forge pyradiomics.",
            repr(error),
        ) from error
    return str(package.__version__)


def radiomic_features(
    store: FeatureStore,
    images: Images,
    workers: int,
    progress: ProgressCallback,
    cancel: CancelToken,
    what: str,
) -> np.ndarray:
    """Features (N, F) float64 of every image at 8 bits, colours as grey; rows of NaN where there are none.

    An image without contrast, or too small for the filters, has none. ``workers`` processes share the work; 1: this
    one does it.
    """
    version = check_package()

    def make() -> Iterator[np.ndarray]:
        late: list[int] = []
        width = 0
        for done, row in enumerate(_rows(images, workers, cancel), 1):
            progress(done / len(images), Message("radiomics_of_images", what=what, number=done, count=len(images)))
            if row is None and not width:
                late.append(done)  # how long a row is, the first image that has one will tell
                continue
            if row is not None and not width:
                width = len(row)
                if late:
                    yield np.full((len(late), width), np.nan)
            yield np.full((1, width), np.nan) if row is None else row[None]
        if not width:
            raise InputError(
                f"Radiomics cannot describe any of the {len(images)} images of the {what} set: they are too small or "
                "show no contrast."
            )

    return store.rows(images, f"frd-score {version}", np.float64, make, cancel)


def frd(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """FRD (version 1) of features (N, F): the natural logarithm of the squared Frechet distance; and a steadier one.

    The steps and the functions are those of the package's ``compute_frd``: images without features are left out,
    features are brought to mean 0 and deviation 1 of the real images, and those that then are not numbers are left
    out. Minus infinity when nothing tells the sets apart.

    Where more than half of every real image is black, some features (medians of wavelets) are 0 in all of them but
    for rounding. Divided by a deviation of 1e-10, the least speck in a background then decides the number. The second
    number is without the features whose deviation among the real images is below :data:`ROUNDING`.
    """
    package = need("frd_score.frd", "FRD")
    sets = [rows[~np.isnan(rows).any(1)].astype(np.float32) for rows in (real, fake)]
    if min(map(len, sets)) < 2:
        raise InputError("FRD needs at least two images with contrast in each set: give more images.")
    with _quiet():
        scaled = [
            package.z_score_normalize(
                features=rows, base_distribution=sets[0], replace_nan=False, handle_std_zero=False
            )
            for rows in sets
        ]
    usable = np.isfinite(scaled[0]).all(0) & np.isfinite(scaled[1]).all(0)
    steady = usable & (sets[0].std(0, dtype=np.float64) >= ROUNDING)
    if not steady.any():
        raise InputError("FRD has nothing to compare: no feature differs among the real images.")
    plain = _logarithm(package, *(rows[:, usable] for rows in scaled))
    same = bool((steady == usable).all())
    return plain, plain if same else _logarithm(package, *(rows[:, steady] for rows in scaled))


def _logarithm(package: Any, real: np.ndarray, fake: np.ndarray) -> float:
    moments = [part for rows in (real, fake) for part in (rows.mean(0), np.cov(rows, rowvar=False))]
    with _quiet():
        squared = package.calculate_frechet_distance(*moments)
    return float(np.log(squared)) if squared > 0 else float("-inf")


def choose_workers(workers: int, count: int) -> int:
    """How many processes; 0 leaves it to the number of processors and images."""
    if workers > 0:
        return workers
    return 1 if count < 100 else max(1, min((os.cpu_count() or 2) - 1, MOST_WORKERS))


def _rows(images: Images, workers: int, cancel: CancelToken) -> Iterator[np.ndarray | None]:
    """One row of features an image, in order."""
    if workers == 1:
        for image in _each(images):
            cancel.check()
            yield image_features(image)
        return
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError

    # Not forked: torch's threads in this process would leave locks held in the children.
    with contextlib.ExitStack() as stack:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        waiting: deque[Future[np.ndarray | None]] = deque()

        def first() -> np.ndarray | None:
            while True:
                cancel.check()
                try:
                    return waiting[0].result(timeout=0.2)
                except TimeoutError:
                    if waiting[0].done():
                        raise

        for image in _each(images):
            waiting.append(pool.submit(image_features, image))
            if len(waiting) >= 4 * workers:
                yield first()
                waiting.popleft()
        while waiting:
            yield first()
            waiting.popleft()


def _each(images: Images) -> Iterator[np.ndarray]:
    for batch in images:
        yield from batch


def image_features(image: np.ndarray) -> np.ndarray | None:
    """The package's features of one image (C, H, W) uint8, its pixels taken as 1 mm; None where there are none."""
    from PIL import Image

    global _extractor
    grey = image[0]
    if len(image) == 3 and (image != image[:1]).any():
        grey = np.asarray(Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).convert("L"))
    if grey.min() == grey.max():
        return None
    package = need("frd_score.frd", "FRD")
    with _quiet(), tempfile.TemporaryDirectory(prefix="gananomaly-frd-") as folder:
        if _extractor is None:
            package._ensure_radiomics()
            package.setVerbosity(60)
            _extractor = package.get_feature_extractor()
        path = Path(folder) / "image.png"  # the package reads files only
        Image.fromarray(grey).save(path, compress_level=0)
        try:
            found = package.process_image_mask_pair((path, None), feature_extractor=_extractor)
        except (ValueError, RuntimeError, IndexError, ZeroDivisionError):
            return None
    return None if found is None else np.asarray(found[0], np.float64)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The libraries' warnings and log lines stay inside: what matters is told by the metric."""
    root, radiomics = logging.getLogger(), logging.getLogger("radiomics")
    level = radiomics.level
    block = logging.NullHandler()

    def refuse(record: logging.LogRecord) -> bool:
        return False

    root.addHandler(block)  # without a handler, frd-score's first line would set one up for the whole program
    root.addFilter(refuse)
    radiomics.setLevel(logging.CRITICAL + 1)
    try:
        with quiet(), np.errstate(all="ignore"):
            yield
    finally:
        radiomics.setLevel(level)
        root.removeFilter(refuse)
        root.removeHandler(block)
