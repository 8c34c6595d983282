"""The simple baselines as models of the registry: learnt, calibrated as the demo models are, and kept in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import SUFFIX, save_model
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.spelling import meant

from ..simulate.virtual_cohort import COHORT_VERSION
from .benchmark_cohort import Look, normal_slices, source
from .benchmark_plan import SOURCES, Plan

WARPED = "_warped"
NAMES = ("mean", "mean_warped", "pca", "pca_warped", "nearest", "nearest_warped", "autoencoder", "autoencoder_warped")
"""Every baseline alone, and followed by the smooth warp of the StyleGAN2 detector's fast mode."""

METRIC = "wd"
RATES = (0.01, 0.02, 0.05)
HEAT_QUANTILE = 0.995
STRIDE = 2
DIMENSION = 64
"""Numbers that describe a slice, where the model that is compared has no latent of its own."""

_TITLES = {
    "mean": "Mean image",
    "pca": "Principal components",
    "nearest": "Nearest training slice",
    "autoencoder": "Plain autoencoder",
}
_VERSION = 3


@dataclass
class BaselineFitter:
    """Makes baselines that see slices as a model does; ``steps`` are the autoencoder's (None: its own number).

    ``look``, ``dimension`` and ``patch_size`` are those of the model that is compared, see :func:`fitter_like`.
    """

    plan: Plan
    look: Look = field(default_factory=Look)
    dimension: int = DIMENSION
    patch_size: int = 8
    steps: int | None = None
    seed: int = 303

    def ensure(
        self,
        names: Sequence[str],
        folder: Path | str,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> dict[str, Path]:
        """The model files of the named baselines in ``folder``; those that are there already are taken as they are.

        Raises :class:`InputError` for a name that is not in :data:`NAMES` and a folder that cannot be written.
        """
        folder, cancel = Path(folder), cancel or CancelToken()
        unknown = [name for name in names if name not in NAMES]
        if unknown:
            raise InputError(
                f"There is no baseline {unknown[0]!r}{meant(unknown[0], NAMES)}; there are: {', '.join(NAMES)}."
            )
        paths = {name: folder / f"{name}{SUFFIX}" for name in names}
        todo = [name for name in names if not self._is_there(paths[name])]
        if not todo:
            return paths
        self._gather(part(progress, 0.0, 0.3), cancel)
        networks: dict[str, Any] = {}
        for number, name in enumerate(todo):
            report = part(progress, 0.3 + 0.7 * number / len(todo), 0.3 + 0.7 * (number + 1) / len(todo))
            kind = name.removesuffix(WARPED)
            if kind not in networks:
                networks[kind] = self._fitted(kind, part(report, 0.0, 0.5), cancel)
            self._save(paths[name], name, networks[kind], part(report, 0.5, 1.0), cancel)
        return paths

    @cached_property
    def fingerprint(self) -> str:
        """A hash of everything that decides what the baselines are."""
        # All versions of the benchmark have had the same patients to learn from: a 1 stands where theirs was.
        facts = {
            "versions": [_VERSION, 1, COHORT_VERSION],
            "patients": [self.plan.train, self.plan.calibration],
            "sources": [source(name)[2] for name in SOURCES],
            "look": [self.look.resolution, self.look.window, self.look.level, self.look.framing],
            "numbers": [self.dimension, self.patch_size, self.steps, self.seed],
        }
        return hash_json(facts)

    def _is_there(self, path: Path) -> bool:
        from GANAnomalyLib.models.store import model_hash

        try:
            card = ModelCard.read(path.with_suffix(".json"))
            return card.training.get("fingerprint") == self.fingerprint and model_hash(path) == card.sha256
        except InputError:
            return False

    def _gather(self, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Slices of the three groups of patients, once for all baselines."""
        groups = (self.plan.train_seeds(), self.plan.calibration_seeds(), self.plan.threshold_seeds())
        whole, before, found = sum(map(len, groups)), 0, []
        for seeds in groups:
            report = part(progress, before / whole, (before + len(seeds)) / whole)
            found.append(normal_slices(SOURCES, seeds, self.look, STRIDE, report, cancel))
            before += len(seeds)
        self._train = np.round((found[0] + 1) * 127.5).astype(np.uint8)
        self._references, self._others = found[1], found[2]

    def _fitted(self, kind: str, progress: ProgressCallback, cancel: CancelToken) -> Any:
        from .fit_baselines import AUTOENCODER_STEPS, fit

        progress(0.0, Message("learning_baseline", kind=kind))
        steps = AUTOENCODER_STEPS if self.steps is None else self.steps
        return fit(kind, self._train, self.dimension, progress, cancel, steps, self.seed)

    def _save(self, path: Path, name: str, network: Any, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Calibrated on normals it was not learnt from, as the demo models are; written once, whole."""
        import torch

        from GANAnomalyLib.detectors.baseline.load import BaselineModel, architecture_of, baseline_tensors

        warp = name.endswith(WARPED)
        kind = name.removesuffix(WARPED)
        card = ModelCard(
            name=name,
            kind="baseline",
            title=_TITLES[kind] + (", warped" if warp else ""),
            resolution=self.look.resolution,
            architecture=architecture_of(network, warp),
            anatomy="abdomen and pelvis, contrast enhanced",
            window=self.look.window,
            level=self.look.level,
            framing=self.look.framing,
            training_data=f"{self.plan.train} virtual patients of the bundled CT, every {STRIDE}nd slice",
            training_data_licence="Apache-2.0",
            licence="Apache-2.0",
            recommended={"metric": METRIC, "patch_size": self.patch_size},
            training={
                "slices": len(self._train),
                "dimension": self.dimension,
                "benchmark_version": self.plan.version,
                "fingerprint": self.fingerprint,
                "script": "gananomaly benchmark --baselines",
            },
            not_for=[
                "clinical decisions: research use only, not a medical device",
                "anything but the benchmark: it is a yardstick, learnt from one person's anatomy",
            ],
        )
        model = BaselineModel(card, network, path=path)
        usual, heat = _calibrated(model, self._references, self._others, self.patch_size, progress, cancel)
        card.recommended["heatmap_threshold"] = heat
        tensors = baseline_tensors(network)
        tensors |= {f"calibration.{key}": torch.from_numpy(array) for key, array in usual.items()}
        save_model(path, tensors, card, force=True)


def fitter_like(card: ModelCard, plan: Plan, **numbers: Any) -> BaselineFitter:
    """A fitter whose baselines see what the model of ``card`` sees and have as many numbers as its latent w.

    Their side is a power of two, as the autoencoder halves it down to eight: the model's, or the next smaller one,
    with patches of the same size in the patient.
    """
    architecture = card.architecture.get("generator", card.architecture)
    dimension = architecture.get("w_dim", DIMENSION) if isinstance(architecture, dict) else DIMENSION
    window, level = card.recommended.get("shown", (card.window, card.level))  # what is compared, not what is looked at
    side = 1 << (card.resolution.bit_length() - 1)
    look = Look(side, window, level, card.framing)
    patch = int(card.recommended.get("patch_size", max(card.resolution // 16, 4)))
    patch = max(round(patch * side / card.resolution), 1)
    return BaselineFitter(plan, look, int(dimension), patch, **numbers)


def _calibrated(
    model: Any,
    references: np.ndarray,
    others: np.ndarray,
    patch: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[dict[str, np.ndarray], float]:
    """Tensors of what normals show, and the heatmap's threshold; the card gets thresholds and the error on normals."""
    from GANAnomalyLib.score.calibration import Calibration

    from ..train.normal_thresholds import reference_tensors

    told = Message("calibrating_baseline", name=model.card.name)
    originals, pictures = _explained(model, references, told, part(progress, 0.0, 0.6), cancel)
    tensors = reference_tensors(originals, pictures, METRIC, patch)
    usual = Calibration.stored(tensors, METRIC, patch)
    assert usual is not None
    originals, pictures = _explained(model, others, told, part(progress, 0.6, 1.0), cancel)
    times = np.stack(list(usual.windows_of(originals, pictures, patch, METRIC, cancel.check)))
    scores = times.reshape(len(times), -1).max(1)
    model.card.thresholds = {str(rate): round(float(np.quantile(scores, 1 - rate)), 3) for rate in RATES}
    error = float(np.square(originals.astype(np.float32) - pictures).mean())
    model.card.results = {"mse_gray8_on_normals": round(error, 1), "normal_slices": len(originals)}
    return tensors, round(float(np.quantile(times, HEAT_QUANTILE)), 2)


def _explained(
    model: Any, slices: np.ndarray, told: Message, progress: ProgressCallback, cancel: CancelToken
) -> tuple[np.ndarray, np.ndarray]:
    """(N, R, R) uint8 slices and what the baseline detector makes of them."""
    from GANAnomalyLib.detectors.explain import explain
    from GANAnomalyLib.score import to_gray8

    report = lambda fraction, _: progress(fraction, told)  # noqa: E731
    found = explain(model, slices, progress=report, cancel=cancel)
    return to_gray8(slices), np.stack([to_gray8(item.reconstruction) for item in found])
