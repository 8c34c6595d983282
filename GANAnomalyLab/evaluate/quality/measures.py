"""The one call that measures: which images and networks the metrics need, each gone through once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from .feature_networks import INCEPTION, LITE, FeatureNetwork, load_lite, load_lpips, load_network
from .feature_weights import check_names, find_weights
from .generated import MOST, GeneratorImages
from .image_features import FeatureStore, network_features
from .metric_names import FD_LITE, PRDC_LITE, Metric, parse_metrics
from .quality_images import Images, as_images

NETWORKS = {"fid": "inception", "kid": "inception", "is": "inception", "pr": "vgg16", "ppl": "vgg16", "fsd": "swav"}
"""Networks whose weights have to be found, by kinds."""
RADIOMICS = "radiomics"
MOST_RADIOMICS = 2000
"""As many images a generator makes for FRD unless a number is asked for: they take about a third of a second each."""
_GAUSSIAN = ("fid", "fsd", FD_LITE)


def measure(
    names: str | Iterable[str],
    real: Any,
    fake: Any,
    *,
    weights: Mapping[str, Path | str] | None = None,
    allow_download: bool = False,
    device: str = "auto",
    floor: bool = False,
    seed: int = 0,
    cache: Path | str | None = None,
    workers: int = 1,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> dict[str, float]:
    """Measure generated images, against real ones where the metric compares.

    Parameters
    ----------
    names: of :data:`METRICS`, or others that :func:`parse_metrics` takes.
    real, fake: :class:`Images`, training sets or arrays; ``real`` may be None for metrics of generated images alone,
        ``fake`` must be :class:`GeneratorImages` for PPL.
    weights: files of the feature networks by name ("inception", "vgg16", "swav").
    allow_download: fetch weights that are on no disk here; otherwise nothing ever leaves or enters this computer.
    device: for the feature networks: "auto", "cpu", "cuda", "mps". A generator stays where it is.
    floor: also compare one half of the real images with the other, by patients where these are known: what a perfect
        generator could reach with so few images. Its numbers are called like the metric's, with ``_floor`` added.
    seed: of every draw.
    cache: a folder in which features of images that stay the same are kept for the next time.
    workers: processes for radiomics; 0 for as many as the computer can bear.
    say: told in sentences what limits the numbers.

    Returns
    -------
    dict
        Numbers by name: the metric's, with ``_precision`` and ``_recall`` for precision and recall (of
        EfficientNet-Lite0 ``_density`` and ``_coverage``, too), ``_mean`` and ``_std`` for the inception score; FRD's,
        and ``_steady`` for the one without features that rounding decides (see
        :func:`GANAnomalyLab.evaluate.quality.radiomics.frd`). FID, FSD and ``fd_lite0`` are squared distances, FRD is
        the logarithm of one.

    Raises
    ------
    InputError: an unknown name, missing weights or packages (before any work), images that cannot be used.
    Cancelled: features that were finished stay in the cache.
    """
    metrics = parse_metrics(names)
    if not metrics:
        return {}
    cancel = cancel or CancelToken()
    generated = as_images(fake)
    sets = {"real": None if real is None else as_images(real), "generated": generated}
    _check(metrics, sets)
    from GANAnomalyLib.running.devices import choose_device

    device = choose_device(device)
    needed = list(dict.fromkeys(map(_seen_by, metrics)))
    files = _files(needed, weights or {}, allow_download, progress, cancel, say)
    share = 0.1 if allow_download else 0.0
    results: dict[str, float] = {}
    with FeatureStore(cache) as store:
        for number, network in enumerate(needed):
            chosen = [metric for metric in metrics if _seen_by(metric) == network]
            steps = (share + (1 - share) * at / len(needed) for at in (number, number + 1))
            work = _Work(sets["real"], generated, store, seed, workers, part(progress, *steps), cancel, say)
            if network == RADIOMICS:
                from .radiomics import check_package

                check_package()
            elif network == LITE:
                work.network = load_lite(device)
            else:
                work.path, work.device = files[network], device
                if any(metric.kind != "ppl" for metric in chosen):
                    work.network = load_network(network, files[network], device)
            work.pieces = sum(2 if metric.two_sets else 1 for metric in chosen)
            for metric in chosen:
                results |= _measured(metric, work, floor)
    progress(1.0, Message("measured"))
    return {key: results[key] for metric in metrics for key in _all_keys(metric) if key in results}


@dataclass
class _Work:
    """What the metrics of one network share; features of the same images are made once."""

    real: Images | None
    fake: Images
    store: FeatureStore
    seed: int
    workers: int
    progress: ProgressCallback
    cancel: CancelToken
    say: Callable[[str], None]
    network: FeatureNetwork | None = None
    path: Path = Path()
    device: str = "cpu"
    pieces: int = 1
    done: int = 0
    known: dict[tuple[str, int], tuple[Images, np.ndarray]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def features(self, which: str, count: int) -> tuple[Images, np.ndarray]:
        """The first or drawn ``count`` images of "real" or "generated", and their features."""
        stretch = self.stretch()
        if (which, count) not in self.known:
            whole = self.real if which == "real" else self.fake
            assert whole is not None
            images = whole.chosen(count, self.seed)
            if self.network is not None:
                rows = network_features(self.store, images, self.network, stretch, self.cancel, which)
            else:
                from .radiomics import choose_workers, radiomic_features

                workers = choose_workers(self.workers, len(images))
                rows = radiomic_features(self.store, images, workers, stretch, self.cancel, which)
                blank = int(np.isnan(rows).any(1).sum())
                if blank:
                    self.tell(
                        f"{blank} of {len(rows)} {which} images have no contrast or no defined radiomics: FRD leaves "
                        "them out."
                    )
            self.known[which, count] = images, rows
        return self.known[which, count]

    def stretch(self) -> ProgressCallback:
        self.done += 1
        return part(self.progress, (self.done - 1) / self.pieces, min(self.done / self.pieces, 1.0))

    def tell(self, sentence: str) -> None:
        if sentence not in self.said:
            self.said.add(sentence)
            self.say(sentence)


def _measured(metric: Metric, work: _Work, floor: bool) -> dict[str, float]:
    real_count, fake_count = image_counts(metric, work.real, work.fake)
    if metric.fake and fake_count < metric.fake:
        work.tell(f"{metric.name} asks for {metric.fake} generated images; there are {fake_count}.")
    if metric.kind == "ppl":
        from .path_length import path_lengths, perceptual_path_length

        assert isinstance(work.fake, GeneratorImages)
        lpips = load_lpips(work.path, str(next(work.fake.generator.parameters()).device))
        lengths = path_lengths(work.fake, lpips, fake_count, work.stretch(), work.cancel)
        return dict(zip(metric.keys, [perceptual_path_length(lengths)], strict=True))
    if metric.kind == "is":
        from .feature_distances import inception_score

        logits = work.features("generated", fake_count)[1][:, INCEPTION:]
        return dict(zip(metric.keys, inception_score(logits, work.seed, work.cancel), strict=True))
    real_images, real = work.features("real", real_count)
    fake = work.features("generated", fake_count)[1]
    if metric.kind in ("fid", "kid"):
        real, fake = real[:, :INCEPTION], fake[:, :INCEPTION]
    _warn_few(metric, real, fake, work)
    if metric.kind == "frd":
        _warn_sizes(metric, real_images, work)
    found = dict(zip(metric.keys, _compared(metric.kind, real, fake, work), strict=True))
    if floor:
        if real_images.patients is not None and len(np.unique(real_images.patients)) < 2:
            work.tell(
                "All real images are of one patient: the floor, of its own slices, is lower than others' would be."
            )
        halves = split_half(real_images, work.seed)
        if halves is None:
            work.tell(f"The floor of {metric.name} needs at least four images.")
        else:
            values = _compared(metric.kind, real[halves[0]], real[halves[1]], work)
            found |= zip((key + "_floor" for key in metric.keys), values, strict=True)
    return found


def _compared(kind: str, real: np.ndarray, fake: np.ndarray, work: _Work) -> tuple[float, ...]:
    from . import feature_distances as distances
    from .neighbourhoods import neighbourhoods

    if kind in _GAUSSIAN:
        return (distances.frechet_distance(real, fake, work.cancel),)
    if kind == "kid":
        return (distances.kernel_distance(real, fake, work.seed, work.cancel),)
    if kind == "pr":
        return distances.precision_recall(real, fake, work.cancel)
    if kind == PRDC_LITE:
        return neighbourhoods(real, fake, work.cancel)
    from .radiomics import frd

    return cancellable(lambda _: frd(real, fake), work.cancel)


def split_half(images: Images, seed: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Two halves of a set, as indices: whole patients where several are known, else at random; None for too few."""
    random = np.random.default_rng([seed, 74])
    if len(images) < 4:
        return None
    whose = np.arange(len(images)) if images.patients is None else images.patients
    patients, numbers = np.unique(whose, return_counts=True)
    if len(patients) > 1:
        order = random.permutation(len(patients))
        reached = np.cumsum(numbers[order])
        first = patients[order[: 1 + int(np.argmin(np.abs(reached[:-1] - len(images) / 2)))]]
        held = np.isin(whose, first)
        if min(held.sum(), (~held).sum()) >= 2:
            return np.flatnonzero(held), np.flatnonzero(~held)
    order = random.permutation(len(images))
    return np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])


def image_counts(metric: Metric, real: Images | None, fake: Images) -> tuple[int, int]:
    """How many real and generated images a metric takes of these sets."""
    there = 0 if real is None else len(real)
    wanted = there if metric.real is None else min(metric.real, there)
    if metric.fake is not None:
        return wanted, min(metric.fake, len(fake))
    if not isinstance(fake, GeneratorImages) or fake.count is not None:
        return wanted, len(fake)
    most = MOST_RADIOMICS if metric.kind == "frd" else MOST
    return (min(wanted, most) if metric.kind == "frd" else wanted), min(there or most, most)


def _warn_few(metric: Metric, real: np.ndarray, fake: np.ndarray, work: _Work) -> None:
    fewest, width = min(len(real), len(fake)), real.shape[1]
    if metric.kind not in ("kid", "pr", PRDC_LITE) and fewest <= width:
        work.tell(
            f"{metric.name}: {fewest} images are no more than the {width} dimensions of their features, so the "
            "covariances are singular and the number depends on how many images there are: compare it only with "
            "numbers from as many images, and with the floor."
        )
    if metric.kind == "kid" and fewest < 100:
        work.tell(f"{metric.name}: with {fewest} images the number is little more than chance.")


def _warn_sizes(metric: Metric, real: Images, work: _Work) -> None:
    """The networks bring every image to their own size; radiomics see the pixels as they are."""
    sizes = [next(iter(images.batches([0]))).shape[2:] for images in (real, work.fake)]
    if sizes[0] != sizes[1]:
        one, other = (f"{width} x {height}" for height, width in sizes)
        work.tell(
            f"{metric.name}: real images are {one} pixels and generated ones {other}, which alone tells them apart: "
            "bring both to one size."
        )


def _check(metrics: list[Metric], sets: Mapping[str, Images | None]) -> None:
    fake = sets["generated"]
    for name, images in sets.items():
        if images is not None and len(images) == 0:
            raise InputError(f"The set of {name} images is empty: there is nothing to measure.")
    for metric in metrics:
        if metric.two_sets and sets["real"] is None:
            raise InputError(f"{metric.name} compares with real images: give them too.")
        if metric.kind == "ppl" and not isinstance(fake, GeneratorImages):
            raise InputError("PPL looks at how a model's images change: give a model, not images, or leave ppl out.")


def _files(
    needed: list[str],
    weights: Mapping[str, Path | str],
    allow_download: bool,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Callable[[str], None],
) -> dict[str, Path]:
    """All weight files before any work, so that nobody learns after an hour that the second one is missing."""
    check_names(weights)
    networks = [name for name in needed if name not in (RADIOMICS, LITE)]
    files = {}
    for number, name in enumerate(networks):
        stretch = part(progress, 0.1 * number / len(networks), 0.1 * (number + 1) / len(networks))
        files[name] = find_weights(name, weights, allow_download, stretch, cancel, say)
    if RADIOMICS in needed:
        from .radiomics import check_package

        check_package()
    return files


def _seen_by(metric: Metric) -> str:
    """The network, or :data:`RADIOMICS`, whose features a metric takes."""
    return LITE if metric.kind in (FD_LITE, PRDC_LITE) else NETWORKS.get(metric.kind, RADIOMICS)


def _all_keys(metric: Metric) -> list[str]:
    return [*metric.keys, *(key + "_floor" for key in metric.keys)]
