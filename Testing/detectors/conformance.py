"""What every detector does, as tests: a detector's own test class inherits them and gives a small model.

    class TestMine(DetectorConformance):
        kind = "mine"

        def model(self, channels: int) -> LoadedModel: ...

Slices of the tests have the resolution of the model's card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy import ndimage

from GANAnomalyLib.detectors.base import Detector, DetectorOptions, SliceResult, State
from GANAnomalyLib.detectors.explain import explain, make_detector
from GANAnomalyLib.detectors.kinds import detector_names, find_kind
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, no_progress

INDICES = [7, 3, 4, 12, 9]
"""An odd number of slices, named as a request for some slices names them."""


class DetectorConformance:
    """Inherit it as ``Test...``.

    Attributes
    ----------
    kind: the detector's name. settings: that keep it quick. steps: likewise, None where it has none.
    channels: of the images that its models can have.
    """

    kind: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}
    steps: ClassVar[int | None] = None
    channels: ClassVar[tuple[int, ...]] = (1, 3)

    def model(self, channels: int) -> LoadedModel:
        """A small model, the same each time."""
        raise NotImplementedError

    def detector(self, channels: int = 1, **options: Any) -> Detector:
        chosen = {"steps": self.steps, "batch": 2, "settings": self.settings, **options}
        return make_detector(self.model(channels), DetectorOptions(**chosen))

    def slices(self, count: int = len(INDICES)) -> np.ndarray:
        """(count, R, R) float32 in [-1, 1]: soft shapes, neighbours alike, air around."""
        side = self.model(1).card.resolution
        noise = np.random.default_rng(0).normal(size=(count, side, side))
        soft = ndimage.gaussian_filter(noise, (1, side / 12, side / 12))
        stack = np.clip(soft / np.abs(soft).max() * 1.5, -1, 1)
        stack[:, :, : side // 8] = -1
        return stack.astype(np.float32)

    def explained(self, detector: Detector, known: Mapping[int, State] | None = None) -> dict[int, SliceResult]:
        found = list(detector.explain(self.slices(), INDICES, no_progress, CancelToken(), known))
        assert len({item.index for item in found}) == len(found), "a slice was explained twice"
        return {item.index: item for item in found}

    def test_it_is_known_by_its_name(self):
        assert self.kind in detector_names()
        kind = find_kind(self.kind)
        assert type(self.detector()) is kind.detector
        assert kind.title

    @pytest.mark.parametrize("count", [1, len(INDICES)])
    def test_every_slice_is_explained_once_in_shape_and_range(self, count):
        for channels in self.channels:
            self._check_results(list(self._explain_first(channels, count)), count)

    def _explain_first(self, channels: int, count: int) -> list[SliceResult]:
        made = self.detector(channels)
        return list(made.explain(self.slices(count), INDICES[:count], no_progress, CancelToken()))

    def _check_results(self, found: list[SliceResult], count: int) -> None:
        side = self.model(1).card.resolution
        assert sorted(item.index for item in found) == sorted(INDICES[:count])
        own = find_kind(self.kind).own_scores
        for item in found:
            assert item.reconstruction.shape == (side, side)
            assert item.reconstruction.dtype == np.float32
            assert np.isfinite(item.reconstruction).all()
            assert np.abs(item.reconstruction).max() <= 1
            assert all(isinstance(array, np.ndarray) for array in item.state.values())
            assert (item.windows is not None) == (own and not find_kind(self.kind).own_map)
            for array in (item.anomaly, item.windows):
                assert array is None or array.dtype == np.float32
            if own:
                assert item.anomaly.shape == (side, side)
                assert np.isfinite(item.anomaly).all()
                assert {"anomaly"} | ({"windows"} if item.windows is not None else set()) <= set(item.state)

    def test_pictures_in_colours_are_explained_in_colours(self):
        grey = self.slices(2)
        for channels in self.channels:
            made = self.detector(channels)
            if not made.colours:
                continue
            same, other = np.repeat(grey[:, None], 3, 1), np.stack([grey, -grey, grey[::-1]], 1)
            kept = other.copy()
            of_grey, of_same, of_other = (
                {item.index: item for item in self.detector(channels).explain(shown, [0, 1])}
                for shown in (grey, same, other)
            )
            np.testing.assert_array_equal(other, kept)
            for index, item in of_other.items():
                assert item.reconstruction.shape == (3, *grey.shape[1:])
                assert item.reconstruction.dtype == np.float32
                assert np.abs(item.reconstruction).max() <= 1
                assert item.anomaly is None or item.anomaly.shape == grey.shape[1:]
                # Grey is shown in all channels, and the mean of what comes, but for what is cut off, its explanation.
                channels_of = of_same[index].reconstruction
                whole = (np.abs(channels_of) < 1).all(0)
                expected = of_grey[index].reconstruction
                np.testing.assert_allclose(channels_of.mean(0)[whole], expected[whole], atol=1e-5)

    def test_one_that_scores_says_what_its_scores_count(self):
        if find_kind(self.kind).own_scores:
            made = self.detector()
            assert made.metric
            assert made.unit

    def test_the_same_seed_gives_the_same_numbers(self):
        first, again = (self.explained(self.detector(seed=5)) for _ in range(2))
        for index, item in first.items():
            np.testing.assert_array_equal(item.reconstruction, again[index].reconstruction)

    def test_slices_and_their_order_are_left_alone(self):
        slices, before = self.slices(), self.slices()
        found = explain(self.model(1), slices, DetectorOptions(steps=self.steps, settings=self.settings), INDICES)
        assert [item.index for item in found] == INDICES
        np.testing.assert_array_equal(slices, before)

    def test_known_slices_are_not_explained_again_and_change_nothing(self):
        whole = self.explained(self.detector())
        for kept in (INDICES[:2], INDICES[1:4], INDICES):
            rest = self.explained(self.detector(), {index: whole[index].state for index in kept})
            assert sorted(rest) == sorted(set(INDICES) - set(kept))
            for index, item in rest.items():
                np.testing.assert_array_equal(item.reconstruction, whole[index].reconstruction)

    def test_a_stop_before_anything(self):
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            list(self.detector().explain(self.slices(), INDICES, no_progress, cancel))

    def test_a_stop_on_the_way_is_heard(self):
        cancel, told = CancelToken(), []

        def stop(fraction: float, message: Message) -> None:
            told.append(fraction)
            cancel.cancel()

        with pytest.raises(Cancelled):
            list(self.detector().explain(self.slices(), INDICES, stop, cancel))
        assert told, "nobody was told how far it is"

    def test_progress_rises_and_is_a_message_with_a_code(self):
        told: list[tuple[float, Message]] = []
        list(self.detector().explain(self.slices(), INDICES, lambda *report: told.append(report), CancelToken()))
        fractions = [fraction for fraction, _ in told]
        assert fractions == sorted(fractions)
        assert all(0 <= fraction <= 1 for fraction in fractions)
        assert all(isinstance(message, Message) for _, message in told)

    def test_an_unknown_setting_is_refused_in_a_sentence(self):
        with pytest.raises(InputError, match=rf"The {self.kind} detector has no setting 'crystal ball'.*\."):
            self.detector(settings={"crystal ball": 1})

    def test_another_kinds_model_is_refused(self):
        model = self.model(1)
        model.card.kind = "of another kind"
        with pytest.raises(InputError, match="cannot use it"):
            make_detector(model, DetectorOptions(steps=self.steps, settings=self.settings), self.kind)

    def test_every_setting_is_declared_whole(self):
        schema = find_kind(self.kind).settings.schema()
        for name, spec in schema.items():
            assert spec.help, f"{name} has no help"
            assert spec.wanted
            assert spec.default is None or spec.check(spec.default) == spec.default
            with pytest.raises(InputError, match=f"setting '{name}' must be"):
                spec.check(object())

    def test_its_model_is_written_and_read_again(self, tmp_path):
        for channels in self.channels:
            model = self.model(channels)
            path = tmp_path / f"{channels}.safetensors"
            save_model(path, model.tensors(), model.card)
            read = load_model(path)
            assert type(read) is type(model)
            assert read.channels == channels
            tensors = read.tensors()
            assert set(tensors) == set(model.tensors())
            assert not any(parameter.requires_grad for one in read.networks() for parameter in one.parameters())
            options = DetectorOptions(steps=self.steps, batch=2, settings=self.settings)
            again = {item.index: item for item in explain(read, self.slices(), options, INDICES)}
            for index, item in self._by_index(channels).items():
                np.testing.assert_array_equal(item.reconstruction, again[index].reconstruction)

    def _by_index(self, channels: int) -> dict[int, SliceResult]:
        return {item.index: item for item in self._explain_first(channels, len(INDICES))}
