"""The detector: both modes through the protocol, networks with classes and colours, films and projections."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from analysis import small
from PIL import Image

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2 import fast_projection
from GANAnomalyLib.detectors.stylegan2.detector import fast_batch
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture
def models(model_folder):
    return model_folder


@pytest.fixture(scope="module")
def slices() -> np.ndarray:
    """Four 32-pixel slices of the torso in [-1, 1]."""
    crop = small.torso_crop().voxels[:, 8:40, 14:46].astype(np.float32)
    return np.clip((crop - small.FLOOR) / small.WINDOW * 2 - 1, -1, 1)


@pytest.fixture(autouse=True)
def few_samples(monkeypatch) -> None:
    """Of random latents to start from; more only make tests slower."""
    monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)


def detect(path, slices, known=None, **options):
    settings = options.pop("settings", {})
    if options.get("mode") != "reference":
        settings = {"warp_steps": 4, **settings}
    options = DetectorOptions(**{"steps": 2, "batch": 2, "settings": settings, **options})
    detector = make_detector(load_model(path), options, "stylegan2")
    indices = list(range(5, 5 + len(slices)))
    return {
        item.index: item for item in detector.explain(slices, indices, no_progress, CancelToken(), known)
    }, detector.notes


@pytest.mark.parametrize(("mode", "model"), [("fast", "encoder"), ("reference", "full")])
def test_every_slice_gets_a_picture_and_a_state(models, slices, model, mode):
    found, notes = detect(models / f"{model}.safetensors", slices, mode=mode)
    assert sorted(found) == [5, 6, 7, 8]
    assert notes == []
    for item in found.values():
        assert item.reconstruction.shape == (32, 32)
        assert item.reconstruction.dtype == np.float32
        assert np.abs(item.reconstruction).max() <= 1
        assert item.state["w"].shape == (32,)
        assert item.info["steps"] >= 1
    known = {index: item.state for index, item in found.items() if index != 7}
    again, _ = detect(models / f"{model}.safetensors", slices, known, mode=mode)
    assert sorted(again) == [7]
    assert np.array_equal(again[7].reconstruction, found[7].reconstruction)


def test_a_state_that_does_not_fit_is_done_again(models, slices):
    known = {5: {"w": np.zeros(3, np.float32)}, 6: {}, 7: {"w": np.zeros(32, np.float32)}}
    found, _ = detect(models / "full.safetensors", slices, known)
    assert sorted(found) == [5, 6, 8]


def test_settings_reach_the_search(models, slices):
    plain, _ = detect(models / "encoder.safetensors", slices)
    still, _ = detect(models / "encoder.safetensors", slices, settings={"learning_rate": 1e-9, "warp_steps": 0})
    generator, encoder = (getattr(load_model(models / "encoder.safetensors"), n) for n in ("generator", "encoder"))
    w = encoder(torch.from_numpy(slices[:, None]))
    image = generator.synthesis(w[:, None].repeat(1, generator.num_ws, 1), noise_mode="none")
    np.testing.assert_allclose(still[5].reconstruction, image[0, 0].clamp(-1, 1).numpy(), atol=1e-4)
    assert np.abs(plain[5].reconstruction - still[5].reconstruction).max() > 1e-3


def test_grain_is_explained_on_demand_and_said_so(models, slices, tmp_path):
    plain, _ = detect(models / "encoder.safetensors", slices)
    fitted, notes = detect(models / "encoder.safetensors", slices, settings={"grain_steps": 30})
    error = [np.mean([(some[n + 5].reconstruction - slices[n]) ** 2 for n in range(4)]) for some in (plain, fitted)]
    assert error[1] < 0.5 * error[0]
    assert any("Grain" in note for note in notes)
    with pytest.raises(InputError, match="grain_steps"):
        detect(
            models / "encoder.safetensors", slices, settings={"grain_steps": 5, "save_video": str(tmp_path / "x.gif")}
        )


@pytest.mark.parametrize("model", ["full", "encoder"])
def test_each_layer_may_have_its_own_latent(models, slices, model):
    """W+ explains more, and a run that was interrupted goes on from its own kind of latents only."""
    settings = {"latent": "w+", "warp_steps": 0}
    path = models / f"{model}.safetensors"
    plain, _ = detect(path, slices, steps=12, settings={"warp_steps": 0})
    found, _ = detect(path, slices, steps=12, settings=settings)
    assert found[5].state["w"].ndim == 2
    assert not np.allclose(found[5].state["w"][0], found[5].state["w"][-1])
    error = [sum(np.mean((some[n + 5].reconstruction - slices[n]) ** 2) for n in range(4)) for some in (plain, found)]
    assert error[1] < error[0]
    kept = {index: item.state for index, item in found.items() if index != 7}
    assert sorted(detect(path, slices, kept, steps=12, settings=settings)[0]) == [7]
    assert sorted(detect(path, slices, kept, steps=2)[0]) == [5, 6, 7, 8]
    with pytest.raises(InputError, match="latent"):
        detect(path, slices, settings={"latent": "z"})


def test_a_cards_settings_are_the_default(models, slices, tmp_path):
    model = load_model(models / "encoder.safetensors")
    indices = [5, 6, 7, 8]

    def run(steps=None, **settings):
        detector = make_detector(model, DetectorOptions(batch=2, steps=steps, settings=settings))
        return [i.reconstruction for i in detector.explain(slices, indices, no_progress, CancelToken())]

    by_user = run(steps=3, learning_rate=0.3, warp_steps=2)
    model.card.recommended = {"steps": 3, "fast": {"learning_rate": 0.3, "warp_steps": 2, "something newer": 1}}
    np.testing.assert_array_equal(run(), by_user)
    model.card.recommended = {"fast": {"learning_rate": "quick"}}
    with pytest.raises(InputError, match="learning_rate"):
        run()


def test_classes(models):
    slices = np.zeros((2, 16, 16), np.float32)
    path = models / "classes.safetensors"
    pictures = []
    for chosen in (0, 1):
        settings = {"class": chosen}
        found, _ = detect(path, slices, mode="reference", settings=settings)
        pictures.append(found[5].reconstruction)
    assert not np.array_equal(*pictures)
    assert sorted(detect(path, slices)[0]) == [5, 6]
    with pytest.raises(InputError, match="class 7"):
        detect(path, slices, mode="reference", settings={"class": 7})
    with pytest.raises(InputError, match="say which one"):
        detect(path, slices, mode="reference")
    with pytest.raises(InputError, match="whole number"):
        detect(path, slices, mode="reference", settings={"class": True})


def test_a_colour_network_answers_in_grey(models):
    slices = np.zeros((2, 64, 64), np.float32)
    for mode, settings in (("fast", {}), ("reference", {"class": 1})):
        found, _ = detect(models / "rgb.safetensors", slices, mode=mode, steps=1, settings=settings)
        assert found[5].reconstruction.shape == (64, 64)


@pytest.mark.parametrize("mode", ["fast", "reference"])
@pytest.mark.parametrize("index", [None, 7])
def test_a_film_of_one_slice(models, slices, tmp_path, mode, index):
    film = tmp_path / "film.gif"
    settings = {"save_video": str(film)} | ({} if index is None else {"video_slice": index})
    found, _ = detect(models / "encoder.safetensors", slices, mode=mode, steps=3, settings=settings)
    plain, _ = detect(models / "encoder.safetensors", slices, mode=mode, steps=3)
    for name in plain:
        assert np.array_equal(found[name].reconstruction, plain[name].reconstruction)
    with Image.open(film) as gif:
        assert gif.n_frames == (4 if mode == "fast" else 3)
        shown = np.asarray(gif.convert("L"))[:256, :256]
    row = 0 if index is None else index - 5
    target = np.kron(np.rint((slices[row] + 1) * 127.5), np.ones((8, 8)))
    assert np.abs(shown - target).max() <= 1
    assert [path.name for path in tmp_path.iterdir()] == ["film.gif"]


def test_a_film_of_a_slice_that_was_finished_before(models, slices, tmp_path):
    found, _ = detect(models / "encoder.safetensors", slices)
    known = {index: item.state for index, item in found.items()}
    again, _ = detect(models / "encoder.safetensors", slices, known, settings={"save_video": str(tmp_path / "a.gif")})
    assert sorted(again) == [5]
    assert np.array_equal(again[5].reconstruction, found[5].reconstruction)
    assert (tmp_path / "a.gif").is_file()


def test_a_film_starts_over_with_its_batch(models, slices, tmp_path):
    model = load_model(models / "encoder.safetensors")
    real, calls = model.generator.synthesis.forward, []

    def forward(ws, *rest, **named):
        calls.append(len(ws))
        if len(ws) > 2 and len(calls) == 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(ws, *rest, **named)

    model.generator.synthesis.forward = forward
    settings = {"save_video": str(tmp_path / "a.gif")}
    detector = make_detector(model, DetectorOptions(steps=3, batch=4, settings=settings))
    assert len(list(detector.explain(slices, [5, 6, 7, 8], no_progress, CancelToken()))) == 4
    assert detector.notes == ["Memory ran out: the batch was halved to 2 slices."]
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 4


def test_published_projections_of_each_slice(models, slices, tmp_path):
    settings = {"projections": str(tmp_path / "out")}
    found, _ = detect(models / "full.safetensors", slices, mode="reference", settings=settings)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"slice_{n:04d}" for n in (5, 6, 7, 8)]
    for index, item in found.items():
        folder = tmp_path / "out" / f"slice_{index:04d}"
        with np.load(folder / "projected_w.npz") as data:
            np.testing.assert_array_equal(data["w"][0, 0], item.state["w"])
        with Image.open(folder / "proj.png") as picture:
            np.testing.assert_allclose(np.asarray(picture), (item.reconstruction + 1) * 127.5, atol=0.51)
        with Image.open(folder / "target.png") as picture:
            np.testing.assert_allclose(np.asarray(picture), (slices[index - 5] + 1) * 127.5, atol=0.51)
    # A slice whose files are gone is projected again, whatever an earlier run knew.
    (tmp_path / "out" / "slice_0006" / "projected_w.npz").unlink()
    known = {index: item.state for index, item in found.items()}
    again, _ = detect(models / "full.safetensors", slices, known, mode="reference", settings=settings)
    assert sorted(again) == [6]


@pytest.mark.parametrize(
    ("size", "device", "count"),
    [(128, "cpu", 16), (512, "cpu", 1), (32, "cpu", 64), (128, "mps", 16), (256, "cuda", 32), (1024, "cuda:1", 2)],
)
def test_a_card_takes_more_slices_at_a_time(size, device, count):
    assert fast_batch(size, device) == count


def test_slices_are_what_they_are_in_any_batch(models, slices):
    found = []
    for batch in (1, 4):
        detector = make_detector(load_model(models / "encoder.safetensors"), DetectorOptions(steps=3, batch=batch))
        found.append(np.stack([item.reconstruction for item in detector.explain(slices, [0, 1, 2, 3])]))
    np.testing.assert_allclose(*found, atol=1e-3)
