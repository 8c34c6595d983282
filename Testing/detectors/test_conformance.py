"""Every detector, ours and one of another package, keeps the promises of :class:`Detector`."""

from __future__ import annotations

import copy
import dataclasses
import re
import sys
from pathlib import Path

import numpy as np
import outside_package
import pytest
import torch
from detectors import memory_small, picard_small, scorer_small
from detectors.conformance import DetectorConformance

from GANAnomalyLib.detectors import kinds
from GANAnomalyLib.detectors.baseline.load import BaselineModel, architecture_of
from GANAnomalyLib.detectors.baseline.network import EXPLAINERS, NearestSlice
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.memory.load import MemoryModel
from GANAnomalyLib.detectors.picard.load import save_picard
from GANAnomalyLib.detectors.scorer.load import ScorerModel
from GANAnomalyLib.detectors.stylegan2 import fast_projection
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.seeded import seeded

SIDE = 16
WIDTHS = {"channel_base": 64, "channel_max": 8}


class TestStyleGAN2(DetectorConformance):
    kind, steps = "stylegan2", 2
    settings = {"warp_steps": 3}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def few_samples(self, monkeypatch):
        """Of random latents to start from; more only make tests slower."""
        monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)

    def model(self, channels: int) -> StyleGAN2Model:
        sizes = {"w_dim": 4, "img_resolution": SIDE, "img_channels": channels, **WIDTHS}
        network = {"z_dim": 4, "c_dim": 0, "mapping_layers": 1, **sizes}
        with seeded(3):
            generator, encoder = Generator(**network), Encoder(**sizes)
        for one in (generator, encoder):
            one.eval().requires_grad_(False)
        card = ModelCard("small", resolution=SIDE, channels=channels)
        card.architecture = {"generator": network, "encoder": sizes}
        return StyleGAN2Model(card, generator, encoder)


class TestStyleGAN2WithoutEncoder(TestStyleGAN2):
    """Slices begin from their neighbours' latents."""

    def model(self, channels: int) -> StyleGAN2Model:
        model = super().model(channels)
        model.encoder = None
        del model.card.architecture["encoder"]
        return model


class TestMemory(DetectorConformance):
    kind, channels = "memory", (1,)

    def model(self, channels: int) -> MemoryModel:
        return memory_small.model()


class TestScorer(DetectorConformance):
    kind, channels = "scorer", (1,)

    def model(self, channels: int) -> ScorerModel:
        return scorer_small.model()


@pytest.mark.slow
@pytest.mark.minutes
class TestScorerOfAnother(TestScorer):
    """Whose base leaves scoring to others, and whose slices go on from each other's latents."""

    @pytest.fixture(autouse=True)
    def few_samples(self, monkeypatch):
        monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)

    def model(self, channels: int) -> ScorerModel:
        return scorer_small.made_of(TestStyleGAN2WithoutEncoder().model(1), learnt=False)


@pytest.fixture(scope="module")
def picard_models(tmp_path_factory):
    """By channels."""
    made = {}
    for channels in (1, 3):
        path = tmp_path_factory.mktemp("picard") / "small.safetensors"
        card = ModelCard("small", kind="picard", resolution=32, channels=channels)
        save_picard(path, picard_small.model(channels=channels), card)
        made[channels] = load_model(path)
    return made


class TestPicard(DetectorConformance):
    kind = "picard"
    settings = {"stride": 16, "completions": 2}  # noqa: RUF012

    @pytest.fixture(autouse=True)
    def models(self, picard_models):
        self.made = picard_models

    def model(self, channels: int):
        return copy.deepcopy(self.made[channels])


class TestBaseline(DetectorConformance):
    kind, channels = "baseline", (1,)
    settings = {"warp": True}  # noqa: RUF012

    def model(self, channels: int) -> BaselineModel:
        network = NearestSlice(SIDE, 6)
        network.slices.copy_(torch.from_numpy(np.random.default_rng(2).integers(0, 255, (6, SIDE, SIDE), np.uint8)))
        card = ModelCard("m", "baseline", resolution=SIDE, architecture=architecture_of(network, True))
        return BaselineModel(card, network)


@pytest.fixture
def blur(tmp_path_factory):
    """The example package installed."""
    with outside_package.installed(tmp_path_factory.mktemp("site")):
        yield


@pytest.mark.usefixtures("blur")
class TestAnotherPackages(DetectorConformance):
    kind = "blur"
    settings = {"detail": 0.25}  # noqa: RUF012

    def model(self, channels: int):
        from gananomaly_blur.load import BlurModel
        from gananomaly_blur.network import Blur

        with seeded(1):
            network = Blur(channels, 4, 8)
        card = ModelCard("small", "blur", resolution=SIDE, channels=channels)
        card.architecture = {"shrink": 4, "width": 8}
        return BlurModel(card, network.eval().requires_grad_(False))


def test_every_kind_of_ours_is_tested():
    tested = {one.kind for one in DetectorConformance.__subclasses__() if hasattr(one, "kind")}
    for path in Path(__file__).parent.glob("test_*.py"):
        # Restorers have a file each.
        tested |= set(re.findall(r"RestorerConformance\):\n    kind\b[^=\n]*= \"(\w+)\"", path.read_text("utf-8")))
    assert tested >= set(kinds.BUILT_IN)
    assert EXPLAINERS, "the baseline's networks have tests of their own"


def twice(self, slices, indices, *rest):
    for item in explained(self, slices, indices, *rest):
        yield item
        yield item


def all_known_too(self, slices, indices, progress, cancel, known=None):
    return explained(self, slices, indices, progress, cancel, {})


def deaf(self, slices, indices, progress, cancel, known=None):
    return explained(self, slices, indices, progress, CancelToken(), known)


def at_random(self, slices, *rest):
    for item in explained(self, slices, *rest):
        yield dataclasses.replace(item, reconstruction=item.reconstruction * np.random.default_rng().random())


def too_bright(self, slices, *rest):
    for item in explained(self, slices, *rest):
        yield dataclasses.replace(item, reconstruction=item.reconstruction + np.float32(1.5))


def of_the_other_type(self, slices, *rest):
    for item in explained(self, slices, *rest):
        yield dataclasses.replace(item, reconstruction=item.reconstruction.astype(np.float64))


def by_neighbours(self, slices, indices, progress, cancel, known=None):
    """What was known is not there for the others."""
    left = [row for row, index in enumerate(indices) if index not in (known or {})]
    around = slices[left].mean(0) if left else 0
    for item in explained(self, slices, indices, progress, cancel, known):
        yield dataclasses.replace(item, reconstruction=np.clip(item.reconstruction + around, -1, 1).astype(np.float32))


def scribbles(self, slices, *rest):
    slices[0] = 0
    return explained(self, slices, *rest)


def explained(self, *arguments):
    return type(self).__base__.explain(self, *arguments)


@pytest.mark.usefixtures("blur")
@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        (twice, "test_every_slice_is_explained_once_in_shape_and_range"),
        (all_known_too, "test_known_slices_are_not_explained_again_and_change_nothing"),
        (by_neighbours, "test_known_slices_are_not_explained_again_and_change_nothing"),
        (deaf, "test_a_stop_before_anything"),
        (deaf, "test_a_stop_on_the_way_is_heard"),
        (at_random, "test_the_same_seed_gives_the_same_numbers"),
        (too_bright, "test_every_slice_is_explained_once_in_shape_and_range"),
        (of_the_other_type, "test_every_slice_is_explained_once_in_shape_and_range"),
        (scribbles, "test_slices_and_their_order_are_left_alone"),
    ],
)
def test_a_detector_with_a_fault_does_not_pass(monkeypatch, fault, found_by):
    from gananomaly_blur import detector

    class Faulty(detector.BlurDetector):
        explain = fault

    monkeypatch.setattr(detector, "DETECTOR", Faulty)
    test = getattr(TestAnotherPackages(), found_by)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(*([5] if "every_slice" in found_by else []))


@pytest.mark.parametrize("name", kinds.BUILT_IN)
def test_its_readme_names_its_settings_as_they_are_declared(name):
    kind = kinds.find_kind(name)
    text = (Path(kind.module("load").__file__).parent / "README.md").read_text(encoding="utf-8")
    told = [line for line in text.partition("## Settings")[2].splitlines() if line.startswith("| `")]
    assert told == [f"| `{setting}` | {spec.help} |" for setting, spec in kind.settings.schema().items()]


def write_entry(folder, text: str, code: str = "") -> None:
    info = folder / "broken-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{kinds.GROUP}]\nbroken = {text}\n")
    (folder / "broken_detector.py").write_text(code)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("nowhere_at_all:KIND", "", "cannot be used"),
        ("broken_detector:KIND", "raise RuntimeError('at import')", "cannot be used"),
        ("broken_detector:KIND", "KIND = 'something else'", "must be a DetectorKind"),
    ],
)
def test_a_package_that_is_broken_takes_nothing_along(tmp_path, monkeypatch, caplog, text, code, words):
    write_entry(tmp_path, text, code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken_detector", raising=False)
    kinds.detector_kinds.cache_clear()
    try:
        assert set(kinds.BUILT_IN) <= set(kinds.detector_names())
        assert "broken" not in kinds.detector_names()
        assert words in caplog.text
    finally:
        kinds.detector_kinds.cache_clear()
