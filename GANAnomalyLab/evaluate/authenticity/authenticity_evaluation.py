"""Whether synthetic images copy real ones, how far they cover them, and what they tell of who was trained on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from ...features import published_hash
from ...images.image_source import AUTO
from ...statistics.bootstrap import Draws
from ...statistics.neighbours import NONE, most_alike
from ..evaluation_options import AuthenticityOptions
from .classifier_features import classifier_features
from .copies import Likeness, likenesses, spectra
from .coverage import Coverage, coverage
from .embedding import Scale, image_features, read_image_latents
from .membership import Membership, Scores, attack
from .picture_sets import CONTROL, REAL, SYNTHETIC, TITLES, PictureSet

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel

MOST_CHECKED = 500
"""Real images on which the rule for copies is tried."""
USUAL_BAR, HIGHEST_BAR = 0.9, 0.99
"""How alike a copy is at least, and what no likeness of patients raises that above."""
BASELINE = "baseline: no synthetic images"


@dataclass
class Neighbours:
    """Of each image its nearest one of another set: (n,) cosine distances (0 to 2, NaN for none) and indices."""

    distances: np.ndarray
    indices: np.ndarray

    @classmethod
    def of(
        cls,
        asked: np.ndarray,
        known: np.ndarray,
        cancel: CancelToken,
        groups: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Neighbours:
        alike, rows = most_alike(asked, known, 1, groups, cancel)
        return cls(np.where(rows[:, 0] == NONE, np.nan, np.maximum(1 - alike[:, 0], 0)), rows[:, 0])


@dataclass
class Authenticity:
    """What came of it.

    Attributes
    ----------
    space: "features" or "latents", in which distances are.
    network: the name, in words, and SHA-256 of whose features; empty for latents.
    likenesses: of each synthetic image, the real one it is most like.
    to_real, to_synthetic: nearest neighbours of synthetic images among real ones, and the other way round.
    between: nearest neighbours of real images among those of other patients.
    blank: synthetic images of one value throughout, which show nothing and copy nobody.
    bar: the similarity from which on an image is a copy.
    checked: how like (k,) real images are to those of other patients: what the rule was tried on.
    features: (N, D) of real, then of synthetic images, as they are compared.
    """

    options: AuthenticityOptions
    sets: dict[str, PictureSet]
    space: str
    network: dict[str, str]
    likenesses: list[Likeness]
    to_real: Neighbours
    to_synthetic: Neighbours
    between: Neighbours
    real_covered: Coverage | None
    synthetic_covered: Coverage | None
    membership: Membership | None
    blank: int
    bar: float
    checked: np.ndarray
    features: dict[str, np.ndarray]
    warnings: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """In what distances are, in words."""
        return self.space + (f" of {self.network['name']}" if self.network else "")

    @property
    def copies(self) -> list[int]:
        """The synthetic images that are copies, the surest first."""
        found = [n for n, like in enumerate(self.likenesses) if like.similarity >= self.bar]
        return sorted(found, key=lambda n: (-self.likenesses[n].similarity, n))

    @property
    def alike(self) -> int:
        """Real images that would count as copies of another patient's."""
        return int((self.checked >= self.bar).sum())


def evaluate_authenticity(
    sets: dict[str, PictureSet],
    options: AuthenticityOptions,
    latents: tuple[Path | str, Path | str] | None,
    progress: ProgressCallback,
    cancel: CancelToken,
    classifier: ClassifierModel | None = None,
) -> Authenticity:
    """Hold synthetic images against real ones, see :class:`Authenticity`.

    Parameters
    ----------
    sets: as :func:`.picture_sets.open_picture_sets` gives them.
    latents: files of the real and of the synthetic images' latents, in which distances are then.
    classifier: without latents, distances are in the features of this one, not of EfficientNet-Lite0.

    Raises :class:`InputError` for latents that do not belong to the images, a classifier that learnt from others than
    such images, and a control set that was trained on.
    """
    warnings = [note for held in sets.values() for note in held.notes]
    _without_trained_on(sets, warnings)
    _say_of_patients(options, sets, warnings)
    real, synthetic, control = sets[REAL], sets[SYNTHETIC], sets.get(CONTROL)
    if latents is not None and control is not None:
        raise InputError("Latents are given for real and synthetic images only: leave out --control, or the latents.")
    features = _features(sets, latents, classifier, part(progress, 0, 0.4), cancel)
    progress(0.4, Message("comparing_images"))
    to_real = Neighbours.of(features[SYNTHETIC], features[REAL], cancel)
    to_synthetic = Neighbours.of(features[REAL], features[SYNTHETIC], cancel)
    between = Neighbours.of(features[REAL], features[REAL], cancel, (real.patients, real.patients))
    of_real = spectra(real, cancel)
    every = np.arange(len(synthetic))
    found = likenesses(
        synthetic, every, real, of_real, to_real.indices, False, part(progress, 0.45, 0.8), cancel
    )  # fmt: skip
    chosen = _some(len(real), options.seed)
    other = likenesses(real, chosen, real, of_real, None, True, part(progress, 0.8, 0.9), cancel)
    checked = np.array([one.similarity for one in other if one.index != NONE])
    membership = None
    if control is not None:
        membership = _membership(sets, features, of_real, options, part(progress, 0.9, 1), cancel)
    covered = _coverages(sets, features, to_real, to_synthetic, options, cancel)
    out = Authenticity(
        options, sets, "features" if latents is None else "latents", _network(latents is not None, classifier),
        found, to_real, to_synthetic, between, *covered, membership, int((synthetic.images.hashes == 0).sum()),
        _bar(options, real, checked), checked, features, warnings,
    )  # fmt: skip
    _say_what_limits(out)
    return out


def _features(
    sets: dict[str, PictureSet],
    latents: tuple[Path | str, Path | str] | None,
    classifier: ClassifierModel | None,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, np.ndarray]:
    if latents is None:
        raw = {}
        for n, (name, pictures) in enumerate(sets.items()):
            stretch = part(progress, n / len(sets), (n + 1) / len(sets))
            if classifier is None:
                raw[name] = image_features(pictures, stretch, cancel, TITLES[name])
            else:
                raw[name] = classifier_features(classifier, pictures, stretch, cancel, TITLES[name])
    else:
        raw = {
            name: read_image_latents(path, len(sets[name]), TITLES[name])
            for name, path in zip((REAL, SYNTHETIC), latents, strict=True)
        }
        if raw[REAL].shape[1] != raw[SYNTHETIC].shape[1]:
            raise InputError("The latents of real and synthetic images are of different models: project all with one.")
    # Training and control images alike say how features are spread: else the attack would be told who is who.
    scale = Scale.of(np.concatenate([raw[name] for name in (REAL, CONTROL) if name in raw]))
    return {name: scale(values) for name, values in raw.items()}


def _network(latents: bool, classifier: ClassifierModel | None) -> dict[str, str]:
    """See :class:`Authenticity`."""
    if latents:
        return {}
    if classifier is None:
        return {"name": "EfficientNet-Lite0", "sha256": published_hash()}
    return {"name": f"the classifier {classifier.card.name}", "sha256": classifier.model_hash}


def _coverages(
    sets: dict[str, PictureSet],
    features: dict[str, np.ndarray],
    to_real: Neighbours,
    to_synthetic: Neighbours,
    options: AuthenticityOptions,
    cancel: CancelToken,
) -> tuple[Coverage | None, Coverage | None]:
    whose = sets[REAL].patients
    draws = Draws(len(np.unique(whose)), options.bootstrap, options.seed, options.level)
    k, count = options.neighbours, {name: len(held) for name, held in features.items()}
    real = coverage(features[REAL], 1 - to_synthetic.distances, count[SYNTHETIC], whose, k, draws, cancel)
    synthetic = coverage(features[SYNTHETIC], 1 - to_real.distances, count[REAL], None, k, None, cancel)
    return real, synthetic


def _membership(
    sets: dict[str, PictureSet],
    features: dict[str, np.ndarray],
    of_real: np.ndarray,
    options: AuthenticityOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Membership:
    real, control = sets[REAL], sets[CONTROL]
    split, after = len(real), int(real.patients.max()) + 1
    both = np.concatenate([features[REAL], features[CONTROL]])
    whose = np.concatenate([real.patients, control.patients + after])
    to_other = np.nan_to_num(Neighbours.of(both, both, cancel, (whose, whose)).distances, nan=2.0)
    to_made = Neighbours.of(both, features[SYNTHETIC], cancel).distances
    structure = np.concatenate([of_real, spectra(control, cancel)])
    alike = most_alike(structure, spectra(sets[SYNTHETIC], cancel), 1, None, cancel)[0][:, 0].astype(np.float64)
    # Calibrated by how near any other real image is, as Chen et al., "GAN-Leaks", CCS 2020, do by another model.
    scores = {
        "features": -to_made,
        "features, calibrated": to_other - to_made,
        "structure": alike,
        BASELINE: -to_other,
    }
    return attack(
        {name: Scores(values[:split], values[split:]) for name, values in scores.items()},
        BASELINE,
        ([f"real {code}" for code in real.patients], [f"control {code}" for code in control.patients]),
        options.level, options.bootstrap, options.seed, progress, cancel,
    )  # fmt: skip


def _without_trained_on(sets: dict[str, PictureSet], warnings: list[str]) -> None:
    """Take pictures that are in REAL, too, out of the control set."""
    control = sets.get(CONTROL)
    if control is None:
        return
    known = sets[REAL].images.hashes
    twice = np.isin(control.images.hashes, known[known != 0])
    if twice.all():
        raise InputError("All images of --control are in REAL, too: give images that the model was not trained on.")
    if twice.any():
        sets[CONTROL] = control.take(np.flatnonzero(~twice))
        warnings.append(f"{int(twice.sum())} images of --control are in REAL, too, and were left out of the attack.")
    people = (sets[REAL].images.people() or set()) & (sets[CONTROL].images.people() or set())
    if people:
        warnings.append(
            f"{len(people)} patients seem to be in both REAL and --control: the attack then looks weaker than it is."
        )


def _say_of_patients(options: AuthenticityOptions, sets: dict[str, PictureSet], warnings: list[str]) -> None:
    if _unknown(options, sets[REAL]) and len(sets[REAL]) > 1:
        warnings.append(
            "Each real image was taken for another patient's: if some are of one, say so with --patients, else real "
            "images look nearer to each other than patients are, and intervals too narrow."
        )


def _say_what_limits(found: Authenticity) -> None:
    say, options, real = found.warnings.append, found.options, found.sets[REAL]
    if found.blank:
        say(f"{found.blank} synthetic images show nothing (one value throughout).")
    if found.alike:
        why = "some are in twice, or they are too alike for it"
        if options.copy_similarity is None and _unknown(options, real):
            why += (
                ". Where each is another patient's, say --patients file, else which are of one: copies are then told "
                "from above what different patients reach"
            )
        say(f"{found.alike} of {len(found.checked)} real images would count as copies of another real one: {why}.")
    elif found.bar > USUAL_BAR and options.copy_similarity is None:
        say(
            f"Real images of different patients are alike by up to {found.checked.max():.3f}, so that copies are told "
            f"from {found.bar:.3f} on: those under much grain or far moved may be missed."
        )
    if np.isnan(found.between.distances).all():
        say("All real images are of one patient: there are no distances between patients, and no coverage.")
    elif found.real_covered is None or found.synthetic_covered is None:
        say(f"Coverage needs more than {options.neighbours} images in each set, and real ones of as many patients.")
    if len(real) < 2 * options.neighbours or len(found.sets[SYNTHETIC]) < 2 * options.neighbours:
        say("There are very few images: numbers other than copies mean little.")
    if found.membership is not None:
        count = len(found.sets[CONTROL])
        if count < 1000:
            say(
                f"{count} control images do not tell 0.1 % of false positives from none: found there are only training "
                "images that are nearer than every control image."
            )


def _bar(options: AuthenticityOptions, real: PictureSet, checked: np.ndarray) -> float:
    """Above what different patients reach by a quarter of what is left to 1, where it is known who is who."""
    if options.copy_similarity is not None:
        return options.copy_similarity
    if _unknown(options, real) or not len(checked):
        return USUAL_BAR
    highest = float(checked.max())
    return min(max(USUAL_BAR, highest + (1 - highest) / 4), HIGHEST_BAR)


def _unknown(options: AuthenticityOptions, real: PictureSet) -> bool:
    """Whether real images may be of one patient without anything saying so."""
    return options.patients == AUTO and real.alone


def _some(count: int, seed: int) -> np.ndarray:
    if count <= MOST_CHECKED:
        return np.arange(count)
    return np.sort(np.random.default_rng([seed, 83]).permutation(count)[:MOST_CHECKED])
