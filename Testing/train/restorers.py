"""What training a restorer must do, as tests: a kind's own test class inherits them and names quick settings.

class TestMine(RestorerTraining):
    kind = "mine"
    quick = {"widths": [4, 8]}
    steps = 200
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from detectors.restorers import restored

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.analysis.pipeline import run as analyse
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.restorer.load import RestorerModel
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.files import write_png
from GANAnomalyLib.models import registry
from GANAnomalyLib.running.progress import CancelToken, no_progress

SIDE = 32
DARK, GREY = 30, 150


def silent(sentence: str) -> None:
    """Nobody listens."""


def shapes(count: int, kind: str = "disc", side: int = SIDE, seed: int = 0) -> np.ndarray:
    """(count, side, side) uint8: one grey disc or upright square each, as wide, somewhere near the middle."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:side, :side]
    out = np.full((count, side, side), DARK, np.float64)
    for picture in out:
        half, row, col = (random.uniform(low * side, high * side) for low, high in ((0.2, 0.28), *[(0.45, 0.55)] * 2))
        if kind == "disc":
            inside = np.hypot(rows - row, cols - col) < half
        else:
            inside = np.maximum(abs(rows - row), abs(cols - col)) < half
        picture[inside] = GREY
    return np.clip(out + random.normal(0, 2, out.shape), 0, 255).astype(np.uint8)


def discs(patients: int = 16, each: int = 6, side: int = SIDE, seed: int = 0) -> ImageSet:
    """Normal images of several people."""
    pixels = shapes(patients * each, side=side, seed=seed)[:, None]
    return ImageSet.from_array(pixels, patients=np.arange(len(pixels)) // each)


def unit(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures as slices in [-1, 1]."""
    return (pictures.astype(np.float32) / 127.5 - 1).astype(np.float32)


class RestorerTraining:
    """Inherit it as ``Test...``.

    Attributes
    ----------
    kind: of trainer and detector. quick: settings that make a small network. steps: so many of them make it learn.
    stops: steps of the run that is stopped. analysis: settings of the detector. side: pixels of the images.
    worse: by how many times a square must be restored worse than a disc.
    """

    kind: ClassVar[str]
    quick: ClassVar[dict[str, Any]] = {}
    steps: ClassVar[int] = 200
    stops: ClassVar[int] = 7
    analysis: ClassVar[dict[str, Any]] = {}
    side: ClassVar[int] = SIDE
    worse: ClassVar[float] = 1.1

    @classmethod
    def start(cls, folder: Path, steps: int, progress=no_progress, cancel=None, say=silent, **changes: Any) -> Path:
        """Train on discs; the last model's file."""
        usual = {"device": "cpu", "threads": 1, "batch": 8, "workers": 0, "resolution": cls.side}
        every = dict.fromkeys(("log_every", "sample_every", "snapshot_every"), 10**6)
        kind = find_trainer(cls.kind)
        given = {**usual, **every, **cls.quick, "steps": steps, "out": str(folder), **changes}
        return train(kind, kind.settings.read(given), progress, cancel, say, discs(side=cls.side))

    @pytest.fixture(scope="class")
    @classmethod
    def trained(cls, tmp_path_factory) -> Path:
        """The run's folder of a model that has learnt discs."""
        folder = tmp_path_factory.mktemp(cls.kind) / "run"
        cls.start(folder, cls.steps)
        return folder

    def model(self, run: Path) -> RestorerModel:
        model = load_model(snapshots(run)[-1])
        assert isinstance(model, RestorerModel)
        return model

    def test_a_stopped_run_goes_on_to_the_same_numbers(self, tmp_path):
        often = {"log_every": 2, "sample_every": 3, "snapshot_every": 4}
        self.start(tmp_path / "whole", self.stops, **often)
        cancel, said = CancelToken(), []

        def stop(fraction: float, message: object) -> None:
            if fraction > 0.6:
                cancel.cancel()

        with pytest.raises(Cancelled):
            self.start(tmp_path / "run", self.stops, stop, cancel, **often)
        self.start(tmp_path / "run", self.stops, say=said.append, **often)
        assert any(sentence.startswith("Going on from ") for sentence in said)
        whole, again = (self.model(tmp_path / name).tensors() for name in ("whole", "run"))
        assert list(whole) == list(again)
        for name, value in whole.items():
            assert torch.equal(value, again[name]), name
        rows = [read_log(tmp_path / name / "log.jsonl") for name in ("whole", "run")]
        for one, other in zip(*rows, strict=True):
            assert {**one, "seconds": 0} == {**other, "seconds": 0}

    def test_presets_are_whole_and_what_is_given_wins(self):
        settings = find_trainer(self.kind).settings
        assert list(settings.PRESETS) == ["published", "small", "smoke"]
        for name in settings.PRESETS:
            read = settings.read({"preset": name, "out": "run", "data": "normals"})
            read.validate()
            assert all(getattr(read, field) == value for field, value in settings.PRESETS[name].items())
        assert settings.read({}).to_dict() == settings.read({"preset": "published"}).to_dict()
        assert settings.read({"preset": "smoke", "steps": 3}).steps == 3
        assert settings.from_dict({"preset": "smoke"}).steps == settings.PRESETS["smoke"]["steps"]

    def test_it_restores_discs_and_not_squares(self, trained):
        model = self.model(trained)
        errors = []
        for kind in ("disc", "square"):
            slices = unit(shapes(12, kind, self.side, seed=8))
            made = np.stack([item.reconstruction for item in restored(model, slices, **self.analysis)])
            errors.append(float(np.abs(made - slices).mean()))
        blank = float(np.abs(unit(shapes(12, "disc", self.side, seed=8)) - unit(np.array(DARK))).mean())
        assert errors[0] < 0.6 * blank, "it has learnt nothing"
        assert errors[1] > self.worse * errors[0], f"discs {errors[0]:.4f}, squares {errors[1]:.4f}"

    def test_a_painted_anomaly_lights_up_more_than_what_is_around(self, trained):
        model, side = self.model(trained), self.side
        pictures = shapes(6, "disc", side, seed=9)
        place = np.s_[:, side // 2 - 3 : side // 2 + 3, side // 2 - 3 : side // 2 + 3]
        painted = pictures.copy()
        painted[place] = 255
        heat = np.stack([self._heat(item, slice_) for item, slice_ in self._pairs(model, painted)])
        before = np.stack([self._heat(item, slice_) for item, slice_ in self._pairs(model, pictures)])
        inside = np.zeros(heat.shape, bool)
        inside[place] = True
        assert heat[inside].mean() > 2 * heat[~inside].mean()
        assert heat[inside].mean() > 2 * before[inside].mean()

    def _pairs(self, model: RestorerModel, pictures: np.ndarray) -> list:
        slices = unit(pictures)
        return list(zip(restored(model, slices, **self.analysis), slices, strict=True))

    def _heat(self, item, shown: np.ndarray) -> np.ndarray:
        return np.abs(item.reconstruction - shown) if item.anomaly is None else item.anomaly

    def test_exported_with_thresholds_it_finds_what_was_painted(self, trained, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        monkeypatch.setattr(registry, "bundled_folders", lambda: [tmp_path / "bundled"])
        _, card = export_model(
            ExportSettings(str(trained), name="mine", device="cpu"), normals=discs(6, 4, self.side, seed=3)
        )
        assert card.thresholds["0.01"] >= card.thresholds["0.05"] > 0
        assert card.recommended["heatmap_threshold"] > 0
        picture, middle, results = shapes(1, "disc", self.side, seed=5)[0], self.side // 2, []
        for number, marked in enumerate((False, True)):
            if marked:
                picture[middle - 3 : middle + 3, middle - 3 : middle + 3] = 255
            write_png(tmp_path / f"{number}.png", picture)
            request = AnalysisRequest(
                str(tmp_path / f"{number}.png"),
                "mine",
                str(tmp_path / f"r{number}"),
                device="cpu",
                allow_any=True,
                settings=self.analysis,
            )
            results.append(analyse(request))
        assert results[1].scores[0]["patch_score"] > 1.5 * results[0].scores[0]["patch_score"]
        assert results[1].manifest["settings"]["score_unit"] == "times what is usual there"
        (c0, c1), (r0, r1), _ = results[1].findings[0].box_ijk
        assert c0 <= middle < c1
        assert r0 <= middle < r1
        read = load_model("mine")
        assert type(read) is RestorerModel
        assert set(read.calibration)
