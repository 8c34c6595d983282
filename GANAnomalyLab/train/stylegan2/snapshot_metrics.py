"""Quality of what a run makes, measured at its snapshots (``--metrics``)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from ..run_log import cut_log
from .stylegan2_config import ResolvedConfig
from .stylegan2_options import TrainOptions

if TYPE_CHECKING:
    from torch import nn

    from ...images import ImageSet


def check_metrics(options: TrainOptions) -> None:
    """Raise :class:`InputError` for a metric that cannot be measured, long before the first snapshot."""
    from ...evaluate.quality import parse_metrics

    metrics = parse_metrics(options.metrics)
    if not metrics:
        return
    from ...evaluate.quality.feature_weights import check_names, find_weights
    from ...evaluate.quality.measures import NETWORKS
    from ...evaluate.quality.radiomics import check_package

    check_names(options.weights)
    for metric in metrics:
        try:
            if metric.kind in NETWORKS:
                find_weights(NETWORKS[metric.kind], options.weights, options.allow_download)
            elif metric.kind == "frd":
                check_package()
        except InputError as error:
            raise InputError(f"--metrics {metric.name}: {error.message}", error.details) from error


class Metrics:
    """The metrics that were asked for, of one run."""

    def __init__(self, options: TrainOptions, images: ImageSet, config: ResolvedConfig) -> None:
        from ...evaluate.quality import parse_metrics

        self.metrics = parse_metrics(options.metrics)
        self.options, self.images, self.config = options, images, config

    def forget_after(self, folder: Path, begin: int) -> None:
        """Drop what was measured after ``begin`` images: a run that goes on from there measures it again."""
        for path in folder.glob("metric-*.jsonl"):
            cut_log(path, "kimg", begin / 1000)

    def measure(self, folder: Path, snapshot: Path, seen: int, generator: nn.Module, cancel: CancelToken) -> list[str]:
        """Measure a snapshot and append to ``metric-<name>.jsonl``; returns sentences with the numbers."""
        if not self.metrics:
            return []
        from ...evaluate.quality import GeneratorImages, measure

        start, said = time.monotonic(), []
        labels = self.images.labels if self.config.labels else None
        found = measure(
            [metric.name for metric in self.metrics],
            self.images,
            GeneratorImages(generator, labels=labels, seed=self.config.seed),
            weights=self.options.weights,
            allow_download=self.options.allow_download,
            device=self.config.device,
            cache=folder / "features",
            cancel=cancel,
        )
        for metric in self.metrics:
            results = {key: found[key] for key in metric.keys}
            row: dict[str, Any] = {"results": results, "metric": metric.name, "snapshot": snapshot.name}
            row.update(kimg=seen / 1000, seconds=round(time.monotonic() - start, 1))
            with open(folder / f"metric-{metric.name}.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            said += [f"{name} {value:.4g}" for name, value in results.items()]
        return [f"{snapshot.name}: {', '.join(said)}"]
