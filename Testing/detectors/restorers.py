"""What every restorer does, as tests: a kind's own test class inherits them and names a small architecture.

class TestMine(RestorerConformance):
    kind = "mine"
    architecture = {"widths": [4, 8]}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.conformance import INDICES, DetectorConformance

from GANAnomalyLib.detectors.base import SliceResult
from GANAnomalyLib.detectors.convert_checkpoint import convert
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.restorer.load import Restorer, RestorerModel
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.running.seeded import seeded


def restorer(kind: str) -> Restorer:
    """How models of a kind are read."""
    found: Restorer = find_kind(kind).module("load").RESTORER
    return found


def made(kind: str, side: int, channels: int, architecture: Mapping[str, Any]) -> RestorerModel:
    """A small model of a kind with random weights, the same each time."""
    reader = restorer(kind)
    card = ModelCard("small", kind, resolution=side, channels=channels, architecture=dict(architecture))
    with seeded(3):
        networks = reader.networks(reader.architecture.of(card), side, channels)
    held = {f"{part}.{name}": value for part, one in networks.items() for name, value in one.state_dict().items()}
    return reader.made(card, held)


class RestorerConformance(DetectorConformance):
    """Inherit it as ``Test...``; ``side`` and ``architecture`` make the small model, ``published`` is the kind's entry
    in the published numbers, "" for none, and ``beside`` what checkpoints hold that is not among them."""

    side: ClassVar[int] = 16
    architecture: ClassVar[dict[str, Any]] = {}
    published: ClassVar[str] = ""
    beside: ClassVar[dict[str, tuple[int, ...]]] = {}

    def model(self, channels: int) -> RestorerModel:
        """See :class:`DetectorConformance`."""
        return made(self.kind, self.side, channels, self.architecture)

    def test_a_batch_that_does_not_fit_is_halved(self, monkeypatch):
        detector = self.detector(batch=4)
        whole, tried = type(detector).restore, []

        def restore(self, images, told):
            tried.append(len(images))
            if len(images) > 1:
                raise RuntimeError("CUDA out of memory")
            return whole(self, images, told)

        monkeypatch.setattr(type(detector), "restore", restore)
        assert sorted(self.explained(detector)) == sorted(INDICES)
        assert tried[:3] == [4, 2, 1]
        assert [note.code for note in detector.notes if note.code.startswith("batch")] == ["batch_halved_slices"] * 2

    def test_out_of_memory_for_a_single_slice_is_told(self, monkeypatch):
        def restore(self, images, told):
            raise RuntimeError("out of memory")

        detector = self.detector()
        monkeypatch.setattr(type(detector), "restore", restore)
        with pytest.raises(RuntimeError, match="out of memory"):
            self.explained(detector)

    def test_slices_do_not_depend_on_their_batch(self):
        alone, together = (self.explained(self.detector(batch=count)) for count in (1, len(INDICES)))
        for index, item in alone.items():
            np.testing.assert_allclose(item.reconstruction, together[index].reconstruction, atol=2e-4)

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"resolution": 15}, "does not describe its network"),
            ({"architecture": {"nonsense": 1}}, "does not describe its network: .*nonsense"),
            ({"channels": 2}, "does not describe its network"),
        ],
    )
    def test_a_card_that_cannot_be_is_refused(self, fault, words):
        model = self.model(1)
        card = dataclasses.replace(model.card, **fault)
        with pytest.raises(InputError, match=words):
            restorer(self.kind).made(card, model.tensors())

    @pytest.mark.parametrize("damage", ["missing", "other shape", "no number", "unknown"])
    def test_weights_that_do_not_fit_are_told_by_layer(self, damage):
        model = self.model(1)
        tensors = {name: value for name, value in model.tensors().items() if value.is_floating_point()}
        name = next(name for name, value in tensors.items() if value.ndim > 1)
        if damage == "missing":
            del tensors[name]
        elif damage == "other shape":
            tensors[name] = tensors[name][:1, :0]
        elif damage == "no number":
            tensors[name] = torch.full_like(tensors[name], float("nan"))
        else:
            part = next(iter(model.parts))
            tensors[f"{part}.crystal.ball"] = torch.zeros(3)
            name = "network.crystal.ball"
        said = name.partition(".")[2].replace(".", r"\.")
        with pytest.raises(InputError, match=rf"1 layer .*: {said} "):
            restorer(self.kind).made(model.card, tensors)

    def test_maps_are_of_the_slices_size_and_finite(self):
        kind = find_kind(self.kind)
        for item in self.explained(self.detector()).values():
            assert (item.anomaly is not None) == kind.own_map
            if item.anomaly is not None:
                assert item.anomaly.shape == (self.side, self.side)
                assert np.isfinite(item.anomaly).all()
                assert item.anomaly.min() >= 0
                np.testing.assert_array_equal(item.state["anomaly"], item.anomaly)

    def published_state(self) -> dict[str, torch.Tensor]:
        """The small model as others would publish it; a kind overrides it whose names are not the published ones."""
        start = "network."
        return {name[len(start) :]: value for name, value in self.model(1).tensors().items() if name.startswith(start)}

    def published_file(self, folder: Path) -> Path:
        """A ``latest_model.pt``."""
        if not self.published:
            pytest.skip("nobody publishes these")
        path = folder / "latest_model.pt"
        torch.save({"model_weights": self.published_state(), "epoch": 3}, path)
        return path

    def test_the_published_names_and_sizes_are_its_own(self):
        if not self.published:
            pytest.skip("nobody publishes these")
        reader, shapes = restorer(self.kind), published_networks.shapes(self.published)
        assert reader.recognise is not None
        found = reader.recognise({**shapes, **self.beside})
        assert (found.resolution, found.channels) == (128, 1)
        card = ModelCard("published", self.kind, resolution=128, architecture=found.architecture)
        with torch.device("meta"):
            held = found.converted({name: torch.empty(shape) for name, shape in shapes.items()})
            networks = reader.networks(reader.architecture.of(card), 128, 1)
        wanted = {f"{part}.{name}": value for part, one in networks.items() for name, value in one.state_dict().items()}
        assert {name: value.shape for name, value in held.items()} == {n: value.shape for n, value in wanted.items()}

    def test_a_published_checkpoint_is_read_and_converted(self, tmp_path):
        path = self.published_file(tmp_path)
        model = load_model(path)
        assert isinstance(model, RestorerModel)
        assert (model.card.kind, model.card.resolution, model.channels) == (self.kind, self.side, 1)
        card = convert(path, tmp_path / "mine.safetensors")
        assert card.kind == self.kind
        read = load_model(tmp_path / "mine.safetensors")
        assert read.model_hash
        for name, value in model.tensors().items():
            assert torch.equal(read.tensors()[name], value), name
        for item, again in zip(restored(model, self.slices()), restored(read, self.slices()), strict=True):
            np.testing.assert_allclose(item.reconstruction, again.reconstruction, atol=1e-6)

    def test_a_published_checkpoint_that_does_not_fit_says_which_layer(self, tmp_path):
        path = self.published_file(tmp_path)
        content = torch.load(path, weights_only=True)
        held = content["model_weights"]
        names = [name for name, value in held.items() if value.ndim > 1]
        name = names[len(names) // 4]
        held[name] = torch.zeros(3, 5, 7, 11)
        torch.save(content, path)
        with pytest.raises(InputError, match=r"3 x 5 x 7 x 11 in place of"):
            load_model(path)


def restored(model: RestorerModel, slices: np.ndarray, **settings: Any) -> list[SliceResult]:
    """What a model's detector says of slices (N, R, R) in [-1, 1]."""
    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import make_detector

    detector = make_detector(model, DetectorOptions(settings=settings))
    return list(detector.explain(slices, list(range(len(slices))), no_progress, CancelToken()))
